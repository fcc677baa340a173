//! Tokens that cannot be judged: 503, and never 401, which would send good users to sign in again.

use std::time::Duration;

use tower_b2c_auth::Unjudged;

use super::*;

#[tokio::test]
async fn without_keys_the_answer_is_503_with_retry_after_and_without_a_challenge() {
    let mut world = World::start().await;
    world.tenant.suspend().await;
    let token = world.token().sign();
    // The first wait after a failure lasts one second.
    let reason = Unjudged::KeysUnavailable {
        retry_after: Duration::from_secs(1),
    };
    let case = Case::bearer("good token", &token, reason);
    assert_refused(&world.router, [case], 503, None).await;

    let api = Api::serve(world.router.clone()).await;
    assert_eq!(api.get("/tasks", &token).await.retry_after(), Some("1"));
    let refused = api.get_with("/tasks", &[]).await;
    assert_eq!((refused.status, refused.challenge()), (401, Some("Bearer")));

    world.tenant.resume().await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    world.assert_accepted([("the same token", token)]).await;
}

#[tokio::test]
async fn a_token_that_can_be_refused_without_a_key_is_401_even_while_there_are_no_keys() {
    let mut world = World::start().await;
    world.tenant.suspend().await;
    let auth = layer_for(&world.tenant)
        .issuer("https://contoso.b2clogin.com/bbbbcccc-1111-dddd-2222-eeee3333ffff/v2.0/");
    world.router = protected(auth.clock(world.clock.clone()).build().unwrap());
    let token = || {
        world
            .token()
            .issuer("https://contoso.b2clogin.com/bbbbcccc-1111-dddd-2222-eeee3333ffff/v2.0/")
    };
    world
        .assert_invalid_tokens([
            (
                "expired",
                token().issued_at(1_500_000_000).sign(),
                TokenError::Expired,
            ),
            (
                "wrong audience",
                token().audience("other").sign(),
                TokenError::WrongAudience,
            ),
            (
                "alg none",
                token().header("alg", "none").sign(),
                TokenError::UnsupportedAlgorithm,
            ),
        ])
        .await;
}
