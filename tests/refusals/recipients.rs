//! Issuer and audience (RFC 7519 §4.1.1 and §4.1.3).

use b2c_verify::Claim;
use serde_json::json;
use tower_b2c_auth::TokenError::{
    InvalidClaim, KeyBound, MissingClaim, UnknownIssuer, WrongAudience,
};

use super::*;
use crate::support::{API_ID, OTHER_API_ID};

const ISSUER: &str = "https://contoso.b2clogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/";

#[tokio::test]
async fn an_issuer_is_compared_byte_for_byte() {
    let mut world = World::start().await;
    let auth = layer_for(&world.tenant)
        .issuer(ISSUER)
        .clock(world.clock.clone());
    world.router = protected(auth.build().unwrap());
    let own = claims_of(&world.token().sign())["iss"]
        .as_str()
        .unwrap()
        .to_owned();

    let from = |issuer: &str| world.token().issuer(issuer).sign();
    let with = |value: Value| world.token().claim("iss", value).sign();
    let other_host = "https://fabrikam.b2clogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/";
    let other_tenant = "https://contoso.b2clogin.com/bbbbcccc-1111-dddd-2222-eeee3333ffff/v2.0/";
    let legacy = "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/";
    let userinfo =
        "https://contoso.b2clogin.com@evil.example/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/";
    world
        .assert_invalid_tokens([
            (
                "somebody else",
                from("https://evil.example/"),
                UnknownIssuer,
            ),
            ("another host", from(other_host), UnknownIssuer),
            ("another tenant", from(other_tenant), UnknownIssuer),
            ("the host of before", from(legacy), UnknownIssuer),
            ("the host as a user name", from(userinfo), UnknownIssuer),
            (
                "no slash at the end",
                from(ISSUER.trim_end_matches('/')),
                UnknownIssuer,
            ),
            (
                "two slashes at the end",
                from(&format!("{ISSUER}/")),
                UnknownIssuer,
            ),
            (
                "no slash at the end of the metadata's own",
                from(own.trim_end_matches('/')),
                UnknownIssuer,
            ),
            (
                "a host in upper case",
                from(&ISSUER.replace("contoso", "CONTOSO")),
                UnknownIssuer,
            ),
            (
                "a scheme in upper case",
                from(&ISSUER.replace("https", "HTTPS")),
                UnknownIssuer,
            ),
            (
                "a space before it",
                from(&format!(" {ISSUER}")),
                UnknownIssuer,
            ),
            (
                "a beginning of it",
                from("https://contoso.b2clogin.com/"),
                UnknownIssuer,
            ),
            ("an empty text", from(""), UnknownIssuer),
            (
                "none",
                world.token().without("iss").sign(),
                MissingClaim(Claim::Iss),
            ),
            ("null", with(Value::Null), InvalidClaim(Claim::Iss)),
            ("an array", with(json!([ISSUER])), InvalidClaim(Claim::Iss)),
        ])
        .await;
    world
        .assert_accepted([
            ("the configured issuer", from(ISSUER)),
            ("the metadata's issuer", from(&own)),
        ])
        .await;
}

#[tokio::test]
async fn a_token_must_be_for_us() {
    let world = World::start().await;
    let audience = |audience: &str| world.token().audience(audience).sign();
    let with = |value: Value| world.token().claim("aud", value).sign();
    world
        .assert_invalid_tokens([
            ("another application", audience(OTHER_API_ID), WrongAudience),
            (
                "ours in upper case",
                audience(&API_ID.to_uppercase()),
                WrongAudience,
            ),
            (
                "ours with a slash",
                audience(&format!("{API_ID}/")),
                WrongAudience,
            ),
            (
                "ours as an URI",
                audience(&format!("api://{API_ID}")),
                WrongAudience,
            ),
            ("a beginning of ours", audience(&API_ID[..8]), WrongAudience),
            (
                "two in one text",
                audience(&format!("{API_ID} {OTHER_API_ID}")),
                WrongAudience,
            ),
            ("an empty text", audience(""), WrongAudience),
            (
                "an array without ours",
                with(json!([OTHER_API_ID, "x"])),
                WrongAudience,
            ),
            ("an empty array", with(json!([])), WrongAudience),
            (
                "none",
                world.token().without("aud").sign(),
                MissingClaim(Claim::Aud),
            ),
            ("null", with(Value::Null), InvalidClaim(Claim::Aud)),
            ("a number", with(json!(1)), InvalidClaim(Claim::Aud)),
            (
                "an object",
                with(json!({ API_ID: true })),
                InvalidClaim(Claim::Aud),
            ),
            (
                "an array with more than strings",
                with(json!([API_ID, 1])),
                InvalidClaim(Claim::Aud),
            ),
            (
                "an ID token for another application",
                world.tenant.id_token(POLICY).audience(OTHER_API_ID).sign(),
                WrongAudience,
            ),
        ])
        .await;
    let both = world.token().audiences([OTHER_API_ID, API_ID]).sign();
    world.assert_accepted([("an array with ours", both)]).await;
}

/// RFC 7800, RFC 8705 and RFC 9449: merely holding such a token is not enough to use it.
#[tokio::test]
async fn tokens_bound_to_a_key_are_refused() {
    let world = World::start().await;
    let bound = |cnf: Value| world.token().claim("cnf", cnf).sign();
    world
        .assert_invalid_tokens([
            (
                "to a key by its thumbprint",
                bound(json!({ "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" })),
                KeyBound,
            ),
            (
                "to a client certificate",
                bound(json!({ "x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2" })),
                KeyBound,
            ),
            ("to something unknown", bound(json!({})), KeyBound),
        ])
        .await;
    world
        .assert_accepted([("bound to none", world.token().sign())])
        .await;
}
