//! What performs the fetches of keys.

use serde::{Deserialize, Serialize};

/// What performs a fetch that is due: the value of [`KeySettings::refresh`](super::KeySettings::refresh).
///
/// ```
/// use tower_b2c_auth::{KeyRefresh, Settings};
///
/// assert_eq!(Settings::default().keys.refresh, KeyRefresh::Auto);
/// assert_eq!(Settings::from_toml("keys.refresh = 'on_request'")?.keys.refresh, KeyRefresh::OnRequest);
/// assert!(Settings::from_toml("keys.refresh = 'never'").is_err());
/// # Ok::<(), tower_b2c_auth::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyRefresh {
    /// A background task keeps the keys fresh. If the task makes no progress, because its runtime is not running, requests take over: a request that finds
    /// a fetch overdue by [`fetch_timeout`](super::KeySettings::fetch_timeout) plus one second performs it.
    #[default]
    Auto,
    /// No background task is started: a request that finds a fetch due performs it before its token is accepted. For serverless functions, which are
    /// suspended between requests. If the whole machine is suspended, that time does not count, so fetches may come later than they are due.
    OnRequest,
}
