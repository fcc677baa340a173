//! The scopes that were granted.

/// The scopes of a token request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Scopes {
    pub(crate) openid: bool,
    pub(crate) offline: bool,
    pub(crate) api: Option<ApiScopes>,
}

/// Scopes of one API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiScopes {
    /// The API's client id.
    pub(crate) audience: String,
    /// In the client's spelling.
    pub(crate) full: Vec<String>,
    /// For `scp`. Empty if the client asks for a token for itself.
    pub(crate) names: Vec<String>,
}

impl ApiScopes {
    /// A token for the client itself, for a request without an API.
    pub(crate) fn of_client(client_id: &str) -> Self {
        Self {
            audience: client_id.to_owned(),
            full: Vec::new(),
            names: Vec::new(),
        }
    }
}

impl Scopes {
    /// `scope` of the answer.
    pub(crate) fn text(&self) -> String {
        let own = [
            self.openid.then_some("openid"),
            self.offline.then_some("offline_access"),
        ];
        let api = self.api.iter().flat_map(|api| &api.full);
        let words: Vec<&str> = api
            .map(String::as_str)
            .chain(own.into_iter().flatten())
            .collect();
        words.join(" ")
    }
}
