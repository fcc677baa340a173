//! Numbers with different meanings, as different types, so that none is compared with one of another kind.

/// A place in the order of requests and fetches, which holds even if the clock stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Sequence(pub(super) u64);

/// How many fetches of all sources have ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EndedFetches(pub(super) u64);

/// Identifies a key source. Later sources have greater ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SourceId(pub(super) Sequence);

/// Identifies the key sources of one authority across all settings, even if its name changes. It is the id of the first source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Lineage(pub(super) SourceId);

impl Sequence {
    /// Before the first request and the first fetch.
    pub(super) const BEFORE_ALL: Self = Self(0);
}
