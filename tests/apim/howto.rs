//! The three policies of Microsoft's how-to for B2C, unchanged except for the host: everything they accept and refuse.

use b2c_emulator::SigningKey;

use super::*;
use crate::support::{API_ID, LIFETIME, OTHER_API_ID};

const ONE: &str = include_str!("policies/08-howto-one-application.xml");
const SEVERAL: &str = include_str!("policies/08-howto-several-applications.xml");
const MIGRATION: &str = include_str!("policies/08-howto-migration.xml");
const THIRD_API_ID: &str = "22223333-cccc-4444-dddd-5555eeee6666";

#[tokio::test]
async fn the_policy_of_one_application_decides_as_in_api_management() {
    let world = World::start().await;
    let api = world.api(ONE, &ReadOptions::new()).await;
    let now = world.now();
    let lifetime = LIFETIME.as_secs();
    let new_issuer = format!(
        "{}/{}/v2.0/",
        world.tenant.base_url(),
        world.tenant.tenant_id()
    );
    let tampered = |token: String| format!("{token}A");
    let shortened = |token: String| token[..token.len() - 1].to_owned();
    assert_decisions(
        &api,
        [
            ("an access token", world.token().sign(), 200),
            (
                "an ID token for the same application",
                world.tenant.id_token(POLICY).sign(),
                200,
            ),
            (
                "one audience of several",
                world.token().audiences([OTHER_API_ID, API_ID]).sign(),
                200,
            ),
            (
                "the listed issuer",
                world.token().issuer(&new_issuer).sign(),
                200,
            ),
            (
                "another application",
                world.token().audience(OTHER_API_ID).sign(),
                401,
            ),
            (
                "the audience in capitals",
                world.token().audience(API_ID.replace('a', "A")).sign(),
                401,
            ),
            ("no audience", world.token().without("aud").sign(), 401),
            (
                "the old issuer",
                world.token().issuer(OLD_ISSUER).sign(),
                401,
            ),
            (
                "the issuer without its slash",
                world
                    .token()
                    .issuer(new_issuer.trim_end_matches('/'))
                    .sign(),
                401,
            ),
            (
                "another tenant",
                world
                    .token()
                    .issuer(new_issuer.replace("aaaabbbb", "bbbbaaaa"))
                    .sign(),
                401,
            ),
            ("a character more", tampered(world.token().sign()), 401),
            ("a character less", shortened(world.token().sign()), 401),
            ("no signature", world.token().sign_with_none(), 401),
            (
                "just valid",
                world.token().not_before(now).expires_at(now + 1).sign(),
                200,
            ),
            (
                "expired, without any skew",
                world.token().expires_at(now).sign(),
                401,
            ),
            (
                "not valid yet, without any skew",
                world.token().not_before(now + 1).sign(),
                401,
            ),
            (
                "long over",
                world.token().issued_at(now - 2 * lifetime).sign(),
                401,
            ),
            ("no expiry", world.token().without("exp").sign(), 401),
        ],
    )
    .await;
}

#[tokio::test]
async fn without_require_scheme_a_bare_token_will_do_and_another_scheme_will_not() {
    let world = World::start().await;
    let api = world.api(ONE, &ReadOptions::new()).await;
    let token = world.token().sign();
    for (value, status) in [
        (format!("Bearer {token}"), 200),
        (format!("bearer {token}"), 200),
        (token.clone(), 200),
        (format!("Basic {token}"), 401),
        ("Bearer".into(), 401),
        ("Bearer a b".into(), 401),
    ] {
        let answer = get_from(&api, "/tasks", &[("authorization", &value)]).await;
        assert_eq!(answer.status, status, "{}", value.len());
    }
    let twice = format!("Bearer {token}");
    let twice = [("authorization", twice.as_str()), ("authorization", &twice)];
    assert_eq!(get_from(&api, "/tasks", &twice).await.status, 401);
}

#[tokio::test]
async fn a_refusal_has_the_status_and_the_body_of_the_how_to_and_a_challenge_beside_it() {
    let world = World::start().await;
    let api = world.api(ONE, &ReadOptions::new()).await;
    let wrong = format!("Bearer {}", world.token().audience(OTHER_API_ID).sign());
    for (authorization, challenge) in [
        (None, "Bearer"),
        (Some("Bearer a b"), "Bearer error=\"invalid_request\""),
        (Some(wrong.as_str()), "Bearer error=\"invalid_token\""),
    ] {
        let headers: Vec<_> = authorization
            .into_iter()
            .map(|value| ("authorization", value))
            .collect();
        let answer = get_from(&api, "/tasks", &headers).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (401, HOWTO_BODY),
            "{challenge}"
        );
        assert_eq!(answer.headers["content-type"], "application/json");
        let given = answer.challenge().unwrap();
        assert!(given.starts_with(challenge), "{given}");
    }
}

#[tokio::test]
async fn several_applications_and_issuers_are_accepted_in_every_combination() {
    let world = World::start().await;
    let new_issuer = world.tenant.token(POLICY);
    for document in [SEVERAL, MIGRATION] {
        let api = world.api(document, &ReadOptions::new()).await;
        for application in [API_ID, OTHER_API_ID] {
            let new = new_issuer.clone().audience(application);
            let old = new.clone().issuer(OLD_ISSUER);
            assert_decisions(
                &api,
                [
                    ("the new issuer", new.clone().sign(), 200),
                    ("the old issuer", old.clone().sign(), 200),
                    (
                        "the old issuer without its slash",
                        old.clone().issuer(OLD_ISSUER.trim_end_matches('/')).sign(),
                        401,
                    ),
                    (
                        "the old issuer of another tenant",
                        old.clone()
                            .issuer(OLD_ISSUER.replace("aaaabbbb", "bbbbaaaa"))
                            .sign(),
                        401,
                    ),
                    (
                        "the old issuer, too late",
                        old.clone().expires_at(world.now()).sign(),
                        401,
                    ),
                ],
            )
            .await;
        }
        let other = world.token().audience(THIRD_API_ID);
        assert_decisions(
            &api,
            [
                ("a third application", other.clone().sign(), 401),
                (
                    "a third application, old issuer",
                    other.issuer(OLD_ISSUER).sign(),
                    401,
                ),
            ],
        )
        .await;
    }
}

#[tokio::test]
async fn a_key_of_somebody_else_signs_for_neither_issuer() {
    let world = World::start().await;
    let api = world.api(MIGRATION, &ReadOptions::new()).await;
    let key = SigningKey::generate().unwrap();
    let forged = world.token().key(&key);
    assert_decisions(
        &api,
        [
            ("the new issuer", forged.clone().sign(), 401),
            (
                "the old issuer",
                forged.clone().issuer(OLD_ISSUER).sign(),
                401,
            ),
            ("its own key id", forged.kid(key.kid()).sign(), 401),
        ],
    )
    .await;
}

#[tokio::test]
async fn while_keys_cannot_be_had_the_answer_is_503_and_not_a_refusal() {
    let world = World::start().await;
    world.tenant.fault(
        b2c_emulator::Endpoint::Both,
        b2c_emulator::Fault::Status {
            code: 500,
            retry_after: None,
        },
    );
    let api = world.api(ONE, &ReadOptions::new()).await;
    let answer = api.get("/tasks", &world.token().sign()).await;
    assert_eq!((answer.status, answer.body.as_str()), (503, ""));
    assert!(answer.retry_after().is_some() && answer.challenge().is_none());
}
