//! How often keys are fetched, and how long they are kept.

use std::time::Duration;

pub(crate) use crate::settings::KeyRefresh;

/// [`KeySettings`](crate::KeySettings) after the check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyConfig {
    pub(crate) refresh_interval: Duration,
    pub(crate) max_stale: Duration,
    pub(crate) retired_key_grace: Duration,
    pub(crate) unknown_key_fetches: u32,
    pub(crate) unknown_key_interval: Duration,
    pub(crate) max_waiting: usize,
    pub(crate) max_waiting_per_authority: usize,
    pub(crate) refresh: KeyRefresh,
    pub(crate) connect_timeout: Duration,
    pub(crate) fetch_timeout: Duration,
    pub(crate) max_document_bytes: usize,
}

/// The longest `max_stale` that can be set.
pub(crate) const MAX_MAX_STALE: Duration = Duration::from_secs(30 * 86_400);
