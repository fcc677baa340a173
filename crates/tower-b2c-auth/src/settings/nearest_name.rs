//! The likeliest spelling of a misspelt name.

/// The name most like `given`, if one is like it.
pub(crate) fn nearest_name<'n>(
    given: &str,
    names: impl Iterator<Item = &'n str>,
) -> Option<&'n str> {
    let likeness = |name: &str| strsim::jaro_winkler(given, name);
    names
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)))
        .filter(|name| likeness(name) >= LIKE)
}

/// Below this similarity, a guess misleads more often than it helps.
const LIKE: f64 = 0.8;
