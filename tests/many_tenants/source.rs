//! Tenants that the settings do not name.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{BoxError, Router};
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, join_all},
};
use tokio::sync::watch;
use tower_b2c_auth::{
    AuthError, AuthoritySettings, ForgottenKey, InlineKey, Settings, TenantSettings, TenantSource,
    UnknownIssuer, b2c, entra_id, from_jwks, from_metadata,
};

use super::{directory::*, *};
use crate::support::{ask, waits};

/// What a source answers, and how often it was asked.
#[derive(Debug, Clone)]
struct Source {
    known: Arc<Mutex<HashMap<String, Vec<AuthoritySettings>>>>,
    asked: Arc<Mutex<Vec<String>>>,
    is_down: Arc<Mutex<bool>>,
    is_open: Arc<watch::Sender<bool>>,
}

impl Source {
    /// One that knows these tenants.
    fn of(tenants: impl IntoIterator<Item = usize>) -> Self {
        let known = tenants.into_iter().map(|it| (issuer(it), authority(it)));
        Self {
            known: Arc::new(Mutex::new(known.collect())),
            asked: Arc::default(),
            is_down: Arc::default(),
            is_open: Arc::new(watch::Sender::new(true)),
        }
    }

    fn say(&self, tenant: usize, answer: Vec<AuthoritySettings>) {
        self.known.lock().unwrap().insert(issuer(tenant), answer);
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl TenantSource for Source {
    fn find<'a>(
        &'a self,
        issuer: UnknownIssuer<'a>,
    ) -> BoxFuture<'a, Result<Vec<AuthoritySettings>, BoxError>> {
        let issuer = issuer.lookup_key();
        self.asked.lock().unwrap().push(issuer.into());
        Box::pin(async move {
            let known = self.known.lock().unwrap().get(issuer).cloned();
            let mut is_open = self.is_open.subscribe();
            is_open.wait_for(|open| *open).await?;
            if *self.is_down.lock().unwrap() {
                return Err("down".into());
            }
            Ok(known.unwrap_or_default())
        })
    }
}

impl World {
    /// A token of the tenant with this number that is good for two days.
    fn long_token(&self, tenant: usize) -> String {
        let token = self.signer.token(POLICY).issuer(issuer(tenant));
        token.lifetime(48 * HOUR).sign()
    }

    /// A layer whose tenants this source finds, and a router behind it.
    fn found_by(&self, source: Source, settings: TenantSettings) -> (B2cAuthLayer, Router) {
        let builder = self.layer().tenant_source(source).tenants(settings);
        let auth = builder.build().unwrap();
        let app = app(&auth);
        (auth, app)
    }
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_tenant_is_asked_for_once_and_its_tokens_are_accepted() {
    let world = World::new().await;
    let source = Source::of([1, 2]);
    let auth = world.layer().tenant_source(source.clone()).build().unwrap();
    auth.warm_up().await.unwrap();
    let app = app(&auth);
    let token = world.token(1);
    let all = join_all((0..50).map(|_| status(&app, &token))).await;
    assert!(all.iter().all(|status| *status == 200));
    assert_eq!(
        (source.asked(), world.directory.asked()),
        (1, vec![host(1)])
    );
    assert_eq!(status(&app, &world.token(2)).await, 200);
    assert_eq!(source.asked(), 2);
    assert!(auth.health().is_ready());
    assert!(auth.settings().authorities.is_empty());
}

#[tokio::test]
async fn an_unknown_issuer_is_remembered_for_a_minute() {
    let world = World::new().await;
    let source = Source::of([]);
    let (_, app) = world.found_by(source.clone(), TenantSettings::default());
    let token = world.token(1);
    for _ in 0..3 {
        assert_eq!(status(&app, &token).await, 401);
    }
    assert_eq!(source.asked(), 1);
    source.say(1, authority(1));
    world.clock.advance(MINUTE);
    assert_eq!(status(&app, &token).await, 200);
    assert_eq!(source.asked(), 2);
}

#[tokio::test]
async fn a_tenant_that_left_is_gone_after_an_hour_also_for_verified_tokens() {
    let world = World::new().await;
    let source = Source::of([1, 2]);
    let (_, app) = world.found_by(source.clone(), TenantSettings::default());
    let (leaves, stays) = (world.long_token(1), world.long_token(2));
    assert_eq!(status(&app, &leaves).await, 200);
    assert_eq!(status(&app, &stays).await, 200);
    source.say(1, Vec::new());
    world.clock.advance(HOUR - Duration::from_secs(1));
    assert_eq!(status(&app, &leaves).await, 200);
    assert_eq!(source.asked(), 2);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(status(&app, &leaves).await, 401);
    let fetched = world.directory.asked().len();
    assert_eq!(status(&app, &stays).await, 200);
    assert_eq!(source.asked(), 4);
    assert!(world.directory.asked().len() <= fetched + 1);

    // While the source is down, who is known stays known, for a day.
    *source.is_down.lock().unwrap() = true;
    for _ in 0..23 {
        world.clock.advance(HOUR);
        assert_eq!(status(&app, &stays).await, 200);
    }
    world.clock.advance(HOUR);
    assert_eq!(status(&app, &stays).await, 503);
}

#[tokio::test]
async fn a_source_that_is_down_makes_unknown_tenants_wait_and_no_others() {
    let world = World::new().await;
    let source = Source::of([1]);
    *source.is_down.lock().unwrap() = true;
    let builder = world.layer().tenant_source(source.clone());
    let auth = builder.authority(authority(5)).build().unwrap();
    let app = app(&auth);
    let refused = ask(&app, &world.token(1)).await;
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["retry-after"]),
        (503, &"1".parse().unwrap())
    );
    assert_eq!(status(&app, &world.token(1)).await, 503);
    assert_eq!(source.asked(), 1, "it is left alone for a second");
    assert_eq!(status(&app, &world.token(5)).await, 200);
    *source.is_down.lock().unwrap() = false;
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(status(&app, &world.token(1)).await, 200);
}

