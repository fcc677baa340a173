//! Policies that let fewer requests in than `<validate-jwt>` does. Nothing here carries them out, so that each is refused by its name.

use super::{context::Context, xml::Element};

/// Refuses what restricts access in this policy, and notes that the rest is not read.
pub(super) fn look_for(policy: &Element<'_>, context: &mut Context<'_>) {
    let (line, name) = (policy.line, policy.name());
    if policy.has("choose") && policy.mentions("jwt") {
        let remedy = format!(
            "decides by the token's claims, and to leave it out would let more requests in; write the rule into <required-claims> or into the service (B2cAuthLayer::require) and delete it here, or give --ignore-policy {name} if that is done"
        );
        context.refuse(line, name, remedy);
    } else if !refuse_each(policy, context) {
        context.note(
            line,
            name,
            "is another policy and not read; what it does is not done here",
        );
    }
}

/// Whether there was one.
fn refuse_each(policy: &Element<'_>, context: &mut Context<'_>) -> bool {
    let (line, name) = (policy.line, policy.name());
    if context.options.ignored_policies.contains(name) {
        context.note(
            line,
            name,
            "restricts access and is not carried out here, as you asked",
        );
        return true;
    }
    if RESTRICTIONS.contains(&name) {
        let remedy = format!(
            "restricts access and is not carried out here; do it at the proxy or in the service, then give --ignore-policy {name} or ReadOptions::ignore_policy"
        );
        context.refuse(line, name, remedy);
        return true;
    }
    let mut found = false;
    for child in &policy.children {
        // Every one of them is to be told.
        found |= refuse_each(child, context);
    }
    found
}

/// The policies of API Management that can turn a request away before the service sees it.
/// <https://learn.microsoft.com/azure/api-management/api-management-policies>
const RESTRICTIONS: [&str; 17] = [
    "azure-openai-token-limit",
    "check-header",
    "ip-filter",
    "limit-concurrency",
    "llm-content-safety",
    "llm-token-limit",
    "quota",
    "quota-by-key",
    "rate-limit",
    "rate-limit-by-key",
    "return-response",
    "validate-azure-ad-token",
    "validate-client-certificate",
    "validate-content",
    "validate-graphql-request",
    "validate-odata-request",
    "validate-parameters",
];
