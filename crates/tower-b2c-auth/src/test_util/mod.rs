//! Tests of your own handlers and routers: claims without a token, and a tenant without a port.
//!
//! This module is behind the feature `test-util`, which belongs in `[dev-dependencies]` only: it makes claims that nothing has verified, and signs anything
//! it is asked to sign. The guide's page [Testing](crate::guide::testing) shows it at work.
//!
//! Keys are made once for each process, so no private key is stored anywhere.

mod claims;
mod key;
mod test_auth;
mod test_tenant;
mod test_token;

pub use self::{test_auth::TestAuth, test_tenant::TestTenant, test_token::TestToken};
