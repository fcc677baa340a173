//! Values that a document refers to but does not contain.

use std::collections::{BTreeMap, BTreeSet};

use crate::settings::Secret;

/// What API Management knows in addition to the document: named values, certificates, its own host name.
///
/// Anything that the document refers to and that is missing here is a mistake. The command `b2c-auth` has an option for each method, with the same name:
/// `--ignore-policy` for [`ignore_policy`](Self::ignore_policy). `Debug` does not show the values, because they may be keys.
///
/// ```
/// use tower_b2c_auth::apim::{ReadOptions, read};
///
/// let policy = r#"<validate-jwt header-name="Authorization">
///     <openid-config url="https://{{tenant}}.b2clogin.com/{{tenant}}.onmicrosoft.com/B2C_1_a/v2.0/.well-known/openid-configuration" />
///     <audiences><audience>@(context.Request.OriginalUrl.Host)</audience></audiences>
/// </validate-jwt>"#;
/// let options = ReadOptions::new().named_value("tenant", "contoso").host("api.contoso.com");
/// assert_eq!(read(policy, &options)?.settings.audiences, ["api.contoso.com"]);
///
/// assert!(read(policy, &ReadOptions::new()).is_err());
/// # Ok::<(), tower_b2c_auth::apim::PolicyError>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct ReadOptions {
    pub(super) named_values: BTreeMap<String, Secret>,
    pub(super) certificates: BTreeMap<String, Secret>,
    pub(super) host: Option<String>,
    pub(super) tenants: Vec<String>,
    pub(super) any_tenant: bool,
    pub(super) any_audience: bool,
    pub(super) ignored_policies: BTreeSet<String>,
}

impl ReadOptions {
    /// Starts without named values, certificates and host.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the value for `{{name}}`.
    ///
    /// A document that refers to a value which is not given is refused, with the name of the value:
    ///
    /// ```
    /// use tower_b2c_auth::apim::{ReadOptions, read};
    ///
    /// let policy = r#"<validate-jwt header-name="Authorization">
    ///     <openid-config url="https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_a/v2.0/.well-known/openid-configuration" />
    ///     <audiences><audience>{{api-id}}</audience></audiences>
    /// </validate-jwt>"#;
    /// let given = ReadOptions::new().named_value("api-id", "00001111-aaaa-2222-bbbb-3333cccc4444");
    /// assert_eq!(read(policy, &given)?.settings.audiences, ["00001111-aaaa-2222-bbbb-3333cccc4444"]);
    ///
    /// let error = read(policy, &ReadOptions::new()).unwrap_err();
    /// assert!(error.to_string().contains("api-id"));
    /// # Ok::<(), tower_b2c_auth::apim::PolicyError>(())
    /// ```
    pub fn named_value(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let value = Secret::from(value.into());
        self.named_values.insert(name.into(), value);
        self
    }

    /// Gives the certificate for a `certificate-id`, in PEM: without its private key where it verifies tokens, and with it where it decrypts them
    /// (`<decryption-keys>`).
    pub fn certificate(mut self, id: impl Into<String>, pem: impl Into<String>) -> Self {
        let pem = Secret::from(pem.into());
        self.certificates.insert(id.into(), pem);
        self
    }

    /// Gives the host that clients call: the value of `@(context.Request.OriginalUrl.Host)` as an audience. It is fixed here and never taken from a request.
    ///
    /// Never take it from `Host`: a client could then choose the audience that its token must have.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// Names a tenant, by its id, whose tokens are accepted where `<validate-azure-ad-token>` says `organizations` or `common`. Call it once for each tenant.
    ///
    /// API Management accepts every tenant in the world there, and leaves the choice to a rule on `tid`. Here the document is refused until the tenants are
    /// named:
    ///
    /// ```
    /// use tower_b2c_auth::apim::{ReadOptions, read};
    ///
    /// let policy = r#"<validate-azure-ad-token tenant-id="organizations">
    ///     <client-application-ids><application-id>11112222-bbbb-3333-cccc-4444dddd5555</application-id></client-application-ids>
    ///     <audiences><audience>00001111-aaaa-2222-bbbb-3333cccc4444</audience></audiences>
    /// </validate-azure-ad-token>"#;
    /// let named = ReadOptions::new().tenant("aaaabbbb-0000-cccc-1111-dddd2222eeee");
    /// assert_eq!(read(policy, &named)?.settings.authorities.len(), 1);
    ///
    /// let error = read(policy, &ReadOptions::new()).unwrap_err();
    /// assert_eq!(error.mistakes()[0].name, "tenant-id");
    /// # Ok::<(), tower_b2c_auth::apim::PolicyError>(())
    /// ```
    pub fn tenant(mut self, id: impl Into<String>) -> Self {
        self.tenants.push(id.into());
        self
    }

    /// Accepts any tenant where `<validate-azure-ad-token>` says `organizations` or `common`, as API Management does.
    ///
    /// Dangerous: anybody can create a tenant; see [`AuthoritySettings::danger_accept_any_tenant`](crate::AuthoritySettings::danger_accept_any_tenant).
    pub fn danger_accept_any_tenant(mut self) -> Self {
        self.any_tenant = true;
        self
    }

    /// Reads a policy without audiences as API Management does: it accepts tokens for any audience.
    ///
    /// Dangerous: it also accepts tokens issued to the tenant's other applications (RFC 8725 §3.9).
    pub fn danger_accept_any_audience(mut self) -> Self {
        self.any_audience = true;
        self
    }

    /// Ignores this policy, such as `ip-filter`, and everything inside it, although it restricts access or writes the token. Only for policies that are
    /// enforced or done elsewhere.
    ///
    /// ```
    /// use tower_b2c_auth::apim::{ReadOptions, read};
    ///
    /// let document = r#"<policies><inbound>
    ///     <ip-filter action="allow"><address>192.0.2.1</address></ip-filter>
    ///     <validate-jwt header-name="Authorization">
    ///         <openid-config url="https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_a/v2.0/.well-known/openid-configuration" />
    ///         <audiences><audience>00001111-aaaa-2222-bbbb-3333cccc4444</audience></audiences>
    ///     </validate-jwt>
    /// </inbound></policies>"#;
    /// let error = read(document, &ReadOptions::new()).unwrap_err();
    /// assert_eq!(error.mistakes()[0].name, "ip-filter");
    ///
    /// // The firewall in front of the service has the same rule.
    /// assert!(read(document, &ReadOptions::new().ignore_policy("ip-filter")).is_ok());
    /// # Ok::<(), tower_b2c_auth::apim::PolicyError>(())
    /// ```
    pub fn ignore_policy(mut self, name: impl Into<String>) -> Self {
        self.ignored_policies.insert(name.into());
        self
    }
}
