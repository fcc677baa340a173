//! `strict_openid`.

use b2c_emulator::{Emulator, Seed};

use super::browser::{API, POLICY, Visit, claims};

#[tokio::test]
async fn the_issuer_is_the_url_that_the_metadata_is_below_and_what_strict_clients_want_is_there() {
    let builder = Emulator::builder()
        .seed(Seed::default())
        .strict_openid(true);
    let mut visit = Visit::with(builder);
    for tenant in [POLICY, "/bbbbcccc-1111-dddd-2222-eeee3333ffff"] {
        let path = format!("{tenant}/v2.0/.well-known/openid-configuration");
        let metadata = visit.get(&path).await.json();
        assert_eq!(
            metadata["issuer"],
            format!("http://127.0.0.1:0{tenant}/v2.0")
        );
        assert_eq!(metadata["code_challenge_methods_supported"][0], "S256");
        let keys = visit
            .get(&format!("{tenant}/discovery/v2.0/keys"))
            .await
            .json();
        assert_eq!(keys["keys"][0]["alg"], "RS256");
    }
    let code = visit.code(&[("scope", "openid")]).await;
    let answer = visit.redeem(&code, &[]).await;
    assert!(answer.json()["access_token"].is_string());
    let token = answer.json()["id_token"].as_str().unwrap().to_owned();
    assert_eq!(
        claims(&token)["iss"],
        format!("http://127.0.0.1:0{POLICY}/v2.0")
    );
}

#[tokio::test]
async fn openid_alone_returns_an_implicit_access_token_too() {
    let mut visit = Visit::with(Emulator::builder().strict_openid(true));
    let changes = [
        ("client_id", API),
        ("redirect_uri", "https://jwt.ms"),
        ("response_type", "token"),
        ("scope", "openid"),
    ];
    let back = visit.sign_in(&changes).await;
    assert_eq!(claims(&back.param("access_token").unwrap())["aud"], API);
}

#[tokio::test]
async fn without_strict_openid_the_metadata_is_b2cs() {
    let mut visit = Visit::new();
    let path = format!("{POLICY}/v2.0/.well-known/openid-configuration");
    let metadata = visit.get(&path).await.json();
    assert!(metadata["code_challenge_methods_supported"].is_null());
    assert!(metadata["issuer"].as_str().unwrap().ends_with("/v2.0/"));
    let code = visit.code(&[("scope", "openid")]).await;
    assert!(visit.redeem(&code, &[]).await.json()["access_token"].is_null());
}
