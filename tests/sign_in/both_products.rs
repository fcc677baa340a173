use axum::{Router, routing::get};
use b2c_emulator::{Emulator, IssuerForm, Seed};
use tower_b2c_auth::{B2cAuthLayer, VerifiedClaims, from_metadata, scope};

use super::{Client, sign_in};
use crate::support::{API_ID, Api, POLICY};

const EXTERNAL_API: &str = "22223333-cccc-4444-dddd-5555eeee6666";

#[tokio::test]
async fn users_of_both_tenants_reach_one_api_with_the_tokens_they_signed_in_for() {
    let emulator = Emulator::builder().seed(Seed::default()).start().await;
    let emulator = emulator.unwrap();
    let external = emulator.tenants().nth(1).unwrap();
    let auth = B2cAuthLayer::builder()
        .authority(from_metadata(emulator.metadata_url(POLICY)))
        .authority(
            from_metadata(external.metadata_url("")).issuer(external.issuer(&IssuerForm::Default)),
        )
        .audience(API_ID)
        .audience(EXTERNAL_API)
        .build()
        .unwrap();
    let tasks = get(greet).layer(auth.require(scope("tasks.read")));
    let api = Api::serve(Router::new().route("/tasks", tasks).layer(auth)).await;

    let b2c = Client {
        authority: format!("{}/contoso.onmicrosoft.com/{POLICY}", emulator.base_url()),
        id: "11112222-bbbb-3333-cccc-4444dddd5555",
        scope: "openid https://contoso.onmicrosoft.com/tasks-api/tasks.read",
        user: "ddddeeee-3333-ffff-4444-aaaa5555bbbb",
    };
    let external = Client {
        authority: format!("{}/{}", emulator.base_url(), external.tenant_id()),
        id: "33334444-dddd-5555-eeee-6666ffff7777",
        scope: &format!("openid api://{EXTERNAL_API}/tasks.read"),
        user: "11bb11bb-cc22-dd33-ee44-55ff55ff55ff",
    };
    for client in [&b2c, &external] {
        let tokens = sign_in(client).await;
        let token = tokens["access_token"].as_str().unwrap();
        let answer = api.get("/tasks", token).await;
        assert_eq!((answer.status, &answer.body[..]), (200, "hello Bo Example"));
        // The ID token is for the application, not for the API.
        let token = tokens["id_token"].as_str().unwrap();
        assert_eq!(api.get("/tasks", token).await.status, 401);
    }
    let write = "openid https://contoso.onmicrosoft.com/tasks-api/tasks.write";
    let tokens = sign_in(&Client {
        scope: write,
        ..b2c
    })
    .await;
    let token = tokens["access_token"].as_str().unwrap();
    let answer = api.get("/tasks", token).await;
    assert_eq!(answer.status, 403);
    assert!(answer.challenge().unwrap().contains("insufficient_scope"));
}

async fn greet(claims: VerifiedClaims) -> String {
    format!("hello {}", claims.name().unwrap_or("stranger"))
}