#[tokio::test]
async fn a_source_that_hangs_is_given_up_and_its_late_answer_is_dropped() {
    let world = World::new().await;
    let source = Source::of([1]);
    let (_, app) = world.found_by(source.clone(), TenantSettings::default());
    let token = world.token(1);
    source.is_open.send_replace(false);
    let waiting = waits(status(&app, &token));
    world.clock.advance(Duration::from_secs(2));
    assert_eq!(waiting.await, 503);
    source.is_open.send_replace(true);
    assert_eq!(status(&app, &token).await, 503, "it is left alone");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(status(&app, &token).await, 200);
    assert_eq!(source.asked(), 2);
}

#[tokio::test]
async fn no_more_calls_are_under_way_at_once_than_the_settings_allow() {
    let world = World::new().await;
    let source = Source::of([1, 2, 3]);
    let auth = world
        .layer()
        .tenant_source(source.clone())
        .tenants(TenantSettings {
            max_at_once: 2,
            ..TenantSettings::default()
        })
        .build()
        .unwrap();
    let app = app(&auth);
    let tokens = [1, 2, 3].map(|tenant| world.token(tenant));
    source.is_open.send_replace(false);
    let [first, second, third] = &tokens;
    let (first, again) = (waits(status(&app, first)), waits(status(&app, first)));
    let second = waits(status(&app, second));
    assert_eq!(status(&app, third).await, 503);
    assert_eq!(source.asked(), 2);
    source.is_open.send_replace(true);
    assert_eq!((first.await, again.await, second.await), (200, 200, 200));
    assert_eq!(status(&app, third).await, 200);
}

#[tokio::test]
async fn a_flood_of_made_up_issuers_asks_as_often_as_the_budget_allows() {
    let world = World::new().await;
    let source = Source::of([1]);
    let settings = TenantSettings {
        call_burst: 3,
        call_interval: "10s".into(),
        ..TenantSettings::default()
    };
    let (_, app) = world.found_by(source.clone(), settings);
    let mut found = Vec::new();
    for made_up in 100..110 {
        found.push(status(&app, &world.token(made_up)).await);
    }
    assert_eq!(found, [401, 401, 401, 503, 503, 503, 503, 503, 503, 503]);
    assert_eq!(source.asked(), 3);
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(status(&app, &world.token(1)).await, 200);
    assert_eq!(status(&app, &world.token(1)).await, 200, "it is known");

    // A token that could not be accepted anyway causes no call.
    world.clock.advance(Duration::from_secs(60));
    let asked = source.asked();
    let expired = world
        .signer
        .token(POLICY)
        .issuer(issuer(200))
        .expires_at(1_700_000_000);
    assert_eq!(status(&app, &expired.sign()).await, 401);
    let too_long = format!("https://{}", "a".repeat(505));
    // A database could fail on a NUL, and after each failure, unknown tenants have to wait.
    for no_issuer in ["nobody", "ftp://nobody.example/", "https://\0", &too_long] {
        let token = world.signer.token(POLICY).issuer(no_issuer).sign();
        assert_eq!(status(&app, &token).await, 401);
    }
    assert_eq!(source.asked(), asked);
    let longest = world
        .signer
        .token(POLICY)
        .issuer(too_long[..512].to_owned());
    assert_eq!(status(&app, &longest.sign()).await, 401);
    assert_eq!(source.asked(), asked + 1);
}

