//! A tenant with an authority of its own is judged only by that authority. Sources of tenants, routes and usage ignore tenants that only tokens name.

use std::sync::{Arc, Mutex};

use axum::BoxError;
use futures_util::future::BoxFuture;
use tower_b2c_auth::{
    AuthoritySettings, MigrationSettings, RouteSettings, TenantSource, UnknownIssuer, external_id,
    from_jwks, from_metadata,
};

use super::*;
use crate::support::waits;

#[tokio::test]
async fn a_tenant_of_which_another_authority_has_an_issuer_is_that_authoritys_alone() {
    let world = World::start();
    let own = world.own_key(A);
    let metadata = v2(A) + "/.well-known/openid-configuration";
    let inline = format!(r#"{{"keys":[{}]}}"#, own.public_jwk());
    for (authority, has_v1) in [
        (Vec::from(entra_id(A).name("ours").client(CLIENT)), true),
        (
            from_metadata(metadata)
                .metadata_issuer(v2(A))
                .name("ours")
                .client(CLIENT)
                .into(),
            false,
        ),
        (
            from_jwks(v2(A), inline).name("ours").client(CLIENT).into(),
            false,
        ),
    ] {
        // Whichever comes first in the settings.
        let any = || Vec::from(entra_id("organizations").danger_accept_any_tenant());
        for all in [
            [any(), authority.clone()].concat(),
            [authority, any()].concat(),
        ] {
            let auth = world.builder().authority(all).build().unwrap();
            let app = who(&auth);
            let of_version_1 = |key: &SigningKey| world.token(&v1(A), A).key(key).sign();
            for (token, expected) in [
                (world.of(A).key(&own).sign(), Some("ours")),
                (of_version_1(&own), has_v1.then_some("ours")),
                // The key that signs for every tenant has the same id as A's own key.
                (world.of(A).sign(), None),
                (of_version_1(&world.key), None),
                // What its authority refuses, no other accepts.
                (world.of(A).key(&own).client_id(B).sign(), None),
                (world.of(A).client_id(B).sign(), None),
            ] {
                let expected = expected.map_or("401".to_owned(), |name| format!("{A} of {name}"));
                assert_eq!(answer(&app, &token).await, expected);
            }
            assert_eq!(status(&app, &world.of(B).client_id(B).sign()).await, 200);
            assert_eq!(status(&app, &world.of(B).key(&own).sign()).await, 401);
        }
    }
}

#[tokio::test]
async fn a_tenant_that_gets_an_authority_is_taken_from_the_others_at_once() {
    let world = World::start();
    let own = world.own_key(A);
    let auth = world.organizations().build().unwrap();
    let app = who(&auth);
    let (by_any, by_own) = (world.of(A).sign(), world.of(A).key(&own).sign());
    let (v1_by_any, other) = (world.token(&v1(A), A).sign(), world.of(B).sign());
    for _ in 0..2 {
        for token in [&by_any, &v1_by_any, &other] {
            assert_eq!(status(&app, token).await, 200);
        }
        assert_eq!(status(&app, &by_own).await, 401);
        auth.add_authority(entra_id(A).name("ours")).unwrap();
        for token in [&by_any, &v1_by_any] {
            assert_eq!(status(&app, token).await, 401, "although verified");
        }
        assert_eq!(answer(&app, &by_own).await, format!("{A} of ours"));
        assert_eq!(status(&app, &other).await, 200);
        assert!(auth.remove_authority("ours").unwrap());
    }
    // The authority "ours" came and went, and the one for any tenant stayed.
    assert_eq!(auth.settings().authorities.len(), 1);
}

#[tokio::test]
async fn the_switch_comes_and_goes_at_run_time() {
    let world = World::start();
    world.own_key(B);
    let auth = world.builder().authority(entra_id(B)).build().unwrap();
    let app = who(&auth);
    let token = world.of(A).sign();
    assert_eq!(status(&app, &token).await, 401);
    for by_swap in [false, true] {
        let any = entra_id("organizations").danger_accept_any_tenant();
        auth.add_authority(any).unwrap();
        assert_eq!(status(&app, &token).await, 200);
        if by_swap {
            auth.update_settings(|settings| settings.authorities.truncate(1))
                .unwrap();
        } else {
            assert!(auth.remove_authority("organizations").unwrap());
        }
        assert_eq!(status(&app, &token).await, 401, "although verified");
    }
    // What cannot stand beside it is refused when it is added.
    let any = entra_id("organizations").danger_accept_any_tenant();
    auth.add_authority(any).unwrap();
    let unknown = from_metadata("https://login.microsoftonline.com/contoso.com/v2.0/m");
    let refused = auth.add_authority(unknown.clone()).unwrap_err();
    assert!(refused.mistakes()[0].remedy.contains("metadata_issuer"));
    auth.add_authority(unknown.metadata_issuer(v2(A))).unwrap();
    assert_eq!(
        status(&app, &token).await,
        503,
        "it is that authority's now"
    );
}

#[tokio::test]
async fn a_request_that_waits_is_refused_once_the_switch_is_gone() {
    let world = World::start();
    world.own_key(B);
    let both = [
        Vec::from(entra_id(B)),
        entra_id("organizations").danger_accept_any_tenant().into(),
    ];
    let auth = world.builder().authority(both.concat()).build().unwrap();
    let app = who(&auth);
    let token = world.of(A).sign();
    world.provider.close();
    let waiting = waits(status(&app, &token));
    assert!(auth.remove_authority("organizations").unwrap());
    world.provider.open();
    assert_eq!(waiting.await, 401);
}

#[tokio::test]
async fn a_listed_legacy_issuer_is_never_let_in_by_the_template() {
    let world = World::start();
    world.own_key(B);
    let third = "ccccdddd-2222-eeee-3333-ffff4444aaaa";
    // The issuer goes to the only other authority, or, if there are several, to none as long as tenant A has no authority.
    let one = world.organizations().authority(entra_id(B));
    let several = one.clone().authority(external_id("contoso", third));
    for builder in [one, several] {
        let migration = MigrationSettings::from_issuer(v2(A));
        let auth = builder.migration(migration).build().unwrap();
        let app = who(&auth);
        assert_eq!(status(&app, &world.of(A).sign()).await, 401);
        assert_eq!(status(&app, &world.token(&v1(A), A).sign()).await, 401);
        assert_eq!(status(&app, &world.of(third).sign()).await, 200);
    }
}

/// Answers every question with tenant A, and records the issuers that it was asked about.
#[derive(Debug, Clone, Default)]
struct Source(Arc<Mutex<Vec<String>>>);

impl TenantSource for Source {
    fn find<'a>(
        &'a self,
        issuer: UnknownIssuer<'a>,
    ) -> BoxFuture<'a, Result<Vec<AuthoritySettings>, BoxError>> {
        self.0.lock().unwrap().push(issuer.lookup_key().to_owned());
        let answer = entra_id(A).into();
        Box::pin(async { Ok(answer) })
    }
}

