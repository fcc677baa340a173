//! Sessions, prompts and signing out.

use std::time::Duration;

use axum::http::StatusCode;

use super::browser::{BO, POLICY, SPA, Visit};

#[tokio::test]
async fn without_a_session_nobody_is_signed_in_silently() {
    let mut visit = Visit::new();
    let none = [("prompt", "none")];
    let refused = visit.authorize(&none).await;
    let expected = ("interaction_required".into(), "AADB2C90077".into());
    assert_eq!(refused.redirected_error(), expected);
    visit.sign_in(&[]).await;
    assert!(visit.authorize(&none).await.param("code").is_some());
    assert!(visit.authorize(&[]).await.param("code").is_some());
    visit.pass(Duration::from_secs(24 * 3600));
    assert_eq!(visit.authorize(&none).await.redirected_error(), expected);
}

#[tokio::test]
async fn prompts_and_an_age_ask_again() {
    let mut visit = Visit::new();
    visit.sign_in(&[]).await;
    for prompt in ["login", "select_account"] {
        let page = visit.authorize(&[("prompt", prompt)]).await;
        assert_eq!(page.status, StatusCode::OK, "{prompt}");
    }
    visit.pass(Duration::from_secs(60));
    assert_eq!(
        visit.authorize(&[("max_age", "59")]).await.status,
        StatusCode::OK
    );
    assert!(
        visit
            .authorize(&[("max_age", "61")])
            .await
            .param("code")
            .is_some()
    );
    let unknown = visit.authorize(&[("prompt", "dance")]).await;
    assert_eq!(unknown.redirected_error().1, "AADB2C90043");
}

/// The bug: it was ignored, and the session answered at once.
#[tokio::test]
async fn an_age_that_is_not_a_number_of_seconds_is_refused() {
    let mut visit = Visit::new();
    visit.sign_in(&[]).await;
    for age in ["abc", "-1", "1e3"] {
        let refused = visit.authorize(&[("max_age", age)]).await;
        let expected = ("invalid_request".into(), "AADB2C90120".into());
        assert_eq!(refused.redirected_error(), expected, "{age}");
    }
}

#[tokio::test]
async fn a_hint_puts_its_user_first_and_another_users_session_aside() {
    let mut visit = Visit::new();
    visit.sign_in(&[]).await;
    let alex = [("login_hint", "ALEX@contoso.example")];
    assert!(visit.authorize(&alex).await.param("code").is_some());
    let bo = [("login_hint", "bo@contoso.example")];
    let page = visit.authorize(&bo).await;
    let first = page.body.find(BO).unwrap();
    assert!(page.body.find("alex@contoso.example").unwrap() > first);
    // A hint that fits no user is ignored.
    let nobody = [("login_hint", "\"><script>alert(1)</script>")];
    assert!(visit.authorize(&nobody).await.param("code").is_some());
}

#[tokio::test]
async fn signing_out_ends_the_session_and_leads_back_to_registered_uris_only() {
    let mut visit = Visit::new();
    visit.sign_in(&[]).await;
    let logout = format!("{POLICY}/oauth2/v2.0/logout");
    let encoded: String = form_urlencoded::byte_serialize(SPA.as_bytes()).collect();
    let back = visit
        .get(&format!(
            "{logout}?post_logout_redirect_uri={encoded}&state=a%26b"
        ))
        .await;
    assert_eq!(back.location(), format!("{SPA}?state=a%26b"));
    let refused = visit.authorize(&[("prompt", "none")]).await;
    assert_eq!(refused.redirected_error().1, "AADB2C90077");
    for uri in [
        "https://evil.example/",
        "http://localhost:3000.evil.example/",
        "//evil.example",
    ] {
        let page = visit
            .get(&format!("{logout}?post_logout_redirect_uri={uri}"))
            .await;
        assert_eq!(page.status, StatusCode::OK, "{uri}");
        assert!(page.headers.get("location").is_none());
    }
}

#[tokio::test]
async fn a_removed_user_has_no_session() {
    let mut visit = Visit::new();
    visit.sign_in(&[]).await;
    visit.emulator.remove_user(super::browser::ALEX);
    let refused = visit.authorize(&[("prompt", "none")]).await;
    assert_eq!(refused.redirected_error().1, "AADB2C90077");
}
