//! Keys belong to the tenant that publishes them, even if it is not the only one.

use b2c_emulator::SigningKey;
use tower_b2c_auth::ForgottenKey;

use super::{directory::*, *};

fn both() -> Vec<tower_b2c_auth::AuthoritySettings> {
    authority(1).into_iter().chain(authority(2)).collect()
}

#[tokio::test]
async fn two_tenants_may_give_different_keys_the_same_id() {
    let world = World::new().await;
    let ours = world.signer.signing_key(POLICY);
    let theirs = SigningKey::generate().unwrap().with_kid(ours.kid());
    world.directory.give_key(2, &theirs);
    let auth = world.layer().authority(both()).build().unwrap();
    let app = app(&auth);
    let signed_by = |tenant: usize, key: &SigningKey| {
        let token = world.signer.token(POLICY).issuer(issuer(tenant));
        token.key(key).sign()
    };
    assert_eq!(status(&app, &signed_by(1, &ours)).await, 200);
    assert_eq!(status(&app, &signed_by(2, &theirs)).await, 200);
    assert_eq!(status(&app, &signed_by(1, &theirs)).await, 401);
    assert_eq!(status(&app, &signed_by(2, &ours)).await, 401);
}

#[tokio::test]
async fn a_shared_key_ends_for_the_tenant_that_forgets_or_withdraws_it_alone() {
    let world = World::new().await;
    let shared = world.signer.signing_key(POLICY);
    let auth = world.layer().authority(both()).build().unwrap();
    let app = app(&auth);
    let (one, two) = (world.token(1), world.token(2));
    assert_eq!(status(&app, &one).await, 200);
    assert_eq!(status(&app, &two).await, 200);
    assert!(auth.forget_key(ForgottenKey::of(name(1), shared.kid())));
    assert_eq!(status(&app, &one).await, 401);
    assert_eq!(status(&app, &two).await, 200);

    // The same id, another key: the old key is dropped at once, for this tenant.
    let other = SigningKey::generate().unwrap().with_kid(shared.kid());
    world.directory.give_key(2, &other);
    auth.add_authority(authority(3)).unwrap();
    assert_eq!(status(&app, &world.token(3)).await, 200);
    auth.refresh_now().await.unwrap();
    assert_eq!(status(&app, &two).await, 401);
    assert_eq!(status(&app, &world.token(3)).await, 200);
}
