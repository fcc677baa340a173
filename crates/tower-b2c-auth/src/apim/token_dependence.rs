//! Whether a policy decides by the token: directly, or through variables.
//!
//! 1. An expression depends on the token if it looks at a `Jwt`, at claims, at the `Authorization` header, or at the place of the token.
//! 2. So does a variable that `output-token-variable-name` names, and one that is set by such an expression.
//! 3. So does the answer to a `<send-request>`, because the other service may have judged the token, and so does every expression that reads such a variable.

use std::collections::BTreeMap;

use super::{
    expression::{Expression, with_named_values},
    options::ReadOptions,
    rewritten_token::attribute,
    xml::Element,
};
use crate::settings::TokenSettings;

/// What in a document depends on the token.
#[derive(Debug)]
pub(super) struct TokenDependence {
    /// The header, the query parameter or the cookie of the token, in lower case.
    place: Option<String>,
    /// By their names in lower case.
    variables: BTreeMap<String, Variable>,
}

#[derive(Debug, Clone)]
struct Variable {
    name: String,
    /// What it depends on.
    origin: &'static str,
}

/// A policy that writes a variable, with the names that this may have.
struct Writer {
    variables: Vec<String>,
    from: Expression,
}

impl TokenDependence {
    pub(super) fn of(root: &Element<'_>, token: &TokenSettings, options: &ReadOptions) -> Self {
        let places = [&token.query, &token.cookie, &token.header];
        let place = places.into_iter().flatten().next();
        let mut all = Self {
            place: place.map(|name| name.to_lowercase()),
            variables: BTreeMap::new(),
        };
        let (mut writers, mut dependent) = (Vec::new(), Vec::new());
        all.find(root, options, &mut writers, &mut dependent);
        all.follow(&writers, dependent);
        all
    }

    /// What this expression depends on, in words; `None` if on neither the token, the client's certificate nor the answer to a `<send-request>`.
    pub(super) fn reason(&self, expression: &Expression) -> Option<String> {
        if let Some(what) = self.direct(expression) {
            return Some(what.to_owned());
        }
        if !expression.contains(VARIABLES) {
            return None;
        }
        let variable = expression.strings().find_map(|it| self.variables.get(it))?;
        let Variable { name, origin } = variable;
        Some(format!("the variable {name:?}, which depends on {origin}"))
    }

    fn direct(&self, expression: &Expression) -> Option<&'static str> {
        let text = expression.squeezed().replace(DEPLOYED, "");
        let may_contain = |word: &str| expression.is_too_long() || text.contains(word);
        let mut words = WORDS.iter();
        if let Some((_, what)) = words.find(|(word, _)| may_contain(word)) {
            return Some(what);
        }
        let place = self.place.as_deref()?;
        // A cookie may be found by its name with the equals sign.
        let mut strings = expression.strings();
        let is_read = strings.any(|it| it.strip_suffix('=').unwrap_or(it) == place);
        is_read.then_some("the token")
    }

    /// Collects the policies that write variables, and the variables that depend on the token whatever the others do.
    fn find(
        &self,
        element: &Element<'_>,
        options: &ReadOptions,
        writers: &mut Vec<Writer>,
        dependent: &mut Vec<Variable>,
    ) {
        let name = element.name();
        let mut variables = WRITERS.iter().filter(|(policy, _)| *policy == name);
        if let Some((_, named_by)) = variables.next() {
            let from = match name {
                "set-variable" => Expression::of_attribute(element, "value", options),
                _ => Expression::of(element, options),
            };
            let origin = match name {
                "send-request" => Some("the answer to a <send-request>"),
                "set-variable" | "cache-lookup-value" => self.direct(&from).map(|_| CLIENT),
                _ => Some(CLIENT),
            };
            let reads_variables = from.contains(VARIABLES);
            let variables = names(element, named_by, options);
            dependent.extend(origin.into_iter().flat_map(|origin| {
                let names = variables.iter().cloned();
                names.map(move |name| Variable { name, origin })
            }));
            if reads_variables {
                writers.push(Writer { variables, from });
            }
        }
        for child in &element.children {
            self.find(child, options, writers, dependent);
        }
    }

    /// Adds the variables that are written from dependent ones.
    fn follow(&mut self, writers: &[Writer], mut dependent: Vec<Variable>) {
        let readers = readers(writers);
        // Every variable is followed once, and so is every writer: one of them may have thousands of possible names.
        let mut unfollowed: Vec<_> = writers.iter().map(Some).collect();
        while let Some(variable) = dependent.pop() {
            let key = variable.name.to_lowercase();
            if self.variables.contains_key(&key) {
                continue;
            }
            let read_by = readers.get(key.as_str()).into_iter().flatten();
            for &position in read_by {
                let writer = unfollowed.get_mut(position).and_then(Option::take);
                let names = writer.into_iter().flat_map(|it| &it.variables);
                dependent.extend(names.map(|name| Variable {
                    name: name.clone(),
                    origin: variable.origin,
                }));
            }
            self.variables.insert(key, variable);
        }
    }
}

