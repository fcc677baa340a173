use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use axum_core::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::IntoResponse,
};
use http::{Request, StatusCode, request::Parts};

use super::support::*;
use crate::{MissingAuthLayer, VerifiedClaims};

/// Neither extractor waits, so one poll is all it takes.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("an extractor waits"),
    }
}

fn parts(claims: Option<VerifiedClaims>) -> Parts {
    let (mut parts, ()) = Request::new(()).into_parts();
    claims.map(|claims| parts.extensions.insert(claims));
    parts
}

fn required(parts: &mut Parts) -> Result<VerifiedClaims, MissingAuthLayer> {
    ready(<VerifiedClaims as FromRequestParts<()>>::from_request_parts(parts, &()))
}

fn optional(parts: &mut Parts) -> Option<VerifiedClaims> {
    ready(<VerifiedClaims as OptionalFromRequestParts<()>>::from_request_parts(parts, &())).unwrap()
}

#[test]
fn claims_are_taken_from_the_extensions_and_stay_there() {
    let mut parts = parts(Some(judge(&good_token()).unwrap()));
    for _ in 0..2 {
        assert_eq!(required(&mut parts).unwrap().subject(), Some("alice"));
        assert_eq!(optional(&mut parts).unwrap().subject(), Some("alice"));
    }
}

#[test]
fn without_the_layer_the_answer_is_500_and_names_the_remedy() {
    assert!(optional(&mut parts(None)).is_none());
    let rejection = required(&mut parts(None)).unwrap_err();
    assert!(
        rejection
            .to_string()
            .contains("add B2cAuthLayer to the router")
    );
    assert_eq!(
        rejection.into_response().status(),
        StatusCode::INTERNAL_SERVER_ERROR
    );
}
