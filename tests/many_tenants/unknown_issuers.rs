//! Tokens of issuers that nobody knows cause no fetches.

use tower_b2c_auth::{AuthorityStatus, FetchError, external_id, from_metadata};

use super::{directory::*, *};
use crate::support::{logged, start_log};

const UNKNOWN: &str = "https://nobody.b2clogin.com/99999999-0000-cccc-1111-dddd2222eeee/v2.0/";

#[test]
fn beyond_sixteen_the_issuer_of_a_tenant_on_demand_must_be_known_before_its_metadata() {
    let layer = |tenants: usize| {
        let nameless = (0..tenants).flat_map(|tenant| Vec::from(nameless(tenant)));
        let known = (100..200).flat_map(authority);
        let all: Vec<_> = known.chain(nameless).collect();
        B2cAuthLayer::builder()
            .authority(all)
            .audience(API_ID)
            .build()
    };
    let auth = layer(16).unwrap();
    let error = layer(18).unwrap_err();
    let fields: Vec<_> = error.mistakes().iter().map(|it| &*it.field).collect();
    assert_eq!(fields, ["authorities[116]", "authorities[117]"]);

    let error = auth.add_authority(nameless(17)).unwrap_err();
    assert_eq!(error.mistakes()[0].field, "authorities[116]");
    auth.add_authority(authority(17)).unwrap();
    auth.add_authority(external_id("contoso-ext", tenant_id(18)))
        .unwrap();
    let by_url = from_metadata("https://a.example/m").metadata_issuer("https://a.example/");
    auth.add_authority(by_url).unwrap();
    auth.remove_authority(&name(3)).unwrap();
    auth.add_authority(nameless(17).name("again")).unwrap();
}

#[test]
fn beyond_sixty_four_of_a_host_the_issuer_of_an_eager_authority_must_be_known_too() {
    let layer = |count: usize| {
        let url = |at: usize| from_metadata(format!("https://a.example/{at}"));
        let all: Vec<_> = (0..count).flat_map(|at| Vec::from(url(at))).collect();
        B2cAuthLayer::builder()
            .authority(all)
            .audience(API_ID)
            .build()
    };
    assert!(layer(64).is_ok());
    let error = layer(65).unwrap_err();
    assert_eq!(error.mistakes()[0].field, "authorities[64]");
}

#[tokio::test]
async fn a_token_of_an_unknown_issuer_asks_only_those_whose_issuer_may_be_that_one() {
    let world = World::new().await;
    let all: Vec<_> = (0..16).flat_map(|it| Vec::from(nameless(it))).collect();
    let auth = world.layer().authority(all).authority(authority(20));
    let auth = auth.build().unwrap();
    let app = app(&auth);
    let of = |issuer: String| world.signer.token(POLICY).issuer(issuer).sign();
    assert_eq!(status(&app, &of(UNKNOWN.into())).await, 401);
    // The host of a tenant whose configured issuer is a different one.
    let other = format!("https://{}/{}/v2.0/", host(20), tenant_id(21));
    assert_eq!(status(&app, &of(other)).await, 401);
    assert!(world.directory.asked().is_empty());
    // The host of a tenant whose issuer is not configured.
    let other = format!("https://{}/{}/v2.0/", host(7), tenant_id(8));
    assert_eq!(status(&app, &of(other.clone())).await, 401);
    assert_eq!(world.directory.asked(), [host(7)]);
    assert_eq!(status(&app, &of(other)).await, 401);
    assert_eq!(world.directory.asked(), [host(7)], "it is known by now");
}

#[tokio::test]
async fn metadata_must_name_the_issuer_that_follows_from_the_tenant_s_id() {
    let world = World::new().await;
    let auth = world.layer().authority(authority(1)).build().unwrap();
    let app = app(&auth);
    let theirs = format!("https://{}/{}/v2.0/", host(1), tenant_id(2));
    world.directory.name_issuer(1, &theirs);
    assert_eq!(status(&app, &world.token(1)).await, 503);
    let token = world.signer.token(POLICY).issuer(&theirs).sign();
    assert_eq!(status(&app, &token).await, 401);
    let health = auth.health();
    let expected = AuthorityStatus::Cold {
        last_error: Some(FetchError::ForeignIssuer),
    };
    assert_eq!(health.authorities()[0].status, expected);

    // The other form of the same tenant follows from it too.
    let with_policy = format!("https://{}/tfp/{}/b2c_1_in/v2.0/", host(1), tenant_id(1));
    world.directory.name_issuer(1, &with_policy);
    auth.refresh_now().await.unwrap();
    let token = world.signer.token(POLICY).issuer(&with_policy).sign();
    assert_eq!(status(&app, &token).await, 200);
}

/// The bug: the log said that tokens got 503, although those with the metadata's issuer got 401, and it did not say which issuer that is.
#[tokio::test]
async fn the_log_shows_an_issuer_that_the_settings_do_not_allow() {
    let world = World::new().await;
    let auth = world.layer().authority(authority(1)).build().unwrap();
    let theirs = format!("https://{}/{}/v2.0/", host(1), tenant_id(2));
    let long = format!("{theirs}{}", "x".repeat(1000));
    for named in [&theirs, &long] {
        world.directory.name_issuer(1, named);
        start_log();
        auth.refresh_now().await.unwrap_err();
        auth.refresh_now().await.unwrap_err();
        let log = logged();
        assert_eq!(log.matches(&theirs).count(), 1, "{log}");
        assert!(
            log.contains("that issuer get 401") && !log.contains("answered with 503"),
            "{log}"
        );
        assert!(log.len() < 1500, "{log}");
        // Another failure in between, so that the next one is news.
        world.directory.name_issuer(1, "{tenantid}");
        auth.refresh_now().await.unwrap_err();
    }
}
