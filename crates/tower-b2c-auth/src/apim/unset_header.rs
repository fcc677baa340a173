//! Policies that set headers and query parameters of the request for the service.
//!
//! API Management replaces what the client sent, typically with a claim of the token. Here the client's own value reaches the service, which may trust it.

use super::{
    context::Context,
    rewritten_token::{OTHER_MESSAGES, attribute, writes_token},
    xml::Element,
};
use crate::settings::TokenSettings;

pub(super) fn is_one(policy: &Element<'_>) -> bool {
    matches!(policy.name(), HEADER | PARAMETER)
}

/// Notes what reaches the service in place of what this policy, or one within it, would have set, even if the options name the policy. They may name it
/// because the proxy writes the token, which is not noted then.
pub(super) fn note_each(policy: &Element<'_>, token: &TokenSettings, context: &mut Context<'_>) {
    let name = policy.name();
    if OTHER_MESSAGES.contains(&name) {
        return;
    }
    let is_ignored = context.options.ignored_policies.contains(name);
    if is_one(policy) && !(is_ignored && writes_token(policy, token, context)) {
        let target = attribute(policy, "name").unwrap_or_default();
        let target: String = target.trim().chars().take(MAX_NAME).collect();
        let target = target.escape_debug().to_string();
        let is_deleted = attribute(policy, "exists-action").is_some_and(|it| it.trim() == "delete");
        let is_token = is_deleted && writes_token(policy, token, context);
        let text = match name {
            // The other cookies are deleted, too.
            HEADER if is_token && token.cookie.is_none() => TOKEN_HEADER_DELETED.to_owned(),
            PARAMETER if is_token => TOKEN_PARAMETER_DELETED.to_owned(),
            PARAMETER => format!(
                "is not done here: a client's own parameter {target} now reaches the service, which may trust it; let the proxy set or remove it"
            ),
            // The gateway writes neither.
            _ if is_deleted || target.eq_ignore_ascii_case("Authorization") => format!(
                "is not done here: a client's own header {target} now reaches the service, which may trust it; let the proxy set or remove it"
            ),
            _ => format!(
                "is not done here: a client's own header {target} now reaches the service, which may trust it. Let the gateway write it (list the header in \
[claim_headers] in TOML, and name it in the proxy's configuration), or let the proxy set or remove it"
            ),
        };
        context.note(policy.line, name, text);
    }
    for child in &policy.children {
        note_each(child, token, context);
    }
}

const TOKEN_HEADER_DELETED: &str = "is not done here: the token now reaches the service; with the gateway's option --remove-token, the proxy removes it if it can; otherwise, remove it in the proxy's configuration";
const TOKEN_PARAMETER_DELETED: &str =
    "is not done here: the token now reaches the service; remove it in the proxy's configuration";
const HEADER: &str = "set-header";
const PARAMETER: &str = "set-query-parameter";
/// Longer than the name of any usual header.
const MAX_NAME: usize = 64;
