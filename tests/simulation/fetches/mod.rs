//! The fetches of the layer: which it can have carried out, how many there may be, and when a token may stay undecided for want of one.
//!
//! | file | what it holds |
//! |---|---|
//! | `history.rs` | which fetches there are, and what they told |
//! | `kept.rs` | what is known with other settings, and in other processes |
//! | `limits.rs` | whether a fetch may begin, and whether one is overdue |
//! | `excuses.rs` | why nothing has been told yet |

mod excuses;
mod history;
mod kept;
mod limits;

pub(super) use self::{
    history::{Fetches, Scene},
    kept::Snapshot,
};
