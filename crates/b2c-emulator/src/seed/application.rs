use std::fmt;

use axum::http::Uri;
use serde::Deserialize;

use super::{
    SeedError,
    tenant::{is_word, word},
};

/// A registered application: a client, an API, or both.
///
/// ```
#[doc = include_str!("../../docs/example_seed.txt")]
/// use b2c_emulator::SeedError;
///
/// let web = tenant("application = [{ client_id = 'my-app', web_redirect_uris = ['https://app.fabrikam.example/callback'] }]")?;
/// assert_eq!(web.applications[0].client_id, "my-app");
///
/// // A redirect to a script.
/// let refused = tenant("application = [{ client_id = 'my-app', web_redirect_uris = ['javascript:alert(1)'] }]");
/// assert!(matches!(refused, Err(SeedError::OfApplication { what: "the redirect URI", .. })));
/// # Ok::<(), b2c_emulator::SeedError>(())
/// ```
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The application (client) id.
    pub client_id: String,
    /// The display name.
    #[serde(default)]
    pub name: String,
    /// Redirect URIs of single-page applications: public clients, which must use PKCE.
    #[serde(default)]
    pub spa_redirect_uris: Vec<String>,
    /// Redirect URIs of web applications: confidential clients, which must send a secret.
    #[serde(default)]
    pub web_redirect_uris: Vec<String>,
    /// Redirect URIs of mobile and desktop applications: public clients, which must use PKCE.
    #[serde(default)]
    pub native_redirect_uris: Vec<String>,
    /// Client secrets.
    #[serde(default)]
    pub secrets: Vec<String>,
    /// Whether the authorization endpoint may issue tokens (the implicit flow).
    #[serde(default)]
    pub implicit: bool,
    /// The application ID URI: the prefix in the full names of its scopes.
    #[serde(default)]
    pub app_id_uri: Option<String>,
    /// The scopes it exposes, by their short names. The full name, which a client requests, is `<application ID URI>/<scope>` or `<client id>/<scope>`.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The version of the access tokens that an Entra ID tenant issues for it.
    #[serde(default)]
    pub access_token_version: AccessTokenVersion,
    /// The app roles that daemons can be granted.
    #[serde(default)]
    pub app_roles: Vec<String>,
    /// The full names of the scopes and app roles granted to it, which an API of the tenant must expose; `<application ID URI>/.default` is all of an API's
    /// scopes and app roles. By default, all in the tenant.
    #[serde(default)]
    pub permissions: Option<Vec<String>>,
}

/// The version of Entra ID's access tokens, which the API's registration chooses
/// ([`requestedAccessTokenVersion`](https://learn.microsoft.com/entra/identity-platform/access-tokens#token-formats)).
///
/// ```
#[doc = include_str!("../../docs/example_seed.txt")]
/// use b2c_emulator::AccessTokenVersion;
///
/// let api = |version: &str| tenant(&format!("kind = 'entra-id'\napplication = [{{ client_id = 'my-api', access_token_version = '{version}' }}]"));
/// assert_eq!(api("1.0")?.applications[0].access_token_version, AccessTokenVersion::V1);
/// assert!(api("3.0").is_err());
/// # Ok::<(), b2c_emulator::SeedError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum AccessTokenVersion {
    /// From `https://sts.windows.net/<tenant id>/`. The audience is the application ID URI or, without one, the API's client id; `appid` is the client.
    #[serde(rename = "1.0")]
    V1,
    /// From `https://login.microsoftonline.com/<tenant id>/v2.0`, or from the tenant's custom domain. With `strict_openid`, from the emulator's own URL.
    #[default]
    #[serde(rename = "2.0")]
    V2,
}

/// The kind of client that a redirect URI belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Platform {
    Spa,
    Web,
    Native,
}

impl Application {
    /// The platform of a redirect URI, which must match the registered one exactly.
    pub(crate) fn platform(&self, redirect_uri: &str) -> Option<Platform> {
        let has = |uris: &[String]| uris.iter().any(|uri| uri == redirect_uri);
        if has(&self.spa_redirect_uris) {
            Some(Platform::Spa)
        } else if has(&self.native_redirect_uris) {
            Some(Platform::Native)
        } else if has(&self.web_redirect_uris) {
            Some(Platform::Web)
        } else {
            None
        }
    }

    /// Whether this is its application ID URI or client id.
    pub(crate) fn is_resource(&self, resource: &str) -> bool {
        let uri = self.app_id_uri.as_deref();
        uri.is_some_and(|uri| uri.trim_end_matches('/') == resource.trim_end_matches('/'))
            || self.client_id.eq_ignore_ascii_case(resource)
    }

    /// Whether it was granted this scope or app role of an API.
    pub(crate) fn may_use(&self, api: &Self, name: &str) -> bool {
        let is_it = |permission: &String| {
            let parts = permission.rsplit_once('/');
            parts.is_some_and(|(resource, scope)| {
                (scope == name || scope == DEFAULT_SCOPE) && api.is_resource(resource)
            })
        };
        let permissions = self.permissions.as_ref();
        permissions.is_none_or(|permissions| permissions.iter().any(is_it))
    }

    pub(crate) fn redirect_uris(&self) -> impl Iterator<Item = &str> {
        let spa = self.spa_redirect_uris.iter();
        spa.chain(&self.web_redirect_uris)
            .chain(&self.native_redirect_uris)
            .map(String::as_str)
    }

