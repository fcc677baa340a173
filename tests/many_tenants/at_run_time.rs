//! Tenants that come and go while requests are judged.

use std::time::Duration;

use b2c_emulator::SigningKey;
use tower_b2c_auth::{AuthoritySettings, ForgottenKey, MigrationSettings, from_metadata};

use super::{directory::*, *};
use crate::support::{ask, text, waits};

#[tokio::test]
async fn each_of_ten_thousand_tenants_is_fetched_for_its_own_first_token_only() {
    let world = World::new().await;
    let all: Vec<_> = (0..10_000).flat_map(authority).collect();
    let auth = world.layer().authority(all).build().unwrap();
    auth.warm_up().await.unwrap();
    let app = app(&auth);
    for tenant in [0, 4_999, 9_999] {
        assert_eq!(status(&app, &world.token(tenant)).await, 200);
    }
    assert_eq!(world.directory.asked(), [host(0), host(4_999), host(9_999)]);
    // Nobody knows it, so nobody is asked.
    assert_eq!(status(&app, &world.token(10_000)).await, 401);
    assert_eq!(world.directory.asked().len(), 3);
    assert_eq!(auth.health().authorities().len(), 10_000);
}

#[tokio::test]
async fn a_tenant_is_added_and_removed_while_the_others_stay() {
    let world = World::new().await;
    let auth = world.layer().authority(authority(1)).build().unwrap();
    let app = app(&auth);
    assert_eq!(status(&app, &world.token(1)).await, 200);
    assert_eq!(status(&app, &world.token(2)).await, 401);

    auth.add_authority(authority(2)).unwrap();
    assert_eq!(world.directory.asked(), [host(1)], "on demand");
    assert!(auth.health().is_ready());
    assert_eq!(status(&app, &world.token(2)).await, 200);
    assert_eq!(auth.settings().authorities.len(), 2);

    assert!(auth.remove_authority(&name(1)).unwrap());
    assert_eq!(
        status(&app, &world.token(1)).await,
        401,
        "although verified"
    );
    assert_eq!(status(&app, &world.token(2)).await, 200);
    assert_eq!(world.directory.asked(), [host(1), host(2)]);
    let names = auth.settings().authorities.clone();
    assert_eq!(names.len(), 1);
    assert_eq!(names[0].name, Some(name(2)));

    assert!(!auth.remove_authority(&name(1)).unwrap());
    assert!(auth.remove_authority(&name(2)).unwrap());
    assert_eq!(status(&app, &world.token(2)).await, 401, "nobody is left");
    auth.add_authority(authority(1)).unwrap();
    assert_eq!(status(&app, &world.token(1)).await, 200);
}

#[tokio::test]
async fn added_authorities_are_in_the_settings_and_survive_an_update() {
    let world = World::new().await;
    let auth = world.layer().authority(authority(1)).build().unwrap();
    let app = app(&auth);
    auth.add_authority(authority(2)).unwrap();
    assert_eq!(status(&app, &world.token(2)).await, 200);
    auth.update_settings(|settings| settings.clock_skew = "5s".into())
        .unwrap();
    assert_eq!(status(&app, &world.token(2)).await, 200);
    assert_eq!(world.directory.asked(), [host(2)], "the keys were kept");
    auth.remove_authority(&name(2)).unwrap();
    auth.update_settings(|settings| settings.clock_skew = "6s".into())
        .unwrap();
    assert_eq!(status(&app, &world.token(2)).await, 401);
}

#[tokio::test]
async fn a_request_that_waits_is_refused_once_its_tenant_is_removed() {
    for by_swap in [false, true] {
        let world = World::new().await;
        let both = authority(1).into_iter().chain(authority(2));
        let both: Vec<_> = both.collect();
        let auth = world.layer().authority(both).build().unwrap();
        let app = app(&auth);
        world.directory.close();
        let (one, two) = (world.token(1), world.token(2));
        let removed = waits(ask(&app, &one));
        let stays = waits(status(&app, &two));
        if by_swap {
            auth.update_settings(|settings| {
                settings.authorities.retain(|it| it.name == Some(name(2)))
            })
            .unwrap();
        } else {
            assert!(auth.remove_authority(&name(1)).unwrap());
        }
        world.directory.open();
        assert_eq!(stays.await, 200);
        let refused = removed.await;
        assert_eq!(refused.status(), 401);
        assert_eq!(text(refused).await, "");
    }
}

