//! Policies that restrict access further than `<validate-jwt>` does. They are not enforced here, so each is refused by name.
//!
//! A policy inside `<choose>` is found too, whatever its condition is, and so is a condition that depends on the token. `<include-fragment>` and policies
//! with unknown names are refused, too, because they may restrict access, and so is an expression that can end the request. If something else enforces a
//! restriction, [`ReadOptions::ignore_policy`](super::ReadOptions::ignore_policy) leaves it out.

use super::{
    context::Context,
    expression::{Expression, MAX_INSERTED_BYTES},
    known_policies::{CONTAINERS, REQUEST_CHANGES, RESTRICTIONS, is_known, nearest},
    token_dependence::TokenDependence,
    unset_header,
    xml::Element,
};
use crate::settings::TokenSettings;

/// Refuses each restriction of access in this policy, unless the options leave it out. If there is none, notes that the policy is ignored. Either way, notes
/// each header and query parameter that it would have set.
pub(super) fn look_for(
    policy: &Element<'_>,
    token: &TokenSettings,
    dependence: &TokenDependence,
    context: &mut Context<'_>,
) {
    if !refuse_each(policy, dependence, context) && !unset_header::is_one(policy) {
        context.note(policy.line, policy.name(), WITHOUT_EFFECT);
    }
    unset_header::note_each(policy, token, context);
}

/// Returns whether there was any.
fn refuse_each(
    policy: &Element<'_>,
    dependence: &TokenDependence,
    context: &mut Context<'_>,
) -> bool {
    let (line, name) = (policy.line, policy.name());
    if refuse_by_name(policy, context) {
        return true;
    }
    if !is_known(name) {
        let spelling = match context.may_guess().then(|| nearest(name)).flatten() {
            Some(known) => format!("did you mean {known}? Otherwise, if"),
            None => "if".to_owned(),
        };
        let remedy = format!(
            "is not a known policy of API Management, so it may restrict access; {spelling} it restricts nothing or is enforced elsewhere, delete it here or give --ignore-policy {name}"
        );
        context.refuse(line, name, remedy);
        return true;
    }
    let refused = match name {
        "choose" => choice(policy, dependence, context),
        "retry" => {
            let condition = Expression::of_attribute(policy, "condition", context.options);
            ends_request(&condition, name)
        }
        _ if CONTAINERS.contains(&name) => None,
        _ => other(policy, dependence, context),
    };
    if let Some(remedy) = refused {
        context.refuse(line, name, remedy);
        return true;
    }
    let mut found = false;
    for child in &policy.children {
        // Report every one of them.
        found |= match CONTAINERS.contains(&name) {
            true => refuse_each(child, dependence, context),
            false => refuse_part(child, context),
        };
    }
    found
}

/// The same for a part of a policy, where elements may have any name.
fn refuse_part(part: &Element<'_>, context: &mut Context<'_>) -> bool {
    if refuse_by_name(part, context) {
        return true;
    }
    let mut found = false;
    for child in &part.children {
        found |= refuse_part(child, context);
    }
    found
}

fn refuse_by_name(policy: &Element<'_>, context: &mut Context<'_>) -> bool {
    let (line, name) = (policy.line, policy.name());
    if context.options.ignored_policies.contains(name) {
        context.note(line, name, IGNORED);
        return true;
    }
    if RESTRICTIONS.contains(&name) {
        let remedy = format!(
            "restricts access and is not enforced here; enforce it at the proxy or in the service, then give --ignore-policy {name}"
        );
        context.refuse(line, name, remedy);
        return true;
    }
    if name == "include-fragment" {
        context.refuse(line, name, FRAGMENT);
        return true;
    }
    false
}

/// Why this `<choose>` is refused: one of its conditions.
fn choice(
    choose: &Element<'_>,
    dependence: &TokenDependence,
    context: &Context<'_>,
) -> Option<String> {
    let branches = choose.children.iter().filter(|it| it.name() == "when");
    let mut conditions =
        branches.map(|when| Expression::of_attribute(when, "condition", context.options));
    conditions.find_map(|condition| {
        ends_request(&condition, "choose").or_else(|| {
            let what = dependence.reason(&condition)?;
            Some(format!(
                "decides by {what}, so ignoring it could let more requests in; move the rule to <required-claims> or into the service, then delete it here or give --ignore-policy choose"
            ))
        })
    })
}

/// Why a policy that contains no others is refused: one of its expressions.
fn other(
    policy: &Element<'_>,
    dependence: &TokenDependence,
    context: &Context<'_>,
) -> Option<String> {
    let name = policy.name();
    let expression = Expression::of(policy, context.options);
    ends_request(&expression, name).or_else(|| {
        let reason = dependence.reason(&expression);
        let what = reason.filter(|_| REQUEST_CHANGES.contains(&name))?;
        Some(format!(
            "changes what the service gets and decides by {what}; this is not done here: do it in the service, then delete it here or give --ignore-policy {name}"
        ))
    })
}

/// Why a policy is refused because of this expression: it can end the request, or it is too long to be searched.
fn ends_request(expression: &Expression, name: &str) -> Option<String> {
    if expression.is_too_long() {
        return Some(format!(
            "has more than {MAX_INSERTED_BYTES} bytes of named values, too many to search; shorten them, or give --ignore-policy {name} if it restricts nothing or is enforced elsewhere"
        ));
    }
    expression.throws().then(|| format!(
        "has an expression with throw, which can end the request; expressions are not evaluated here. Check the same in the service or at the proxy, then delete it here or give --ignore-policy {name}"
    ))
}

/// The note on a policy that the options name.
pub(super) const IGNORED: &str = "is ignored here, as you asked, even if it restricts access";
/// The note on any other policy.
pub(super) const WITHOUT_EFFECT: &str = "validates no tokens; it is ignored and has no effect here";

const FRAGMENT: &str = "stands for policies that are not in this document and may restrict access; put them here instead, or give --ignore-policy include-fragment if they restrict nothing or are enforced elsewhere";
