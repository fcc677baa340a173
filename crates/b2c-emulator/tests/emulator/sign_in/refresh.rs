//! Refresh tokens.

use std::time::Duration;

use axum::http::StatusCode;

use super::browser::{API, Answer, CLIENT, Visit, WEB};

async fn refresh(visit: &mut Visit, token: &str, more: &[(&str, &str)]) -> Answer {
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("client_id", CLIENT),
        ("refresh_token", token),
    ];
    form.extend(more);
    visit.token(&form).await
}

fn refresh_token(answer: &Answer) -> String {
    answer.json()["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn each_is_good_once() {
    let mut visit = Visit::new();
    let code = visit.code(&[]).await;
    let first = refresh_token(&visit.redeem(&code, &[]).await);
    let answer = refresh(&mut visit, &first, &[]).await;
    let second = refresh_token(&answer);
    assert_ne!(first, second);
    assert_eq!(answer.claims("access_token")["scp"], "tasks.read");
    let again = refresh(&mut visit, &first, &[]).await;
    assert_eq!(
        again.error(),
        ("invalid_grant".into(), "AADB2C90129".into())
    );
    assert_eq!(
        refresh(&mut visit, &second, &[]).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_refresh_token_gets_other_scopes_of_its_tenant() {
    let mut visit = Visit::new();
    let code = visit.code(&[("scope", "openid offline_access")]).await;
    let token = refresh_token(&visit.redeem(&code, &[]).await);
    let scope = "https://contoso.onmicrosoft.com/tasks-api/tasks.write";
    let answer = refresh(&mut visit, &token, &[("scope", scope)]).await;
    let claims = answer.claims("access_token");
    assert_eq!(
        (&claims["scp"], &claims["aud"]),
        (&"tasks.write".into(), &API.into())
    );
}

#[tokio::test]
async fn refresh_tokens_of_single_page_applications_end_a_day_after_the_sign_in() {
    let mut visit = Visit::new();
    let code = visit.code(&[]).await;
    let token = refresh_token(&visit.redeem(&code, &[]).await);
    visit.pass(Duration::from_secs(23 * 3600));
    let token = refresh_token(&refresh(&mut visit, &token, &[]).await);
    visit.pass(Duration::from_secs(3600));
    let late = refresh(&mut visit, &token, &[]).await;
    assert_eq!(late.error(), ("invalid_grant".into(), "AADB2C90080".into()));
}

#[tokio::test]
async fn each_use_renews_the_refresh_token_of_a_web_application() {
    let mut visit = Visit::new();
    let code = visit.code(&[("redirect_uri", WEB)]).await;
    let secret = [("client_secret", "emulator-secret")];
    let form = [("redirect_uri", WEB), ("client_secret", "emulator-secret")];
    let mut token = refresh_token(&visit.redeem(&code, &form).await);
    for _ in 0..3 {
        visit.pass(Duration::from_secs(13 * 24 * 3600));
        token = refresh_token(&refresh(&mut visit, &token, &secret).await);
    }
    visit.pass(Duration::from_secs(14 * 24 * 3600));
    let late = refresh(&mut visit, &token, &secret).await;
    assert_eq!(late.error().1, "AADB2C90080");
}

#[tokio::test]
async fn another_user_flow_another_client_and_a_user_who_is_gone_are_refused() {
    let mut visit = Visit::new();
    let code = visit.code(&[]).await;
    let token = refresh_token(&visit.redeem(&code, &[]).await);
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", CLIENT),
        ("refresh_token", &token),
    ];
    let other = "/contoso.onmicrosoft.com/b2c_1_editprofile1/oauth2/v2.0/token";
    let answer = visit.post(other, &form).await;
    assert_eq!(
        answer.error(),
        ("invalid_grant".into(), "AADB2C90088".into())
    );
    let text = answer.json()["error_description"].to_string();
    assert!(
        text.contains("Actual Value : B2C_1_editprofile1 and Expected Value : B2C_1_signupsignin1"),
        "{text}"
    );
    let other = [form[0], ("client_id", API), form[2]];
    assert_eq!(visit.token(&other).await.error().1, "AADB2C90279");
    visit.emulator.remove_user(super::browser::ALEX);
    assert_eq!(visit.token(&form).await.error().1, "AADB2C90128");
}

/// The bug: a refused request used the code or the refresh token up.
#[tokio::test]
async fn what_is_refused_can_be_redeemed_later() {
    let mut visit = Visit::new();
    let code = visit.code(&[]).await;
    let elsewhere = [("scope", "https://elsewhere.example/read")];
    let refused = visit.redeem(&code, &elsewhere).await;
    assert_eq!(refused.error().1, "AADB2C90117");
    let token = refresh_token(&visit.redeem(&code, &[]).await);
    let refused = refresh(&mut visit, &token, &elsewhere).await;
    assert_eq!(refused.error().1, "AADB2C90117");
    let user = visit.emulator.users().remove(0);
    visit.emulator.remove_user(&user.object_id);
    let refused = refresh(&mut visit, &token, &[]).await;
    assert_eq!(refused.error().1, "AADB2C90128");
    visit.emulator.put_user(user);
    let answer = refresh(&mut visit, &token, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}
