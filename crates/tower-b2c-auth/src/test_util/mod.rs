//! Helpers for tests of your own handlers and routers: claims without a token, and a tenant that needs no network.
//!
//! 1. [`TestToken::claims_as_if_verified`] makes the argument of a handler that is called as a function.
//! 2. [`TestTenant`] signs tokens and makes layers that accept them; [`TestAuth`] makes a tenant, a layer and a token in one line.
//! 3. [`TestTenant::clock`] moves time.
//!
//! This module is behind the feature `test-util`, which belongs in `[dev-dependencies]` only: it makes claims that nothing has verified, and signs any
//! claims. One key is made for each process, so no private key is stored anywhere. The guide's page [Testing](crate::guide::testing) has more examples.
//!
//! ```
//! use axum::{Router, body::Body, routing::get};
//! use http::{HeaderValue, Request, header::AUTHORIZATION};
//! use tower::ServiceExt as _;
//! use tower_b2c_auth::test_util::TestAuth;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let test = TestAuth::granting("tasks.read");
//! let app = Router::new().route("/", get(async || "in")).layer(test.layer);
//! let status = async |bearer: HeaderValue| {
//!     let request = Request::get("/").header(AUTHORIZATION, bearer).body(Body::empty()).unwrap();
//!     app.clone().oneshot(request).await.unwrap().status().as_u16()
//! };
//! assert_eq!(status(test.bearer).await, 200);
//! assert_eq!(status(test.tenant.token().without("exp").bearer()).await, 401);
//! # }
//! ```

mod claims;
mod key;
mod test_auth;
mod test_tenant;
mod test_token;

pub use self::{test_auth::TestAuth, test_tenant::TestTenant, test_token::TestToken};