/// The bug: the removal did not reach a key source that a swap had replaced, so the request was accepted.
#[tokio::test]
async fn a_request_that_was_waiting_before_a_swap_is_refused_once_its_tenant_is_removed() {
    for by_swap in [false, true] {
        let world = World::new().await;
        let both: Vec<_> = authority(1).into_iter().chain(authority(2)).collect();
        let auth = world.layer().authority(both).build().unwrap();
        let app = app(&auth);
        world.directory.close();
        let (one, two) = (world.token(1), world.token(2));
        let removed = waits(status(&app, &one));
        let stays = waits(status(&app, &two));
        // What is fetched for other algorithms cannot be shared.
        for more in ["RS384", "RS512"] {
            auth.update_settings(|settings| settings.algorithms.push(more.into()))
                .unwrap();
        }
        if by_swap {
            auth.update_settings(|settings| {
                settings.authorities.retain(|it| it.name == Some(name(2)))
            })
            .unwrap();
        } else {
            assert!(auth.remove_authority(&name(1)).unwrap());
        }
        world.directory.open();
        assert_eq!(stays.await, 200, "by swap: {by_swap}");
        assert_eq!(removed.await, 401, "by swap: {by_swap}");
    }
}

/// The bug: requests that waited for overdue keys were accepted from the cache.
#[tokio::test]
async fn a_token_that_was_verified_before_is_refused_too_if_its_tenant_goes_while_it_waits() {
    let world = World::new().await;
    let both: Vec<_> = authority(1).into_iter().chain(authority(2)).collect();
    let auth = world.layer().authority(both).build().unwrap();
    let app = app(&auth);
    let token = world.signer.token(POLICY).issuer(issuer(1));
    let token = token.lifetime(Duration::from_secs(48 * 3600)).sign();
    assert_eq!(status(&app, &token).await, 200);
    world.clock.advance(Duration::from_secs(2 * 3600));
    world.directory.close();
    let waiting = waits(status(&app, &token));
    auth.update_settings(|settings| settings.authorities.retain(|it| it.name == Some(name(2))))
        .unwrap();
    world.directory.open();
    assert_eq!(waiting.await, 401);
}

#[tokio::test]
async fn an_authority_keeps_its_name_when_another_is_removed() {
    let world = World::new().await;
    let of_audience = |audience: &'static str| {
        authority(1).into_iter().map(move |one| AuthoritySettings {
            name: None,
            audiences: vec![audience.into()],
            ..one
        })
    };
    // Both would be called the same, so the second is "… 2".
    let both: Vec<_> = of_audience("a").chain(of_audience("b")).collect();
    let auth = world.layer().authority(both).build().unwrap();
    let names = |auth: &B2cAuthLayer| {
        let health = auth.health();
        let all = health.authorities().iter();
        all.map(|one| one.authority.clone()).collect::<Vec<_>>()
    };
    let before = names(&auth);
    assert!(auth.remove_authority(&before[0]).unwrap());
    auth.update_settings(|_| {}).unwrap();
    assert_eq!(names(&auth), before[1..]);
}

#[tokio::test]
async fn a_waiting_request_outlives_a_swap_that_keeps_its_tenant() {
    let world = World::new().await;
    let auth = world.layer().authority(authority(1)).build().unwrap();
    let app = app(&auth);
    world.directory.close();
    let token = world.token(1);
    let waiting = waits(status(&app, &token));
    // With other algorithms, the authority gets a new key source.
    auth.update_settings(|settings| settings.algorithms.push("ES256".into()))
        .unwrap();
    world.directory.open();
    assert_eq!(waiting.await, 200);
}

