//! The layer's fetches: which ones happened, how many may happen, and when a token may stay undecided for lack of one.
//!
//! | file | what it holds |
//! |---|---|
//! | `history.rs` | the fetches, and what they returned |
//! | `kept.rs` | what stays known under other settings and in other processes |
//! | `limits.rs` | whether a fetch may begin, and whether one is overdue |
//! | `excuses.rs` | reasons why no fetch has settled a token yet |

mod excuses;
mod history;
mod kept;
mod limits;

pub(super) use self::{
    history::{Fetches, Scene},
    kept::Snapshot,
};
