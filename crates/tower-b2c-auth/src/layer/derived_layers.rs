//! Layers derived from a layer: for single routes, for looking up users, and for tokens in another place.

use std::sync::Arc;

use super::{b2c_auth_layer::B2cAuthLayer, look_up_layer::LookUpLayer, require::RequireLayer};
use crate::{
    config::token_source,
    look_up::{LookUp, LookUps},
    requirement::Requirement,
    settings::{LookUpSettings, SettingsError, TokenSettings},
};

/// # Layers for single routes
impl B2cAuthLayer {
    /// Makes a layer for single routes that passes on only requests whose claims meet the requirement. Put it inside this layer; see [`RequireLayer`] for an
    /// example.
    pub fn require(&self, requirement: Requirement) -> RequireLayer {
        RequireLayer::new(requirement, Arc::clone(&self.current))
    }

    /// Makes a layer for single routes that looks up the user of each request, by issuer and user id, to find out what the token does not say. Put it inside
    /// this layer. Handlers get the result as [`LookedUp<T>`](crate::LookedUp); see there for an example.
    ///
    /// After a move to another tenant, the same person has another user id. A look-up that knows both ids finds the same person's record under either. The
    /// one below knows one id:
    ///
    /// ```
    /// # use axum::{Router, body::Body, http::Request, routing::get};
    /// # use b2c_emulator::{Emulator, IssuerForm};
    /// # use tower::ServiceExt as _;
    /// use tower_b2c_auth::{B2cAuthLayer, LookUpSettings, LookedUp, VerifiedUser, from_metadata};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let tenant = Emulator::start().await?;
    /// # let policy = "B2C_1_signupsignin1";
    /// # let auth = B2cAuthLayer::builder().authority(from_metadata(tenant.metadata_url(policy))).audience("api").build()?;
    /// struct Account(&'static str);
    ///
    /// let known = tenant.issuer(&IssuerForm::Default);
    /// let look_up = move |user: VerifiedUser| {
    ///     let account = (user.issuer() == known && user.id() == "4f3c").then_some(Account("customer 1"));
    ///     async move { Ok::<_, std::io::Error>(account) }
    /// };
    /// let accounts = auth.look_up(look_up, &LookUpSettings::default())?;
    /// let app = Router::new().route("/", get(async |account: LookedUp<Account>| account.0)).layer(accounts).layer(auth);
    ///
    /// let status = async |user: &str| {
    ///     let token = tenant.token(policy).audience("api").claim("oid", user).sign();
    ///     let request = Request::get("/").header("authorization", format!("Bearer {token}")).body(Body::empty()).unwrap();
    ///     app.clone().oneshot(request).await.unwrap().status().as_u16()
    /// };
    /// assert_eq!(status("4f3c").await, 200);
    /// assert_eq!(status("nobody").await, 403);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// All the mistakes in these settings together.
    pub fn look_up<L: LookUp>(
        &self,
        look_up: L,
        settings: &LookUpSettings,
    ) -> Result<LookUpLayer<L::Found>, SettingsError> {
        let clock = Arc::clone(&self.current.shared.clock);
        let look_ups = LookUps::new(look_up, settings.check()?, clock);
        Ok(LookUpLayer::new(look_ups, Arc::clone(&self.current)))
    }

    /// Returns this layer, but reading the token from another place, for routes whose clients cannot set a header, such as a browser's WebSockets. It
    /// shares everything else with this one.
    ///
    /// With a cookie, the handler of a WebSocket must check `Origin`: see [the order of layers](crate::guide::order_of_layers#a-token-in-a-cookie).
    ///
    /// ```
    /// use axum::{Router, body::Body, routing::get};
    /// use http::Request;
    /// use tower::ServiceExt as _;
    /// use tower_b2c_auth::TokenSettings;
    /// # #[cfg(feature = "test-util")]
    /// use tower_b2c_auth::test_util::TestTenant;
    ///
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let tenant = TestTenant::new();
    /// let auth = tenant.layer();
    /// let of_sockets = auth.reading_token_from(&TokenSettings { query: Some("token".into()), ..TokenSettings::default() })?;
    /// let sockets = Router::new().route("/socket", get(async || "open")).layer(of_sockets);
    /// let app = Router::new().route("/tasks", get(async || "yours")).layer(auth).merge(sockets);
    ///
    /// let token = tenant.token().sign();
    /// let status = async |uri: String| app.clone().oneshot(Request::get(uri).body(Body::empty()).unwrap()).await.unwrap().status().as_u16();
    /// assert_eq!(status(format!("/socket?token={token}")).await, 200);
    /// assert_eq!(status(format!("/tasks?token={token}")).await, 401);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "test-util"))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// All the mistakes in these settings together.
    pub fn reading_token_from(&self, token: &TokenSettings) -> Result<Self, SettingsError> {
        Ok(Self {
            current: Arc::clone(&self.current),
            token_source: Some(Arc::new(token_source(token)?)),
        })
    }
}
