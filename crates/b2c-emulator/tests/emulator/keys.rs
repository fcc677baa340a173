use b2c_emulator::{Emulator, EmulatorBuilder, KeySharing, SigningKey};

use crate::{
    POLICY,
    client::get,
    tokens::{header, served_jwk, verify},
};

#[tokio::test]
async fn after_a_rotation_the_new_key_signs_and_the_old_one_stays_until_it_is_withdrawn() {
    let tenant = Emulator::start().await.unwrap();
    let old = tenant.signing_key(POLICY);
    let new = tenant.rotate().unwrap();
    assert_ne!(old.kid(), new.kid());
    assert_eq!(served_kids(&tenant, POLICY).await, [old.kid(), new.kid()]);
    assert_eq!(header(&tenant.token(POLICY).sign())["kid"], new.kid());

    tenant.withdraw_key(old.kid());
    assert_eq!(served_kids(&tenant, POLICY).await, [new.kid()]);
    let token = tenant.token(POLICY).audience("my-api").issuer("i").sign();
    assert!(verify(&token, &served_jwk(&tenant).await, "i").is_ok());
}

#[tokio::test]
async fn a_key_can_sign_before_it_is_published_and_be_published_without_signing() {
    let tenant = Emulator::start().await.unwrap();
    let first = tenant.signing_key(POLICY);
    let early = SigningKey::generate().unwrap();
    tenant.sign_with(&early);
    assert_eq!(header(&tenant.token(POLICY).sign())["kid"], early.kid());
    assert_eq!(served_kids(&tenant, POLICY).await, [first.kid()]);

    tenant.publish_key(&early);
    tenant.sign_with(&first);
    assert_eq!(
        served_kids(&tenant, POLICY).await,
        [first.kid(), early.kid()]
    );
    assert_eq!(header(&tenant.token(POLICY).sign())["kid"], first.kid());
}

#[tokio::test]
async fn b2c_tenants_start_with_one_key_unless_one_is_given_another() {
    let kid = async |builder: EmulatorBuilder| {
        let tenant = builder.start().await.unwrap();
        tenant.signing_key(POLICY).kid().to_owned()
    };
    let common = kid(Emulator::builder()).await;
    assert_eq!(kid(Emulator::builder().tenant("fabrikam")).await, common);

    let own = SigningKey::generate().unwrap();
    assert_eq!(
        kid(Emulator::builder().signing_key(own.clone())).await,
        own.kid()
    );
}

#[tokio::test]
async fn a_rotation_reaches_every_policy_whether_or_not_they_share() {
    for sharing in [KeySharing::Shared, KeySharing::PerPolicy] {
        let tenant = Emulator::builder()
            .policy("B2C_1_one")
            .policy("B2C_1A_two")
            .key_sharing(sharing)
            .start()
            .await
            .unwrap();
        let new = tenant.rotate().unwrap();
        for policy in ["B2C_1_one", "B2C_1A_two"] {
            let kids = served_kids(&tenant, policy).await;
            assert_eq!(kids.len(), 2, "{sharing:?}");
            assert_eq!(kids[1], new.kid());
            assert_eq!(kids, tenant.published_kids(policy));
        }
    }
}

#[test]
fn a_key_may_carry_any_id() {
    let key = SigningKey::generate().unwrap();
    let renamed = key.with_kid("another");
    assert_eq!(renamed.kid(), "another");
    assert_eq!(renamed.public_jwk()["kid"], "another");
    assert_eq!(renamed.public_jwk()["n"], key.public_jwk()["n"]);
}

async fn served_kids(tenant: &Emulator, policy: &str) -> Vec<String> {
    let metadata = get(&tenant.metadata_url(policy)).await.json();
    let keys = get(metadata["jwks_uri"].as_str().unwrap()).await.json();
    let keys = keys["keys"].as_array().unwrap();
    keys.iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}
