//! Whether the keys are there, for readiness probes.

use std::time::Duration;

use super::{Shared, fetch::FetchError};

/// The state of every authority's keys.
///
/// ```
/// use http::StatusCode;
/// use tower_b2c_auth::B2cAuthLayer;
///
/// fn readyz(auth: &B2cAuthLayer) -> StatusCode {
///     if auth.health().is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    authorities: Vec<AuthorityHealth>,
}

impl Health {
    /// Each authority, in the order of the settings.
    pub fn authorities(&self) -> &[AuthorityHealth] {
        &self.authorities
    }

    /// Whether every authority has keys, fresh or stale: requests can be judged.
    pub fn is_ready(&self) -> bool {
        self.authorities
            .iter()
            .all(|authority| !matches!(authority.status, AuthorityStatus::Cold { .. }))
    }
}

/// The state of one authority's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthorityHealth {
    /// The metadata URL, or `inline keys`.
    pub authority: String,
    /// How its keys are.
    pub status: AuthorityStatus,
    /// How many keys are usable.
    pub usable_keys: usize,
}

/// How the keys of an authority are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorityStatus {
    /// There are keys, and the last fetch was good.
    Ready,
    /// There are keys, and fetching them again has failed since.
    Stale {
        /// How long fetches have been failing.
        since: Duration,
        /// Why the last one failed.
        last_error: FetchError,
    },
    /// There are no keys: tokens of this authority are answered with 503.
    Cold {
        /// Why the last fetch failed; none if there was none yet.
        last_error: Option<FetchError>,
    },
}

pub(super) fn of(shared: &Shared) -> Health {
    let now = shared.now();
    let authorities = shared
        .config
        .authorities
        .iter()
        .zip(&shared.authorities)
        .map(|(config, keys)| {
            let usable_keys = keys.inline.iter().filter(|key| key.is_usable(now)).count()
                + keys.cache.usable(now).count();
            let failure = keys.plan(|plan| plan.failure());
            let status = match failure {
                _ if usable_keys == 0 => AuthorityStatus::Cold {
                    last_error: failure.map(|(error, _)| error),
                },
                Some((last_error, since)) => AuthorityStatus::Stale {
                    since: now.saturating_sub(since),
                    last_error,
                },
                None => AuthorityStatus::Ready,
            };
            let authority = config
                .metadata_url
                .as_ref()
                .map_or_else(|| "inline keys".to_owned(), ToString::to_string);
            AuthorityHealth {
                authority,
                status,
                usable_keys,
            }
        });
    Health {
        authorities: authorities.collect(),
    }
}