#[tokio::test]
async fn a_source_of_tenants_is_not_asked_for_what_the_template_covers() {
    let world = World::start();
    let own = world.own_key(A);
    let source = Source::default();
    let auth = world
        .organizations()
        .tenant_source(source.clone())
        .build()
        .unwrap();
    let app = who(&auth);
    assert_eq!(status(&app, &world.of(A).sign()).await, 200);
    for refused in [
        world.of(A).key(&own),
        world.of(A).without("tid"),
        world.token(&v1(B), B).key(&own),
    ] {
        assert_eq!(status(&app, &refused.sign()).await, 401);
    }
    auth.add_authority(from_jwks(
        v2(B),
        format!(r#"{{"keys":[{}]}}"#, own.public_jwk()),
    ))
    .unwrap();
    assert_eq!(status(&app, &world.token(&v1(B), B).sign()).await, 401);
    assert!(source.0.lock().unwrap().is_empty());

    let uncovered = world.of(PERSONAL).sign();
    assert_eq!(status(&app, &uncovered).await, 401);
    assert_eq!(*source.0.lock().unwrap(), [v2(PERSONAL)]);

    // What the source found under other settings gives way as well.
    auth.update_settings(|settings| settings.authorities.truncate(0))
        .unwrap();
    let by_own = world.of(A).key(&own).sign();
    assert_eq!(status(&app, &by_own).await, 200);
    assert_eq!(source.0.lock().unwrap().len(), 2);
    let any = entra_id("organizations").danger_accept_any_tenant();
    auth.add_authority(any).unwrap();
    assert_eq!(status(&app, &by_own).await, 401);
    assert_eq!(status(&app, &world.of(A).sign()).await, 200);
}

#[tokio::test]
async fn a_route_may_be_open_to_any_tenant_or_closed() {
    let world = World::start();
    let own = world.own_key(A);
    for (name, of_any, of_ours) in [("organizations", 200, 401), ("ours", 401, 200)] {
        let builder = world.organizations().authority(entra_id(A).name("ours"));
        let auth = builder
            .route(RouteSettings::new("/").authority(name))
            .build()
            .unwrap();
        let app = who(&auth);
        assert_eq!(status(&app, &world.of(B).sign()).await, of_any);
        assert_eq!(status(&app, &world.of(A).key(&own).sign()).await, of_ours);
        assert_eq!(status(&app, &world.of(A).sign()).await, 401);
    }
}

#[tokio::test]
async fn tenants_and_their_clients_do_not_use_up_the_rows_of_the_usage() {
    let world = World::start();
    let auth = world.organizations().build().unwrap();
    let app = who(&auth);
    for number in 0..20 {
        let tenant = format!("{number:08}{}", &A[8..]);
        let token = world.of(&tenant).client_id(format!("client-{number}"));
        assert_eq!(status(&app, &token.sign()).await, 200);
    }
    let rows = auth.migration_report().rows;
    let rows: Vec<_> = rows
        .iter()
        .map(|row| (&*row.issuer, row.client_id.as_deref(), row.accepted))
        .collect();
    assert_eq!(rows, [(&*v2("{tenantid}"), None, 20)]);
}

#[tokio::test]
async fn a_source_finds_a_tenant_for_tokens_of_both_versions() {
    let world = World::start();
    let own = world.own_key(A);
    for first in [v2(A), v1(A)] {
        let source = Source::default();
        let auth = world
            .builder()
            .tenant_source(source.clone())
            .build()
            .unwrap();
        let app = who(&auth);
        for issuer in [&first, &v2(A), &v1(A)] {
            let token = world.token(issuer, A).key(&own).sign();
            assert_eq!(status(&app, &token).await, 200, "{issuer} after {first}");
            assert_eq!(status(&app, &world.token(issuer, A).sign()).await, 401);
            let token = world.token(issuer, B).key(&own).sign();
            assert_eq!(status(&app, &token).await, 401);
        }
    }
}
