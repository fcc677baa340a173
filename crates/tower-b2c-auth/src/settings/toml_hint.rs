//! A mistake in a TOML text ─▶ where the setting belongs, or how it is written.

use toml::de::DeValue;

use super::{Settings, field_names::top_level_names, toml_path::TomlPath};

/// What to write instead, if the mistake is one that TOML invites: a setting that came into the wrong table, because a table ends only where the next one
/// begins; one pair of brackets instead of two; a date without quotation marks.
pub(super) fn hint(message: &str, path: &TomlPath<'_>) -> Option<String> {
    let (name, tables) = path.split()?;
    let is_unknown = message.starts_with("unknown field ");
    let can_belong_here = !is_unknown && tables != [MAP];
    if !can_belong_here && !tables.is_empty() && top_level_names().contains(&name) {
        let fields = message.split_once(", expected ").filter(|_| is_unknown);
        let fields = fields.map(|(_, fields)| fields);
        return Some(of_the_top_level(name, tables, path.value, fields));
    }
    if is_unknown {
        let is_value = tables.is_empty() && !is_table(path.value);
        return is_value.then(|| in_a_table(name)).flatten();
    }
    match path.value {
        DeValue::Datetime(_) => Some("found a date without quotation marks; add them".to_owned()),
        DeValue::Table(_) if message.ends_with(", expected a sequence") => {
            let path = path.names.join(".");
            Some(format!("`{name}` is a list of tables; write [[{path}]]"))
        }
        _ => None,
    }
}

/// Whether it is a table or a list of tables, so that a misspelt table was probably meant.
fn is_table(value: &DeValue<'_>) -> bool {
    let elements = value.as_array();
    value.is_table() || elements.is_some_and(|all| all.iter().any(|it| it.get_ref().is_table()))
}

/// The mistake of a setting of the top level that stands in a table with these fields. It may have slipped into the table, or be meant for this table alone,
/// so the message recommends neither: for all requests, it could open the whole API.
fn of_the_top_level(
    name: &str,
    tables: &[&str],
    value: &DeValue<'_>,
    fields: Option<&str>,
) -> String {
    let place = match value {
        DeValue::Table(_) => format!("as [{name}]"),
        value if is_table(value) => format!("as [[{name}]]"),
        _ => "above the first table".to_owned(),
    };
    let table = tables.join(".");
    let mut own_names = OWN_NAMES.iter();
    if let Some((.., own)) = own_names.find(|it| (it.0, it.1) == (table.as_str(), name)) {
        return format!(
            "`{name}` is called `{own}` in `{table}`; written {place}, it holds for all requests"
        );
    }
    match fields {
        Some(fields) => format!(
            "`{name}` is not a setting of `{table}`; written {place}, it holds for all requests; in `{table}`, expected {fields}"
        ),
        None => {
            format!(
                "`{name}` is a setting, not a header; written {place}, it holds for all requests"
            )
        }
    }
}

/// The mistake of a setting that stands at the top level, if it belongs in one or more tables.
fn in_a_table(name: &str) -> Option<String> {
    // Only a bare key can be the name of a setting.
    if name.is_empty() || !name.bytes().all(|it| it.is_ascii_lowercase() || it == b'_') {
        return None;
    }
    let headers = top_level_names().iter();
    let headers = headers.flat_map(|table| [format!("[{table}]"), format!("[[{table}]]")]);
    let tables = headers.filter(|it| !has_field(it, NO_FIELD) && has_field(it, name));
    let tables = tables.collect::<Vec<_>>().join(" or ");
    if tables.is_empty() {
        return None;
    }
    Some(format!("`{name}` is a setting of {tables}; write it there"))
}

/// Whether such a table, if it may stand there, may have such a field.
fn has_field(header: &str, name: &str) -> bool {
    // No field has this value, so there is always an error.
    let error = toml::from_str::<Settings>(&format!("{header}\n{name} = [[[]]]")).err();
    error.is_none_or(|error| !error.message().starts_with("unknown field "))
}

/// No field has this name. What accepts it has no fields, or is not a table.
const NO_FIELD: &str = "-";
/// The only table whose keys are not names of settings.
const MAP: &str = "claim_headers";
/// What a table calls a setting that has another name at the top level: the table, the name at the top level, and the table's own name for it.
const OWN_NAMES: [(&str, &str, &str); 3] = [
    ("routes", "allow_anonymous", "public"),
    ("routes", "required_claims", "claims"),
    ("migration", "issuers", "legacy_issuers"),
];

#[cfg(test)]
mod tests {
    use crate::Settings;

