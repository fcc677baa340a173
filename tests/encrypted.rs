//! Encrypted tokens (RFC 7516) through the whole layer, its settings and its policies.

use std::fs;

use axum::{Router, body::Body};
use b2c_verify::Part;
use http::{Request, StatusCode};
use tower::ServiceExt as _;
use tower_b2c_auth::{
    AuthError, B2cAuthBuilder, B2cAuthLayer, DecryptionKeySettings, ForgottenKey, Settings,
    TokenError, b2c,
};

use crate::support::{
    API_ID, POLICY, Recipient, app, ask, layer_for, manual_clock, status, tenant_at,
};

#[tokio::test]
async fn an_encrypted_token_is_judged_by_its_content() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let (ours, other) = (Recipient::new(), Recipient::new());
    let auth = layer_for(&tenant)
        .decryption_key(DecryptionKeySettings::from_pem(ours.pem()).id("2026"))
        .clock(clock)
        .build()
        .unwrap();
    let app = app(&auth);
    let token = || tenant.token(POLICY);
    // The first request waits for the tenant's keys; at the second, the token has been seen before.
    let encrypted = ours.encrypt(&token().sign(), "2026");
    for _ in 0..2 {
        assert_eq!(judge(&app, &encrypted).await, Ok(()));
    }
    let cases = [
        ("not encrypted", token().sign(), Ok(())),
        (
            "no key is named",
            ours.encrypt(&token().sign(), "2027"),
            Ok(()),
        ),
        (
            "for somebody else",
            other.encrypt(&token().sign(), "2026"),
            Err(TokenError::DecryptionFailed),
        ),
        (
            "changed on the way",
            encrypted.replacen(".BwcH", ".BwcI", 1),
            Err(TokenError::DecryptionFailed),
        ),
        (
            "for another audience inside",
            ours.encrypt(&token().audience("x").sign(), "2026"),
            Err(TokenError::WrongAudience),
        ),
        (
            "signed by nobody inside",
            ours.encrypt(&token().sign_with_none(), "2026"),
            Err(TokenError::Malformed(Part::Shape)),
        ),
        (
            "encrypted twice",
            ours.encrypt(&encrypted, "2026"),
            Err(TokenError::Encrypted),
        ),
        (
            "nothing inside",
            ours.encrypt("", "2026"),
            Err(TokenError::Malformed(Part::Shape)),
        ),
    ];
    for (name, token, expected) in cases {
        let found = judge(&app, &token).await;
        assert_eq!(found, expected.map_err(AuthError::from), "{name}");
    }
}

