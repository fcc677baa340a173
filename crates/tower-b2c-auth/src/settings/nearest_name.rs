//! The likeliest spelling of a misspelt name.

/// The name most like `given`, if one is like it.
pub(crate) fn nearest_name<'n>(
    given: &str,
    names: impl Iterator<Item = &'n str>,
) -> Option<&'n str> {
    if given.len() > MAX_NAME_BYTES {
        return None;
    }
    let likeness = |name: &str| strsim::jaro_winkler(given, name);
    // Whoever follows a wrong guess would switch off a check.
    let is_safe = |name: &str| {
        !name.contains("danger") || strsim::levenshtein(given, name) <= MAX_WRONG_LETTERS
    };
    names
        .filter(|name| is_safe(name))
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness >= LIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

/// Longer than any name that is guessed. The time for a guess grows with the length.
const MAX_NAME_BYTES: usize = 64;
/// In the name of a setting that weakens a check.
const MAX_WRONG_LETTERS: usize = 2;
/// Below this similarity, a guess misleads more often than it helps.
const LIKE: f64 = 0.8;

#[cfg(test)]
mod tests {
    use super::*;

    /// The bug: `danger_accept_any_tokens` got the answer "did you mean `danger_report_only`?", which switches off all refusals.
    #[test]
    fn a_setting_that_weakens_a_check_is_suggested_only_for_its_own_name() {
        let names = [
            "accept",
            "danger_report_only",
            "danger_pool_issuers",
            "danger_accept_any_audience",
        ];
        for (given, meant) in [
            ("danger_accept_any_tokens", None),
            ("danger_accept_any_issuer", None),
            ("danger_disable", None),
            ("danger", None),
            ("acept", Some("accept")),
            ("danger_reportonly", Some("danger_report_only")),
            ("danger_pool_isuer", Some("danger_pool_issuers")),
        ] {
            assert_eq!(nearest_name(given, names.into_iter()), meant, "{given}");
        }
    }

    /// The bug: a name of 250 KB in a policy took seconds.
    #[test]
    fn nothing_is_guessed_for_a_long_name() {
        let (known, given) = ("a".repeat(MAX_NAME_BYTES), "a".repeat(MAX_NAME_BYTES + 1));
        let names = || [known.as_str()].into_iter();
        assert_eq!(nearest_name(&given, names()), None);
        assert_eq!(nearest_name(&known, names()), Some(known.as_str()));
    }
}
