//! A variable that is not a setting ─▶ the one that was probably meant.

use serde::Deserialize as _;

use super::{
    deserializer::{Expected, Reader},
    variables::{NOT_A_SETTING, Node, SEPARATOR, steps_of, variable_named},
};
use crate::settings::{Settings, field_names::top_level_names, nearest_name::nearest_name};

/// The setting that was probably meant by the name of a variable or of a table. `…` stands for what is missing at the end.
pub(super) fn likely(name: &str) -> Option<String> {
    let steps = corrected(steps_of(name)?, MAX_CHANGES)?;
    Some(variable_named(&steps))
}

/// What to write instead of a name that is a setting only within tables or lists, such as that of an authority.
pub(super) fn belongs_in(name: &str) -> Option<String> {
    let steps = steps_of(name)?;
    let [name] = steps.as_slice() else {
        return None;
    };
    let names = top_level_names().iter().flat_map(|table| {
        let in_table = vec![(*table).to_owned(), name.clone()];
        let in_list = vec![(*table).to_owned(), "0".to_owned(), name.clone()];
        [in_table, in_list].map(|steps| variable_named(&steps))
    });
    let names: Vec<_> = names.filter(|name| is_setting(name)).collect();
    let number = format!("{SEPARATOR}0{SEPARATOR}");
    let is_numbered = names.iter().any(|name| name.contains(&number));
    let numbers = if is_numbered { FROM_0 } else { "" };
    let names = names.join(" or ");
    (!names.is_empty()).then(|| format!("is not a setting by itself; write {names}{numbers}"))
}

/// Whether there is a setting or a table with the name of this variable.
pub(super) fn is_setting(name: &str) -> bool {
    let wrong = steps_of(name).map(|steps| first_wrong(&steps));
    matches!(
        wrong,
        Some(None | Some((_, Expected::Value | Expected::Parts)))
    )
}

fn corrected(mut steps: Vec<String>, changes_left: usize) -> Option<Vec<String>> {
    let Some((at, expected)) = first_wrong(&steps) else {
        return Some(steps);
    };
    let wrong = steps.get(at)?;
    let rest_of = |start: &str| Some(wrong.strip_prefix(start)?.strip_prefix('_')?.to_owned());
    let instead: Vec<Vec<String>> = match expected {
        Expected::Value => return Some(steps),
        Expected::Parts => {
            steps.push("…".to_owned());
            return Some(steps);
        }
        Expected::NoParts => return None,
        Expected::Number => {
            let digits = wrong.trim_start_matches(|c: char| c.is_ascii_digit());
            let number = wrong.strip_suffix(digits).filter(|it| !it.is_empty())?;
            vec![vec![number.to_owned(), rest_of(number)?]]
        }
        Expected::Field(names) => {
            let split = names.iter().filter_map(|name| Some((name, rest_of(name)?)));
            // Of `keys` and `keys_of`, the longer one.
            let longest = split.max_by_key(|(name, _)| name.len());
            let longest = longest.map(|(name, rest)| vec![(*name).to_owned(), rest]);
            let nearest = nearest_name(wrong, names.iter().copied());
            let nearest = nearest.map(|name| vec![name.to_owned()]);
            longest.into_iter().chain(nearest).collect()
        }
    };
    let changes_left = changes_left.checked_sub(1)?;
    instead.into_iter().find_map(|instead| {
        let mut steps = steps.clone();
        steps.splice(at..=at, instead);
        corrected(steps, changes_left)
    })
}

/// The first step that leads to no setting, by its index, and what was expected there; or that the name is right and only a value is missing.
fn first_wrong(steps: &[String]) -> Option<(usize, Expected)> {
    // A list has to begin with its first element.
    let steps: Vec<&str> = steps
        .iter()
        .map(|step| step.parse::<usize>().map_or(&**step, |_| "0"))
        .collect();
    let mut root = Node::root();
    let name = variable_named(&steps);
    if root.add(&name, String::new()).is_err() {
        return Some((steps.len(), Expected::NoParts));
    }
    let reader = Reader {
        node: &root,
        wrong: &[],
    };
    let error = Settings::deserialize(reader).err()?;
    let before = error.variable?.matches(SEPARATOR).count();
    Some((before, error.expected))
}

/// What to write instead of a name that is not a setting, if no setting is like it.
pub(super) fn what_follows(name: &str, names: &[&str]) -> String {
    match name.rsplit_once(SEPARATOR) {
        Some((table, _)) => {
            let names = names.iter().map(|name| name.to_ascii_uppercase());
            let names = names.collect::<Vec<_>>().join(", ");
            format!("is not a setting; after {table}{SEPARATOR} comes one of {names}")
        }
        None => NOT_A_SETTING.to_owned(),
    }
}

/// Explains the number in a name.
const FROM_0: &str = ", in which 0 stands for the first";
/// A name has at most six steps; each may be split from the one before it and misspelt.
const MAX_CHANGES: usize = 12;

#[cfg(test)]
mod tests {
    use super::{super::variables::PREFIX, *};

    #[test]
    fn a_name_is_split_where_two_underscores_were_meant() {
        for (name, meant) in [
            ("KEYS_MAX_STALE", Some("KEYS__MAX_STALE")),
            ("KEYS_MAX_STALL", Some("KEYS__MAX_STALE")),
            ("AUTHORITIES_0_TENANT", Some("AUTHORITIES__0__TENANT")),
            (
                "AUTHORITIES_12_TENANT_ID",
                Some("AUTHORITIES__12__TENANT_ID"),
            ),
            ("AUTHORITIES__1_POLICY", Some("AUTHORITIES__1__POLICY")),
            ("AUTHORITIES__1__POLICI", Some("AUTHORITIES__1__POLICY")),
            (
                "AUTHORITIES_0_KEYS_1_SECRET",
                Some("AUTHORITIES__0__KEYS__1__SECRET"),
            ),
            ("REQUIRED_CLAIMS_0_NAME", Some("REQUIRED_CLAIMS__0__NAME")),
            ("FETCH_SYSTEM_PROXY", Some("FETCH__SYSTEM_PROXY")),
            ("AUDIENCE", Some("AUDIENCES")),
            ("AUDIENCES_LIST", Some("AUDIENCES")),
            ("KEY", Some("KEYS__…")),
            ("ROUTE", Some("ROUTES")),
            ("CLAIM_HEADERS_X_USER", Some("CLAIM_HEADERS")),
            ("TENANT_NAME", None),
            ("SERVICE_HOST", None),
            ("REFUSAL__ZZZ", None),
            ("CLOCK_SKEW__X", None),
            ("A__B__C__D__E__F__G", None),
            ("KEYS__", None),
        ] {
            let meant = meant.map(|rest| format!("{PREFIX}{rest}"));
            assert_eq!(likely(&format!("{PREFIX}{name}")), meant, "{name}");
        }
    }

    #[test]
    fn what_is_set_only_in_code_is_not_a_setting() {
        for (name, is) in [
            ("AUDIENCES", true),
            ("KEYS", true),
            ("AUTHORITIES__3", true),
            ("AUTHORITIES__3__KEYS__1__SECRET", true),
            ("CLAIM_HEADERS", true),
            ("LOOK_UP__TIMEOUT", false),
            ("AUTHORITIES__A", false),
        ] {
            assert_eq!(is_setting(&format!("{PREFIX}{name}")), is, "{name}");
        }
    }
}
