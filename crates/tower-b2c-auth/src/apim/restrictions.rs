//! Policies that restrict access further than `<validate-jwt>` does. They are not enforced here, so each is refused by name.
//!
//! A policy inside `<choose>` is found too, whatever its condition is, and so is a condition that looks at the token. `<include-fragment>` is
//! refused, too, because the fragment may restrict access. If something else enforces a
//! restriction, [`ReadOptions::ignore_policy`](super::ReadOptions::ignore_policy) leaves it out.

use super::{context::Context, unset_header, xml::Element};
use crate::settings::TokenSettings;

/// Refuses each restriction of access in this policy, unless the options leave it out. If there is none, notes that the policy is ignored. Either way, notes
/// each header and query parameter that it would have set.
pub(super) fn look_for(policy: &Element<'_>, token: &TokenSettings, context: &mut Context<'_>) {
    let (line, name) = (policy.line, policy.name());
    let is_ignored = context.options.ignored_policies.contains(name);
    if !is_ignored && policy.has("choose") && policy.mentions("jwt") {
        let remedy = format!(
            "decides by the token's claims, so ignoring it would let more requests in; move the rule to <required-claims> or into the service, then delete it here or give --ignore-policy {name}"
        );
        context.refuse(line, name, remedy);
    } else if !refuse_each(policy, context) && !unset_header::is_one(policy) {
        context.note(line, name, WITHOUT_EFFECT);
    }
    unset_header::note_each(policy, token, context);
}

/// Returns whether there was any.
fn refuse_each(policy: &Element<'_>, context: &mut Context<'_>) -> bool {
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
    let mut found = false;
    for child in &policy.children {
        // Report every one of them.
        found |= refuse_each(child, context);
    }
    found
}

/// The note on a policy that the options name.
pub(super) const IGNORED: &str = "is ignored here, as you asked, even if it restricts access";
/// The note on any other policy.
pub(super) const WITHOUT_EFFECT: &str = "validates no tokens; it is ignored and has no effect here";

const FRAGMENT: &str = "stands for policies that are not in this document and may restrict access; put them here instead, or give --ignore-policy include-fragment if they restrict nothing or are enforced elsewhere";

/// The policies of API Management that can turn a request away before the service sees it.
/// <https://learn.microsoft.com/azure/api-management/api-management-policies>
const RESTRICTIONS: [&str; 17] = [
    "azure-openai-token-limit",
    "check-header",
    "ip-filter",
    "limit-concurrency",
    "llm-content-safety",
    "llm-token-limit",
    "mock-response",
    "quota",
    "quota-by-key",
    "rate-limit",
    "rate-limit-by-key",
    "return-response",
    "validate-client-certificate",
    "validate-content",
    "validate-graphql-request",
    "validate-odata-request",
    "validate-parameters",
];
