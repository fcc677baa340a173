//! What a verdict depends on besides the token and the settings.
//!
//! It is read once for each judgement, before anything else, so that every check sees the same time. The number of ended fetches is read then too: a fetch
//! that ends later may have found what this judgement missed.

use std::time::Duration;

use b2c_verify::NumericDate;

use crate::keys::{EndedFetches, Sequence};

/// The state in which a token is judged: the time, the fetches so far and, if the request has asked for a fetch, its place in their order.
#[derive(Debug, Clone, Copy)]
pub(super) struct DecisionContext {
    pub(super) date: NumericDate,
    pub(super) now: Duration,
    pub(super) clock_skew: Duration,
    /// How many fetches had ended before.
    pub(super) ended: EndedFetches,
    pub(super) asked: Option<Sequence>,
}
