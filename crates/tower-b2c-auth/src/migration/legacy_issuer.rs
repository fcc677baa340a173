//! A legacy issuer, as the report shows it.

use b2c_verify::NumericDate;
use serde::{Deserialize, Serialize};

use super::text;

/// A legacy issuer in a [`MigrationReport`](super::MigrationReport).
///
/// ```
/// use tower_b2c_auth::migration::LegacyIssuer;
///
/// let issuer: LegacyIssuer = serde_json::from_str(r#"{ "issuer": "", "authority": "contoso-b2c", "legacy_since": 1790000000 }"#)?;
/// assert!(issuer.issuer.is_empty(), "the metadata of contoso-b2c has not been fetched yet");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LegacyIssuer {
    /// The issuer, `iss`. Empty for a legacy authority whose metadata has not been fetched yet; until then, it is unknown who used its issuer.
    pub issuer: String,
    /// The name of the authority whose keys sign its tokens. Empty if no authority is known to have the issuer, so that its tokens may go uncounted.
    /// `(tenant source)` if no authority has it, but a source of tenants is asked about it.
    pub authority: String,
    /// The time since which all replicas have treated it as legacy, have had keys for it, and have judged all of its tokens. Before that, its tokens may have
    /// been refused, or answered with 503, without being counted.
    pub legacy_since: u64,
}

impl LegacyIssuer {
    pub(crate) const TENANT_SOURCE: &str = "(tenant source)";

    pub(crate) fn new(issuer: &str, authority: &str, since: NumericDate) -> Self {
        Self {
            issuer: issuer.into(),
            authority: authority.into(),
            legacy_since: since.as_secs(),
        }
    }

    pub(super) fn reason_if_young(&self, now: u64, needed: &str) -> String {
        let young = format!(
            "The evidence about {} begins at {}: before, the issuer was not legacy, or not all of its tokens were judged, or there were no keys for it. The evidence covers {} of the {needed} that are needed.",
            self.issuer,
            text::date(self.legacy_since),
            text::duration(now.saturating_sub(self.legacy_since))
        );
        if self.authority == Self::TENANT_SOURCE {
            format!(
                "{young} No authority has this issuer now. If the source of tenants finds none for a token, the token is refused, and the evidence begins anew."
            )
        } else {
            young
        }
    }

    /// Why nothing is known about an issuer that no authority has, or about a legacy authority whose issuer is not known. `None` for any other.
    pub(super) fn reason_if_unknown(&self) -> Option<String> {
        if self.issuer.is_empty() {
            return Some(self.reason_if_undiscovered());
        }
        self.authority.is_empty().then(|| {
            format!(
                "No authority is known to have the issuer {}, so its tokens may go uncounted. If all metadata has been fetched, correct the issuer, or write it into the issuers of an authority.",
                self.issuer
            )
        })
    }

    fn reason_if_undiscovered(&self) -> String {
        format!(
            "The issuer of the legacy authority {:?} is not known, because its metadata has not been fetched.",
            self.authority
        )
    }
}
