//! What a request needs.

use std::sync::Arc;

use super::methods::Methods;
use crate::requirement::Requirement;

/// What the requests covered by a route need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Whether a request without a token passes.
    pub(crate) public: bool,
    /// What the claims must meet.
    pub(crate) requirement: Option<Requirement>,
    /// The names of the authorities whose tokens are accepted; `None` means all.
    pub(crate) authorities: Option<Vec<Box<str>>>,
}

impl Rule {
    pub(crate) fn accepts_tokens_of(&self, authority: &str) -> bool {
        let names = self.authorities.as_ref();
        names.is_none_or(|names| names.iter().any(|name| **name == *authority))
    }
}

/// A rule and the methods that it applies to.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) methods: Methods,
    pub(crate) rule: Arc<Rule>,
}
