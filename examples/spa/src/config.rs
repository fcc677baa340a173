//! The file that the API and the page share.

use serde::{Deserialize, Serialize};

/// The whole file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Config {
    /// Where the API and the page are served.
    pub(crate) listen: String,
    /// Whose users may sign in.
    pub(crate) tenants: Vec<Tenant>,
}

/// What the page is told of a tenant. Nothing of it is secret.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Tenant {
    /// What the user sees.
    pub(crate) name: String,
    /// The tenant and, at B2C, the user flow; its metadata is at `/v2.0/.well-known/openid-configuration` below.
    pub(crate) authority: String,
    /// What its tokens have as `iss`, if that is of another host than the authority, as with External ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) issuer: Option<String>,
    /// The client id of the page.
    pub(crate) client_id: String,
    /// The client id of the API there: the `aud` of its tokens.
    pub(crate) audience: String,
    /// What a scope's full name begins with.
    pub(crate) scope_prefix: String,
}

impl Tenant {
    pub(crate) fn metadata_url(&self) -> String {
        format!("{}/v2.0/.well-known/openid-configuration", self.authority)
    }
}
