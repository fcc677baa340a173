use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tower_b2c_auth::{AuthError, TokenError, from_metadata};

use super::{HOUR, app, ask, quick, status, tenant_and_layer};
use crate::support::{POLICY, layer_for, tenant_at};

/// The token with another key id and a signature of the right length that nobody made.
fn with_kid(token: &str, kid: &str) -> String {
    let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"typ":"JWT","alg":"RS256","kid":"{kid}"}}"#));
    let claims = token.split('.').nth(1).unwrap();
    format!("{header}.{claims}.{}", "A".repeat(342))
}

#[tokio::test]
async fn a_hundred_thousand_random_kids_in_five_minutes_cause_no_more_fetches_than_the_budget_allows()
 {
    let (tenant, clock, layer) = tenant_and_layer().await;
    let app = app(&layer);
    let good = tenant.token(POLICY).sign();
    let claims = good.clone();
    let mut put_off_last = 0;
    for number in 0..100_000 {
        if number % 1000 == 0 {
            assert_eq!(status(&app, &good).await, 200);
        }
        match status(&app, &with_kid(&claims, &format!("random-{number}"))).await {
            401 => {}
            503 => put_off_last = number,
            other => panic!("{other}"),
        }
        // 100,000 tokens in five minutes.
        clock.advance(Duration::from_millis(3));
    }
    // The first, the budget of three, and one for each minute.
    let fetches = tenant.requests().keys();
    assert!((4..=9).contains(&fetches), "{fetches} fetches");
    // Once a fetch is newer than the tokens by more than the clock skew, their keys certainly do not exist.
    assert!(put_off_last < 25_000, "{put_off_last}");
    assert_eq!(status(&app, &good).await, 200);
}

#[tokio::test]
async fn during_a_flood_a_token_that_is_newer_than_the_last_fetch_is_put_off_and_never_refused() {
    let (tenant, clock, layer) = tenant_and_layer().await;
    let app = app(&layer);
    let good = tenant.token(POLICY).sign();
    assert_eq!(status(&app, &good).await, 200);
    for kid in ["one", "two", "three"] {
        assert_eq!(status(&app, &with_kid(&good, kid)).await, 401);
    }
    let fetches = tenant.requests().keys();

    // The budget is used up, and just now the tenant rotates.
    clock.advance(Duration::from_secs(10));
    tenant.rotate().unwrap();
    let rotated = tenant.token(POLICY).sign();
    let put_off = ask(&app, &rotated).await;
    assert_eq!(put_off.status(), 503);
    let wait: u64 = put_off.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(tenant.requests().keys(), fetches);
    assert_eq!(status(&app, &good).await, 200);

    clock.advance(Duration::from_secs(wait));
    assert_eq!(status(&app, &rotated).await, 200);
    // It paid off, so the next unknown key is looked for at once.
    tenant.rotate().unwrap();
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
}

#[tokio::test]
async fn tokens_that_fail_a_cheap_check_cause_no_fetch() {
    let (tenant, clock, layer) = tenant_and_layer().await;
    let app = app(&layer);
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    let token = || tenant.token(POLICY).kid("unknown");
    for bad in [
        token()
            .issuer("https://fabrikam.b2clogin.com/x/v2.0/")
            .sign(),
        token().audience("another").sign(),
        token().issued_at(1_500_000_000).sign(),
        token().not_before(1_900_000_000).sign(),
        token().without("exp").sign(),
        token().header("crit", serde_json::json!(["x"])).sign(),
        token().header("alg", "RS512").sign(),
        token().sign_with_none(),
    ] {
        assert_eq!(status(&app, &bad).await, 401);
        clock.advance(Duration::from_secs(301));
    }
    assert_eq!(tenant.requests().keys(), 1);
}

#[tokio::test]
async fn a_flood_on_one_authority_does_not_starve_another() {
    let (flooded, clock, _) = tenant_and_layer().await;
    let other = tenant_at(&clock).await;
    let layer = quick(
        layer_for(&flooded).authority(from_metadata(other.metadata_url(POLICY))),
        &clock,
    )
    .build()
    .unwrap();
    let app = app(&layer);
    let good = flooded.token(POLICY).sign();
    assert_eq!(status(&app, &good).await, 200);
    assert_eq!(status(&app, &other.token(POLICY).sign()).await, 200);
    for number in 0..100 {
        let kid = format!("random-{number}");
        let expected = if number < 3 { 401 } else { 503 };
        assert_eq!(status(&app, &with_kid(&good, &kid)).await, expected);
    }
    other.rotate().unwrap();
    assert_eq!(status(&app, &other.token(POLICY).sign()).await, 200);
}

#[tokio::test]
async fn the_scheduled_refresh_is_outside_of_the_budget_of_unknown_kids() {
    let (tenant, clock, layer) = tenant_and_layer().await;
    let app = app(&layer);
    let good = tenant.token(POLICY).lifetime(24 * HOUR).sign();
    assert_eq!(status(&app, &good).await, 200);
    for _ in 0..2 {
        assert_eq!(status(&app, &with_kid(&good, "random")).await, 401);
        clock.advance(Duration::from_secs(61));
    }
    let before = tenant.requests().keys();
    clock.advance(HOUR);
    super::until_fetched(&tenant, before + 1).await;
}

#[tokio::test]
async fn a_token_that_comes_before_its_key_is_refused_and_accepted_once_it_is_published() {
    let (tenant, clock, layer) = tenant_and_layer().await;
    let app = app(&layer);
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    let early = b2c_emulator::SigningKey::generate().unwrap();
    tenant.sign_with(&early);
    let token = tenant.token(POLICY).sign();
    let refused = ask(&app, &token).await;
    assert_eq!(
        refused.extensions().get::<AuthError>(),
        Some(&AuthError::from(TokenError::UnknownKey))
    );
    tenant.publish_key(&early);
    clock.advance(Duration::from_secs(60));
    assert_eq!(status(&app, &token).await, 200);
}