/// The bug: known tenants that were due to be confirmed got 503, because made-up issuers had used up the budget.
#[tokio::test]
async fn a_flood_of_made_up_issuers_does_not_put_off_known_tenants() {
    let world = World::new().await;
    let source = Source::of([1, 2]);
    let settings = TenantSettings {
        call_burst: 1,
        call_interval: "30m".into(),
        ..TenantSettings::default()
    };
    let (_, app) = world.found_by(source.clone(), settings);
    let known = [1, 2].map(|tenant| world.long_token(tenant));
    for token in &known {
        assert_eq!(status(&app, token).await, 200, "found, so it is free");
    }
    world.clock.advance(HOUR);
    assert_eq!(status(&app, &world.long_token(100)).await, 401);
    for token in &known {
        assert_eq!(status(&app, &world.long_token(101)).await, 503);
        assert_eq!(status(&app, token).await, 200);
    }
    // What took nothing from the budget gives nothing back.
    assert_eq!(status(&app, &world.long_token(102)).await, 503);
    assert_eq!(source.asked(), 5);
}

/// The bug: after one call without an answer, known tenants were answered with 503 for a second.
#[tokio::test]
async fn while_the_source_is_left_alone_known_tenants_stay_known() {
    let world = World::new().await;
    let source = Source::of([1, 2]);
    let (_, app) = world.found_by(source.clone(), TenantSettings::default());
    let known = [1, 2].map(|tenant| world.long_token(tenant));
    for token in &known {
        assert_eq!(status(&app, token).await, 200);
    }
    *source.is_down.lock().unwrap() = true;
    for hours in [1, 22, 2] {
        world.clock.advance(hours * HOUR);
        let expected = if hours == 2 { 503 } else { 200 };
        let asked = source.asked();
        for token in &known {
            assert_eq!(status(&app, token).await, expected, "after {hours} h more");
        }
        assert_eq!(source.asked(), asked + 1);
    }
}

/// The bug: while the source failed on a made-up issuer, a tenant that had left was still accepted, for up to a day.
#[tokio::test]
async fn a_failure_about_an_unknown_issuer_does_not_put_off_calls_about_known_tenants() {
    let world = World::new().await;
    let source = Source::of([1]);
    let (_, app) = world.found_by(source.clone(), TenantSettings::default());
    let leaves = world.long_token(1);
    assert_eq!(status(&app, &leaves).await, 200);
    source.say(1, Vec::new());
    world.clock.advance(HOUR);
    *source.is_down.lock().unwrap() = true;
    assert_eq!(status(&app, &world.long_token(100)).await, 503);
    *source.is_down.lock().unwrap() = false;
    assert_eq!(status(&app, &world.long_token(101)).await, 503);
    assert_eq!(status(&app, &leaves).await, 401);
    assert_eq!(source.asked(), 3);
}

/// The bug: until the tenant's first token after a swap, `remove_authority` found nothing to remove, and the remembered answer brought the tenant back.
#[tokio::test]
async fn a_found_tenant_can_be_removed_right_after_a_swap() {
    let world = World::new().await;
    let source = Source::of([1]);
    let (auth, app) = world.found_by(source.clone(), TenantSettings::default());
    let token = world.token(1);
    assert_eq!(status(&app, &token).await, 200);
    auth.update_settings(|settings| settings.clock_skew = "5s".into())
        .unwrap();
    source.say(1, Vec::new());
    assert!(auth.remove_authority(&name(1)).unwrap());
    assert!(!auth.remove_authority(&name(1)).unwrap());
    assert_eq!(status(&app, &token).await, 401);
    assert_eq!(source.asked(), 2);
}

/// A source that hangs when it is next asked about tenant 1: for the first time, or because an hour has passed since the tenant was found. In the second
/// case, the tenant has another name by then.
async fn asked_again(is_known: bool) -> (World, Source, B2cAuthLayer, Router) {
    let world = World::new().await;
    let source = Source::of([1]);
    let (auth, app) = world.found_by(source.clone(), TenantSettings::default());
    if is_known {
        assert_eq!(status(&app, &world.token(1)).await, 200);
        world.clock.advance(HOUR);
        let renamed = nameless(1).tenant_id(tenant_id(1)).name("renamed");
        source.say(1, renamed.into());
    }
    source.is_open.send_replace(false);
    (world, source, auth, app)
}

/// The bug: the answer of a call that had begun before the removal brought the tenant back.
#[tokio::test]
async fn a_call_that_is_under_way_does_not_bring_a_removed_tenant_back() {
    for is_known in [true, false] {
        let (world, source, auth, app) = asked_again(is_known).await;
        let token = world.long_token(1);
        let waiting = waits(status(&app, &token));
        source.say(1, Vec::new());
        assert_eq!(auth.remove_authority(&name(1)).unwrap(), is_known);
        source.is_open.send_replace(true);
        assert_eq!(waiting.await, 401, "known: {is_known}");
        assert_eq!(status(&app, &token).await, 401);
    }
}

