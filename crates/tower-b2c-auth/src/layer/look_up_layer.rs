//! Looks up users on single routes.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use axum_core::body::Body;
use futures_util::future::Either;
use http::{Extensions, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::{
    current::Current, future::ResponseFuture, look_up_future::LookUpFuture,
    response_body::ResponseBody,
};
use crate::{
    claims::{UserKey, VerifiedClaims, found_for, note_looked_up, record_of},
    look_up::{Answer, Awaited, LookUps, Outcome},
    refusal::{AuthError, Refused, Unjudged},
    settings::WithoutResult,
};

/// Looks up the user of each request, and passes the request on with [the answer](crate::LookedUp).
///
/// [`B2cAuthLayer::look_up`](crate::B2cAuthLayer::look_up) makes it. That layer, a clone of it or a layer derived from it must lie outside this one, as
/// with [`RequireLayer`](crate::RequireLayer); otherwise the answer is 500. Only the routes inside this layer wait for the look-up. Clones share the
/// remembered answers.
///
/// | the look-up | the client gets |
/// |---|---|
/// | finds the user | the handler's answer |
/// | does not know the user | 403, unless [`unknown_users`](crate::LookUpSettings::unknown_users) says otherwise |
/// | fails, panics or takes too long | 503 with `Retry-After`, unless an earlier answer [is still valid](crate::LookUpSettings::stale_for) |
/// | cannot start, because too many are under way, or too many requests are waiting | the same |
/// | is not called, because the token names no user | 403, unless [`no_user`](crate::LookUpSettings::no_user) says otherwise |
/// | is not called, because the request is [anonymous](crate::Settings::allow_anonymous) | the handler's answer, without a result |
///
/// ```
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use tower_b2c_auth::{LookUpSettings, VerifiedUser, test_util::TestTenant};
///
/// struct Roles(Vec<&'static str>);
///
/// let tenant = TestTenant::new();
/// let auth = tenant.layer();
/// let look_up = |user: VerifiedUser| {
///     let roles = (user.id() == "alex").then(|| Roles(vec!["editor"]));
///     async move { Ok::<_, std::io::Error>(roles) }
/// };
/// let roles = auth.look_up(look_up, &LookUpSettings::default())?;
///
/// let alex = auth.authenticate(&tenant.token().claim("oid", "alex").sign()).await?;
/// assert_eq!(roles.look_up(&alex).await?.unwrap().0, ["editor"]);
///
/// let bo = auth.authenticate(&tenant.token().claim("oid", "bo").sign()).await?;
/// assert_eq!(roles.look_up(&bo).await.map(|_| ()).unwrap_err().status(), 403);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
///
/// If the authentication layer only [reports](crate::ReportOnly), a refusal is recorded and the request is passed on without a result. Put the look-up
/// inside [`require`](crate::B2cAuthLayer::require), so that users who are refused anyway are not looked up.
#[must_use = "a layer does nothing until it is put on a route"]
pub struct LookUpLayer<T> {
    look_ups: Arc<LookUps<T>>,
    /// The layer whose claims count, and whose settings shape the refusals.
    current: Arc<Current>,
}

impl<T: Send + Sync + 'static> LookUpLayer<T> {
    pub(super) fn new(look_ups: LookUps<T>, current: Arc<Current>) -> Self {
        Self {
            look_ups: Arc::new(look_ups),
            current,
        }
    }

    /// Looks up the user of these claims, for a token outside a request; see [`authenticate`](crate::B2cAuthLayer::authenticate). It waits like a request.
    /// `None` for a user who does not exist, and for claims that name none, if the settings [pass such requests on](crate::WithoutResult::PassOn).
    ///
    /// # Errors
    ///
    /// Why the layer would refuse a request with these claims, or why it could not look the user up. [`Unjudged::MissingLayer`] if the claims are another
    /// layer's.
    pub async fn look_up(&self, claims: &VerifiedClaims) -> Result<Option<Arc<T>>, AuthError> {
        if claims.layer() != self.current.shared.layer {
            return Err(Unjudged::MissingLayer.into());
        }
        match self.ask(claims) {
            Either::Left(judged) => judged,
            Either::Right(awaited) => self.judge(awaited.await),
        }
    }

    /// Returns the result for this request, even if another layer lies between this one and the handler. `None` if there is none. Look-ups of one
    /// [`B2cAuthLayer`](crate::B2cAuthLayer) must have different types: of two with the same type, this returns the result of the innermost.
    pub fn found(&self, extensions: &Extensions) -> Option<Arc<T>> {
        found_for(extensions, self.current.shared.layer)
    }

    /// Forgets the answer about this user, so that the next request looks the user up again. Call it when you know that the user has changed. A request
    /// that is already waiting may still get the earlier answer.
    ///
    /// ```
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::sync::{Arc, atomic::{AtomicU32, Ordering}};
    /// use tower_b2c_auth::{LookUpSettings, VerifiedUser, test_util::TestTenant};
    ///
    /// let credit = Arc::new(AtomicU32::new(1));
    /// let database = Arc::clone(&credit);
    /// let look_up = move |_: VerifiedUser| {
    ///     let found = database.load(Ordering::Relaxed);
    ///     async move { Ok::<_, std::io::Error>(Some(found)) }
    /// };
    ///
    /// let tenant = TestTenant::new();
    /// let auth = tenant.layer();
    /// let credits = auth.look_up(look_up, &LookUpSettings::default())?;
    /// let claims = auth.authenticate(&tenant.token().sign()).await?;
    /// assert_eq!(credits.look_up(&claims).await?.as_deref(), Some(&1));
    ///
    /// // The answer is remembered until the service says that it has changed.
    /// credit.store(2, Ordering::Relaxed);
    /// assert_eq!(credits.look_up(&claims).await?.as_deref(), Some(&1));
    /// credits.forget(claims.issuer(), claims.user_id().unwrap());
    /// assert_eq!(credits.look_up(&claims).await?.as_deref(), Some(&2));
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "test-util"))]
    /// # fn main() {}
    /// ```
    ///
    /// Each replica remembers its own answers: call this on all of them, or choose a short [`found_for`](crate::LookUpSettings::found_for).
    pub fn forget(&self, issuer: &str, user_id: &str) {
        let id = user_id;
        self.look_ups.forget(UserKey { issuer, id });
    }

    /// Forgets the answers about all users, as [`forget`](Self::forget) does for one.
    pub fn forget_all(&self) {
        self.look_ups.forget_all();
    }

    /// The result if it is known by now, or the call to wait for.
    fn ask(&self, claims: &VerifiedClaims) -> Either<Judged<T>, Awaited<T>> {
        match UserKey::of(claims).map(|user| self.look_ups.look_up(user)) {
            None => Either::Left(allow(None, self.look_ups.config.no_user)),
            Some(Answer::Known(outcome)) => Either::Left(self.judge(outcome)),
            Some(Answer::Awaited(awaited)) => Either::Right(awaited),
        }
    }

    pub(super) fn judge(&self, outcome: Outcome<T>) -> Judged<T> {
        allow(outcome?, self.look_ups.config.unknown_users)
    }

    /// Records the result in the request, or refuses the request.
    pub(super) fn settle<ReqBody>(
        &self,
        claims: VerifiedClaims,
        judged: Judged<T>,
        mut request: Request<ReqBody>,
    ) -> Settled<ReqBody> {
        let extensions = request.extensions_mut();
        let found = match judged {
            Ok(found) => found,
            Err(error) if self.current.only_reports(extensions, &error) => None,
            Err(error) => return Settled::Refused(self.current.refuse(error, &request)),
        };
        note_looked_up(extensions, claims, found);
        Settled::PassedOn(request)
    }
}

