//! What was heard from each metadata URL.

use std::{collections::BTreeMap, rc::Rc};

use crate::{plan::Plan, tokens::Token, topology::FETCH_TIMEOUT};

/// What was heard from each metadata URL, and what the operator forgot. Times are seconds since the schedule began, unless they are called wall.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    pub(crate) heard: BTreeMap<usize, Heard>,
    /// By the names of authorities.
    pub(crate) forgotten: Vec<(Option<&'static str>, String)>,
    pub(super) open: BTreeMap<u64, Open>,
    /// The requests that have not been answered.
    pub(crate) live: Vec<Live>,
    /// How the authorities are called.
    pub(super) names: BTreeMap<usize, &'static str>,
}

/// A request that has not been answered: its place in the order, its token, and the settings that it came with.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    pub(crate) order: u64,
    pub(crate) token: Token,
    pub(crate) plan: Rc<Plan>,
}

/// What was heard from one metadata URL since `born`, a place in the order of fetches and requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard {
    pub(super) born: u64,
    pub(crate) issuer: Option<String>,
    pub(super) former: Option<(String, u64)>,
    pub(crate) keys: BTreeMap<String, Known>,
    pub(crate) success: Option<Success>,
    pub(super) failed: Option<(u64, u32)>,
    pub(crate) began: Vec<u64>,
    /// What is left of the budget for unknown keys.
    pub(super) left: f64,
    pub(super) refilled: u64,
    /// The key ids that were asked for, each with the place of the first request that did.
    pub(super) asked: BTreeMap<String, u64>,
    /// The key ids and issuers that a fetch has shown not to exist, with the time when it began.
    pub(super) shown: BTreeMap<String, u64>,
    /// How many fetches were given up because nobody drove them.
    pub(super) replaces: u64,
    /// When the next regular fetch may begin, and when it must have begun.
    pub(super) due: (u64, u64),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    pub(super) key: usize,
    pub(super) seen: u64,
    pub(super) vanished: Option<u64>,
    /// It vanished from an authority on demand, which may have been idle: then it ended at once.
    pub(super) may_have_ended: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Success {
    pub(super) began: u64,
    /// The same, whatever the clocks of later processes make of it.
    pub(super) truly_began: u64,
    pub(super) ended: u64,
    pub(super) order: u64,
    pub(super) wall: u64,
}

#[derive(Debug, Clone)]
pub(super) struct Open {
    pub(super) source: usize,
    pub(super) began: u64,
    pub(super) order: u64,
    pub(super) wall: u64,
    pub(super) assigned: Vec<String>,
    pub(super) issuer: Option<String>,
    pub(super) is_paid: bool,
    /// Nobody drove it to its end, and another one has taken its place.
    pub(super) is_replaced: bool,
}

impl Open {
    /// Whoever drives it notices within a second that its time is over.
    pub(super) fn may_be_driven(&self, at: u64) -> bool {
        at <= self.began + FETCH_TIMEOUT
    }
}

impl Heard {
    pub(super) fn new(born: u64, plan: &Plan, at: u64) -> Self {
        Self {
            born,
            left: plan.unknown_fetches as f64,
            refilled: at,
            ..Self::default()
        }
    }

    pub(super) fn usable(&self, kid: &str, plan: &Plan, at: u64) -> Option<usize> {
        let known = self.keys.get(kid)?;
        let in_grace = known.vanished.is_none_or(|since| at < since + plan.grace);
        (at < known.seen + plan.max_stale && in_grace).then_some(known.key)
    }
}
