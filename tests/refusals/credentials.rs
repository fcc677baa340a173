//! Requests that do not carry exactly one bearer token (RFC 6750 §2.1, §3.1).

use tower_b2c_auth::CredentialsError::{Empty, InvalidCharacter, Missing, Repeated};

use super::*;

#[tokio::test]
async fn a_request_without_a_bearer_token_gets_a_bare_challenge() {
    let world = World::start().await;
    let cases = [
        Case::new("no header", &[], Missing),
        Case::new("another scheme", &[b"Basic YWxleDpzZWNyZXQ="], Missing),
        Case::new(
            "a scheme that only begins alike",
            &[b"Bearers abc"],
            Missing,
        ),
        Case::new("a token without scheme", &[b"abc.def.ghi"], Missing),
    ];
    assert_refused(&world.router, cases, 401, Some("Bearer")).await;
    assert_eq!(world.tenant.requests().total(), 2, "only the first fetch");
}

#[tokio::test]
async fn credentials_that_cannot_be_one_bearer_token_are_an_invalid_request() {
    let world = World::start().await;
    let good = world.token().sign();
    let bearer = |text: String| format!("Bearer {text}").into_bytes();
    let one = |name: &str, value: &[u8], reason| Case::new(name, &[value], reason);
    let cases = [
        one("an empty header", b"", Empty),
        one("a scheme alone", b"Bearer", Empty),
        one(
            "a space inside",
            &bearer(good.replacen('.', " .", 1)),
            InvalidCharacter,
        ),
        one(
            "something behind the token",
            &bearer(format!("{good} x")),
            InvalidCharacter,
        ),
        one(
            "a tab instead of the space",
            format!("Bearer\t{good}").as_bytes(),
            InvalidCharacter,
        ),
        one(
            "a tab after the space",
            format!("Bearer \t{good}").as_bytes(),
            InvalidCharacter,
        ),
        one(
            "two joined by a comma",
            &bearer(format!("{good}, Bearer {good}")),
            InvalidCharacter,
        ),
        one("quotes", &bearer(format!("\"{good}\"")), InvalidCharacter),
        one(
            "padding in the middle",
            &bearer(good.replacen('.', "=.", 1)),
            InvalidCharacter,
        ),
        one(
            "non-ASCII text",
            "Bearer töken".as_bytes(),
            InvalidCharacter,
        ),
        one(
            "bytes that are no text",
            b"Bearer \xff\xfe",
            InvalidCharacter,
        ),
        Case::new(
            "two headers",
            &[&bearer(good.clone()), &bearer(good.clone())],
            Repeated,
        ),
        Case::new(
            "another scheme first",
            &[b"Basic YQ==", &bearer(good.clone())],
            Repeated,
        ),
        Case::new(
            "another scheme second",
            &[&bearer(good.clone()), b"Basic YQ=="],
            Repeated,
        ),
    ];
    assert_refused(&world.router, cases, 400, Some(INVALID_REQUEST)).await;
    world
        .assert_accepted([("the token that the cases vary", good)])
        .await;
}

#[tokio::test]
async fn the_scheme_is_compared_without_regard_to_case() {
    let world = World::start().await;
    let api = Api::serve(world.router.clone()).await;
    for scheme in ["Bearer", "bearer", "BEARER", "Bearer  "] {
        let value = format!("{scheme} {}", world.token().sign()).into_bytes();
        assert_eq!(
            api.get_with("/tasks", &[value]).await.status,
            200,
            "{scheme}"
        );
    }
}

#[tokio::test]
async fn a_token_that_was_accepted_before_excuses_nothing_around_it() {
    let world = World::start().await;
    let api = Api::serve(world.router.clone()).await;
    let good = world.token().sign();
    let status = async |value: String| api.get_with("/tasks", &[value.into_bytes()]).await.status;
    for (value, expected) in [
        (format!("Bearer {good}"), 200),
        (format!("Bearer {good} x"), 400),
        (format!("Bearer {good}=."), 400),
        (format!("Bearer {good},"), 400),
        (format!("Bearer {good}A"), 401),
        (format!("Bearer {}", &good[..good.len() - 1]), 401),
        (format!("Bearer {good}"), 200),
    ] {
        let length = value.len();
        assert_eq!(status(value).await, expected, "{length} bytes");
    }
}

#[tokio::test]
async fn malformed_credentials_get_400_even_if_they_are_too_large() {
    let world = World::start().await;
    let api = Api::serve(world.router.clone()).await;
    let long = "a".repeat(17_000);
    for (value, expected) in [
        (format!("Bearer {long} b"), 400),
        (format!("Bearer {long}"), 401),
    ] {
        assert_eq!(
            api.get_with("/tasks", &[value.into_bytes()]).await.status,
            expected
        );
    }
}
