//! Whether the keys are there, for readiness probes.

use std::{fmt, time::Duration};

use super::{
    fetch::FetchError,
    source::{KeySource, State},
};

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
    pub(crate) fn new(authorities: Vec<AuthorityHealth>) -> Self {
        Self { authorities }
    }

    /// Each authority, in the order of the settings.
    pub fn authorities(&self) -> &[AuthorityHealth] {
        &self.authorities
    }

    /// Whether every authority that is not on demand has keys, fresh or stale: its tokens can be judged.
    pub fn is_ready(&self) -> bool {
        let mut eager = self
            .authorities
            .iter()
            .filter(|authority| !authority.on_demand);
        eager.all(|authority| !matches!(authority.status, AuthorityStatus::Cold { .. }))
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ready = if self.is_ready() {
            "ready"
        } else {
            "not ready"
        };
        f.write_str(ready)?;
        for authority in &self.authorities {
            let AuthorityHealth {
                authority: name,
                status,
                usable_keys,
                ..
            } = authority;
            match status {
                AuthorityStatus::Ready => {}
                AuthorityStatus::Stale { last_error, .. } => {
                    write!(f, "; {name}: {usable_keys} keys, but {last_error}")?;
                }
                AuthorityStatus::Cold {
                    last_error: Some(error),
                } => {
                    write!(f, "; {name}: no keys, {error}")?;
                }
                AuthorityStatus::Cold { last_error: None } => write!(f, "; {name}: no keys yet")?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Health {}

/// The state of one authority's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthorityHealth {
    /// The authority's name.
    pub authority: String,
    /// The URL of its metadata; none if all its keys are inline.
    pub openid_config: Option<String>,
    /// Its key status.
    pub status: AuthorityStatus,
    /// How many keys are usable.
    pub usable_keys: usize,
    /// Whether its keys are fetched for its first token only, so that readiness does not ask for them.
    pub on_demand: bool,
}

/// The key status of an authority.
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

impl KeySource {
    /// Its state, without the keys that `is_forgotten`.
    pub(crate) fn health(
        &self,
        name: &str,
        is_forgotten: impl Fn(&str) -> bool,
    ) -> AuthorityHealth {
        let now = self.context.now();
        let state = self.lock();
        let counts = |kid: Option<&str>| !kid.is_some_and(&is_forgotten);
        let inline = self.inline_keys().iter().filter(|key| counts(key.kid()));
        let fetched = self.usable(&state, now);
        let fetched = fetched.iter().filter(|slot| counts(slot.key.kid()));
        let usable_keys = inline.count() + fetched.count();
        AuthorityHealth {
            authority: name.to_owned(),
            openid_config: self.metadata.as_ref().map(|it| it.url.to_string()),
            status: Self::status(&state, usable_keys, now),
            usable_keys,
            on_demand: state.on_demand,
        }
    }

    pub(super) fn status_of(&self, state: &State, now: Duration) -> AuthorityStatus {
        let usable = self.inline_keys().len() + self.usable(state, now).len();
        Self::status(state, usable, now)
    }

    /// Why the last fetch failed, if it did.
    pub(crate) fn last_error(&self) -> Option<FetchError> {
        self.lock().plan.failure().map(|(error, _)| error)
    }

    fn status(state: &State, usable_keys: usize, now: Duration) -> AuthorityStatus {
        let failure = state.plan.failure();
        match failure {
            _ if usable_keys == 0 => AuthorityStatus::Cold {
                last_error: failure.map(|(error, _)| error),
            },
            Some((last_error, since)) => AuthorityStatus::Stale {
                since: now.saturating_sub(since),
                last_error,
            },
            None => AuthorityStatus::Ready,
        }
    }
}
