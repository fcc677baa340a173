//! The trait that finds tenants.

use std::{error::Error, fmt, pin::Pin};

use crate::settings::AuthoritySettings;

/// Finds tenants that the settings do not name, for example in a database. [`B2cAuthBuilder::tenant_source`](crate::B2cAuthBuilder::tenant_source) takes it.
///
/// The layer asks it when a token arrives from an issuer that is not known yet, and again after
/// [`ask_again_after`](crate::TenantSettings::ask_again_after). The answer is the authority of that issuer, or several: one for each policy of a B2C
/// tenant. An empty answer means that there is no such tenant. The layer does not ask about an issuer that an authority with
/// [`danger_accept_any_tenant`](AuthoritySettings::danger_accept_any_tenant) accepts. For the authorities of an answer:
///
/// 1. Their issuer is the one that was asked about, and their metadata must name it too. If `tenant_id` or
///    [`metadata_issuer`](AuthoritySettings::metadata_issuer) is set, it must give that issuer. There is one exception: an [`entra_id`](crate::entra_id)
///    tenant has two issuers, one for each version of its tokens, and its metadata names only that of version 2.0. The layer asks about each, and each
///    gets an authority of its own.
/// 2. Their metadata and keys are at `<label>.b2clogin.com`, `<label>.ciamlogin.com` or `login.microsoftonline.com`, at the same services' hosts in a national
///    cloud, or at one of [`hosts`](crate::TenantSettings::hosts).
/// 3. They have no inline keys and no other issuers. They set none of `legacy`, `danger_accept_any_audience` and
///    `danger_accept_any_tenant`.
/// 4. There are at most 16.
/// 5. They are [on demand](AuthoritySettings::on_demand), whatever their settings say.
///
/// If another authority already has the [name](AuthoritySettings::name) that an answer gives, a number follows it: `contoso 2`. `forget_key` and
/// `remove_authority` go by the name with its number, as [`health`](crate::B2cAuthLayer::health) shows it. So give each authority a name of its own; an Entra
/// ID tenant needs two, one for each issuer. A key that is forgotten for a name stays forgotten for whichever authority gets that name later.
///
/// The number depends on which authority was made first, so it can differ between processes and after a restart. Identify a customer by the token's
/// [`issuer`](crate::VerifiedToken::issuer), not by the authority's name.
///
/// If an answer breaks a rule, the layer treats the issuer as unknown, and the log says why. Fetched metadata that breaks one, with another issuer or
/// another host for the keys, is not used: without earlier keys, tokens of that issuer are answered with 503.
///
/// Like a [look-up](crate::LookUp), it must not block.
///
/// **Do not build a URL from the issuer.** Anybody can write any issuer into a token, and the token's signature cannot have been checked, because its keys
/// are not known yet. Metadata from a URL that was built from the issuer would confirm whatever an attacker wrote there, with the attacker's own keys. Look
/// the issuer up unchanged among those that you know; that is why [`UnknownIssuer`] gives it only as a key to look up.
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
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tower_b2c_auth::SettingsError> {
/// let auth = B2cAuthLayer::builder()
///     .tenant_source(Customers(HashMap::new()))
///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
///     .build()?;
/// # #[cfg(feature = "test-util")] {
/// # use tower_b2c_auth::test_util::TestTenant;
/// let stranger = TestTenant::new().token().claim("aud", "00001111-aaaa-2222-bbbb-3333cccc4444").sign();
/// assert_eq!(auth.authenticate(&stranger).await.unwrap_err().reason(), "unknown_issuer");
/// # }
/// # Ok(())
/// # }
/// ```
///
/// The layer remembers answers in memory, so each process asks for itself. A swap of the settings keeps them; a restart does not. To remove a tenant before
/// its answer expires, remove it from the source's data, and then call [`remove_authority`](crate::B2cAuthLayer::remove_authority) with the name of each
/// authority of the answer. Once all are removed, the next token of the tenant asks the source again.
pub trait TenantSource: fmt::Debug + Send + Sync + 'static {
    /// The authorities of this issuer; empty if it is not known.
    ///
    /// # Errors
    ///
    /// If the source cannot answer now. Known tenants stay known until a day after they were last confirmed; tokens from others are answered with 503.
    fn find<'a>(
        &'a self,
        issuer: UnknownIssuer<'a>,
    ) -> Pin<Box<dyn Future<Output = TenantAnswer> + Send + 'a>>;
}

type TenantAnswer = Result<Vec<AuthoritySettings>, Box<dyn Error + Send + Sync>>;

/// An issuer that a token names and the layer does not know. The token's signature has not been checked, so the sender may have made the issuer up.
///
/// Do not fetch it, and do not put it into a URL; see [`TenantSource`]. Use it as a key to look up:
///
/// ```
/// use std::collections::HashMap;
/// use tower_b2c_auth::{AuthoritySettings, UnknownIssuer};
///
/// fn find(known: &HashMap<String, AuthoritySettings>, issuer: UnknownIssuer<'_>) -> Option<AuthoritySettings> {
///     known.get(issuer.lookup_key()).cloned()
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UnknownIssuer<'a>(&'a str);

impl<'a> UnknownIssuer<'a> {
    pub(super) fn new(issuer: &'a str) -> Self {
        Self(issuer)
    }

    /// The issuer, to compare byte for byte with those of the tenants that you know, for example as the parameter of a database query. It begins with
    /// `https://` or `http://`, and has at most 512 bytes, all of them visible ASCII characters.
    pub fn lookup_key(self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for UnknownIssuer<'_> {
    /// Does not show the issuer, which came from outside.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnknownIssuer(..)")
    }
}