/// The result for a request, or why it is refused.
type Judged<T> = Result<Option<Arc<T>>, AuthError>;

fn allow<T>(found: Option<Arc<T>>, without: WithoutResult) -> Judged<T> {
    match without {
        WithoutResult::Refuse if found.is_none() => Err(Refused::UnknownUser.into()),
        WithoutResult::Refuse | WithoutResult::PassOn => Ok(found),
    }
}

/// What to do with a request after the look-up.
pub(super) enum Settled<ReqBody> {
    PassedOn(Request<ReqBody>),
    Refused(Response<Body>),
}

impl<T> Clone for LookUpLayer<T> {
    fn clone(&self) -> Self {
        Self {
            look_ups: Arc::clone(&self.look_ups),
            current: Arc::clone(&self.current),
        }
    }
}

impl<T> fmt::Debug for LookUpLayer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LookUpLayer").finish_non_exhaustive()
    }
}

impl<S, T> Layer<S> for LookUpLayer<T> {
    type Service = LookUpUser<S, T>;

    fn layer(&self, inner: S) -> LookUpUser<S, T> {
        LookUpUser {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service of [`LookUpLayer`]. The inner service must be `Clone`: a request that waits for a look-up releases its place in the inner service and waits
/// with a clone of it, as in [`B2cAuth`](crate::B2cAuth).
///
/// ```
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::convert::Infallible;
/// use http::{Request, Response};
/// use tower::{Layer as _, ServiceExt as _, service_fn};
/// use tower_b2c_auth::{LookUpSettings, VerifiedUser, test_util::TestAuth};
///
/// let test = TestAuth::granting("tasks.read");
/// let look_up = |_: VerifiedUser| async { Ok::<_, Infallible>(Some("customer 1")) };
/// let accounts = test.layer.look_up(look_up, &LookUpSettings::default())?;
/// let found = accounts.clone();
/// let service = test.layer.layer(accounts.layer(service_fn(move |request: Request<()>| {
///     let account = found.found(request.extensions()).map_or("nobody", |it| *it);
///     async move { Ok::<_, Infallible>(Response::new(account.to_owned())) }
/// })));
/// let answer = service.clone().oneshot(Request::builder().header("authorization", test.bearer).body(())?).await?;
/// assert_eq!(axum::body::to_bytes(answer.into_body(), 64).await?, "customer 1");
/// assert_eq!(service.oneshot(Request::new(())).await?.status(), 401);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
pub struct LookUpUser<S, T> {
    inner: S,
    layer: LookUpLayer<T>,
}

impl<S, T, ReqBody, ResBody> Service<Request<ReqBody>> for LookUpUser<S, T>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    ResBody: ResponseBody,
    T: Send + Sync + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = LookUpFuture<S, ReqBody, T>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let layer = &self.layer;
        let record = record_of(request.extensions(), layer.current.shared.layer);
        let settled = match record.map(|record| record.claims) {
            None => Settled::Refused(layer.current.refuse(Unjudged::MissingLayer, &request)),
            // Anonymous, or with a bad token that a report-only layer passed on.
            Some(None) => Settled::PassedOn(request),
            Some(Some(claims)) => match layer.ask(&claims) {
                Either::Left(judged) => layer.settle(claims, judged, request),
                Either::Right(awaited) => {
                    // The wait may be long, so the inner service is dropped, which releases what it reserved for this call.
                    let unready = self.inner.clone();
                    self.inner = unready.clone();
                    return LookUpFuture::waiting(awaited, layer.clone(), claims, unready, request);
                }
            },
        };
        LookUpFuture::decided(match settled {
            Settled::PassedOn(request) => ResponseFuture::inner(self.inner.call(request)),
            Settled::Refused(response) => ResponseFuture::refused(response),
        })
    }
}

impl<S: Clone, T> Clone for LookUpUser<S, T> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            layer: self.layer.clone(),
        }
    }
}

impl<S: fmt::Debug, T> fmt::Debug for LookUpUser<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LookUpUser")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
