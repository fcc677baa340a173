//! Why a request was not judged.

use std::time::Duration;

use http::StatusCode;

/// Why a request was not judged: always a 5xx status, and never a challenge, because signing in again would not help.
///
/// ```
/// use std::time::Duration;
/// use tower_b2c_auth::Unjudged;
///
/// let keys = Unjudged::KeysUnavailable { retry_after: Duration::from_secs(30) };
/// assert_eq!((keys.status().as_u16(), keys.retry_after()), (503, Some(Duration::from_secs(30))));
///
/// let wiring = Unjudged::MissingLayer;
/// assert_eq!((wiring.status().as_u16(), wiring.retry_after()), (500, None));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unjudged {
    /// Keys, metadata or an answer from the [source of tenants](crate::TenantSource) is needed, but not available now. 503.
    #[error("keys, or an answer of the source of tenants, are not available; the next attempt to get them is due in {} s", retry_after.as_secs())]
    KeysUnavailable {
        /// The time until the next attempt to get it.
        retry_after: Duration,
    },
    /// A limit on requests that wait for keys or for the source of tenants is reached: [`max_waiting`](crate::KeySettings::max_waiting) or
    /// [`max_waiting_per_authority`](crate::KeySettings::max_waiting_per_authority). 503.
    #[error("too many requests are waiting for keys or for the source of tenants")]
    TooManyWaiting {
        /// The time after which waiting requests will be done, at the latest.
        retry_after: Duration,
    },
    /// A [look-up](crate::LookUpLayer) of the user has failed or taken too long. 503.
    #[error("the user cannot be looked up; the next attempt is due in {} s", retry_after.as_secs())]
    LookUpFailed {
        /// The time until the user may be looked up again.
        retry_after: Duration,
    },
    /// A limit of [`LookUpSettings`](crate::LookUpSettings) is reached: on look-ups under way or on waiting requests. 503.
    #[error("too many users are being looked up, or too many requests are waiting for look-ups")]
    TooManyLookUps {
        /// The time after which the look-ups under way will be done, at the latest.
        retry_after: Duration,
    },
    /// A [`RequireLayer`](crate::RequireLayer) or [`LookUpLayer`](crate::LookUpLayer) got a request that its own [`B2cAuthLayer`](crate::B2cAuthLayer) has
    /// not seen. 500.
    #[error(
        "a route is not protected by the B2cAuthLayer that made its requirement or look-up; add that layer to the router, outside the requirement or look-up"
    )]
    MissingLayer,
}

impl Unjudged {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::KeysUnavailable { .. } => "keys_unavailable",
            Self::TooManyWaiting { .. } => "too_many_waiting",
            Self::LookUpFailed { .. } => "look_up_failed",
            Self::TooManyLookUps { .. } => "too_many_look_ups",
            Self::MissingLayer => "missing_layer",
        }
    }

    /// The status that the client gets: 500 or 503.
    pub fn status(self) -> StatusCode {
        match self {
            Self::KeysUnavailable { .. }
            | Self::TooManyWaiting { .. }
            | Self::LookUpFailed { .. }
            | Self::TooManyLookUps { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::MissingLayer => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The time after which the client may try again. `None` if that would not help. `Retry-After` in the response has it rounded up to whole seconds, from
    /// 1 to 3600.
    pub fn retry_after(self) -> Option<Duration> {
        match self {
            Self::KeysUnavailable { retry_after }
            | Self::TooManyWaiting { retry_after }
            | Self::LookUpFailed { retry_after }
            | Self::TooManyLookUps { retry_after } => Some(retry_after),
            Self::MissingLayer => None,
        }
    }
}
