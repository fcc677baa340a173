//! What a tenant remembers of its users: who is signed in, and what they granted to clients.

mod challenge;
mod scopes;
mod sessions;
mod store;

pub(crate) use self::{
    challenge::Challenge,
    scopes::{ApiScopes, Scopes},
    sessions::{Session, Sessions},
    store::{Grant, Grants, NotRedeemed},
};
