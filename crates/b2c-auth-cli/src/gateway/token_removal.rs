//! `--remove-token`: tells the proxy which header or cookie to remove, so the service never sees the token.
//!
//! Not every proxy can remove something on the gateway's instruction, and most cannot remove a cookie. If the proxy cannot, the gateway does not start.

use axum::http::{HeaderName, HeaderValue, header};
use tower_b2c_auth::TokenSettings;

use crate::cli::{Forwarded, GatewayArguments, ProxyArguments};

/// What the proxy removes from an allowed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenRemoval {
    /// The whole header.
    Header(HeaderName),
    /// One cookie of several. Only Envoy over gRPC can keep the others.
    Cookie(Box<str>),
}

/// The proxy that removes the token, if one should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RemovingProxy {
    wanted: bool,
    /// The proxy at `--listen`. The outer `None` means that there is no `--listen`, the inner one that the proxy is unknown.
    http: Option<Option<Forwarded>>,
}

impl RemovingProxy {
    pub(super) fn of(arguments: &GatewayArguments) -> Self {
        Self {
            wanted: arguments.proxy.remove_token,
            http: (!arguments.listen.is_empty()).then_some(arguments.proxy.forwarded),
        }
    }

    /// For `check`, which does not know the addresses: a proxy that is not named may be Envoy over gRPC.
    pub(crate) fn named_by(arguments: &ProxyArguments) -> Self {
        Self {
            wanted: arguments.remove_token,
            http: arguments.forwarded.map(Some),
        }
    }

    /// What the proxy must remove. `None` if the service may see the token.
    ///
    /// # Errors
    ///
    /// If a proxy cannot remove it.
    pub(crate) fn removal(self, token: &TokenSettings) -> Result<Option<TokenRemoval>, String> {
        if !self.wanted {
            return Ok(None);
        }
        if token.query.is_some() {
            return Err("--remove-token: no proxy can remove a token from the query, because the parameter's name can be encoded in many ways; take the token from a header".into());
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
                    "--remove-token: say with --forwarded which proxy asks at --listen".into(),
                );
            }
            Some(Some(proxy)) => is_removed_by(proxy, &removal),
        };
        match can {
            true => Ok(Some(removal)),
            false => Err("--remove-token: the gateway cannot make this proxy remove the token from where the settings look for it; remove it in the proxy's configuration instead, see deploy/README.md".into()),
        }
    }
}

impl TokenRemoval {
    /// The response header that makes the proxy remove it. [`RemovingProxy::removal`] has checked that this proxy has one.
    pub(super) fn instruction_to(&self, proxy: Forwarded) -> Option<(HeaderName, HeaderValue)> {
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

/// Whether the proxy, configured as in `deploy/`, can remove it.
fn is_removed_by(proxy: Forwarded, removal: &TokenRemoval) -> bool {
    match (proxy, removal) {
        (_, TokenRemoval::Cookie(_)) | (Forwarded::Traefik, _) => false,
        (Forwarded::Envoy | Forwarded::Haproxy, TokenRemoval::Header(_)) => true,
        (Forwarded::Nginx | Forwarded::Caddy, TokenRemoval::Header(name)) => {
            *name == header::AUTHORIZATION
        }
    }
}
