//! Which key signs for which tenant, when keys are fetched, and what a restart remembers.

use std::time::Duration;

use tower_b2c_auth::{FetchError, KeySnapshot};

use super::*;

#[tokio::test]
async fn a_key_that_names_one_tenant_signs_for_that_tenant_only() {
    let world = World::start();
    let [of_a, personal, of_china, unnamed] =
        ["of-a", "personal", "china", "unnamed"].map(|kid| key().with_kid(kid));
    let china = "https://login.partner.microsoftonline.cn/{tenantid}/v2.0";
    for published in [
        of_a.with_issuer(v2(A)),
        personal.with_issuer(v2(PERSONAL)),
        of_china.with_issuer(china),
        unnamed.without_issuer(),
    ] {
        world.entra_id.publish_key(&published);
    }
    let common = entra_id("common").danger_accept_any_tenant();
    let auth = world.builder().authority(common).build().unwrap();
    let app = who(&auth);
    let mut restored = None;
    for round in ["fetched", "restored"] {
        let app = restored.as_ref().unwrap_or(&app);
        for (key, tenants) in [
            (&world.key, &[A, B, PERSONAL][..]),
            (&unnamed, &[A, B, PERSONAL]),
            (&of_a, &[A]),
            (&personal, &[PERSONAL]),
            (&of_china, &[]),
        ] {
            for tenant in [A, B, PERSONAL] {
                // A key is not bound to one version of tokens.
                for issuer in [v2(tenant), v1(tenant)] {
                    let token = world.token(&issuer, tenant).kid(key.kid()).key(key).sign();
                    let expected = if tenants.contains(&tenant) { 200 } else { 401 };
                    assert_eq!(
                        status(app, &token).await,
                        expected,
                        "{round}: {issuer} by {}",
                        key.kid()
                    );
                }
            }
        }
        // Another process starts with what this one knows, and can fetch nothing.
        world.go_down();
        let saved = serde_json::to_string(&auth.key_snapshot()).unwrap();
        let saved: KeySnapshot = serde_json::from_str(&saved).unwrap();
        let common = entra_id("common").danger_accept_any_tenant();
        let auth = world.builder().authority(common).key_snapshot(saved);
        restored = Some(who(&auth.build().unwrap()));
    }
}

/// The bug: the key was kept unchanged, because its material had not changed.
#[tokio::test]
async fn a_key_that_is_given_to_another_tenant_no_longer_signs_for_the_first() {
    let world = World::start();
    let publish_for = |tenant| {
        world.entra_id.withdraw_key("one");
        world
            .entra_id
            .publish_key(&world.key.with_issuer(v2(tenant)));
    };
    publish_for(A);
    let auth = world.organizations().build().unwrap();
    let app = who(&auth);
    let (a, b) = (world.of(A).sign(), world.of(B).sign());
    assert_eq!((status(&app, &a).await, status(&app, &b).await), (200, 401));
    publish_for(B);
    auth.refresh_now().await.unwrap();
    assert_eq!((status(&app, &a).await, status(&app, &b).await), (401, 200));
}

#[tokio::test]
async fn metadata_must_name_the_clouds_template() {
    let world = World::start();
    let auth = world.organizations().build().unwrap();
    for other in [
        v2(A),
        v2("organizations"),
        v2("{tenantid}") + "/",
        at("login.microsoftonline.us", "{tenantid}"),
        "https://login.microsoftonline.com/".to_owned(),
    ] {
        let fault = Fault::ChangedIssuer(other.clone());
        world.entra_id.fault(Endpoint::Metadata, fault);
        assert_eq!(
            auth.refresh_now().await,
            Err(FetchError::NotTheTemplate),
            "{other}"
        );
    }
    assert_eq!(status(&who(&auth), &world.of(A).sign()).await, 503);
}

#[tokio::test]
async fn before_the_first_metadata_tokens_are_neither_refused_nor_accepted() {
    let world = World::start();
    let any = || entra_id("organizations").danger_accept_any_tenant();
    for authority in [any(), any().on_demand()] {
        let auth = world.builder().authority(authority).build().unwrap();
        let app = who(&auth);
        let before = world.provider.asked().len();
        // The first token waits for the keys, of whichever tenant it is.
        assert_eq!(status(&app, &world.of(B).sign()).await, 200);
        assert_eq!(status(&app, &world.of(A).sign()).await, 200);
        assert_eq!(world.provider.asked().len(), before + 2);
    }
    // A token that could not be accepted anyway causes no fetch.
    let auth = world
        .builder()
        .authority(any().on_demand())
        .build()
        .unwrap();
    let app = who(&auth);
    let before = world.provider.asked().len();
    assert_eq!(status(&app, &world.of(A).without("tid").sign()).await, 401);
    assert_eq!(status(&app, &world.token(&v2("x"), "x").sign()).await, 401);
    assert_eq!(world.provider.asked().len(), before);
    world.go_down();
    let auth = world.organizations().build().unwrap();
    assert_eq!(status(&who(&auth), &world.of(A).sign()).await, 503);
    assert!(!auth.health().is_ready());
}

#[tokio::test]
async fn after_a_rotation_the_new_key_signs_at_once_and_the_old_one_ends() {
    let world = World::start();
    let auth = world.organizations().build().unwrap();
    let app = who(&auth);
    let old = world.of(A).lifetime(Duration::from_secs(48 * 3600)).sign();
    assert_eq!(status(&app, &old).await, 200);
    world.clock.advance(Duration::from_secs(60));
    let new = key().with_kid("two");
    world.entra_id.publish_key(&new);
    world.entra_id.withdraw_key("one");
    let token = world.of(B).kid("two").key(&new).sign();
    assert_eq!(status(&app, &token).await, 200);
    assert_eq!(status(&app, &old).await, 200, "its grace has begun");
    world.clock.advance(Duration::from_secs(2 * 3600));
    auth.refresh_now().await.unwrap();
    assert_eq!(status(&app, &old).await, 401);
}

#[tokio::test]
async fn unknown_keys_of_a_thousand_tenants_share_one_budget() {
    let world = World::start();
    let auth = world.organizations().build().unwrap();
    let app = who(&auth);
    assert_eq!(status(&app, &world.of(A).sign()).await, 200);
    let before = world.provider.asked().len();
    for number in 0..1000 {
        let tenant = format!("{number:08}{}", &A[8..]);
        let token = world.of(&tenant).kid(format!("kid-{number}")).sign();
        assert_ne!(status(&app, &token).await, 200);
    }
    let fetches = (world.provider.asked().len() - before) / 2;
    assert_eq!(fetches, 3);
    // Nobody else pays for it.
    assert_eq!(status(&app, &world.of(B).sign()).await, 200);
}
