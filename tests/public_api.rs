//! What users rely on at compile time.

use std::{convert::Infallible, future::Ready, mem::size_of};

use http::{Request, Response};
use tower::util::BoxCloneSyncService;
use tower_b2c_auth::{
    AuthError, B2cAuth, B2cAuthBuilder, B2cAuthLayer, CredentialsError, FetchError, Health,
    LookUpFuture, LookUpLayer, LookUpUser, LookedUp, ManualClock, Require, RequireLayer,
    Requirement, ResponseFuture, Settings, SettingsError, SystemClock, TokenError, VerifiedClaims,
    VerifiedUser,
};

/// What a service knows of a user. It need not be `Clone`, so it is not.
struct Account;

type Inner = BoxCloneSyncService<Request<String>, Response<String>, Infallible>;

fn is_shareable<T: Clone + Send + Sync + 'static>() {}
fn is_send<T: Send + 'static>() {}
fn is_error<T: std::error::Error + Clone + Send + Sync + 'static>() {}
fn is_copy<T: Copy>() {}

#[test]
fn layers_services_and_claims_can_be_cloned_and_shared_between_threads() {
    is_shareable::<B2cAuthLayer>();
    is_shareable::<B2cAuth<Inner>>();
    is_shareable::<B2cAuthBuilder>();
    is_shareable::<RequireLayer>();
    is_shareable::<Require<Inner>>();
    is_shareable::<Requirement>();
    is_shareable::<LookUpLayer<Account>>();
    is_shareable::<LookUpUser<Inner, Account>>();
    is_shareable::<LookedUp<Account>>();
    is_shareable::<VerifiedUser>();
    is_shareable::<VerifiedClaims>();
    is_shareable::<Settings>();
    is_shareable::<Health>();
    is_shareable::<ManualClock>();
    is_shareable::<SystemClock>();
}

#[test]
fn the_future_can_be_sent_to_another_thread_and_needs_no_pin() {
    is_send::<ResponseFuture<Inner, String>>();
    is_send::<LookUpFuture<Inner, String, Account>>();
    fn is_unpin<T: Unpin>() {}
    is_unpin::<ResponseFuture<ReadyService, String>>();
    is_unpin::<LookUpFuture<ReadyService, String, Account>>();
}

#[test]
fn errors_are_errors_and_those_of_clients_are_copied_freely() {
    is_error::<AuthError>();
    is_error::<SettingsError>();
    is_error::<FetchError>();
    is_error::<TokenError>();
    is_copy::<TokenError>();
    is_copy::<CredentialsError>();
    is_copy::<FetchError>();
}

#[test]
fn errors_claims_and_layers_are_small() {
    assert_eq!(size_of::<VerifiedClaims>(), size_of::<usize>());
    assert_eq!(size_of::<Option<VerifiedClaims>>(), size_of::<usize>());
    assert_eq!(size_of::<B2cAuthLayer>(), 2 * size_of::<usize>());
    assert_eq!(size_of::<TokenError>(), 2);
    assert_eq!(size_of::<CredentialsError>(), 1);
    assert_eq!(size_of::<AuthError>(), 4 * size_of::<usize>());
    let service = size_of::<Inner>() + 2 * size_of::<usize>();
    assert_eq!(size_of::<B2cAuth<Inner>>(), service);
}

/// A service whose future is `Unpin`; those of most services are not.
struct ReadyService;

impl tower::Service<Request<String>> for ReadyService {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<String>) -> Self::Future {
        std::future::ready(Ok(Response::new(request.into_body())))
    }
}
