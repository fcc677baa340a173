//! The policies of API Management, by what they do to a request.
//! <https://learn.microsoft.com/azure/api-management/api-management-policies>
//!
//! A policy in none of these lists may restrict access, because Microsoft adds policies.

use crate::settings::nearest_name;

/// Whether API Management is known to have this policy.
pub(super) fn is_known(name: &str) -> bool {
    all().any(|known| known == name)
}

/// The policy that is probably meant.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    nearest_name(name, all())
}

fn all() -> impl Iterator<Item = &'static str> {
    let lists: [&[&'static str]; 4] = [&RESTRICTIONS, &CONTAINERS, &REQUEST_CHANGES, &OTHERS];
    lists.into_iter().flatten().copied()
}

/// Those that can turn a request away before the service sees it.
pub(super) const RESTRICTIONS: [&str; 18] = [
    "azure-openai-token-limit",
    "check-header",
    // Without the context, and for a user who may not have it, API Management ends the request.
    "get-authorization-context",
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

/// Those that contain policies.
pub(super) const CONTAINERS: [&str; 5] = ["choose", "otherwise", "retry", "wait", "when"];

/// Those that say what the service gets, and so may keep users away from what is not theirs.
pub(super) const REQUEST_CHANGES: [&str; 6] = [
    "find-and-replace",
    "rewrite-uri",
    "set-backend-service",
    "set-body",
    "set-method",
    "xsl-transform",
];

/// All others.
const OTHERS: [&str; 44] = [
    "authentication-basic",
    "authentication-certificate",
    "authentication-managed-identity",
    "azure-openai-emit-token-metric",
    "azure-openai-semantic-cache-lookup",
    "azure-openai-semantic-cache-store",
    "base",
    "cache-lookup",
    "cache-lookup-value",
    "cache-remove-value",
    "cache-store",
    "cache-store-value",
    "cors",
    "cosmosdb-data-source",
    "cross-domain",
    "emit-metric",
    "forward-request",
    "http-data-source",
    "include-fragment",
    "invoke-dapr-binding",
    "json-to-xml",
    "jsonp",
    "llm-emit-token-metric",
    "llm-semantic-cache-lookup",
    "llm-semantic-cache-store",
    "log-to-eventhub",
    "proxy",
    "publish-event",
    "publish-to-dapr",
    "redirect-content-urls",
    "send-one-way-request",
    "send-request",
    "send-service-bus-message",
    "set-header",
    "set-query-parameter",
    "set-status",
    "set-variable",
    "sql-data-source",
    "trace",
    "validate-azure-ad-token",
    "validate-headers",
    "validate-jwt",
    "validate-status-code",
    "xml-to-json",
];
