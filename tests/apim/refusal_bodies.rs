//! `[refusal]`: refusals as API Management sends them.

use super::*;
use crate::support::layer_for;
use tower_b2c_auth::{RefusalSettings, scope};

async fn answer(world: &World, refusal: RefusalSettings, authorization: Option<&str>) -> Answer {
    let builder = layer_for(&world.tenant)
        .refusal(refusal)
        .clock(world.clock.clone());
    let api = Api::serve(protected(builder.build().unwrap())).await;
    let headers: Vec<_> = authorization
        .into_iter()
        .map(|value| ("authorization", value))
        .collect();
    get_from(&api, "/tasks", &headers).await
}

#[tokio::test]
async fn the_message_is_escaped_and_the_status_is_the_one_configured() {
    let world = World::start().await;
    let message = "\"</script>\" \\ \r\n\u{1}é{{x}}";
    let refusal = RefusalSettings {
        status: 418,
        message: Some(message.into()),
    };
    let answer = answer(&world, refusal, None).await;
    assert_eq!(answer.status, 418);
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({ "statusCode": 418, "message": message })
    );
    assert!(
        answer.body.starts_with("{\"statusCode\":418,\"message\":"),
        "{}",
        answer.body
    );
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(
        answer.headers["content-length"],
        answer.body.len().to_string().as_str()
    );
    assert_eq!(answer.challenge(), Some("Bearer"));
}

#[tokio::test]
async fn without_a_message_a_fixed_text_says_what_kind_of_refusal_it_is() {
    let world = World::start().await;
    let expired = format!("Bearer {}", world.token().expires_at(1).sign());
    let forged = format!(
        "Bearer {}",
        world.token().issuer("https://evil.example/\"x").sign()
    );
    let default = RefusalSettings::default();
    for (authorization, text) in [
        (None, "JWT not present."),
        (Some("Basic abc"), "JWT not present."),
        (
            Some("Bearer a b"),
            "Request is not well formed. Access denied.",
        ),
        (
            Some(expired.as_str()),
            "JWT is not accepted here. Access denied.",
        ),
        (
            Some(forged.as_str()),
            "JWT is not accepted here. Access denied.",
        ),
    ] {
        let answer = answer(&world, default.clone(), authorization).await;
        let body = format!("{{\"statusCode\":401,\"message\":\"{text}\"}}");
        assert_eq!((answer.status, answer.body), (401, body));
    }
}

#[tokio::test]
async fn a_requirement_is_refused_in_the_same_manner() {
    let world = World::start().await;
    let builder = layer_for(&world.tenant)
        .refusal(RefusalSettings::default())
        .clock(world.clock.clone());
    let auth = builder.build().unwrap();
    let route = get(async || "in").layer(auth.require(scope("tasks.write")));
    let api = Api::serve(Router::new().route("/tasks", route).layer(auth)).await;
    let granted = api
        .get("/tasks", &world.token().scope("tasks.write").sign())
        .await;
    assert_eq!((granted.status, granted.body.as_str()), (200, "in"));
    let refused = api
        .get("/tasks", &world.token().scope("tasks.read").sign())
        .await;
    assert_eq!(refused.status, 401);
    assert_eq!(
        refused.body,
        "{\"statusCode\":401,\"message\":\"JWT does not allow this. Access denied.\"}"
    );
    assert!(
        refused
            .challenge()
            .unwrap()
            .ends_with("scope=\"tasks.write\"")
    );
}

#[tokio::test]
async fn without_the_table_refusals_have_no_body() {
    let world = World::start().await;
    let auth = layer_for(&world.tenant).build().unwrap();
    let answer = Api::serve(protected(auth)).await.get("/tasks", "a b").await;
    assert_eq!((answer.status, answer.body.as_str()), (400, ""));
    assert!(!answer.headers.contains_key("content-type"));
}

#[tokio::test]
async fn the_table_can_be_swapped_in_and_its_mistakes_are_refused() {
    let world = World::start().await;
    let auth = layer_for(&world.tenant).build().unwrap();
    auth.update_settings(|settings| settings.refusal = Some(RefusalSettings::default()))
        .unwrap();
    let answer = Api::serve(protected(auth)).await.get("/tasks", "a b").await;
    assert_eq!(answer.status, 401);
    assert!(
        answer.body.contains("Request is not well formed"),
        "{}",
        answer.body
    );

    let out_of_range = RefusalSettings {
        status: 200,
        message: None,
    };
    let refused = layer_for(&world.tenant).refusal(out_of_range).build();
    assert_eq!(refused.unwrap_err().mistakes()[0].field, "refusal.status");
}
