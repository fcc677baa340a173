//! `--remove-token`: what the proxy has to take off the request, so that the service never sees the token.
//!
//! Only some proxies can be told so by an answer, and not of every place where a token can be. Where one cannot, the gateway does not start.

use axum::http::{HeaderName, HeaderValue, header};
use tower_b2c_auth::TokenSettings;

use crate::cli::{Forwarded, GatewayArguments};

/// Where the token is that the proxy removes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TokenRemoval {
    /// The whole header.
    Header(HeaderName),
    /// One cookie of several; only Envoy over gRPC takes the others back.
    Cookie(Box<str>),
}

/// Who has to remove the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Remover {
    wanted: bool,
    /// Whether a proxy asks over HTTP, and which one.
    http: Option<Option<Forwarded>>,
}

impl Remover {
    pub(super) fn of(arguments: &GatewayArguments) -> Self {
        Self {
            wanted: arguments.remove_token,
            http: (!arguments.listen.is_empty()).then_some(arguments.forwarded),
        }
    }

    /// What is to be removed; none if the service gets the token.
    ///
    /// # Errors
    ///
    /// If a proxy cannot remove it.
    pub(super) fn removal(self, token: &TokenSettings) -> Result<Option<TokenRemoval>, String> {
        if !self.wanted {
            return Ok(None);
        }
        if token.query.is_some() {
            return Err("--remove-token: no proxy removes a token from the query, because its name can be written in many ways; take the token from a header".into());
        }
        let name = token.header.as_deref();
        let name = name.and_then(|name| name.parse().ok());
        let removal = match (&token.cookie, name) {
            (Some(cookie), _) => TokenRemoval::Cookie(cookie.as_str().into()),
            (None, name) => TokenRemoval::Header(name.unwrap_or(header::AUTHORIZATION)),
        };
        let can = match self.http {
            None => true,
            Some(None) => {
                return Err(
                    "--remove-token: depends on the proxy at --listen; name it with --forwarded"
                        .into(),
                );
            }
            Some(Some(proxy)) => is_removed_by(proxy, &removal),
        };
        match can {
            true => Ok(Some(removal)),
            false => Err("--remove-token: this proxy cannot be told to remove the token from where the settings find it; remove it in the proxy's own configuration instead, see deploy/README.md".into()),
        }
    }
}

impl TokenRemoval {
    /// The header of a yes that tells the proxy; [`Remover::removal`] has made sure that there is one.
    pub(super) fn told_to(&self, proxy: Forwarded) -> Option<(HeaderName, HeaderValue)> {
        let Self::Header(name) = self else {
            return None;
        };
        let told = match proxy {
            Forwarded::Envoy => HeaderName::from_static("x-envoy-auth-headers-to-remove"),
            _ => HeaderName::from_static("x-auth-remove"),
        };
        Some((told, HeaderValue::from_str(name.as_str()).ok()?))
    }
}

/// As the files in deploy/ are.
fn is_removed_by(proxy: Forwarded, removal: &TokenRemoval) -> bool {
    match (proxy, removal) {
        (_, TokenRemoval::Cookie(_)) | (Forwarded::Traefik, _) => false,
        (Forwarded::Envoy | Forwarded::Haproxy, TokenRemoval::Header(_)) => true,
        (Forwarded::Nginx | Forwarded::Caddy, TokenRemoval::Header(name)) => {
            *name == header::AUTHORIZATION
        }
    }
}
