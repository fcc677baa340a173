//! Parts of a benchmark by their names: `cargo bench … --bench goals -- tenants`.

/// Whether this group is to be measured: the command line names it, or none.
pub(crate) fn is_wanted(group: &str) -> bool {
    // cargo adds options of its own.
    let mut named = std::env::args()
        .skip(1)
        .filter(|it| !it.starts_with('-'))
        .peekable();
    named.peek().is_none() || named.any(|it| it == group)
}
