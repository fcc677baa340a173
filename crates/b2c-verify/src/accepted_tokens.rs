use serde::{Deserialize, Serialize};

/// Which kinds of tokens are accepted.
///
/// Microsoft's issuers sign ID tokens with the keys of their access tokens, and where a client and its API are one registration, both have one audience.
/// What tells them apart is what the token grants: `scp` holds the scopes that a user consented to, `roles` the app roles that a user or a daemon was given.
/// An ID token has no `scp`; it tells a client who signed in, and was never meant for an API
/// ([Microsoft](https://learn.microsoft.com/entra/identity-platform/id-tokens)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcceptedTokens {
    /// Those with a scope in `scp` or a role in `roles`. Microsoft.Identity.Web has the same rule.
    #[default]
    AccessTokens,
    /// All of them. Dangerous: an ID token passes, which any application shows around that the user signs in to with this audience, and so does a token of a client
    /// that was granted nothing. It exists because a `validate-jwt` document means this, and for daemons that were never given a role: name them in
    /// [`clients`](crate::TokenRules::clients).
    DangerAnyTokens,
}