    /// The bugs: a setting of the top level that followed a table was called unknown, with twenty other names; in `[claim_headers]` a string was asked for.
    #[test]
    fn a_setting_in_the_wrong_table_is_sent_to_the_right_one() {
        for (text, expected) in [
            (
                "[[authorities]]\ntenant = 'x'\nclock_skew = '1m'",
                "line 3, column 1: `clock_skew` is not a setting of `authorities`; written above the first table, it holds for all requests; in `authorities`, expected one of `name`, ",
            ),
            (
                "[claim_headers]\nx-user = 'sub'\nforgotten_keys = ['k']",
                "line 3, column 18: `forgotten_keys` is a setting, not a header; written above the first table, it holds for all requests",
            ),
            (
                "[claim_headers]\nallow_preflights = true",
                "line 2, column 20: `allow_preflights` is a setting, not a header; written above the first table, it holds for all requests",
            ),
            (
                "[claim_headers]\nx-user = true",
                "line 2, column 10: expected a string, found true or false",
            ),
            (
                "[[authorities]]\nkeys = 'x'",
                "line 2, column 8: expected an array, found a string",
            ),
            (
                "max_stale = '1h'",
                "line 1, column 1: `max_stale` is a setting of [keys]; write it there",
            ),
            (
                "policies = ['B2C_1_a']\ntenant = 'contoso'\nclients = 'c'",
                "the settings cannot be read:\n  line 1, column 1: `policies` is a setting of [[routes]]; write it there\n  line 2, column 1: `tenant` is a setting of [[authorities]]; write it there\n  line 3, column 1: `clients` is a setting of [[authorities]] or [[routes]]; write it there",
            ),
            (
                "x-auth-subject = 'user_id()'",
                "line 1, column 1: unknown field `x-auth-subject`, expected one of ",
            ),
        ] {
            let error = Settings::from_toml(text).expect_err(text).to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    /// The bug: the message told the operator to write it above the first table, which opened the whole API instead of one path, and did not say what the
    /// table has.
    #[test]
    fn a_setting_for_all_requests_is_not_recommended_where_another_is_meant() {
        for (text, expected) in [
            (
                "[[routes]]\npath = '/x'\nallow_anonymous = true",
                "line 3, column 1: `allow_anonymous` is called `public` in `routes`; written above the first table, it holds for all requests",
            ),
            (
                "[[routes]]\npath = '/x'\n[[routes.required_claims]]\nname = 'x'",
                "line 3, column 10: `required_claims` is called `claims` in `routes`; written as [[required_claims]], it holds for all requests",
            ),
            (
                "[migration]\nissuers = ['x']",
                "line 2, column 1: `issuers` is called `legacy_issuers` in `migration`; written above the first table, it holds for all requests",
            ),
            (
                "[[routes]]\npath = '/x'\ndanger_report_only = true",
                "line 3, column 1: `danger_report_only` is not a setting of `routes`; written above the first table, it holds for all requests; in `routes`, expected one of `hosts`, `path`, `methods`, `exact_methods`, `public`, ",
            ),
            (
                "[[authorities]]\ntenant = 'x'\n[authorities.fetch]\nca_file = 'x'",
                "line 3, column 14: `fetch` is not a setting of `authorities`; written as [fetch], it holds for all requests; in `authorities`, expected one of `name`, ",
            ),
            (
                "[[authorities]]\nkeys = [{ clock_skew = '1m' }]",
                "line 2, column 11: `clock_skew` is not a setting of `authorities.keys`; written above the first table, it holds for all requests; in `authorities.keys`, expected one of ",
            ),
        ] {
            let error = Settings::from_toml(text).expect_err(text).to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    /// The bug: an empty name was said to be a setting of eleven tables.
    #[test]
    fn an_empty_name_belongs_nowhere() {
        let error = Settings::from_toml("\"\" = 1")
            .expect_err("no setting")
            .to_string();
        assert!(
            error.starts_with("line 1, column 1: unknown field ``"),
            "{error}"
        );
    }

    /// The bugs: neither said what to write.
    #[test]
    fn a_list_of_tables_and_a_date_are_written_differently() {
        for (text, expected) in [
            (
                "audiences = 'api'\n[authorities]\ntenant = 'x'",
                "line 2, column 1: `authorities` is a list of tables; write [[authorities]]",
            ),
            (
                "[[authorities]]\n[authorities.keys]\nsecret = 'x'",
                "line 2, column 1: `keys` is a list of tables; write [[authorities.keys]]",
            ),
            (
                "[migration]\nsunset = 2027-03-31T00:00:00Z",
                "line 2, column 10: found a date without quotation marks; add them",
            ),
        ] {
            let error = Settings::from_toml(text).expect_err(text);
            assert_eq!(error.to_string(), expected);
        }
    }
}