#[tokio::test]
async fn an_encrypted_token_may_come_in_a_cookie_or_query_until_its_signing_key_is_forgotten() {
    for (token, header, uri) in [
        (r#"{ cookie = "t" }"#, Some("a=1; t={}"), "/"),
        (r#"{ query = "t" }"#, None, "/?a=1&t={}"),
    ] {
        let clock = manual_clock();
        let tenant = tenant_at(&clock).await;
        let ours = Recipient::new();
        let settings = Settings::from_toml(&format!("token = {token}")).unwrap();
        let auth = layer_for(&tenant)
            .token(settings.token)
            .decryption_key(DecryptionKeySettings::from_pem(ours.pem()))
            .clock(clock)
            .build()
            .unwrap();
        let app = app(&auth);
        let encrypted = ours.encrypt(&tenant.token(POLICY).sign(), "1");
        let status = async || {
            let mut request = Request::get(uri.replace("{}", &encrypted));
            if let Some(header) = header {
                request = request.header("cookie", header.replace("{}", &encrypted));
            }
            let request = request.body(Body::empty()).unwrap();
            app.clone().oneshot(request).await.unwrap().status()
        };
        // The first request waits for the tenant's keys; at the second, the token has been seen before.
        assert_eq!(
            (status().await, status().await),
            (StatusCode::OK, StatusCode::OK)
        );
        let kid = tenant.signing_key(POLICY).kid().to_owned();
        assert!(auth.forget_key(ForgottenKey::everywhere(kid)));
        assert_eq!(status().await, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn without_a_key_it_is_refused_as_encrypted() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let app = app(&layer_for(&tenant).clock(clock).build().unwrap());
    let encrypted = Recipient::new().encrypt(&tenant.token(POLICY).sign(), "2026");
    assert_eq!(
        judge(&app, &encrypted).await,
        Err(TokenError::Encrypted.into())
    );
}

#[tokio::test]
async fn a_key_in_a_file_is_read_anew_whenever_settings_come_into_force() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("decryption.pem");
    let (first, second) = (Recipient::new(), Recipient::new());
    fs::write(&file, first.pem()).unwrap();
    let settings = Settings::from_toml(&format!(
        "audiences = [{API_ID:?}]\n[[authorities]]\nopenid_config = {:?}\n[[decryption_keys]]\nfile = {file:?}\n",
        tenant.metadata_url(POLICY),
    ))
    .unwrap();
    let auth = B2cAuthBuilder::from(settings.clone())
        .clock(clock)
        .build()
        .unwrap();
    let app = app(&auth);
    let token = tenant.token(POLICY).sign();
    assert_eq!(status(&app, &first.encrypt(&token, "1")).await, 200);
    assert_eq!(status(&app, &second.encrypt(&token, "2")).await, 401);

    fs::write(&file, second.pem()).unwrap();
    auth.swap_settings(&settings).unwrap();
    // Even the token that was accepted before: it ends with its key.
    assert_eq!(status(&app, &first.encrypt(&token, "1")).await, 401);
    assert_eq!(status(&app, &second.encrypt(&token, "2")).await, 200);

    // A file that went missing changes nothing.
    fs::remove_file(&file).unwrap();
    assert!(auth.swap_settings(&settings).is_err());
    assert_eq!(status(&app, &second.encrypt(&token, "2")).await, 200);
}

#[test]
fn an_unusable_decryption_key_is_refused_with_a_remedy_and_not_shown() {
    let key = Recipient::new().pem();
    let secret = &key.lines().nth(5).unwrap()[..20];
    let folder = tempfile::tempdir().unwrap();
    let large = folder.path().join("large.pem");
    fs::write(&large, format!("{}{key}", " ".repeat(64 << 10))).unwrap();
    let both = DecryptionKeySettings {
        file: Some("x.pem".into()),
        ..DecryptionKeySettings::from_pem(&key)
    };
    for (settings, expected) in [
        (
            DecryptionKeySettings::default(),
            "exactly one of file and pem",
        ),
        (both, "exactly one of file and pem"),
        (
            DecryptionKeySettings::from_file(folder.path().join("none.pem")),
            "cannot be read",
        ),
        (
            DecryptionKeySettings::from_file(folder.path()),
            "cannot be read",
        ),
        (
            DecryptionKeySettings::from_file(&large),
            "not PEM with one private key",
        ),
        (
            DecryptionKeySettings::from_pem("MIIB"),
            "not PEM with one private key",
        ),
        (
            DecryptionKeySettings::from_pem(key.repeat(2)),
            "not PEM with one private key",
        ),
        (
            DecryptionKeySettings::from_pem(key.replace("PRIVATE", "ENCRYPTED PRIVATE")),
            "remove the password",
        ),
        (
            DecryptionKeySettings::from_pem(key.replace("PRIVATE", "RSA PRIVATE")),
            "not an RSA private key",
        ),
        (
            DecryptionKeySettings::from_pem(&key).id(""),
            "the key id is empty or too long",
        ),
    ] {
        let refused = builder().decryption_key(settings).build().unwrap_err();
        let [mistake] = refused.mistakes() else {
            panic!("{refused}");
        };
        assert_eq!(mistake.field, "decryption_keys[0]");
        assert!(mistake.remedy.contains(expected), "{mistake:?}");
        assert!(!format!("{refused} {refused:?}").contains(secret));
    }
    let with = |count| {
        (0..count).fold(builder(), |builder, _| {
            builder.decryption_key(DecryptionKeySettings::from_pem(&key))
        })
    };
    assert!(with(4).build().is_ok());
    let refused = with(5).build().unwrap_err();
    assert_eq!(refused.mistakes()[0].field, "decryption_keys");
    assert!(!format!("{:?}{:?}", with(1), with(1).build()).contains(secret));
}

fn builder() -> B2cAuthBuilder {
    let authority = b2c("contoso").policy("B2C_1_a");
    B2cAuthLayer::builder()
        .authority(authority)
        .audience(API_ID)
}

/// Whether the token is accepted, or why it is not.
async fn judge(app: &Router, token: &str) -> Result<(), AuthError> {
    let response = ask(app, token).await;
    let error = response.extensions().get::<AuthError>().cloned();
    assert_eq!(response.status() == 200, error.is_none());
    error.map_or(Ok(()), Err)
}
