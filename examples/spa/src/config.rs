//! The file that the API and the page share.

use serde::{Deserialize, Serialize};

/// The whole file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Config {
    /// The address of the API and the page.
    pub(crate) listen: String,
    /// The origins of other pages that may call the API.
    #[serde(default)]
    pub(crate) other_pages: Vec<String>,
    /// The tenants whose users may sign in.
    pub(crate) tenants: Vec<Tenant>,
}

/// A tenant, for the API and the page. It contains no secrets.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Tenant {
    /// The name on the page.
    pub(crate) name: String,
    /// The URL of the tenant or, in B2C, of the user flow. The metadata is below it, at `/v2.0/.well-known/openid-configuration`.
    pub(crate) authority: String,
    /// The `iss` of its tokens, if its host is not that of the authority, as in External ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) issuer: Option<String>,
    /// The client id of the page.
    pub(crate) client_id: String,
    /// The client id of the API, which is the `aud` of its tokens.
    pub(crate) audience: String,
    /// The beginning of the full name of a scope.
    pub(crate) scope_prefix: String,
}

impl Tenant {
    pub(crate) fn metadata_url(&self) -> String {
        format!("{}/v2.0/.well-known/openid-configuration", self.authority)
    }
}
