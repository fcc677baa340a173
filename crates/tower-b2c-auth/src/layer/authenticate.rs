//! Judging a token without a tower request.

use b2c_verify::CredentialsError;
use http::HeaderMap;

use super::b2c_auth_layer::B2cAuthLayer;
use crate::{
    claims::VerifiedClaims,
    decision::{Authenticator, Verdict, Wait},
    refusal::AuthError,
};

impl B2cAuthLayer {
    /// Judges a bare token, without `Bearer`, for example from the first message of a WebSocket or a job in a queue.
    ///
    /// The verdict is the same as for a request with this token, but without [routes](crate::Settings::routes), because there is no path. Like a request,
    /// it waits for keys, for at most [`fetch_timeout`](crate::KeySettings::fetch_timeout) and within the limits on waiting requests. Dropping the future
    /// frees its place.
    ///
    /// It counts as a request in [`decisions`](Self::decisions) and in the [migration report](Self::migration_report). There is no response to which the
    /// layer could add the migration's headers (`Deprecation`, `Sunset`, `Link`), so that is left to the caller. A layer that only
    /// [reports](crate::Settings::danger_report_only) still returns an error for a bad token here, because there is no request to pass on.
    ///
    /// ```
    /// use tower_b2c_auth::{AuthError, B2cAuthLayer, scope};
    ///
    /// /// The first message of a socket is its token.
    /// async fn greet(auth: &B2cAuthLayer, first_message: &str) -> Result<String, AuthError> {
    ///     let claims = auth.authenticate(first_message).await?;
    ///     claims.require(&scope("chat.read"))?;
    ///     Ok(format!("hello {}", claims.name().unwrap_or("stranger")))
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use b2c_emulator::Emulator;
    /// # use tower_b2c_auth::from_metadata;
    /// # let tenant = Emulator::start().await?;
    /// # let policy = "B2C_1_signupsignin1";
    /// # let auth = B2cAuthLayer::builder().authority(from_metadata(tenant.metadata_url(policy))).audience("chat").build()?;
    /// # let token = tenant.token(policy).audience("chat").scope("chat.read").sign();
    /// # let token_for_another_api = tenant.token(policy).sign();
    /// assert_eq!(greet(&auth, &token).await?, "hello Alex Example");
    ///
    /// let refused = greet(&auth, &token_for_another_api).await.unwrap_err();
    /// assert_eq!((refused.status().as_u16(), refused.reason()), (401, "wrong_audience"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Why the layer would refuse the request, or why it could not judge it.
    pub async fn authenticate(&self, token: &str) -> Result<VerifiedClaims, AuthError> {
        let judge = |authenticator: &Authenticator, wait: Option<&Wait>| {
            authenticator.judge_token(token.as_bytes(), wait, None)
        };
        // A token is never anonymous, not even an empty one.
        self.settle(judge)
            .await?
            .ok_or(CredentialsError::Missing.into())
    }

    /// Judges a request by its headers, for frameworks that are not built on tower. It reads the token from the header or cookie that the settings name,
    /// and otherwise works like [`authenticate`](Self::authenticate).
    ///
    /// Returns `None` only if the headers have no credentials and [`allow_anonymous`](crate::Settings::allow_anonymous) is set.
    ///
    /// ```
    /// use http::HeaderMap;
    /// use tower_b2c_auth::{AuthError, B2cAuthLayer, CredentialsError, VerifiedClaims};
    ///
    /// async fn user(auth: &B2cAuthLayer, headers: &HeaderMap) -> Result<VerifiedClaims, AuthError> {
    ///     let claims = auth.authenticate_headers(headers).await?;
    ///     Ok(claims.ok_or(CredentialsError::Missing)?)
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use tower_b2c_auth::b2c;
    /// # let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").build()?;
    /// let refused = user(&auth, &HeaderMap::new()).await.unwrap_err();
    /// assert_eq!((refused.status().as_u16(), refused.reason()), (401, "missing_credentials"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Why the layer would refuse the request, or why it could not judge it. A layer that reads its token from the query always returns an error, even with
    /// `allow_anonymous`: take the token from the query and pass it to [`authenticate`](Self::authenticate).
    pub async fn authenticate_headers(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<VerifiedClaims>, AuthError> {
        let source = self.token_source.as_deref();
        let judge = |authenticator: &Authenticator, wait: Option<&Wait>| {
            if authenticator.reads_query(source) {
                return Verdict::Refused(CredentialsError::Missing.into());
            }
            authenticator.judge_headers(headers, source, wait)
        };
        self.settle(judge).await
    }

    async fn settle(
        &self,
        judge: impl Fn(&Authenticator, Option<&Wait>) -> Verdict,
    ) -> Result<Option<VerifiedClaims>, AuthError> {
        let authenticator = self.current.load_full();
        self.current.ensure_running_for(&authenticator);
        let decision = authenticator.settle(judge).await;
        let counters = &authenticator.shared.counters;
        match &decision {
            Ok(Some(_)) => counters.accepted(),
            Ok(None) => counters.anonymous(),
            Err(error) => {
                tracing::debug!(reason = error.reason(), "token refused");
                counters.refused(error);
            }
        }
        Ok(decision?.map(|accepted| VerifiedClaims::new(accepted.verified)))
    }
}
