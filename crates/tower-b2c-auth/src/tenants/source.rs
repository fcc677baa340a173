//! The trait that knows tenants.

use std::{error::Error, fmt, pin::Pin};

use crate::settings::AuthoritySettings;

/// Knows the tenants that the settings do not name, for example from a database. [`B2cAuthBuilder::tenant_source`](crate::B2cAuthBuilder::tenant_source)
/// takes it.
///
/// The layer asks it about an issuer that is not known yet, when a token from that issuer arrives, and again after
/// [`ask_again_after`](crate::TenantSettings::ask_again_after). The answer is the authority of that issuer, or several: one for each policy of a B2C
/// tenant. An empty answer means that there is no such tenant. The authorities are [on demand](AuthoritySettings::on_demand), whatever their settings say,
/// and:
///
/// - Their issuer is the one that was asked about, and their metadata must name it, too. It follows from `tenant_id`, or is given as
///   [`metadata_issuer`](AuthoritySettings::metadata_issuer); without either, it is the one that was asked about.
/// - Their metadata and keys are at `<label>.b2clogin.com`, `<label>.ciamlogin.com`, `login.microsoftonline.com` or that host's sibling in a national cloud, or at one of
///   [`hosts`](crate::TenantSettings::hosts).
/// - They have no inline keys and no other issuers, are not legacy, and do not accept tokens for any audience whatever.
///
/// An answer that breaks a rule counts as none, and the log says why.
///
/// **Do not build a URL from the issuer.** Anybody can write any issuer into a token, and the token's signature has not been checked, because its keys are
/// only being looked for. Metadata fetched from a URL built from the issuer would confirm whatever the attacker wrote there, with the attacker's own keys.
/// Look the issuer up unchanged, among those that you know; that is why [`UnknownIssuer`] gives it only as a key to look up.
///
/// ```
/// use std::{collections::HashMap, error::Error, future::ready, pin::Pin};
/// use tower_b2c_auth::{AuthoritySettings, B2cAuthLayer, TenantSource, UnknownIssuer, external_id};
///
/// #[derive(Debug)]
/// struct Customers(HashMap<String, (String, String)>);
///
/// impl TenantSource for Customers {
///     fn find<'a>(
///         &'a self,
///         issuer: UnknownIssuer<'a>,
///     ) -> Pin<Box<dyn Future<Output = Result<Vec<AuthoritySettings>, Box<dyn Error + Send + Sync>>> + Send + 'a>> {
///         let found = self.0.get(issuer.lookup_key());
///         let found = found.map(|(subdomain, id)| external_id(subdomain, id).into());
///         Box::pin(ready(Ok(found.unwrap_or_default())))
///     }
/// }
///
/// let auth = B2cAuthLayer::builder()
///     .tenant_source(Customers(HashMap::new()))
///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
///     .build();
/// assert!(auth.is_ok());
/// ```
pub trait TenantSource: fmt::Debug + Send + Sync + 'static {
    /// The authorities of this issuer; empty if it is not known.
    ///
    /// # Errors
    ///
    /// If the source cannot answer now. Known tenants stay known for a day; tokens from others are answered with 503.
    fn find<'a>(
        &'a self,
        issuer: UnknownIssuer<'a>,
    ) -> Pin<Box<dyn Future<Output = TenantAnswer> + Send + 'a>>;
}

type TenantAnswer = Result<Vec<AuthoritySettings>, Box<dyn Error + Send + Sync>>;

/// An issuer that a token names and that is not known. The token's signature has not been checked: the sender may have made it up.
///
/// It is neither a URL nor text to put into one; see [`TenantSource`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UnknownIssuer<'a>(&'a str);

impl<'a> UnknownIssuer<'a> {
    pub(super) fn new(issuer: &'a str) -> Self {
        Self(issuer)
    }

    /// The issuer, to be compared byte for byte with those of the tenants that you know: for example as the parameter of a query. It has the form of an
    /// `https` URL, and at most 512 bytes.
    pub fn lookup_key(self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for UnknownIssuer<'_> {
    /// Without what came from outside.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnknownIssuer(..)")
    }
}
