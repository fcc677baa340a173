//! A limited number of places, for requests that wait.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Takes one of `max` places. Returns whether one was free. Subtracting one from `taken` frees it.
pub(crate) fn take_place(taken: &AtomicUsize, max: usize) -> bool {
    let next = |count: usize| (count < max).then(|| count.saturating_add(1));
    taken
        .fetch_update(Ordering::AcqRel, Ordering::Acquire, next)
        .is_ok()
}
