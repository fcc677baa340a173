//! The state of the keys, for readiness probes.

use std::{fmt, time::Duration};

use super::{
    fetch::FetchError,
    forgotten_owners::Named,
    ids::Sequence,
    plan::Success,
    source::{KeySource, State},
};

/// The state of every authority's keys. [`B2cAuthLayer::health`](crate::B2cAuthLayer::health) returns it.
///
/// `Display` writes one line for logs; serde writes [JSON](#impl-Serialize-for-Health) for probes and dashboards. As an error, it is what
/// [`warm_up`](crate::B2cAuthLayer::warm_up) returns.
///
/// ```
/// use http::StatusCode;
/// use tower_b2c_auth::{B2cAuthLayer, b2c};
///
/// fn readyz(auth: &B2cAuthLayer) -> StatusCode {
///     if auth.health().is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
/// }
///
/// let authority = b2c("contoso").policy("B2C_1_a");
/// let layer = |authority| B2cAuthLayer::builder().authority(authority).audience("api").build();
/// assert_eq!(readyz(&layer(authority.clone())?), StatusCode::SERVICE_UNAVAILABLE);
/// // Its keys are fetched for its first token, so readiness does not wait for them.
/// assert_eq!(readyz(&layer(authority.on_demand())?), StatusCode::OK);
/// # Ok::<(), tower_b2c_auth::SettingsError>(())
/// ```
///
/// # Probes and alerts
///
/// | for | use |
/// |---|---|
/// | readiness | [`is_ready`](Self::is_ready): an instance without keys answers 503, so send its requests elsewhere |
/// | liveness | none of this: a restart does not bring back an identity provider, and loses the keys in memory |
/// | an alert | [`is_complete`](Self::is_complete) is false, or an authority is [`Stale`](AuthorityStatus::Stale) for longer than a few refresh intervals |
///
/// An authority stays ready while its keys are stale, so an outage of the identity provider takes no instance out of service before
/// [`max_stale`](crate::KeySettings::max_stale).
///
/// After a swap that adds an authority, an instance is not ready until that authority's keys have been fetched. If its tenant or policy is mistyped, that
/// never happens, and a load balancer takes out all replicas that got the settings. If the service can serve without the authority, add it as
/// [optional](crate::AuthoritySettings::optional).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    pub(crate) authorities: Vec<AuthorityHealth>,
}

impl Health {
    /// Each authority, in the order of the settings.
    pub fn authorities(&self) -> &[AuthorityHealth] {
        &self.authorities
    }

    /// Whether the service can serve: every authority has keys, fresh or stale. [Optional](crate::AuthoritySettings::optional) authorities count only if there
    /// are no others; then one with keys is enough. Those [on demand](crate::AuthoritySettings::on_demand) never count.
    pub fn is_ready(&self) -> bool {
        let mut required = self
            .eager()
            .filter(|authority| !authority.optional)
            .peekable();
        if required.peek().is_some() {
            return required.all(AuthorityHealth::has_keys);
        }
        let mut optional = self.eager().peekable();
        optional.peek().is_none() || optional.any(AuthorityHealth::has_keys)
    }

    /// Whether every authority that is not on demand has keys, the optional ones too. For an alert, not for a readiness probe.
    pub fn is_complete(&self) -> bool {
        self.eager().all(AuthorityHealth::has_keys)
    }

    fn eager(&self) -> impl Iterator<Item = &AuthorityHealth> {
        self.authorities
            .iter()
            .filter(|authority| !authority.on_demand)
    }
}