/// A layer that remembers an answer about tenant 1 and has not made its authority yet: the request that waited for the answer is under earlier settings,
/// which cannot use it. An hour before, the source may have answered with another name.
async fn answered_but_not_made(before: Option<&str>) -> (World, Source, B2cAuthLayer, Router) {
    let world = World::new().await;
    let source = Source::of([]);
    let named = |name: &str, audiences: &[&str]| {
        vec![AuthoritySettings {
            name: Some(name.into()),
            audiences: audiences.iter().map(|it| (*it).into()).collect(),
            ..authority(1).remove(0)
        }]
    };
    let builder = world.layer().tenant_source(source.clone());
    let settings_authority = vec![AuthoritySettings {
        audiences: vec![API_ID.into()],
        ..authority(9).remove(0)
    }];
    let auth = builder.authority(settings_authority).build().unwrap();
    let app = app(&auth);
    auth.update_settings(|settings| settings.audiences.clear())
        .unwrap();
    if let Some(before) = before {
        source.say(1, named(before, &[API_ID]));
        assert_eq!(status(&app, &world.token(1)).await, 200);
        world.clock.advance(HOUR);
    }
    source.say(1, named(&name(1), &[]));
    source.is_open.send_replace(false);
    let token = world.long_token(1);
    let earlier = waits(status(&app, &token));
    auth.update_settings(|settings| settings.audiences = vec![API_ID.into()])
        .unwrap();
    source.is_open.send_replace(true);
    assert_eq!(earlier.await, 401);
    (world, source, auth, app)
}

/// The bug: a removal between the source's answer and the first use of that answer found nothing, and the tenant was accepted afterwards.
#[tokio::test]
async fn a_tenant_is_removed_even_if_its_authority_has_not_been_made_of_the_answer_yet() {
    for before in [None, Some("earlier name")] {
        let (world, source, auth, app) = answered_but_not_made(before).await;
        let asked = source.asked();
        source.say(1, Vec::new());
        assert!(auth.remove_authority(&name(1)).unwrap(), "{before:?}");
        assert_eq!(status(&app, &world.long_token(1)).await, 401, "{before:?}");
        assert_eq!(source.asked(), asked + 1);
    }
    // An answer that could not get the name is kept.
    let (world, source, auth, app) = answered_but_not_made(None).await;
    let asked = source.asked();
    assert!(!auth.remove_authority("nobody").unwrap());
    assert_eq!(status(&app, &world.long_token(1)).await, 200);
    assert_eq!(source.asked(), asked);
}

/// The bug: if two answers gave the same name and only one authority had been made, its removal let the other get the removed name.
#[tokio::test]
async fn a_removal_also_drops_an_answer_that_would_get_the_removed_name() {
    let (world, source, auth, app) = answered_but_not_made(None).await;
    let mut second = authority(2);
    second[0].name = Some(name(1));
    source.say(2, second);
    assert_eq!(status(&app, &world.long_token(2)).await, 200);
    source.say(1, Vec::new());
    source.say(2, Vec::new());
    assert!(auth.remove_authority(&name(1)).unwrap());
    for tenant in [1, 2] {
        assert_eq!(status(&app, &world.long_token(tenant)).await, 401);
    }
}

/// The bug: two removals made requests of other tenants fail, because each dropped all running calls.
#[tokio::test]
async fn a_removal_does_not_disturb_calls_about_other_tenants() {
    let world = World::new().await;
    let source = Source::of(1..=4);
    let (auth, app) = world.found_by(source.clone(), TenantSettings::default());
    for tenant in 1..=3 {
        assert_eq!(status(&app, &world.token(tenant)).await, 200);
    }
    world.clock.advance(HOUR);
    source.is_open.send_replace(false);
    let (third, new) = (world.long_token(3), world.long_token(4));
    let waiting = [waits(status(&app, &third)), waits(status(&app, &new))];
    for tenant in [1, 2] {
        assert!(auth.remove_authority(&name(tenant)).unwrap());
    }
    for _ in 0..2 {
        assert!(!auth.remove_authority("nobody").unwrap());
    }
    source.is_open.send_replace(true);
    for one in waiting {
        assert_eq!(one.await, 200);
    }
    assert_eq!(source.asked(), 5);
}

/// Tenants to which a source gives the name that an authority of the settings has.
struct Namesakes {
    world: World,
    source: Source,
    auth: B2cAuthLayer,
    app: Router,
}

impl Namesakes {
    /// Tenants 1 and 2 have been found.
    async fn found() -> Self {
        let world = World::new().await;
        let source = Source::of([]);
        for tenant in 1..=3 {
            source.say(tenant, Self::answer(tenant));
        }
        let builder = world.layer().tenant_source(source.clone());
        let auth = builder.authority(Self::answer(9)).build().unwrap();
        let app = app(&auth);
        for tenant in [1, 2] {
            assert_eq!(status(&app, &world.token(tenant)).await, 200);
        }
        Self {
            world,
            source,
            auth,
            app,
        }
    }

    fn answer(tenant: usize) -> Vec<AuthoritySettings> {
        let authority = nameless(tenant).tenant_id(tenant_id(tenant));
        authority.name("acme").into()
    }

    async fn status(&self, tenant: usize) -> u16 {
        status(&self.app, &self.world.token(tenant)).await
    }

