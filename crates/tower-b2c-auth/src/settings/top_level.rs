//! All settings together.

use std::{collections::BTreeMap, path::Path};

use b2c_verify::AcceptedTokens;
use serde::{Deserialize, Serialize};

use super::{
    AuthoritySettings, DecryptionKeySettings, FetchSettings, ForgottenKey, KeySettings,
    MigrationSettings, RefusalSettings, RequiredClaim, RouteSettings, RoutingSettings, Secret,
    TextDuration, TokenSettings, one_or_many::one_or_many,
};

/// The whole configuration of a layer: what a TOML file, the environment, the [builder](crate::B2cAuthBuilder) and an API Management policy all produce.
///
/// Filling it in checks nothing. [`B2cAuthLayer::from_settings`](crate::B2cAuthLayer::from_settings) and
/// [`swap_settings`](crate::B2cAuthLayer::swap_settings) check everything, and report all mistakes at once.
///
/// In TOML:
///
/// ```
/// use tower_b2c_auth::Settings;
///
/// let settings = Settings::from_toml(
///     r#"
///     audiences = ["00001111-aaaa-2222-bbbb-3333cccc4444"]
///
///     [[authorities]]
///     tenant = "contoso"
///     policy = "B2C_1_signupsignin1"
///     "#,
/// )?;
/// assert_eq!(settings.audiences.len(), 1);
///
/// let misspelt = Settings::from_toml("audience = []").unwrap_err();
/// assert_eq!(misspelt.to_string(), "line 1, column 1: unknown field `audience`; did you mean `audiences`?");
/// # Ok::<(), tower_b2c_auth::ParseError>(())
/// ```
///
/// # When a change takes effect
///
/// Settings are values: changing one changes no layer. [`swap_settings`](crate::B2cAuthLayer::swap_settings) puts them into force for every request that
/// arrives from then on, and its documentation says what a swap keeps. Files that the settings name (`ca_file`, `file` of a decryption key,
/// `user_salt_file`) are read at that moment, not when they change.
///
/// # Versions
///
/// Unknown fields are refused, because a setting that is silently ignored may be one that restricts access. So deploy a new version of the service before
/// the settings that need it. Before a rollback, let the old version check the settings (`b2c-auth check`).
///
/// These are the defaults, apart from those of `[refusal]`, `[migration]` and the entries of lists:
///
/// ```
/// use tower_b2c_auth::Settings;
///
/// let defaults = Settings::from_toml(
///     r#"
///     clock_skew = "60s"
///     algorithms = ["RS256"]
///     require_expiration_time = true
///     accept = "access_tokens"
///     danger_pool_issuers = false
///     danger_report_only = false
///     allow_anonymous = false
///     allow_preflights = false
///     verified_token_cache_bytes = 16777216
///
///     [keys]
///     refresh_interval = "1h"
///     max_stale = "24h"
///     retired_key_grace = "1h"
///     unknown_key_fetches = 3
///     unknown_key_interval = "1m"
///     max_waiting = 4096
///     max_waiting_per_authority = 1024
///     refresh = "auto"
///     connect_timeout = "2s"
///     fetch_timeout = "5s"
///     max_document_bytes = 1048576
///
///     [fetch]
///     system_proxy = true
///
///     [routing]
///     otherwise = "token"
///     ignore_case = false
///     "#,
/// )?;
/// assert_eq!(defaults, Settings::default());
/// # Ok::<(), tower_b2c_auth::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where requests carry their token. `Authorization: Bearer …` by default.
    #[serde(skip_serializing_if = "is_default")]
    pub token: TokenSettings,
    /// Accepted values of `aud` (RFC 7519 §4.1.3): the application (client) ids of this API, compared byte for byte. At least one is needed, unless every
    /// authority has its own or accepts any. All of them count as [one API](crate::B2cAuthBuilder::audience).
    #[serde(deserialize_with = "one_or_many")]
    pub audiences: Vec<String>,
    /// Largest accepted difference between the issuer's clock and ours. Default `60s`; at most `5m`. An expired token is accepted for that long.
    pub clock_skew: TextDuration,
    /// Accepted signature algorithms by their RFC 7518 names. Default `["RS256"]`, the only one that B2C uses. HS256 and the like are accepted only through an
    /// authority's [secret](super::InlineKey::secret).
    #[serde(deserialize_with = "one_or_many")]
    pub algorithms: Vec<String>,
    /// Whether a token must carry `exp` (RFC 7519 §4.1.4). Yes by default: a token without it is valid forever.
    pub require_expiration_time: bool,
    /// How long a token may be valid in total, from its `iat` to its `exp`; no limit by default. If it is set, it must be more than `0s`, and a token
    /// without `iat` or `exp` is refused. It catches an issuer that makes its tokens valid for too long, but not a stolen signing key: the thief can also
    /// write an `iat` in the future.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_token_lifetime: Option<TextDuration>,
    /// How long ago a token may have been issued, by its `iat`, with `clock_skew` added; no limit by default. If it is set, it must be more than `0s`, and a
    /// token without `iat` is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_token_age: Option<TextDuration>,
    /// Which kinds of tokens are accepted. The default, `access_tokens`, accepts those with a scope in `scp` or a role in `roles`. A token with neither,
    /// like most ID tokens, is answered with 401 `invalid_token`, as in Microsoft.Identity.Web: RFC 6750 §3.1 reserves 403 for an access token that grants
    /// too little, and the remedy here is another token, not another consent. `danger_any_tokens` accepts all tokens, which is what a `validate-jwt`
    /// document means.
    ///
    /// ```
    /// use tower_b2c_auth::{AcceptedTokens, Settings};
    ///
    /// assert_eq!(Settings::from_toml("")?.accept, AcceptedTokens::AccessTokens);
    /// assert_eq!(Settings::from_toml(r#"accept = "danger_any_tokens""#)?.accept, AcceptedTokens::DangerAnyTokens);
    ///
    /// let misspelt = Settings::from_toml(r#"accept = "any""#).unwrap_err();
    /// assert!(misspelt.to_string().contains("expected `access_tokens` or `danger_any_tokens`"));
    /// # Ok::<(), tower_b2c_auth::ParseError>(())
    /// ```
    #[serde(skip_serializing_if = "is_default")]
    pub accept: AcceptedTokens,
    /// Who issues the tokens. At least one is needed, unless there is a [source of tenants](crate::TenantSource).
    pub authorities: Vec<AuthoritySettings>,
    /// Issuers accepted in addition to those of the metadata, compared byte for byte. Each belongs to the authority whose keys may sign for it:
    ///
    /// 1. If there is one authority, to that one. Authorities that have only secrets do not count.
    /// 2. If there are several, to every authority whose own issuer contains the same tenant id. An issuer without a tenant id is then a mistake: list it in
    ///    the [`issuers`](AuthoritySettings::issuers) of an authority.
    ///
    /// Authorities that have secrets or accept any tenant get none, and legacy authorities get only [`legacy_issuers`](MigrationSettings::legacy_issuers).
    /// The two cases above hold for legacy issuers too, except that in case 1 the authority gets no legacy issuer that contains the id of another tenant.
    #[serde(skip_serializing_if = "is_default", deserialize_with = "one_or_many")]
    pub issuers: Vec<String>,
    /// Assigns all [`issuers`](Self::issuers) and [`legacy_issuers`](MigrationSettings::legacy_issuers) to every authority that has neither secrets nor
    /// `danger_accept_any_tenant`, as API Management does with its issuers; legacy authorities get only the legacy issuers. Dangerous: the keys of one
    /// tenant may then sign for the issuer of another.
    #[serde(skip_serializing_if = "is_default")]
    pub danger_pool_issuers: bool,
    /// Claims that every token must have; a token without one of them is answered with 403 `insufficient_scope`, or as [`refusal`](Self::refusal) says.
    pub required_claims: Vec<RequiredClaim>,
    /// What requests to particular hosts, paths and methods need. Costs nothing if there are none.
    #[serde(skip_serializing_if = "is_default")]
    pub routes: Vec<RouteSettings>,
    /// Settings that apply to all routes.
    #[serde(skip_serializing_if = "is_default")]
    pub routing: RoutingSettings,
    /// Refusals in API Management's style, with a JSON body. By default they follow RFC 6750 and have no body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RefusalSettings>,
    /// Keys that are not used even if an authority publishes them. A swap puts them into force at once, even for requests that are waiting; a key that is
    /// removed from this list may be used again.
    #[serde(skip_serializing_if = "is_default")]
    pub forgotten_keys: Vec<ForgottenKey>,
    /// Keys of this API that tokens are encrypted for (RFC 7516): the current one, and its successor during the changeover; at most four. An encrypted
    /// token must contain a signed token, which is judged like any other. Without a key, encrypted tokens are refused. B2C does not encrypt; Entra ID does
    /// for an application that asks for it.
    ///
    /// Anybody can make the service use a key by sending junk, and each use of a key of 2048 bits takes about seven million processor instructions, of a
    /// longer key more. Limit the rate of requests in front of the service.
    #[serde(skip_serializing_if = "is_default")]
    pub decryption_keys: Vec<DecryptionKeySettings>,
    /// When keys are fetched and how long they are kept.
    pub keys: KeySettings,
    /// What the network requires for fetching metadata and keys: a private certificate authority, a proxy.
    #[serde(skip_serializing_if = "is_default")]
    pub fetch: FetchSettings,
    /// The name of the claim for each header that [`ClaimHeaders`](crate::ClaimHeaders) writes. `user_id()` in place of a claim's name means
    /// [`VerifiedToken::user_id`](crate::VerifiedToken::user_id). If nothing is set here, the gateway sends `x-auth-subject` with `user_id()`.
    #[serde(skip_serializing_if = "is_default")]
    pub claim_headers: BTreeMap<String, String>,
    /// A move from one issuer to another; none by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migration: Option<MigrationSettings>,
    /// Judges and counts, but refuses nothing, for trying out the layer alongside the API's present protection. No by default. Every request then has
    /// [`ReportOnly`](crate::ReportOnly) in its extensions, and [`VerifiedClaims`](crate::VerifiedClaims) only if its token was good. If a request has no
    /// claims, a handler that takes `VerifiedClaims` still answers with the refusal.
    #[serde(skip_serializing_if = "is_default")]
    pub danger_report_only: bool,
    /// Passes on requests without credentials, for routes that serve everybody and greet users they know. No by default. Such requests have no claims. A
    /// handler asks for `Option<VerifiedClaims>`; [`require`](crate::B2cAuthLayer::require) answers anonymous requests with 401. A bad token and a scheme
    /// other than `Bearer` are still refused: neither counts as anonymous.
    ///
    /// A handler that takes no claims then runs without a token, unless a `require` or a route protects it. To serve everybody on single paths only, use
    /// [`RouteSettings::public`](super::RouteSettings::public) instead.
    #[serde(skip_serializing_if = "is_default")]
    pub allow_anonymous: bool,
    /// Passes on CORS preflights, without claims: `OPTIONS` with `Origin` and `Access-Control-Request-Method`. No by default. Browsers send them without a
    /// token, so without this setting a page from another origin cannot call the service, unless a layer outside this one answers them. Anybody can send such
    /// a request, so on `OPTIONS` the service must do nothing but answer preflights. A preflight that carries a token is judged.
    #[serde(skip_serializing_if = "is_default")]
    pub allow_preflights: bool,
    /// How many bytes the cache of verified tokens may hold. Default 16,777,216 (16 MiB); zero switches it off, and every request then costs a signature
    /// check.
    pub verified_token_cache_bytes: u64,
}

