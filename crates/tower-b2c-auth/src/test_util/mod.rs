//! Tests of your own handlers and routers: claims without a token, and a tenant without a port.
//!
//! Behind the feature `test-util`, which belongs into `[dev-dependencies]` only: what is here makes claims that nobody verified, and signs whatever it is told. The
//! guide's page [Testing](crate::guide::testing) shows it at work.
//!
//! Keys are made once for each process, so no private key is written down anywhere.

mod claims;
mod key;
mod test_auth;
mod test_tenant;
mod test_token;

pub use self::{test_auth::TestAuth, test_tenant::TestTenant, test_token::TestToken};
