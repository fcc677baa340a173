//! Who fetches keys.

use serde::{Deserialize, Serialize};

/// Who carries out the fetches that are due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyRefresh {
    /// A background task keeps the keys fresh. Where it does not run, because nobody drives its runtime, a request that finds a fetch overdue carries it out.
    #[default]
    Auto,
    /// There is no background task: the request that finds a fetch due carries it out. For functions that sleep between requests.
    OnRequest,
}