    /// The scope or app role as clients and permissions name it.
    pub(crate) fn full_name(&self, name: &str) -> String {
        let resource = self.app_id_uri.as_deref().unwrap_or(&self.client_id);
        format!("{}/{name}", resource.trim_end_matches('/'))
    }

    fn exposed(&self) -> impl Iterator<Item = &str> {
        let names = self.scopes.iter().chain(&self.app_roles);
        names.map(String::as_str)
    }

    /// A mistake for each permission that none of these applications exposes.
    pub(super) fn wrong_permissions(&self, apis: &[Self]) -> Vec<SeedError> {
        let permissions = self.permissions.iter().flatten();
        let wrong = permissions.filter_map(|permission| {
            let (resource, name) = permission.rsplit_once('/').unwrap_or(("", permission));
            let mut resources = apis.iter().filter(|api| api.is_resource(resource));
            let exists = |api: &Self| name == DEFAULT_SCOPE || api.exposed().any(|it| it == name);
            let remedy = || permission_remedy(apis, resource, name);
            (!resources.any(exists)).then(|| self.mistake("the permission", permission, remedy()))
        });
        wrong.collect()
    }

    pub(super) fn mistakes(&self) -> Vec<SeedError> {
        let id = word("the client id", &self.client_id, "write a GUID");
        let uris = self.redirect_uris().filter_map(|uri| {
            let remedy = self.redirect_uri_remedy(uri)?;
            Some(self.mistake("the redirect URI", uri, remedy))
        });
        let names = self.exposed().filter(|name| !is_word(name)).map(|name| {
            let remedy = "write its short name, such as tasks.read";
            self.mistake("the scope or app role", name, remedy)
        });
        id.err().into_iter().chain(uris).chain(names).collect()
    }

    fn redirect_uri_remedy(&self, uri: &str) -> Option<String> {
        let with_scheme = format!("http://{uri}");
        if is_schemeless_local(uri) && is_absolute(&with_scheme) {
            return Some(format!("write {with_scheme}"));
        }
        let native = self.platform(uri) == Some(Platform::Native);
        let remedy = match (is_absolute(uri), native || is_web(uri)) {
            (false, _) => {
                "write an absolute URI without a fragment, such as http://localhost:3000/"
            }
            (true, false) => "write https, except for localhost",
            (true, true) => return None,
        };
        Some(remedy.to_owned())
    }

    fn mistake(&self, what: &'static str, value: &str, remedy: impl Into<String>) -> SeedError {
        SeedError::OfApplication {
            what,
            value: value.to_owned(),
            client_id: self.client_id.clone(),
            remedy: remedy.into(),
        }
    }
}

/// Names what the permission's API exposes. If there is no such API, names what has this short name; failing that, everything.
fn permission_remedy(apis: &[Application], resource: &str, name: &str) -> String {
    let all = |fits: &dyn Fn(&Application, &str) -> bool| -> Vec<String> {
        let exposed = apis
            .iter()
            .flat_map(|api| api.exposed().map(move |it| (api, it)));
        let fitting = exposed.filter(|(api, it)| fits(api, it));
        fitting.map(|(api, it)| api.full_name(it)).collect()
    };
    let mut right = all(&|api, _| api.is_resource(resource));
    if right.is_empty() {
        right = all(&|_, it| it == name);
    }
    if right.is_empty() {
        right = all(&|_, _| true);
    }
    if right.is_empty() {
        return "no application of the tenant has `scopes` or `app_roles`".to_owned();
    }
    if right.len() > MAX_NAMED {
        right.truncate(MAX_NAMED);
        right.push("…".to_owned());
    }
    format!(
        "write the full name of a scope or app role of the tenant: {}",
        right.join(", ")
    )
}

/// Whether this is a URI without a fragment, and not a script, which would run in the emulator's origin.
fn is_absolute(uri: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'#');
    let scheme = uri.split_once(':').map(|(scheme, _)| scheme);
    let harmless = scheme.is_some_and(|scheme| {
        !scheme.is_empty()
            && !["javascript", "data", "vbscript"]
                .iter()
                .any(|bad| scheme.eq_ignore_ascii_case(bad))
    });
    harmless && uri.bytes().all(fits)
}

/// Whether this starts with `localhost` or `127.0.0.1` instead of a scheme. A URI parser takes the first part of `localhost:3000` for the scheme.
fn is_schemeless_local(uri: &str) -> bool {
    let host = uri.split([':', '/']).next().unwrap_or_default();
    matches!(host, "localhost" | "127.0.0.1")
}

/// Whether a web or single-page application can have this redirect URI: https or, on this machine, http
/// ([restrictions](https://learn.microsoft.com/entra/identity-platform/reply-url)).
fn is_web(uri: &str) -> bool {
    uri.parse::<Uri>().is_ok_and(|uri| match uri.scheme_str() {
        Some("https") => true,
        Some("http") => matches!(uri.host(), Some("localhost" | "127.0.0.1")),
        _ => false,
    })
}

impl fmt::Debug for Application {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application")
            .field("client_id", &self.client_id)
            .field("name", &self.name)
            .field("app_id_uri", &self.app_id_uri)
            .finish_non_exhaustive()
    }
}

/// All of an API: in `permissions`, its scopes and app roles; in a request, those of them that the client was granted.
pub(crate) const DEFAULT_SCOPE: &str = ".default";

/// The most names in a remedy.
const MAX_NAMED: usize = 8;
