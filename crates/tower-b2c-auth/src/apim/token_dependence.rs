//! Whether a policy decides by the token: directly, or through variables.
//!
//! 1. An expression depends on the token if it looks at a `Jwt`, at claims, at the `Authorization` header, or at the place of the token.
//! 2. So does a variable that `output-token-variable-name` names, and one that is set by such an expression.
//! 3. So does the answer to a `<send-request>`, because the other service may have judged the token, and so does every expression that reads such a variable.

use std::collections::BTreeMap;

use super::{
    expression::Expression, options::ReadOptions, rewritten_token::attribute, xml::Element,
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
    origin: Origin,
}

/// What an expression depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Client,
    OtherService,
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

    /// What this expression depends on, with words for it; `None` if on nothing that concerns the token.
    pub(super) fn reason(&self, expression: &Expression) -> Option<(Origin, String)> {
        if let Some(what) = self.direct(expression) {
            return Some((Origin::Client, what.to_owned()));
        }
        if !expression.contains(VARIABLES) {
            return None;
        }
        let variable = expression.strings().find_map(|it| self.variables.get(it))?;
        let how = match variable.origin {
            Origin::Client => "which depends on the token or the client's certificate",
            Origin::OtherService => "which depends on the answer to a <send-request>",
        };
        Some((
            variable.origin,
            format!("the variable {:?}, {how}", variable.name),
        ))
    }

    fn direct(&self, expression: &Expression) -> Option<&'static str> {
        let mut words = WORDS.iter();
        if let Some((_, what)) = words.find(|(word, _)| expression.contains(word)) {
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
                "send-request" => Some(Origin::OtherService),
                "set-variable" | "cache-lookup-value" => self.direct(&from).map(|_| Origin::Client),
                _ => Some(Origin::Client),
            };
            let reads_variables = from.contains(VARIABLES);
            let variables = names(element, named_by);
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
        let mut readers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for writer in writers {
            for string in writer.from.strings() {
                let read_by = readers.entry(string).or_default();
                read_by.extend(writer.variables.iter().map(String::as_str));
            }
        }
        // Every variable is followed once.
        while let Some(variable) = dependent.pop() {
            let key = variable.name.to_lowercase();
            if self.variables.contains_key(&key) {
                continue;
            }
            let read_by = readers.get(key.as_str()).into_iter().flatten();
            dependent.extend(read_by.map(|&name| Variable {
                name: name.to_owned(),
                origin: variable.origin,
            }));
            self.variables.insert(key, variable);
        }
    }
}

/// The variables that the policy may write. If its attributes are not well-formed, any text between quotation marks may be the name.
fn names(element: &Element<'_>, named_by: &str) -> Vec<String> {
    match attribute(element, named_by) {
        Some(name) => vec![name.trim().to_owned()],
        None if element
            .tag
            .attributes()
            .with_checks(false)
            .all(|it| it.is_ok()) =>
        {
            Vec::new()
        }
        None => {
            let raw = element.tag.attributes_raw().split(['"', '\'']);
            raw.map(str::to_owned).collect()
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
    (".request.certificate", "the client's certificate"),
];
/// What an expression that reads a variable contains.
const VARIABLES: &str = "variables";