#[tokio::test]
async fn a_forgotten_key_stays_forgotten_when_its_tenant_is_added_again() {
    let world = World::new().await;
    let kid = world.signer.signing_key(POLICY).kid().to_owned();
    let both: Vec<_> = authority(1).into_iter().chain(authority(2)).collect();
    let builder = world.layer().authority(both);
    let auth = builder.forgotten_key(ForgottenKey::of(name(1), &kid));
    let auth = auth.build().unwrap();
    let app = app(&auth);
    assert!(auth.remove_authority(&name(1)).unwrap());
    // The settings no longer name the removed tenant, or this would fail.
    auth.update_settings(|_| ()).unwrap();
    auth.add_authority(authority(1)).unwrap();
    assert_eq!(status(&app, &world.token(1)).await, 401);
    assert_eq!(status(&app, &world.token(2)).await, 200);
}

/// The bug: the key was accepted again, because adding an authority did not record, as a swap does, that it has the name under which the key was forgotten.
#[tokio::test]
async fn a_key_that_is_forgotten_for_what_is_added_later_stays_so_under_another_name() {
    let world = World::new().await;
    let kid = world.signer.signing_key(POLICY).kid().to_owned();
    let auth = world.layer().authority(authority(2)).build().unwrap();
    let app = app(&auth);
    assert!(!auth.forget_key(ForgottenKey::of(name(1), &kid)));
    auth.add_authority(authority(1)).unwrap();
    assert_eq!(status(&app, &world.token(1)).await, 401);
    auth.update_settings(|settings| settings.authorities[1].name = Some("renamed".into()))
        .unwrap();
    assert_eq!(status(&app, &world.token(1)).await, 401);
    assert_eq!(status(&app, &world.token(2)).await, 200);
}

#[test]
fn mistakes_in_what_is_added_are_told_together_and_nothing_is_added() {
    let builder = B2cAuthLayer::builder().authority(authority(1));
    let auth = builder.audience(API_ID).build().unwrap();
    let mut twice = authority(2);
    twice.extend(authority(2));
    twice.extend(Vec::from(from_metadata("http://a.example/")));
    let error = auth.add_authority(twice).unwrap_err();
    let fields: Vec<_> = error.mistakes().iter().map(|it| &*it.field).collect();
    assert_eq!(
        fields,
        ["authorities[2].name", "authorities[3].openid_config"]
    );
    assert_eq!(auth.settings().authorities.len(), 1);
    assert_eq!(auth.health().authorities().len(), 1);
}

#[test]
fn without_common_audiences_what_is_added_needs_its_own() {
    let own = nameless(1).audience(API_ID);
    let auth = B2cAuthLayer::builder().authority(own).build().unwrap();
    let error = auth.add_authority(nameless(2)).unwrap_err();
    assert_eq!(error.mistakes()[0].field, "authorities[1].audiences");
    auth.add_authority(nameless(2).audience(API_ID)).unwrap();
}

#[tokio::test]
async fn the_second_tenant_leaves_listed_issuers_with_the_tenant_they_name() {
    let world = World::new().await;
    let listed = format!("https://login.microsoftonline.com/{}/v2.0/", tenant_id(1));
    let builder = world.layer().authority(authority(1)).issuer(&listed);
    let auth = builder.build().unwrap();
    let app = app(&auth);
    auth.add_authority(authority(2)).unwrap();
    let token = world.signer.token(POLICY).issuer(&listed).sign();
    assert_eq!(status(&app, &token).await, 200);
    assert_eq!(world.directory.asked(), [host(1)]);
}

