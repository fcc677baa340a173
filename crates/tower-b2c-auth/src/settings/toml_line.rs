//! A setting's name ─▶ its line in a TOML text.

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A TOML text in which settings are found. It is parsed once, because a file can have many mistakes.
pub(super) struct TomlLines<'t> {
    /// `None` if the text is not TOML.
    root: Option<Spanned<DeTable<'t>>>,
    /// The places of the line feeds, in order.
    line_feeds: Vec<usize>,
}

impl<'t> TomlLines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            root: DeTable::parse(text).ok(),
            line_feeds: text.match_indices('\n').map(|(at, _)| at).collect(),
        }
    }

    /// The line of a setting such as `authorities[0].tenant` or, if it is missing, of the closest table around it. `None` if there is neither, or the text
    /// is not TOML.
    pub(super) fn line_of(&self, field: &str) -> Option<usize> {
        let mut table = self.root.as_ref().map(Spanned::get_ref);
        let mut value: Option<&DeValue<'_>> = None;
        let mut start = None;
        for step in field.split(['.', '[']).take(MAX_STEPS) {
            if let Some(number) = step.strip_suffix(']') {
                let elements = value.and_then(DeValue::as_array);
                let number = number.parse::<usize>().ok();
                let Some(element) = elements.zip(number).and_then(|(all, at)| all.get(at)) else {
                    break;
                };
                start = Some(element.span().start);
                value = Some(element.get_ref());
            } else {
                let Some((key, next)) = table.and_then(|table| table.get_key_value(step)) else {
                    break;
                };
                start = Some(key.span().start);
                value = Some(next.get_ref());
            }
            table = value.and_then(DeValue::as_table);
        }
        let start = start?;
        Some(self.line_feeds.partition_point(|at| *at < start) + 1)
    }
}

/// More steps than any setting's name has, within some tables of the service's own.
const MAX_STEPS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_found_or_the_table_that_lacks_it() {
        let text = "audiences = []\n\n[keys]\nmax_stale = '1s'\n\n[[authorities]]\ntenant = 'a'\n\n[[authorities]]\ntenant = 'b'\nkeys = [\n  { id = 'k' },\n]\n";
        let lines = TomlLines::new(text);
        for (field, line) in [
            ("audiences", Some(1)),
            ("keys.max_stale", Some(4)),
            ("keys.refresh_interval", Some(3)),
            ("authorities[0].tenant", Some(7)),
            ("authorities[1].tenant", Some(10)),
            ("authorities[1].keys[0].id", Some(12)),
            ("migration", None),
        ] {
            assert_eq!(lines.line_of(field), line, "{field}");
        }
        assert_eq!(TomlLines::new("=").line_of("audiences"), None);
    }

    #[test]
    fn a_setting_is_found_within_the_services_own_tables() {
        let text = "audiences = 1\n[[authorities]]\ntenant = 'other'\n[a.b.auth]\nkeys.max_stale = 'x'\n[[a.b.auth.authorities]]\n\ntenant = 'x'\n";
        let lines = TomlLines::new(text);
        for (field, line) in [
            ("a.b.auth.authorities[0].tenant", 8),
            ("a.b.auth.authorities[0].keys[0].id", 6),
            ("a.b.auth.keys.max_stale", 5),
            ("a.b.auth.audiences", 4),
        ] {
            assert_eq!(lines.line_of(field), Some(line), "{field}");
        }
    }
}