impl Settings {
    /// The default of [`clock_skew`](Self::clock_skew).
    pub const DEFAULT_CLOCK_SKEW: &str = "60s";

    /// Returns the same settings, but serialising them writes the secrets in the clear. By default secrets are left out, so that settings can be logged and
    /// shown.
    ///
    /// ```
    /// use tower_b2c_auth::{DecryptionKeySettings, Settings};
    ///
    /// let key = DecryptionKeySettings::from_pem("-----BEGIN PRIVATE KEY-----");
    /// let settings = Settings { decryption_keys: vec![key], ..Settings::default() };
    /// assert!(!serde_json::to_string(&settings)?.contains("PRIVATE KEY"));
    /// assert!(serde_json::to_string(&settings.with_secrets_in_clear())?.contains("PRIVATE KEY"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn with_secrets_in_clear(&self) -> Self {
        let mut settings = self.clone();
        let authorities = settings.authorities.iter_mut();
        let keys = authorities.flat_map(|authority| &mut authority.keys);
        let secrets = keys.filter_map(|key| key.secret.as_mut());
        let decryption_keys = settings.decryption_keys.iter_mut();
        let migration = settings.migration.iter_mut();
        secrets
            .chain(decryption_keys.filter_map(|key| key.pem.as_mut()))
            .chain(&mut settings.fetch.proxy_password)
            .chain(migration.filter_map(|migration| migration.user_salt.as_mut()))
            .for_each(Secret::serialise_in_clear);
        settings
    }

    /// The files that these settings name: certificate authorities, decryption keys, the salt of a migration. They are read whenever settings come into force,
    /// so [swap](crate::B2cAuthLayer::swap_settings) the settings again after one of the files has changed.
    ///
    /// ```
    /// use std::path::Path;
    /// use tower_b2c_auth::{DecryptionKeySettings, Settings};
    ///
    /// let key = DecryptionKeySettings::from_file("/run/secrets/token-decryption.pem");
    /// let settings = Settings { decryption_keys: vec![key], ..Settings::default() };
    /// assert!(settings.files().eq([Path::new("/run/secrets/token-decryption.pem")]));
    /// assert_eq!(Settings::default().files().count(), 0);
    /// ```
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let ca = self.fetch.ca_file.iter();
        let keys = self.decryption_keys.iter().flat_map(|key| &key.file);
        let migration = self.migration.iter();
        let salt = migration.flat_map(|migration| &migration.user_salt_file);
        ca.chain(keys).chain(salt).map(|file| &**file)
    }

    /// Only the settings that the answers of a source of tenants are checked with; all others, among them the authorities, have their defaults.
    pub(crate) fn without_authorities(&self) -> Self {
        // Does not clone the authorities only to drop them: there may be ten thousand.
        Self {
            audiences: self.audiences.clone(),
            clock_skew: self.clock_skew.clone(),
            algorithms: self.algorithms.clone(),
            require_expiration_time: self.require_expiration_time,
            max_token_lifetime: self.max_token_lifetime.clone(),
            max_token_age: self.max_token_age.clone(),
            accept: self.accept,
            danger_pool_issuers: self.danger_pool_issuers,
            ..Self::default()
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token: TokenSettings::default(),
            audiences: Vec::new(),
            clock_skew: Self::DEFAULT_CLOCK_SKEW.into(),
            algorithms: vec!["RS256".into()],
            require_expiration_time: true,
            max_token_lifetime: None,
            max_token_age: None,
            accept: AcceptedTokens::AccessTokens,
            authorities: Vec::new(),
            issuers: Vec::new(),
            danger_pool_issuers: false,
            required_claims: Vec::new(),
            routes: Vec::new(),
            routing: RoutingSettings::default(),
            refusal: None,
            forgotten_keys: Vec::new(),
            decryption_keys: Vec::new(),
            keys: KeySettings::default(),
            fetch: FetchSettings::default(),
            claim_headers: BTreeMap::new(),
            migration: None,
            danger_report_only: false,
            allow_anonymous: false,
            allow_preflights: false,
            verified_token_cache_bytes: 16 << 20,
        }
    }
}

/// For `#[serde(skip_serializing_if)]`.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