/// Legacy authorities take only legacy issuers, so until the third tenant is added, nobody takes the listed one.
#[tokio::test]
async fn the_first_tenant_that_takes_listed_issuers_gets_its_own_when_it_is_added() {
    let world = World::new().await;
    let key = SigningKey::generate().unwrap();
    world.directory.give_key(3, &key);
    let listed = format!("https://login.microsoftonline.com/{}/v2.0/", tenant_id(3));
    let legacy = |tenant| AuthoritySettings {
        legacy: true,
        issuers: vec![listed.clone()],
        ..authority(tenant).remove(0)
    };
    let builder = world.layer().authority(vec![legacy(1), legacy(2)]);
    let builder = builder.issuer(&listed);
    let auth = builder
        .migration(MigrationSettings::default())
        .build()
        .unwrap();
    let app = app(&auth);
    let token = world.signer.token(POLICY).issuer(&listed);
    let token = token.key(&key).kid(key.kid()).sign();
    assert_eq!(status(&app, &token).await, 401);
    world.clock.advance(Duration::from_secs(300));
    auth.add_authority(authority(3)).unwrap();
    assert_eq!(status(&app, &token).await, 200);
    auth.update_settings(|settings| settings.clock_skew = "5s".into())
        .unwrap();
    assert_eq!(status(&app, &token).await, 200, "after a swap");
}

/// The bug: the next swap gave a removed tenant's listed issuer to the remaining tenant, whose keys could then sign for it.
#[tokio::test]
async fn a_tenant_does_not_go_while_another_would_get_its_listed_issuer() {
    let world = World::new().await;
    let listed = format!("https://login.microsoftonline.com/{}/v2.0/", tenant_id(1));
    let both: Vec<_> = authority(1).into_iter().chain(authority(2)).collect();
    let builder = world.layer().authority(both).issuer(&listed);
    let auth = builder.build().unwrap();
    let app = app(&auth);
    let token = world.signer.token(POLICY).issuer(&listed).sign();
    assert_eq!(status(&app, &token).await, 200);
    let stays = auth.remove_authority(&name(1)).unwrap_err();
    let mistake = &stays.mistakes()[0];
    assert_eq!((&*mistake.field, stays.mistakes().len()), ("issuers", 1));
    let (first, second) = (name(1), name(2));
    let to_whom = format!("would go to the authority {second:?} if {first:?} were removed");
    assert!(mistake.to_string().contains(&to_whom), "{mistake}");
    assert_eq!(status(&app, &token).await, 200);

    // Removing the other tenant is allowed, and the issuer stays where it was.
    assert!(auth.remove_authority(&name(2)).unwrap());
    auth.update_settings(|_| ()).unwrap();
    assert_eq!(status(&app, &token).await, 200);
    auth.add_authority(authority(2)).unwrap();

    auth.update_settings(|settings| {
        settings.authorities.remove(0);
        settings.issuers.clear();
    })
    .unwrap();
    assert_eq!(status(&app, &token).await, 401);
}

#[tokio::test]
async fn a_tenant_that_is_added_joins_the_pool_of_issuers_if_there_is_one() {
    let world = World::new().await;
    let key = SigningKey::generate().unwrap();
    world.directory.give_key(2, &key);
    let listed = format!("https://login.microsoftonline.com/{}/v2.0/", tenant_id(1));
    let of_one = world.signer.token(POLICY).issuer(&listed).sign();
    let of_two = world.signer.token(POLICY).issuer(&listed);
    let of_two = of_two.key(&key).kid(key.kid()).sign();
    // All fetches are later than the tokens, so they show the signing key if it exists.
    world.clock.advance(Duration::from_secs(300));
    let layer = || world.layer().authority(authority(1)).issuer(&listed);
    for (builder, expected) in [(layer(), 401), (layer().danger_pool_issuers(), 200)] {
        let auth = builder.build().unwrap();
        let app = app(&auth);
        auth.add_authority(authority(2)).unwrap();
        assert_eq!(status(&app, &of_two).await, expected);
        assert_eq!(status(&app, &of_one).await, 200);
        auth.update_settings(|settings| settings.clock_skew = "5s".into())
            .unwrap();
        assert_eq!(status(&app, &of_two).await, expected, "after a swap");
        assert!(auth.remove_authority(&name(2)).unwrap());
        assert_eq!(status(&app, &of_two).await, 401, "although verified");
        assert_eq!(status(&app, &of_one).await, 200);
    }
}
