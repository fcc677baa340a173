//! When a token is valid (RFC 7519 §4.1.4 to §4.1.6). The clock stands still, so every limit is met exactly.

use b2c_verify::Claim;
use serde_json::json;
use std::time::Duration;
use tower_b2c_auth::TokenError::{Expired, InvalidClaim, MissingClaim, NotYetValid};

use super::*;
use crate::support::{LIFETIME, NOW};

#[tokio::test]
async fn a_token_is_valid_between_nbf_and_exp_give_or_take_a_minute() {
    let world = World::start().await;
    world
        .assert_accepted([
            (
                "expired for just less than the skew",
                world.token().expires_at(NOW - 59).sign(),
            ),
            (
                "valid in just the skew",
                world.token().not_before(NOW + 60).sign(),
            ),
            (
                "a fraction of a second",
                world.token().claim("exp", json!(NOW as f64 - 59.5)).sign(),
            ),
            ("no nbf", world.token().without("nbf").sign()),
            (
                "issued in the future by a clock that is ahead",
                world.token().claim("iat", NOW + 600).sign(),
            ),
        ])
        .await;
    world
        .assert_invalid_tokens([
            (
                "expired for the skew",
                world.token().expires_at(NOW - 60).sign(),
                Expired,
            ),
            (
                "expired long ago",
                world.token().issued_at(1_500_000_000).sign(),
                Expired,
            ),
            (
                "expired at the epoch",
                world.token().expires_at(0).sign(),
                Expired,
            ),
            (
                "valid a second after the skew",
                world.token().not_before(NOW + 61).sign(),
                NotYetValid,
            ),
            (
                "both",
                world
                    .token()
                    .expires_at(NOW - 60)
                    .not_before(NOW + 61)
                    .sign(),
                Expired,
            ),
        ])
        .await;
}

#[tokio::test]
async fn a_token_that_was_accepted_is_refused_when_its_time_is_over() {
    let world = World::start().await;
    let token = world.token().sign();
    world.assert_accepted([("at first", token.clone())]).await;
    world.clock.advance(LIFETIME + Duration::from_secs(59));
    world
        .assert_accepted([("in its last second", token.clone())])
        .await;
    world.clock.advance(Duration::from_secs(1));
    world
        .assert_invalid_tokens([("after it", token, Expired)])
        .await;
}

#[tokio::test]
async fn the_clock_skew_can_be_switched_off() {
    let mut world = World::start().await;
    let auth = layer_for(&world.tenant)
        .clock_skew(Duration::ZERO)
        .clock(world.clock.clone());
    world.router = protected(auth.build().unwrap());
    let (now, next) = (
        world.token().expires_at(NOW).sign(),
        world.token().expires_at(NOW + 1).sign(),
    );
    world
        .assert_invalid_tokens([("over now", now, Expired)])
        .await;
    world.assert_accepted([("over in a second", next)]).await;
    let early = world.token().not_before(NOW + 1).sign();
    world
        .assert_invalid_tokens([("valid in a second", early, NotYetValid)])
        .await;
}

#[tokio::test]
async fn dates_are_numbers_that_name_a_time() {
    let world = World::start().await;
    let exp = |value: Value| world.token().claim("exp", value).sign();
    let good = world.token().sign();
    let raw = |exp: &str| {
        let claims = claims_of(&good).to_string();
        let date = (NOW + LIFETIME.as_secs()).to_string();
        with_part(&good, PAYLOAD, &claims.replace(&date, exp))
    };
    world
        .assert_invalid_tokens([
            (
                "no exp",
                world.token().without("exp").sign(),
                MissingClaim(Claim::Exp),
            ),
            (
                "a string",
                exp(json!("1900000000")),
                InvalidClaim(Claim::Exp),
            ),
            ("null", exp(Value::Null), InvalidClaim(Claim::Exp)),
            ("true", exp(json!(true)), InvalidClaim(Claim::Exp)),
            (
                "an array",
                exp(json!([NOW + 600])),
                InvalidClaim(Claim::Exp),
            ),
            (
                "a negative number",
                exp(json!(-1)),
                InvalidClaim(Claim::Exp),
            ),
            (
                "milliseconds",
                exp(json!(NOW * 1000)),
                InvalidClaim(Claim::Exp),
            ),
            (
                "the largest integer",
                exp(json!(u64::MAX)),
                InvalidClaim(Claim::Exp),
            ),
            ("a huge float", exp(json!(1e300)), InvalidClaim(Claim::Exp)),
            (
                "more than a float can hold",
                raw("1e400"),
                InvalidClaim(Claim::Exp),
            ),
            (
                "more than an integer can hold",
                raw("18446744073709551616"),
                InvalidClaim(Claim::Exp),
            ),
            (
                "nbf as a string",
                world.token().claim("nbf", "0").sign(),
                InvalidClaim(Claim::Nbf),
            ),
            (
                "nbf null",
                world.token().claim("nbf", Value::Null).sign(),
                InvalidClaim(Claim::Nbf),
            ),
            (
                "iat as a string",
                world.token().claim("iat", "0").sign(),
                InvalidClaim(Claim::Iat),
            ),
        ])
        .await;
}
