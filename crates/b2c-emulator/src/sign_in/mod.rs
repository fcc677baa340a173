//! The sign-in: OAuth 2.0 and OpenID Connect as in B2C, External ID and Entra ID.
//!
//! ```text
//! authorize.rs ─▶ authorization_request.rs ─▶ page, session_cookie.rs ─▶ submit.rs ─▶ issue.rs ─▶ reply.rs
//! token_endpoint.rs ─▶ client.rs ─▶ code.rs | refresh.rs | client_credentials.rs ─▶ token_response.rs
//! every arrow can refuse ─▶ refusal.rs
//! ```

mod authorization_request;
mod authorize;
mod client;
mod client_credentials;
mod code;
mod issue;
mod logout;
mod pkce;
mod refresh;
mod refusal;
mod reply;
mod scopes;
mod session_cookie;
mod submit;
mod token_endpoint;
mod token_response;

pub(crate) use self::{
    authorize::authorize, logout::logout, submit::submit, token_endpoint::token,
};
