use b2c_emulator::{Emulator, IssuerForm, SigningKey};
use tower_b2c_auth::{AuthoritySettings, MigrationSettings, Settings, migration::Stage};

use super::{layer, settings, tenant, token};
use crate::support::{API_ID, Api, POLICY, emulator_time, protected};

const LEGACY_API_ID: &str = "11112222-bbbb-3333-cccc-4444dddd5555";

/// Two authorities with keys of their own and audiences of their own; the second one is to go.
async fn two_authorities() -> (Emulator, Emulator, Api) {
    let (current, clock) = tenant().await;
    let legacy = Emulator::builder()
        .tenant_id("99990000-0000-cccc-1111-dddd2222eeee")
        .signing_key(SigningKey::generate().unwrap())
        .clock(emulator_time(&clock))
        .start()
        .await
        .unwrap();
    let settings = Settings {
        authorities: vec![
            AuthoritySettings {
                audiences: vec![API_ID.into()],
                ..AuthoritySettings::openid_config(current.metadata_url(POLICY))
            },
            AuthoritySettings {
                audiences: vec![LEGACY_API_ID.into()],
                legacy: true,
                ..AuthoritySettings::openid_config(legacy.metadata_url(POLICY))
            },
        ],
        migration: Some(MigrationSettings::default()),
        ..Settings::default()
    };
    let api = Api::serve(protected(layer(settings, &clock))).await;
    (current, legacy, api)
}

#[tokio::test]
async fn an_authority_speaks_neither_for_the_other_s_issuer_nor_for_its_audience() {
    let (current, legacy, api) = two_authorities().await;
    let ours = current.token(POLICY).audience(API_ID);
    let theirs = legacy.token(POLICY).audience(LEGACY_API_ID);
    assert_eq!(api.get("/tasks", &ours.clone().sign()).await.status, 200);
    assert_eq!(api.get("/tasks", &theirs.clone().sign()).await.status, 200);

    let key_of = |tenant: &Emulator| tenant.signing_key(POLICY);
    // The other's key under its own id, and under the id of the right key.
    for (token, foreign, own) in [
        (&ours, key_of(&legacy), key_of(&current)),
        (&theirs, key_of(&current), key_of(&legacy)),
    ] {
        assert_eq!(
            api.get(
                "/tasks",
                &token.clone().key(&foreign).kid(foreign.kid()).sign()
            )
            .await
            .status,
            401
        );
        assert_eq!(
            api.get("/tasks", &token.clone().key(&foreign).kid(own.kid()).sign())
                .await
                .status,
            401
        );
    }
    assert_eq!(
        api.get(
            "/tasks",
            &current.token(POLICY).audience(LEGACY_API_ID).sign()
        )
        .await
        .status,
        401
    );
    assert_eq!(
        api.get("/tasks", &legacy.token(POLICY).audience(API_ID).sign())
            .await
            .status,
        401
    );
}

/// GHSA-g6vg-wj8f-48cj and its like: a key cache that forgets whose key an id names.
#[tokio::test]
async fn one_kid_at_two_authorities_stays_two_keys_in_every_order() {
    let (current, legacy, api) = two_authorities().await;
    // Both publish a key with the id of the current authority's key, through their own documents.
    let shared_kid = current.signing_key(POLICY).kid().to_owned();
    let imposter = SigningKey::generate().unwrap().with_kid(&shared_kid);
    legacy.publish_key(&imposter);
    legacy.sign_with(&imposter);

    let ours = current.token(POLICY).audience(API_ID);
    let theirs = legacy.token(POLICY).audience(LEGACY_API_ID);
    let crossed_ours = ours.clone().key(&imposter);
    let crossed_theirs = theirs.clone().key(&current.signing_key(POLICY));
    for _ in 0..2 {
        let tokens = [
            (ours.clone(), 200),
            (crossed_theirs.clone(), 401),
            (theirs.clone(), 200),
            (crossed_ours.clone(), 401),
        ];
        let answers = tokens.iter().map(async |(token, expected)| {
            (
                api.get("/tasks", &token.clone().sign()).await.status,
                *expected,
            )
        });
        for (status, expected) in futures_util::future::join_all(answers).await {
            assert_eq!(status, expected);
        }
    }
}

#[tokio::test]
async fn the_legacy_issuer_without_its_slash_is_another_issuer() {
    let (tenant, clock) = tenant().await;
    let api = Api::serve(protected(layer(settings(&tenant, Stage::Accept), &clock))).await;
    let legacy = tenant.issuer(&IssuerForm::Legacy);
    assert_eq!(
        api.get("/tasks", &token(&tenant, "app", &IssuerForm::Legacy))
            .await
            .status,
        200
    );
    for other in [
        legacy.trim_end_matches('/').to_owned(),
        format!("{legacy}/"),
        legacy.to_uppercase(),
        legacy.replace("https", "http"),
    ] {
        let token = tenant.token(POLICY).issuer(&other).sign();
        assert_eq!(api.get("/tasks", &token).await.status, 401, "{other}");
    }
}