impl AuthorityHealth {
    fn has_keys(&self) -> bool {
        !matches!(self.status, AuthorityStatus::Cold { .. })
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
                    write!(f, "; {name}: keys in use ({usable_keys}), but {last_error}")?;
                }
                AuthorityStatus::Cold {
                    last_error: Some(error),
                } => {
                    write!(f, "; {name}: no keys, {error}")?;
                }
                AuthorityStatus::Cold { last_error: None } => write!(f, "; {name}: no keys")?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Health {}

/// The state of one authority's keys: an entry of [`Health::authorities`].
///
/// ```
/// use tower_b2c_auth::{AuthorityStatus, B2cAuthLayer, b2c};
///
/// let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").build()?;
/// let health = auth.health();
/// let contoso = &health.authorities()[0];
/// assert_eq!((contoso.authority.as_str(), contoso.usable_keys), ("contoso/B2C_1_a", 0));
/// assert_eq!(contoso.status, AuthorityStatus::Cold { last_error: None });
/// # Ok::<(), tower_b2c_auth::SettingsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthorityHealth {
    /// The authority's [name](crate::AuthoritySettings::name).
    pub authority: String,
    /// The URL of its metadata; `None` if all its keys are inline.
    pub openid_config: Option<String>,
    /// Whether it has keys, and how the last fetch went.
    pub status: AuthorityStatus,
    /// How long fetches have been failing; `None` if the last one did not fail.
    pub failing_for: Option<Duration>,
    /// How many keys are usable. [Forgotten keys](crate::ForgottenKey) are not counted.
    pub usable_keys: usize,
    /// Whether its keys are fetched only when its first token arrives, so that readiness does not depend on them.
    pub on_demand: bool,
    /// Whether the service can be ready without it; see [`Health::is_ready`].
    pub optional: bool,
}

/// Whether an authority has keys, and how the last fetch went.
///
/// ```
/// use std::time::Duration;
/// use tower_b2c_auth::{AuthorityStatus, FetchError};
///
/// fn alert(status: &AuthorityStatus) -> Option<String> {
///     match status {
///         AuthorityStatus::Stale { since, last_error } if *since > Duration::from_secs(3600) => Some(last_error.to_string()),
///         AuthorityStatus::Cold { last_error: Some(error) } => Some(error.to_string()),
///         _ => None,
///     }
/// }
/// assert_eq!(alert(&AuthorityStatus::Ready), None);
/// assert!(alert(&AuthorityStatus::Cold { last_error: Some(FetchError::Timeout) }).is_some());
/// ```
///
/// An authority begins `Cold`, or `Ready` with inline keys or a key snapshot. A successful fetch makes it `Ready`, a failed one `Stale` as long as a key is
/// usable, and `Cold` after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorityStatus {
    /// There are keys, and the last fetch, if there was one, did not fail.
    Ready,
    /// There are keys, but later fetches have failed. The keys stay in use for up to [`max_stale`](crate::KeySettings::max_stale).
    Stale {
        /// How long fetches have been failing.
        since: Duration,
        /// Why the last one failed.
        last_error: FetchError,
    },
    /// There are no keys: tokens from this authority are answered with 503. Keys in [`forgotten_keys`](crate::ForgottenKey) do not count; tokens signed with
    /// one of those are refused with 401 all the same.
    Cold {
        /// Why the last fetch failed; `None` if there has been no fetch yet, or the last one did not fail.
        last_error: Option<FetchError>,
    },
}

impl KeySource {
    /// The state of the authority with this name.
    pub(crate) fn health(&self, name: &str, optional: bool) -> AuthorityHealth {
        let now = self.context.now();
        let state = self.lock();
        let named = Named {
            name,
            url: self.metadata_url(),
        };
        let forgotten = &self.context.forgotten;
        let is_forgotten = |kid: &str| forgotten.contains(|| named, kid);
        let usable_keys = self.count_usable(now, |key| key.kid().is_some_and(is_forgotten));
        AuthorityHealth {
            authority: name.to_owned(),
            openid_config: self.metadata.as_ref().map(|it| it.url.to_string()),
            status: Self::status(&state, usable_keys, now),
            failing_for: state
                .plan
                .failure()
                .map(|(_, since)| now.saturating_sub(since)),
            usable_keys,
            on_demand: state.on_demand,
            optional,
        }
    }

    pub(super) fn status_of(&self, state: &State, now: Duration) -> AuthorityStatus {
        let usable_keys = self.count_usable(now, |key| self.is_forgotten(key));
        Self::status(state, usable_keys, now)
    }

    /// Whether a fetch that began after `asked` has brought the keys.
    ///
    /// # Errors
    ///
    /// Why the last fetch did not; [`FetchError::Timeout`] if no such fetch has ended, for example because another one replaced it.
    pub(crate) fn fetched_since(&self, asked: Sequence) -> Result<(), FetchError> {
        let state = self.lock();
        let is_new = |success: Success| success.sequence > asked;
        match state.last_error {
            Some(error) => Err(error),
            None if self.metadata.is_none() || state.plan.success().is_some_and(is_new) => Ok(()),
            None => Err(FetchError::Timeout),
        }
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
