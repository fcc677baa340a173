//! How users are looked up, and how long the answers are valid.

use super::TextDuration;

/// How a [`LookUp`](crate::LookUp) is called, how long its answers are valid, and what happens to a request without a result.
/// [`B2cAuthLayer::look_up`](crate::B2cAuthLayer::look_up) takes it.
///
/// Every duration is [text with a unit](TextDuration). Only `stale_for` may be zero.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, LookUpSettings, VerifiedUser, b2c};
///
/// let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").build()?;
/// let look_up = |_: VerifiedUser| async { Ok::<_, std::io::Error>(Some("customer")) };
/// assert!(auth.look_up(look_up, &LookUpSettings { found_for: "30s".into(), ..LookUpSettings::default() }).is_ok());
///
/// let error = auth.look_up(look_up, &LookUpSettings { found_for: "0s".into(), ..LookUpSettings::default() }).map(|_| ()).unwrap_err();
/// assert_eq!(error.mistakes()[0].field, "look_up.found_for");
/// # Ok::<(), tower_b2c_auth::SettingsError>(())
/// ```
///
/// The settings belong to one [`LookUpLayer`](crate::LookUpLayer): a swap of the authentication layer's settings neither changes them nor forgets an
/// answer. To apply a change of a user at once, call [`LookUpLayer::forget`](crate::LookUpLayer::forget).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookUpSettings {
    /// How long an answer about a known user is valid before the user is looked up again. Default `5m`. A change takes up to this long to take effect.
    pub found_for: TextDuration,
    /// How long the layer remembers that there is no such user. Default `1m`. A new user may still be refused for this long.
    pub absent_for: TextDuration,
    /// How much longer than `found_for` an answer about a known user stays valid while look-ups fail or too many are under way. Default `1h`; may be `0s`.
    /// As long as such an answer stands in after a failure, the user's requests cause another look-up at most every 10 seconds; without one, at most every
    /// second.
    ///
    /// Choose it by what the answer decides: during an outage, a user whose rights were withdrawn keeps them for this additional time.
    pub stale_for: TextDuration,
    /// How many users are remembered. Default 10,000; at most 10,000,000. Beyond that, the least used are evicted, and looked up again when they return.
    pub max_users: u32,
    /// How many look-ups may be under way at the same time. Default 64. Further users are answered with 503 and `Retry-After`, unless an earlier answer is
    /// still valid. A look-up whose user is [forgotten](crate::LookUpLayer::forget) while it is under way counts towards this limit only for as long as
    /// requests wait for it.
    pub max_at_once: u32,
    /// How many requests may wait for look-ups at the same time. Default 1024. Further ones get an earlier answer that is [still valid](Self::stale_for),
    /// or 503 with `Retry-After`.
    pub max_waiting: u32,
    /// How long a look-up may take. Default `2s`.
    pub timeout: TextDuration,
    /// What happens to a request of a user whom the look-up does not know. Default [`WithoutResult::Refuse`].
    pub unknown_users: WithoutResult,
    /// What happens to a request whose token names no user: one that is known to be an application's ([`principal`](crate::VerifiedToken::principal)), or
    /// has neither `oid` nor `sub`. It is never looked up. Default [`WithoutResult::Refuse`].
    pub no_user: WithoutResult,
}

/// What happens to a request for which the look-up has no result: the value of [`LookUpSettings::unknown_users`] and [`LookUpSettings::no_user`].
///
/// ```
/// use tower_b2c_auth::{LookUpSettings, WithoutResult};
///
/// assert_eq!(LookUpSettings::default().unknown_users, WithoutResult::Refuse);
/// // Daemons have no account, but may come in.
/// let settings = LookUpSettings { no_user: WithoutResult::PassOn, ..LookUpSettings::default() };
/// assert_eq!((settings.unknown_users, settings.no_user), (WithoutResult::Refuse, WithoutResult::PassOn));
/// ```
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
