//! The authorities of the simulated world.

use std::sync::LazyLock;

/// A metadata URL and the issuers that it can name.
pub(super) struct SourceInfo {
    pub(super) name: &'static str,
    /// What the operator may call it instead.
    pub(super) other_name: &'static str,
    pub(super) url: &'static str,
    pub(super) host: &'static str,
    pub(super) forms: Vec<String>,
}

impl SourceInfo {
    /// Whether its tenant's administrator may choose this issuer.
    pub(super) fn may_turn_to(&self, issuer: &str) -> bool {
        host(issuer) == self.host && self.forms.iter().any(|form| form == issuer)
    }
}

const CONTOSO: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
const FABRIKAM: &str = "bbbbcccc-1111-dddd-2222-eeee3333ffff";
const EXTERNAL_TENANT: &str = "ccccdddd-2222-eeee-3333-ffff4444aaaa";

/// Two policies of one tenant, a partner, External ID, and the tenant's retired issuer with keys of its own.
pub(super) static SOURCES: LazyLock<[SourceInfo; 5]> = LazyLock::new(|| {
    let plain = |host: &str, id: &str| format!("https://{host}/{id}/v2.0/");
    let tfp =
        |host: &str, id: &str, policy: &str| format!("https://{host}/tfp/{id}/{policy}/v2.0/");
    [
        SourceInfo {
            name: "in",
            other_name: "in, renamed",
            url: "https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_in/v2.0/.well-known/openid-configuration",
            host: "contoso.b2clogin.com",
            forms: vec![
                plain("contoso.b2clogin.com", CONTOSO),
                tfp("contoso.b2clogin.com", CONTOSO, "b2c_1_in"),
                plain("login.microsoftonline.com", CONTOSO),
            ],
        },
        SourceInfo {
            name: "edit",
            other_name: "edit, renamed",
            url: "https://contoso.b2clogin.com/contoso.onmicrosoft.com/b2c_1_edit/v2.0/.well-known/openid-configuration",
            host: "contoso.b2clogin.com",
            forms: vec![
                plain("contoso.b2clogin.com", CONTOSO),
                tfp("contoso.b2clogin.com", CONTOSO, "b2c_1_edit"),
            ],
        },
        SourceInfo {
            name: "partner",
            other_name: "partner, renamed",
            url: "https://fabrikam.b2clogin.com/fabrikam.onmicrosoft.com/b2c_1_in/v2.0/.well-known/openid-configuration",
            host: "fabrikam.b2clogin.com",
            forms: vec![
                plain("fabrikam.b2clogin.com", FABRIKAM),
                tfp("fabrikam.b2clogin.com", FABRIKAM, "b2c_1_in"),
            ],
        },
        SourceInfo {
            name: "external",
            other_name: "external, renamed",
            url: "https://external.ciamlogin.com/ccccdddd-2222-eeee-3333-ffff4444aaaa/v2.0/.well-known/openid-configuration",
            host: "external.ciamlogin.com",
            forms: vec![format!(
                "https://{EXTERNAL_TENANT}.ciamlogin.com/{EXTERNAL_TENANT}/v2.0"
            )],
        },
        SourceInfo {
            name: "old",
            other_name: "old, renamed",
            url: "https://login.microsoftonline.com/contoso.onmicrosoft.com/b2c_1_old/v2.0/.well-known/openid-configuration",
            host: "login.microsoftonline.com",
            forms: vec![plain("login.microsoftonline.com", CONTOSO)],
        },
    ]
});

/// Issuers that an operator may list.
pub(super) fn listed_issuers() -> [String; 2] {
    [CONTOSO, FABRIKAM].map(|id| format!("https://login.microsoftonline.com/{id}/v2.0/"))
}

/// The tenant in an issuer of this world.
pub(super) fn tenant(issuer: &str) -> Option<&'static str> {
    [CONTOSO, FABRIKAM, EXTERNAL_TENANT]
        .into_iter()
        .find(|id| issuer.contains(id))
}

pub(super) fn host(url: &str) -> &str {
    url.split('/').nth(2).unwrap_or_default()
}

/// The settings' `fetch_timeout`, in seconds.
pub(super) const FETCH_TIMEOUT: u64 = 5;
/// The settings' `clock_skew`, in seconds.
pub(super) const SKEW: u64 = 60;
/// How long counting may pause, in seconds, without a gap in the evidence.
pub(super) const GAP: u64 = 120;
/// The External ID tenant.
pub(super) const EXTERNAL: usize = 3;
/// The authority whose only key is in the settings.
pub(super) const INLINE: usize = 5;
/// That key.
pub(super) const INLINE_KEY: usize = 23;