/// The writers whose expressions contain this string, by their positions.
fn readers(writers: &[Writer]) -> BTreeMap<&str, Vec<usize>> {
    let mut readers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (position, writer) in writers.iter().enumerate() {
        for string in writer.from.strings() {
            let read_by = readers.entry(string).or_default();
            if read_by.last() != Some(&position) {
                read_by.push(position);
            }
        }
    }
    readers
}

/// The variables that the policy may write. If its attributes are not well-formed, any text between quotation marks may be the name.
fn names(element: &Element<'_>, named_by: &str, options: &ReadOptions) -> Vec<String> {
    match attribute(element, named_by) {
        Some(name) => vec![with_named_values(&name, options).0.trim().to_owned()],
        None if element
            .tag
            .attributes()
            .with_checks(false)
            .all(|it| it.is_ok()) =>
        {
            Vec::new()
        }
        None => {
            let (raw, _) = with_named_values(element.tag.attributes_raw(), options);
            raw.split(['"', '\'']).map(str::to_owned).collect()
        }
    }
}

/// The policies that write variables from the client's request or from other services, with the attributes that name the variables.
const WRITERS: [(&str, &str); 5] = [
    ("cache-lookup-value", "variable-name"),
    ("send-request", "response-variable-name"),
    ("set-variable", "name"),
    ("validate-azure-ad-token", "output-token-variable-name"),
    ("validate-jwt", "output-token-variable-name"),
];
/// What an expression that looks at the token contains, and what it is.
const WORDS: [(&str, &str); 4] = [
    ("jwt", "the token's claims"),
    (".claims", "the token's claims"),
    ("authorization", "the Authorization header"),
    (".certificate", "the client's certificate"),
];
/// The service's own certificates: `context.Deployment.Certificates`.
const DEPLOYED: &str = ".certificates";
/// What a variable depends on that is written from the client's request.
const CLIENT: &str = "the token or the client's certificate";
/// What an expression that reads a variable contains.
const VARIABLES: &str = "variables";

#[cfg(test)]
mod tests {
    use super::*;

    /// The bug: each of the strings had a list of all possible names, so such a document took up to a terabyte of memory.
    #[test]
    fn many_quotation_marks_take_little_memory() {
        let marks = "\"".repeat(100_000);
        let names: String = (0..NAMES).map(|name| format!("\"{name}")).collect();
        let document = format!(
            "<inbound><set-variable value=\"@(variables[{marks}]\"/><send-request x=\"@(variables[{names}]\"/></inbound>"
        );
        let (root, options) = (Element::parse(&document).unwrap(), ReadOptions::new());
        let mut all = TokenDependence {
            place: None,
            variables: BTreeMap::new(),
        };
        let (mut writers, mut dependent) = (Vec::new(), Vec::new());
        all.find(&root, &options, &mut writers, &mut dependent);
        let strings: usize = writers.iter().map(|it| it.from.strings().count()).sum();
        let entries: usize = readers(&writers).values().map(Vec::len).sum();
        assert!(strings > 100_000 && entries < NAMES + 20, "{entries}");
        all.follow(&writers, dependent);
        let variables = all.variables.len();
        assert!((NAMES..NAMES + 20).contains(&variables), "{variables}");
    }

    const NAMES: usize = 15_000;
}
