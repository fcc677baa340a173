//! Policies that write to the place of the token before the token is validated, so that API Management validates what they wrote.
//!
//! They have no effect here, where the token is the one that the client sent. So each is refused by name, unless
//! [`ReadOptions::ignore_policy`](super::ReadOptions::ignore_policy) says that something else does the same.

use std::borrow::Cow;

use super::{attributes::Attributes, context::Context, error::PolicyError, xml::Element};
use crate::settings::TokenSettings;

/// Refuses each of these policies that writes to the place of the token.
pub(super) fn refuse<'t>(
    before: impl Iterator<Item = &'t Element<'t>>,
    token: &TokenSettings,
    context: &mut Context<'_>,
) {
    let place = Place::of(token);
    for policy in before {
        refuse_each(policy, place, context);
    }
}

/// Whether this policy writes to the place of the token, as far as its attributes say.
pub(super) fn writes_token(
    policy: &Element<'_>,
    token: &TokenSettings,
    context: &Context<'_>,
) -> bool {
    // What is wrong with its attributes matters only before the token is validated.
    let mut of_policy = Context::new(context.options);
    writes(policy, Place::of(token), &mut of_policy)
}

/// The part of a request that holds the token.
#[derive(Debug, Clone, Copy)]
enum Place<'s> {
    Header(&'s str),
    Query(&'s str),
}

impl<'s> Place<'s> {
    fn of(token: &'s TokenSettings) -> Self {
        match (&token.query, &token.cookie, &token.header) {
            (Some(name), ..) => Self::Query(name),
            (None, Some(_), _) => Self::Header("Cookie"),
            (None, None, Some(name)) => Self::Header(name),
            (None, None, None) => Self::Header("Authorization"),
        }
    }

    fn is_header(self, other: &str) -> bool {
        matches!(self, Self::Header(name) if name.eq_ignore_ascii_case(other))
    }
}

fn refuse_each(policy: &Element<'_>, place: Place<'_>, context: &mut Context<'_>) {
    let (line, name) = (policy.line, policy.name());
    if context.options.ignored_policies.contains(name) || OTHER_MESSAGES.contains(&name) {
        return;
    }
    if writes(policy, place, context) {
        let remedy = format!(
            "writes to where the token is, before the token is validated; here, the token is the one that clients send. Say where they send it (such as \
header-name=\"x-token\") and delete this, or give --ignore-policy {name} if the proxy does the same"
        );
        context.refuse(line, name, remedy);
    }
    for child in &policy.children {
        refuse_each(child, place, context);
    }
}

fn writes(policy: &Element<'_>, place: Place<'_>, context: &mut Context<'_>) -> bool {
    match (policy.name(), place) {
        ("set-header", Place::Header(_)) => {
            let name = target(policy, context);
            name.is_some_and(|name| place.is_header(&name))
        }
        ("set-query-parameter", Place::Query(parameter)) => {
            let name = target(policy, context);
            name.is_some_and(|name| name == parameter)
        }
        ("authentication-basic", _) => place.is_header("Authorization"),
        // With a variable for its token, it writes to no header.
        ("authentication-managed-identity", _) => {
            place.is_header("Authorization")
                && attribute(policy, "output-token-variable-name").is_none()
        }
        _ => false,
    }
}

/// What the policy writes to. `None` if its name is missing or refused.
fn target(policy: &Element<'_>, context: &mut Context<'_>) -> Option<String> {
    let Some(escaped) = attribute(policy, "name") else {
        // The name may be among attributes that are not well-formed, which this refuses.
        Attributes::of(policy, context);
        return None;
    };
    let mut of_name = Context::new(context.options);
    let name = of_name.text(policy.line, "name", &escaped);
    let refused = of_name.finish().err();
    for mistake in refused.iter().flat_map(PolicyError::mistakes) {
        let remedy = format!(
            "may write to where the token is, before the token is validated: the attribute \"name\" {}, or give --ignore-policy {} if the policy writes to another place or the proxy does the same",
            mistake.remedy,
            policy.name()
        );
        context.refuse(policy.line, policy.name(), remedy);
    }
    Some(name?.trim().to_owned())
}

/// The attribute of this name, unparsed. In API Management's format `rawxml`, the others need not be well-formed.
pub(super) fn attribute<'e>(policy: &'e Element<'_>, name: &str) -> Option<Cow<'e, str>> {
    let mut attributes = policy.tag.attributes();
    let mut readable = attributes.with_checks(false).flatten();
    let attribute = readable.find(|attribute| attribute.key.into_inner() == name)?;
    Some(attribute.value)
}

/// The policies in which `<set-header>` writes to another message than the request.
pub(super) const OTHER_MESSAGES: [&str; 3] =
    ["send-request", "send-one-way-request", "return-response"];