    fn names(&self) -> Vec<String> {
        let health = self.auth.health();
        let all = health.authorities().iter();
        all.map(|one| one.authority.clone()).collect()
    }
}

/// The bug: a found tenant got 401 if another authority had its name, even after that one had gone.
#[tokio::test]
async fn found_tenants_may_be_given_the_same_name() {
    let all = Namesakes::found().await;
    assert_eq!(all.names(), ["acme", "acme 2", "acme 3"]);
    let one = all.world.long_token(1);
    all.source.say(1, Vec::new());
    all.world.clock.advance(HOUR);
    assert_eq!(status(&all.app, &one).await, 401);
    assert_eq!(all.names(), ["acme", "acme 3"]);
    assert_eq!(all.status(3).await, 200);
    assert_eq!(all.names(), ["acme", "acme 3", "acme 2"]);
}

#[tokio::test]
async fn a_removal_keeps_what_is_known_of_other_tenants_with_the_same_name() {
    let all = Namesakes::found().await;
    let asked = all.source.asked();
    assert!(all.auth.remove_authority("acme 2").unwrap());
    all.auth
        .update_settings(|settings| settings.audiences.push("another".into()))
        .unwrap();
    assert_eq!(all.status(2).await, 200);
    assert_eq!(all.source.asked(), asked);
}

/// The bug: after a swap or an hour, tenants of the same name were numbered in the order in which their tokens came, and the key was forgotten for another
/// tenant.
#[tokio::test]
async fn a_key_stays_forgotten_for_its_tenant_whoever_has_the_tenant_s_name() {
    let all = Namesakes::found().await;
    let kid = all.world.signer.signing_key(POLICY).kid().to_owned();
    let swap = |change: &dyn Fn(&mut Settings)| all.auth.update_settings(|it| change(it)).unwrap();
    let holds = async |when: &str, name: &str| {
        let refused = ask(&all.app, &all.world.token(2)).await;
        let reason = refused.extensions().get().map(AuthError::reason);
        assert_eq!(reason, Some("unknown_key"), "{when}");
        assert_eq!(all.status(1).await, 200, "{when}");
        assert!(
            all.names().iter().any(|it| it == name),
            "{when}: {:?}",
            all.names()
        );
    };
    swap(&|settings| settings.clock_skew = "5s".into());
    // Under the settings in force, the tenant has not been set up yet: none of its tokens has come.
    assert!(!all.auth.forget_key(ForgottenKey::of("acme 3", kid)));
    holds("at once", "acme 3").await;
    swap(&|settings| settings.clock_skew = "6s".into());
    holds("after a swap", "acme 3").await;
    all.world.clock.advance(HOUR);
    holds("after an hour", "acme 3").await;
    let other_answer = AuthoritySettings {
        audiences: vec![API_ID.into()],
        ..Namesakes::answer(2).remove(0)
    };
    all.source.say(2, vec![other_answer]);
    all.world.clock.advance(HOUR);
    holds("with another answer", "acme 3").await;
    let named = nameless(8).tenant_id(tenant_id(8)).name("acme 3");
    swap(&|settings| settings.authorities.extend(Vec::from(named.clone())));
    holds(
        "with an authority of the settings that has the name",
        "acme 4",
    )
    .await;
}

/// The bug: a tenant that was found by a call begun under earlier settings could not be removed until its next token.
#[tokio::test]
async fn a_tenant_that_was_found_across_a_swap_can_be_removed() {
    for is_known in [false, true] {
        let (world, source, auth, app) = asked_again(is_known).await;
        let token = world.long_token(1);
        let waiting = waits(status(&app, &token));
        auth.update_settings(|settings| settings.clock_skew = "5s".into())
            .unwrap();
        source.is_open.send_replace(true);
        assert_eq!(waiting.await, 200);
        source.say(1, Vec::new());
        let name = if is_known { "renamed" } else { &name(1) };
        assert!(auth.remove_authority(name).unwrap(), "{name}");
        assert_eq!(status(&app, &token).await, 401, "{name}");
    }
}

/// The bug: the other policies of the tenant went too, with the next token of any unknown issuer.
#[tokio::test]
async fn a_removed_policy_takes_no_other_policy_of_its_tenant_away() {
    let world = World::new().await;
    let source = Source::of([]);
    let policy = |policy: &str| b2c("t1").policy(policy).tenant_id(tenant_id(1));
    let both = ["B2C_1_in", "B2C_1_edit"].map(|it| Vec::from(policy(it)));
    source.say(1, both.concat());
    let (auth, app) = world.found_by(source.clone(), TenantSettings::default());
    assert_eq!(status(&app, &world.token(1)).await, 200);
    assert!(auth.remove_authority("t1/B2C_1_in").unwrap());
    assert_eq!(status(&app, &world.token(100)).await, 401);
    assert_eq!(auth.health().authorities().len(), 1);
    assert_eq!(status(&app, &world.token(1)).await, 200);
    assert_eq!(source.asked(), 2);
    assert!(auth.remove_authority("t1/B2C_1_edit").unwrap());
}

