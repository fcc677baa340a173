use std::fmt;

/// Positions in [`Verifier::authorities`](crate::Verifier::authorities).
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct AuthoritySet(u64);

impl AuthoritySet {
    pub(crate) const ALL: Self = Self(u64::MAX);

    /// The positions, ascending.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..MAX_AUTHORITIES).filter(move |&position| self.contains(position))
    }

    /// Whether `position` is in it.
    #[must_use]
    pub const fn contains(self, position: usize) -> bool {
        position < MAX_AUTHORITIES && self.0 & (1 << position) != 0
    }

    /// The positions of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The positions in this set whose item is kept. Items beyond [`MAX_AUTHORITIES`] never are.
    pub(crate) fn select<T>(self, items: &[T], keep: impl Fn(&T) -> bool) -> Self {
        let kept = (0..MAX_AUTHORITIES)
            .zip(items)
            .filter(|&(position, item)| self.contains(position) && keep(item));
        Self(kept.fold(0, |bits, (position, _)| bits | (1 << position)))
    }
}

/// Positions beyond [`MAX_AUTHORITIES`] are passed over.
impl FromIterator<usize> for AuthoritySet {
    fn from_iter<I: IntoIterator<Item = usize>>(positions: I) -> Self {
        let valid = positions
            .into_iter()
            .filter(|&position| position < MAX_AUTHORITIES);
        Self(valid.fold(0, |bits, position| bits | (1 << position)))
    }
}

impl fmt::Debug for AuthoritySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// How many authorities one verifier may have.
pub const MAX_AUTHORITIES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_the_positions_that_were_kept() {
        let items: Vec<usize> = (0..70).collect();
        let odd = AuthoritySet::ALL.select(&items, |item| item % 2 == 1);
        assert_eq!(
            odd.iter().collect::<Vec<_>>(),
            (0..64).filter(|item| item % 2 == 1).collect::<Vec<_>>()
        );
        assert!(
            odd.contains(63) && !odd.contains(64) && !odd.contains(65) && !odd.contains(usize::MAX)
        );
        assert!(odd.select(&items, |item| item % 2 == 0).is_empty());
        assert_eq!(
            format!("{:?}", AuthoritySet::ALL.select(&items, |item| *item < 2)),
            "{0, 1}"
        );
    }
}
