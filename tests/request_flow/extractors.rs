//! Handlers that ask for certain claims only.

use axum::{Router, routing::get};
use http::Request;
use serde::Deserialize;
use serde_json::json;
use tower::ServiceExt as _;
use tower_b2c_auth::{
    AuthError, Claims, ClaimsRejection, ClientId, NoVerifiedClaims, Refused, UserId,
};

use crate::support::{Api, POLICY, layer_for, manual_clock, tenant_at};

#[derive(Deserialize)]
struct Member {
    oid: String,
    #[serde(rename = "extension_level")]
    level: u8,
    nickname: Option<String>,
}

async fn member(Claims(member): Claims<Member>) -> String {
    let name = member.nickname.unwrap_or(member.oid);
    format!("{name}: {}", member.level)
}

async fn perhaps_member(member: Option<Claims<Member>>) -> String {
    member.map_or("nobody".into(), |Claims(member)| member.level.to_string())
}

fn routes() -> Router {
    Router::new()
        .route("/member", get(member))
        .route("/perhaps-member", get(perhaps_member))
        .route("/user", get(async |user: UserId| user.to_string()))
        .route(
            "/debug",
            get(async |claims: Claims<Member>, user: UserId| format!("{claims:?} {user:?}")),
        )
        .route(
            "/client",
            get(async |client: ClientId| String::from(client)),
        )
        .route(
            "/perhaps",
            get(
                async |user: Option<UserId>, client: Option<ClientId>| match (user, client) {
                    (Some(user), Some(client)) => format!("{} {}", &*user, &*client),
                    (user, client) => format!("{} {}", user.is_some(), client.is_some()),
                },
            ),
        )
}

#[tokio::test]
async fn a_handler_gets_the_claims_it_asks_for_or_is_never_called() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let auth = layer_for(&tenant).clock(clock).allow_anonymous();
    let router = routes().layer(auth.build().unwrap());
    let api = Api::serve(router.clone()).await;
    let token = || tenant.token(POLICY).claim("extension_level", 3);
    let nameless = || token().without("oid").without("sub");
    let placeholder = "Not supported currently. Use oid claim.";
    for (path, token, said) in [
        ("/member", token(), format!("{USER}: 3")),
        ("/member", token().claim("nickname", "Al"), "Al: 3".into()),
        ("/perhaps-member", token(), "3".into()),
        ("/user", token(), USER.into()),
        ("/user", token().without("oid").subject("bo"), "bo".into()),
        // What is logged by accident names nobody.
        ("/debug", token(), "Claims { .. } UserId(..)".into()),
        ("/client", token().client_id("app"), "app".into()),
        (
            "/client",
            token().without("azp").claim("appid", "daemon"),
            "daemon".into(),
        ),
        ("/perhaps", token().client_id("app"), format!("{USER} app")),
        ("/perhaps", nameless(), "false true".into()),
        ("/perhaps", token().without("azp"), "true false".into()),
    ] {
        let answer = api.get(path, &token.sign()).await;
        assert_eq!((answer.status, answer.body), (200, said), "{path}");
    }
    for (path, token, reason) in [
        (
            "/member",
            token().without("extension_level"),
            r#"the claim "extension_level" is missing"#,
        ),
        (
            "/member",
            token().claim("extension_level", "secret-level"),
            r#"the claim "extension_level" is a string, expected u8"#,
        ),
        (
            "/perhaps-member",
            token().claim("extension_level", json!([4711])),
            r#"the claim "extension_level" is an array, expected u8"#,
        ),
        (
            "/user",
            nameless().subject(placeholder),
            "the token names no user: it has neither `oid` nor `sub`",
        ),
        (
            "/client",
            token().without("azp"),
            "the token names no client: it has neither `azp` nor `appid`",
        ),
    ] {
        let token = token.sign();
        let answer = api.get(path, &token).await;
        assert_eq!(
            (answer.status, answer.challenge(), &*answer.body),
            (403, Some(INSUFFICIENT), ""),
            "{path}"
        );
        let request = Request::get(path).header("authorization", format!("Bearer {token}"));
        let request = request.body(axum::body::Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let rejection = response.extensions().get::<ClaimsRejection>().unwrap();
        assert_eq!(rejection.to_string(), reason);
        let error = response.extensions().get::<AuthError>();
        assert_eq!(error, Some(&Refused::UnmetClaim.into()));
    }
}

#[tokio::test]
async fn extractors_answer_401_without_claims_and_500_without_the_layer() {
    let tenant = tenant_at(&manual_clock()).await;
    let open = layer_for(&tenant).allow_anonymous().build().unwrap();
    let open = Api::serve(routes().layer(open)).await;
    let bare = Api::serve(routes()).await;
    let said = NoVerifiedClaims::MissingLayer.to_string();
    for (api, status, said) in [(&open, 401, ""), (&bare, 500, &*said)] {
        assert_eq!(api.get_with("/perhaps", &[]).await.body, "false false");
        let nobody = api.get_with("/perhaps-member", &[]).await;
        assert_eq!(nobody.body, "nobody");
        for path in ["/member", "/user", "/client"] {
            let answer = api.get_with(path, &[]).await;
            assert_eq!((answer.status, &*answer.body), (status, said), "{path}");
        }
    }
}

/// The emulator's user.
const USER: &str = "ccccdddd-2222-eeee-3333-ffff4444aaaa";
const INSUFFICIENT: &str = r#"Bearer error="insufficient_scope", error_description="the access token does not allow this""#;
