//! How users are looked up.

use super::TextDuration;

/// How a [`LookUp`](crate::LookUp) is asked, how long its answers count, and what becomes of a request without one.
/// [`B2cAuthLayer::look_up`](crate::B2cAuthLayer::look_up) takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookUpSettings {
    /// How long what was found about a user counts before the user is looked up again, so a change takes up to this long to be seen. Default `5m`.
    pub found_for: TextDuration,
    /// How long it is remembered that there is no such user. Default `1m`.
    pub absent_for: TextDuration,
    /// How much longer than `found_for` something found counts while look-ups fail or too many are under way. Default `1h`; may be `0s`. After a failure, it is
    /// asked for again every 10 seconds.
    ///
    /// Choose it by what the answer decides: an outage delays a change by this much.
    pub stale_for: TextDuration,
    /// How many users are remembered. Default 10,000. Beyond that, those least used are looked up again.
    pub max_users: u32,
    /// How many look-ups may be under way at the same time. Default 64. Further users are answered with 503 and `Retry-After`, unless something found before
    /// still counts.
    pub max_at_once: u32,
    /// How many requests may wait for look-ups at the same time. Default 1024. Further ones are answered with 503 and `Retry-After`.
    pub max_waiting: u32,
    /// How long a look-up may take. Default `2s`.
    pub timeout: TextDuration,
    /// What becomes of a user whom the look-up does not know. Default [`WithoutResult::Refuse`].
    pub unknown_users: WithoutResult,
    /// What becomes of a token that names no user: an application's, or one with neither `oid` nor `sub`. It is never looked up. Default
    /// [`WithoutResult::Refuse`].
    pub no_user: WithoutResult,
}

/// What becomes of a request for which nothing was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WithoutResult {
    /// It is refused with 403 ([`Refused::UnknownUser`](crate::Refused::UnknownUser)).
    #[default]
    Refuse,
    /// It is passed on without a result. Its handlers must expect that: they take `Option<LookedUp<T>>`.
    PassOn,
}

impl Default for LookUpSettings {
    fn default() -> Self {
        Self {
            found_for: "5m".into(),
            absent_for: "1m".into(),
            stale_for: "1h".into(),
            max_users: 10_000,
            max_at_once: 64,
            max_waiting: 1024,
            timeout: "2s".into(),
            unknown_users: WithoutResult::Refuse,
            no_user: WithoutResult::Refuse,
        }
    }
}