/// The bug: after a swap, the second policy could not be removed, because the first removal had made the layer forget the answer with both. Requests that
/// waited for its keys were accepted.
#[tokio::test]
async fn the_policies_of_a_tenant_can_be_removed_before_and_after_a_swap() {
    for is_found_again in [false, true] {
        let world = World::new().await;
        let source = Source::of([]);
        let policy = |policy: &str| b2c("t1").policy(policy).tenant_id(tenant_id(1));
        let [one, other] = ["B2C_1_in", "B2C_1_edit"].map(|it| Vec::from(policy(it)));
        source.say(1, [one, other.clone()].concat());
        let (auth, app) = world.found_by(source.clone(), TenantSettings::default());
        world.directory.close();
        let token = world.token(1);
        let earlier = waits(status(&app, &token));
        source.say(1, other);
        assert!(auth.remove_authority("t1/B2C_1_in").unwrap());
        auth.update_settings(|settings| settings.clock_skew = "5s".into())
            .unwrap();
        let later = is_found_again.then(|| waits(status(&app, &token)));
        source.say(1, Vec::new());
        assert!(auth.remove_authority("t1/B2C_1_edit").unwrap());
        assert!(!auth.remove_authority("t1/B2C_1_edit").unwrap());
        world.directory.open();
        assert_eq!(earlier.await, 401, "found again: {is_found_again}");
        if let Some(later) = later {
            assert_eq!(later.await, 401);
        }
    }
}

