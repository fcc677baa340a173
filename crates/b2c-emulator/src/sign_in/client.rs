//! Client authentication at the token endpoint (RFC 6749 §2.3.1).

use aws_lc_rs::constant_time;
use axum::http::{HeaderMap, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::refusal::Refusal;
use crate::{
    request::Params,
    seed::{Application, Kind, Platform},
    tenants::Tenant,
};

/// A client, and whether it has authenticated.
pub(super) struct Client<'a> {
    pub(super) application: &'a Application,
    kind: Kind,
    authenticated: bool,
    is_page: bool,
}

impl<'a> Client<'a> {
    /// # Errors
    ///
    /// If the client id is missing or not registered, or the secret is wrong.
    pub(super) fn read(
        tenant: &'a Tenant,
        headers: &HeaderMap,
        form: &Params,
    ) -> Result<Self, Refusal> {
        let (id, secret) = match basic(headers) {
            Some((id, secret)) => (id, Some(secret)),
            None => {
                let id = form.get("client_id");
                let id = id.ok_or(Refusal::MissingParameter("client_id"))?;
                (id.to_owned(), form.get("client_secret").map(str::to_owned))
            }
        };
        let application = tenant
            .application(&id)
            .ok_or_else(|| Refusal::UnknownClient(id.clone()))?;
        if let Some(secret) = &secret
            && !is_its_secret(application, secret)
        {
            return Err(Refusal::SecretIsWrong);
        }
        Ok(Self {
            application,
            kind: tenant.seed.kind,
            authenticated: secret.is_some(),
            // Browsers send it with each POST.
            is_page: headers.contains_key(header::ORIGIN),
        })
    }

    /// A web application must have sent a secret. The others must not send one. In External ID and Entra ID, a single-page application must redeem from a
    /// page (its request has `Origin`), and the others must not.
    pub(super) fn check(&self, platform: Platform) -> Result<(), Refusal> {
        match (self.kind, platform, self.is_page) {
            (Kind::B2c, ..)
            | (_, Platform::Spa, true)
            | (_, Platform::Web | Platform::Native, false) => {}
            (_, Platform::Spa, false) => return Err(Refusal::OriginIsMissing),
            (_, Platform::Web | Platform::Native, true) => {
                return Err(Refusal::OriginOfOtherPlatform);
            }
        }
        match (platform, self.authenticated) {
            (Platform::Web, true) | (Platform::Spa | Platform::Native, false) => Ok(()),
            (Platform::Web, false) => Err(Refusal::SecretIsMissing),
            (Platform::Spa | Platform::Native, true) => Err(Refusal::SecretOfPublicClient),
        }
    }
}

fn is_its_secret(application: &Application, given: &str) -> bool {
    let mut secrets = application.secrets.iter();
    secrets.any(|secret| {
        constant_time::verify_slices_are_equal(secret.as_bytes(), given.as_bytes()).is_ok()
    })
}

/// HTTP Basic, with form-encoded id and secret (RFC 6749 §2.3.1).
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(credentials.trim()).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decoded(id), form_decoded(secret)))
}

fn form_decoded(text: &str) -> String {
    // The text is read as a name without a value. Only `&` and `=` would end it, and in form encoding they are escaped.
    let mut pairs = form_urlencoded::parse(text.as_bytes());
    pairs
        .next()
        .map_or_else(String::new, |(value, _)| value.into_owned())
}