#[tokio::test]
async fn an_answer_that_breaks_a_rule_counts_as_none_and_nothing_is_fetched() {
    let of = |url: &str| Vec::<AuthoritySettings>::from(from_metadata(url));
    let ours = || authority(1).remove(0);
    let answers = [
        authority(2),
        of("https://evil.example/t1/.well-known/openid-configuration"),
        of("https://t1.b2clogin.com.evil.example/.well-known/openid-configuration"),
        of("https://169.254.169.254/.well-known/openid-configuration"),
        of("http://127.0.0.1:80/.well-known/openid-configuration"),
        vec![AuthoritySettings {
            keys_host: Some("evil.example".into()),
            ..of("https://t1.b2clogin.com/.well-known/openid-configuration").remove(0)
        }],
        vec![AuthoritySettings {
            keys: vec![InlineKey::default()],
            issuers: vec![issuer(1)],
            ..AuthoritySettings::default()
        }],
        vec![AuthoritySettings {
            issuers: vec![issuer(1), issuer(2)],
            ..ours()
        }],
        vec![AuthoritySettings {
            danger_accept_any_audience: true,
            ..ours()
        }],
        entra_id("organizations").danger_accept_any_tenant().into(),
        vec![AuthoritySettings {
            legacy: true,
            ..ours()
        }],
        vec![AuthoritySettings {
            keys: vec![InlineKey {
                secret: Some("c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ==".to_owned().into()),
                ..InlineKey::default()
            }],
            issuers: vec![issuer(1)],
            ..AuthoritySettings::default()
        }],
        vec![AuthoritySettings {
            custom_domain: Some("login.evil.example".into()),
            tenant_id: None,
            ..ours()
        }],
        vec![ours(); 17],
    ];
    for answer in answers {
        let world = World::new().await;
        let source = Source::of([]);
        source.say(1, answer.clone());
        let builder = world.layer().tenant_source(source.clone());
        let auth = builder.authority(authority(5)).build().unwrap();
        let app = app(&auth);
        assert_eq!(status(&app, &world.token(1)).await, 401, "{answer:?}");
        assert_eq!(world.directory.asked(), [""; 0], "{answer:?}");
        assert_eq!(auth.health().authorities().len(), 1);
    }
    // Not even the right key is taken from it.
    let world = World::new().await;
    let key = world.signer.signing_key(POLICY).public_jwk();
    let inline = from_jwks(issuer(1), format!(r#"{{"keys":[{key}]}}"#));
    let with_it = world.layer().authority(inline.clone()).build().unwrap();
    assert_eq!(status(&app(&with_it), &world.token(1)).await, 200);
    let source = Source::of([]);
    source.say(1, inline.into());
    let auth = world.layer().tenant_source(source).build().unwrap();
    assert_eq!(status(&app(&auth), &world.token(1)).await, 401);
}

#[tokio::test]
async fn the_metadata_of_a_found_tenant_must_name_the_issuer_that_was_asked_for() {
    let world = World::new().await;
    let source = Source::of([]);
    let anonymous = AuthoritySettings {
        tenant_id: None,
        ..authority(1).remove(0)
    };
    source.say(1, vec![anonymous]);
    world.directory.name_issuer(1, &issuer(2));
    let (_, app) = world.found_by(source, TenantSettings::default());
    assert_eq!(status(&app, &world.token(1)).await, 503);
    assert_eq!(status(&app, &world.token(2)).await, 401);
    world.directory.name_issuer(1, &issuer(1));
    world.clock.advance(MINUTE);
    assert_eq!(status(&app, &world.token(1)).await, 200);
}

#[tokio::test]
async fn the_settings_keep_their_issuers_and_swaps_keep_what_was_found() {
    let world = World::new().await;
    let source = Source::of([1, 2]);
    let builder = world.layer().tenant_source(source.clone());
    let auth = builder.authority(authority(1)).build().unwrap();
    let app = app(&auth);
    assert_eq!(status(&app, &world.token(1)).await, 200);
    assert_eq!(source.asked(), 0, "the settings know it");
    assert_eq!(status(&app, &world.token(2)).await, 200);

    auth.update_settings(|settings| settings.clock_skew = "5s".into())
        .unwrap();
    assert_eq!(status(&app, &world.token(2)).await, 200);
    assert_eq!((source.asked(), world.directory.asked().len()), (1, 2));

    // New settings also apply to tenants that were found before.
    auth.update_settings(|settings| settings.audiences = vec!["another".into()])
        .unwrap();
    assert_eq!(status(&app, &world.token(2)).await, 401);
    auth.update_settings(|settings| settings.audiences = vec![API_ID.into()])
        .unwrap();
    assert_eq!(status(&app, &world.token(2)).await, 200);

    // The operator need not wait until the source is asked again.
    source.say(2, Vec::new());
    assert!(auth.remove_authority(&name(2)).unwrap());
    assert_eq!(status(&app, &world.token(2)).await, 401);
    assert_eq!(source.asked(), 2);
}

#[tokio::test]
async fn a_forgotten_key_of_a_found_tenant_stays_forgotten() {
    let world = World::new().await;
    let source = Source::of([1, 2]);
    let (auth, app) = world.found_by(source.clone(), TenantSettings::default());
    let (forgotten, other) = (world.long_token(1), world.long_token(2));
    assert_eq!(status(&app, &forgotten).await, 200);
    assert_eq!(status(&app, &other).await, 200);
    let kid = world.signer.signing_key(POLICY).kid().to_owned();
    assert!(auth.forget_key(ForgottenKey::of(name(1), kid)));
    let all = async |when: &str| {
        assert_eq!(status(&app, &forgotten).await, 401, "{when}");
        assert_eq!(status(&app, &other).await, 200, "{when}");
    };
    all("verified before").await;
    auth.update_settings(|settings| settings.algorithms.push("ES256".into()))
        .unwrap();
    all("after a swap").await;
    world.clock.advance(HOUR);
    all("asked about again").await;
    assert!(auth.remove_authority(&name(1)).unwrap());
    all("found again").await;
    assert_eq!(source.asked(), 5);
}

#[tokio::test]
async fn no_more_tenants_are_kept_than_the_bound_says() {
    let world = World::new().await;
    let source = Source::of(0..5);
    let settings = TenantSettings {
        max_tenants: 2,
        ..TenantSettings::default()
    };
    let (auth, app) = world.found_by(source.clone(), settings);
    for tenant in 0..5 {
        assert_eq!(status(&app, &world.token(tenant)).await, 200);
    }
    assert_eq!(auth.health().authorities().len(), 2);
    assert_eq!(status(&app, &world.token(0)).await, 200);
    assert_eq!(source.asked(), 6);
}

/// The bug: a tenant that the source could not confirm was evicted last, as if it had been confirmed.
#[tokio::test]
async fn the_tenant_that_was_confirmed_longest_ago_makes_room() {
    let world = World::new().await;
    let source = Source::of([1, 2, 3]);
    let settings = TenantSettings {
        max_tenants: 2,
        ..TenantSettings::default()
    };
    let (_, app) = world.found_by(source.clone(), settings);
    let [one, two, three] = [1, 2, 3].map(|tenant| world.long_token(tenant));
    for token in [&one, &two] {
        assert_eq!(status(&app, token).await, 200);
    }
    let be_down = |is_down| {
        world.clock.advance(HOUR);
        *source.is_down.lock().unwrap() = is_down;
    };
    be_down(true);
    assert_eq!(status(&app, &one).await, 200, "unconfirmed");
    be_down(false);
    assert_eq!(status(&app, &three).await, 200);
    be_down(true);
    assert_eq!(status(&app, &two).await, 200, "unconfirmed");
    assert_eq!(status(&app, &one).await, 503, "forgotten");
}

/// The bug: requests under earlier settings emptied the list of tenants to evict, and marked as unusable an answer that the current settings could use.
#[tokio::test]
async fn requests_under_earlier_settings_change_nothing_that_those_in_force_remember() {
    let world = World::new().await;
    let source = Source::of(0..4);
    let builder = world.layer().tenant_source(source.clone());
    let builder = builder.tenants(TenantSettings {
        max_tenants: 2,
        ..TenantSettings::default()
    });
    let with_audience = |tenant: usize| {
        vec![AuthoritySettings {
            audiences: vec![API_ID.into()],
            ..authority(tenant).remove(0)
        }]
    };
    for tenant in 0..3 {
        source.say(tenant, with_audience(tenant));
    }
    let auth = builder.authority(with_audience(9)).build().unwrap();
    // The last tenant, which has no audience of its own, is unusable.
    auth.update_settings(|settings| settings.audiences.clear())
        .unwrap();
    let app = app(&auth);
    for tenant in [0, 1] {
        assert_eq!(status(&app, &world.token(tenant)).await, 200);
    }
    source.is_open.send_replace(false);
    let (two, three) = (world.token(2), world.token(3));
    let waiting = waits(status(&app, &two));
    let unusable = waits(status(&app, &three));
    auth.update_settings(|settings| settings.audiences = vec![API_ID.into()])
        .unwrap();
    for tenant in [0, 1] {
        assert_eq!(status(&app, &world.token(tenant)).await, 200);
    }
    source.is_open.send_replace(true);
    assert_eq!(waiting.await, 200);
    assert_eq!(unusable.await, 401);
    for tenant in [2, 3] {
        assert_eq!(status(&app, &world.token(tenant)).await, 200);
    }
    assert_eq!(source.asked(), 4);
    // The authority of the settings, and at most the allowed number from the source.
    assert_eq!(auth.health().authorities().len(), 3);
}

/// The bug: requests under earlier settings also applied their own times to keys that the current settings had found.
#[tokio::test]
async fn keys_of_a_found_tenant_are_kept_as_the_settings_in_force_say() {
    let world = World::new().await;
    let source = Source::of([1]);
    let (auth, app) = world.found_by(source.clone(), TenantSettings::default());
    source.is_open.send_replace(false);
    let token = world.token(1);
    let earlier = waits(status(&app, &token));
    auth.update_settings(|settings| settings.keys.refresh_interval = "5m".into())
        .unwrap();
    let later = waits(status(&app, &token));
    source.is_open.send_replace(true);
    assert_eq!(later.await, 200);
    assert_eq!(earlier.await, 200);
    assert_eq!(world.directory.asked().len(), 1);
    world.clock.advance(6 * MINUTE);
    assert_eq!(status(&app, &token).await, 200);
    assert_eq!(world.directory.asked().len(), 2);
}

/// The bug: a found tenant's keys that were fetched under earlier settings outlived its removal.
#[tokio::test]
async fn a_found_tenant_that_is_removed_ends_for_requests_under_earlier_settings_too() {
    let world = World::new().await;
    let source = Source::of([1]);
    let (auth, app) = world.found_by(source.clone(), TenantSettings::default());
    source.is_open.send_replace(false);
    let token = world.token(1);
    let mut earlier = waits(status(&app, &token));
    auth.update_settings(|settings| settings.algorithms.push("RS384".into()))
        .unwrap();
    let mut later = waits(status(&app, &token));
    world.directory.close();
    source.is_open.send_replace(true);
    assert!(later.as_mut().now_or_never().is_none());
    assert!(earlier.as_mut().now_or_never().is_none());
    assert_eq!(world.directory.asked().len(), 2, "for other algorithms");
    source.say(1, Vec::new());
    assert!(auth.remove_authority(&name(1)).unwrap());
    world.directory.open();
    assert_eq!(earlier.await, 401);
    assert_eq!(later.await, 401);
}

#[tokio::test]
async fn a_request_whose_client_hangs_up_leaves_the_question_to_the_next() {
    let world = World::new().await;
    let source = Source::of([1]);
    let (_, app) = world.found_by(source.clone(), TenantSettings::default());
    source.is_open.send_replace(false);
    let token = world.token(1);
    assert!(status(&app, &token).now_or_never().is_none());
    let next = waits(status(&app, &token));
    source.is_open.send_replace(true);
    assert_eq!(next.await, 200);
    assert_eq!(source.asked(), 1);
}

#[test]
fn without_a_source_an_authority_is_needed_and_limits_are_checked() {
    let error = B2cAuthLayer::builder()
        .audience(API_ID)
        .build()
        .unwrap_err();
    assert_eq!(error.mistakes()[0].field, "authorities");
    let builder = B2cAuthLayer::builder().tenant_source(Source::of([]));
    let error = builder
        .tenants(TenantSettings {
            call_burst: 0,
            timeout: "soon".into(),
            absent_for: "0s".into(),
            ..TenantSettings::default()
        })
        .build()
        .unwrap_err();
    let fields: Vec<_> = error.mistakes().iter().map(|it| &*it.field).collect();
    assert_eq!(
        fields,
        [
            "audiences",
            "tenants.absent_for",
            "tenants.timeout",
            "tenants.call_burst"
        ]
    );
}
