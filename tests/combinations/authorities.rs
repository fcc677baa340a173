//! Several authorities side by side: whose keys and issuers count for which token.

use b2c_emulator::{Emulator, Endpoint, Fault, IssuerForm, KeySharing};
use tower_b2c_auth::{
    AuthoritySettings, B2cAuthBuilder, Clock as _, InlineKey, KeySettings, MigrationSettings,
    Settings, migration::Stage,
};

use super::*;
use crate::support::OTHER_API_ID;

const DOWN: Fault = Fault::Status {
    code: 503,
    retry_after: None,
};

#[tokio::test]
async fn an_inline_key_without_an_id_does_not_hide_what_a_fetch_could_bring() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let inline = AuthoritySettings {
        issuers: vec![tenant.issuer(&IssuerForm::Default)],
        keys: vec![InlineKey {
            public_key: Some(tenant.signing_key(POLICY).public_key_pem()),
            ..InlineKey::default()
        }],
        ..AuthoritySettings::default()
    };
    let auth = build(&settings([inline, authority("fetched", &tenant)]), &clock);
    auth.warm_up().await.unwrap();
    let app = app(&auth);
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    tenant.rotate().unwrap();
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    assert_eq!(tenant.requests().keys(), 2);
}

#[tokio::test]
async fn an_authority_that_is_known_does_not_refuse_on_behalf_of_one_that_is_not_known_yet() {
    const SECOND_POLICY: &str = "B2C_1A_second";
    let clock = manual_clock();
    let tenant = Emulator::builder()
        .policy(POLICY)
        .policy(SECOND_POLICY)
        .key_sharing(KeySharing::PerPolicy)
        .clock(emulator_time(&clock))
        .start()
        .await
        .unwrap();
    tenant.fault_of(SECOND_POLICY, Endpoint::Metadata, DOWN);
    let policy = |name: &str, audience: &str| AuthoritySettings {
        audiences: vec![audience.into()],
        ..AuthoritySettings::openid_config(tenant.metadata_url(name))
    };
    let both = [policy(POLICY, API_ID), policy(SECOND_POLICY, OTHER_API_ID)];
    let auth = build(&settings(both), &clock);
    auth.warm_up().await.unwrap_err();
    let app = app(&auth);
    let token = tenant.token(SECOND_POLICY).audience(OTHER_API_ID).sign();
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    assert_eq!(status(&app, &token).await, 503, "it cannot be known yet");
    tenant.heal();
    clock.advance(MINUTE);
    assert_eq!(status(&app, &token).await, 200);
    let crossed = tenant.token(SECOND_POLICY).sign();
    assert_eq!(status(&app, &crossed).await, 401);
}

#[tokio::test]
async fn a_key_that_is_used_at_once_is_not_refused_because_our_clock_is_ahead() {
    let clock = manual_clock();
    let theirs = {
        let ours = emulator_time(&clock);
        move || ours() - 50 * SECOND
    };
    let tenant = Emulator::builder().clock(theirs).start().await.unwrap();
    let auth = quick(layer_for(&tenant), &clock).build().unwrap();
    let app = app(&auth);
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    for kid in ["one", "two", "three"] {
        let junk = tenant.token(POLICY).kid(kid).sign();
        assert_eq!(status(&app, &junk).await, 401);
    }
    // The budget is used up, the tenant rotates, and by its clock the token is older than our last fetch.
    clock.advance(10 * SECOND);
    tenant.rotate().unwrap();
    let token = tenant.token(POLICY).sign();
    assert_eq!(status(&app, &token).await, 503);
    clock.advance(MINUTE);
    assert_eq!(status(&app, &token).await, 200);
}

#[tokio::test]
async fn an_issuer_that_changes_its_form_is_followed_and_another_tenant_s_is_not() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let auth = build(&settings([authority("contoso", &tenant)]), &clock);
    let app = app(&auth);
    let before = tenant.token(POLICY).lifetime(24 * HOUR).sign();
    assert_eq!(status(&app, &before).await, 200);

    let foreign = format!(
        "{}/bbbbcccc-1111-dddd-2222-eeee3333ffff/v2.0/",
        tenant.base_url()
    );
    tenant.fault(Endpoint::Metadata, Fault::ChangedIssuer(foreign.clone()));
    let refused = auth.refresh_now().await.unwrap_err();
    assert_eq!(refused, tower_b2c_auth::FetchError::IssuerChanged);
    let token = tenant.token(POLICY).issuer(&foreign).sign();
    assert_eq!(status(&app, &token).await, 401);
    assert_eq!(status(&app, &before).await, 200);

    let with_policy = tenant.issuer(&IssuerForm::Tfp(POLICY.to_lowercase()));
    tenant.heal();
    tenant.fault(
        Endpoint::Metadata,
        Fault::ChangedIssuer(with_policy.clone()),
    );
    tenant.rotate().unwrap();
    auth.refresh_now().await.unwrap();
    let after = tenant.token(POLICY).issuer(&with_policy).sign();
    assert_eq!(status(&app, &after).await, 200, "a rotated key, a new form");
    // What was issued before the change is good for the grace period, and not after.
    assert_eq!(status(&app, &before).await, 200);
    clock.advance(HOUR + SECOND);
    assert_eq!(status(&app, &before).await, 401);
}

/// The bug: tokens with the new form were refused until the next regular fetch, for up to an hour.
#[tokio::test]
async fn a_token_with_the_tenant_s_other_form_is_accepted_once_the_metadata_says_so_and_not_before()
{
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let auth = build(&settings([authority("contoso", &tenant)]), &clock);
    let app = app(&auth);
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    let with_policy = tenant.issuer(&IssuerForm::Tfp(POLICY.to_lowercase()));
    let of_form = || tenant.token(POLICY).issuer(&with_policy);
    // The metadata still names the other form: one fetch shows that, and is not repeated for a minute.
    assert_eq!(status(&app, &of_form().sign()).await, 401);
    let old = of_form().issued_at(now(&clock) - 600).sign();
    for _ in 0..5 {
        assert_eq!(status(&app, &old).await, 401);
        assert_eq!(status(&app, &of_form().sign()).await, 503);
    }
    assert_eq!(tenant.requests().keys(), 2);
    tenant.fault(
        Endpoint::Metadata,
        Fault::ChangedIssuer(with_policy.clone()),
    );
    clock.advance(MINUTE);
    let before = tenant.token(POLICY).sign();
    assert_eq!(status(&app, &of_form().sign()).await, 200);
    assert_eq!(tenant.requests().keys(), 3);
    assert_eq!(status(&app, &before).await, 200, "within its grace");
    // And back, with a rotated key at the same time.
    tenant.heal();
    tenant.rotate().unwrap();
    clock.advance(HOUR + SECOND);
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
}

#[tokio::test]
async fn junk_with_a_tenant_s_other_form_causes_no_more_fetches_than_unknown_keys_may() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let auth = build(&settings([authority("contoso", &tenant)]), &clock);
    let app = app(&auth);
    let base = tenant.base_url();
    let id = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    assert!(tenant.issuer(&IssuerForm::Default).contains(id));
    // The issuers of the first five could not become the authority's own; the other tokens could not be accepted anyway.
    let of = |issuer: String| tenant.token(POLICY).issuer(issuer);
    let with_policy = || tenant.issuer(&IssuerForm::Tfp(POLICY.to_lowercase()));
    for token in [
        of(format!("{base}/tfp/{id}/b2c_1_another/v2.0/")),
        of(format!(
            "{base}/tfp/bbbbcccc-1111-dddd-2222-eeee3333ffff/{POLICY}/v2.0/"
        )),
        of(format!("{base}/{id}/v2.0")),
        of(format!("https://login.microsoftonline.com/{id}/v2.0/")),
        of(format!("https://evil.example/tfp/{id}/{POLICY}/v2.0/")),
        of(with_policy()).audience("another"),
        of(with_policy()).expires_at(now(&clock) - 3600),
        of(with_policy()).without_header("kid"),
    ] {
        assert_eq!(status(&app, &token.sign()).await, 401);
    }
    assert_eq!(tenant.requests().keys(), 1);
    // Tokens of one form cause at most one fetch a minute, whatever their number and keys.
    let began = clock.elapsed();
    for number in 0..300 {
        let kid = format!("junk-{number}");
        let junk = of(with_policy()).kid(kid).sign();
        assert_ne!(status(&app, &junk).await, 200);
        let junk = tenant.token(POLICY).kid(format!("other-{number}")).sign();
        assert_ne!(status(&app, &junk).await, 200);
        clock.advance(2 * SECOND);
    }
    let minutes = usize::try_from((clock.elapsed() - began).as_secs() / 60).unwrap();
    let fetches = tenant.requests().keys();
    assert!(fetches <= 1 + 3 + minutes, "{fetches}");
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
}

/// An issuer with another host must be configured; then no restart is needed.
#[tokio::test]
async fn an_issuer_of_another_host_is_followed_once_it_is_configured() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let mut settings = settings([authority("contoso", &tenant)]);
    let auth = build(&settings, &clock);
    let app = app(&auth);
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    let moved = "https://login.contoso.example/";
    tenant.fault(Endpoint::Metadata, Fault::ChangedIssuer(moved.into()));
    tenant.rotate().unwrap();
    let token = tenant.token(POLICY).issuer(moved).sign();
    auth.refresh_now().await.unwrap_err();
    assert_eq!(status(&app, &token).await, 401);
    settings.authorities[0].issuers = vec![moved.into()];
    auth.swap_settings(&settings).unwrap();
    auth.refresh_now().await.unwrap();
    assert_eq!(status(&app, &token).await, 200);
}

#[tokio::test]
async fn an_issuer_is_legacy_also_when_its_legacy_authority_is_discovered_later() {
    let clock = manual_clock();
    let (contoso, fabrikam) = two_tenants(&clock).await;
    let issuer = fabrikam.issuer(&IssuerForm::Default);
    let lists_it = AuthoritySettings {
        issuers: vec![issuer.clone()],
        ..authority("contoso", &contoso)
    };
    let legacy = AuthoritySettings {
        legacy: true,
        ..authority("fabrikam", &fabrikam)
    };
    let settings = Settings {
        migration: Some(MigrationSettings {
            stage: Stage::Refuse,
            ..MigrationSettings::default()
        }),
        ..settings([lists_it, legacy])
    };
    fabrikam.fault(Endpoint::Metadata, DOWN);
    let auth = build(&settings, &clock);
    auth.warm_up().await.unwrap_err();
    let app = app(&auth);
    let token = contoso.token(POLICY).issuer(&issuer).sign();
    // Nothing says yet that it is legacy.
    assert_eq!(status(&app, &token).await, 200);
    fabrikam.heal();
    clock.advance(MINUTE);
    auth.refresh_now().await.unwrap();
    assert_eq!(status(&app, &token).await, 401, "although it was verified");
}

/// `apim/rules.rs` tests the same for an API Management document.
#[tokio::test]
async fn a_listed_issuer_belongs_to_the_authority_of_its_tenant() {
    let clock = manual_clock();
    let (contoso, fabrikam) = two_tenants(&clock).await;
    let issuer = legacy_issuer(&contoso);
    let both = || {
        settings([
            authority("contoso", &contoso),
            authority("fabrikam", &fabrikam),
        ])
    };
    let listed = Settings {
        issuers: vec![issuer.clone()],
        ..both()
    };
    let legacy = Settings {
        migration: Some(MigrationSettings::from_issuer(&issuer)),
        ..both()
    };
    let built = B2cAuthBuilder::from(both()).issuer(&issuer).settings();
    let mut assigned = both();
    assigned.authorities[1].issuers = vec![issuer.clone()];
    let pooled = Settings {
        danger_pool_issuers: true,
        ..listed.clone()
    };
    // Each tenant has a key of its own from here on.
    contoso.rotate().unwrap();
    fabrikam.rotate().unwrap();
    for (settings, expected) in [
        (listed, [200, 401]),
        (legacy, [200, 401]),
        (built, [200, 401]),
        (assigned, [401, 200]),
        (pooled, [200, 200]),
    ] {
        let auth = build(&settings, &clock);
        auth.warm_up().await.unwrap();
        let app = app(&auth);
        let token = |tenant: &Emulator| tenant.token(POLICY).issuer(&issuer).sign();
        let seen = [
            status(&app, &token(&contoso)).await,
            status(&app, &token(&fabrikam)).await,
        ];
        assert_eq!(seen, expected, "{settings:?}");
    }
}

/// Nothing says whose issuer it is.
#[tokio::test]
async fn a_second_authority_is_refused_while_a_listed_issuer_belongs_to_nobody() {
    let clock = manual_clock();
    let (contoso, fabrikam) = two_tenants(&clock).await;
    let alone = Settings {
        issuers: vec!["https://login.contoso.example/".into()],
        ..settings([authority("contoso", &contoso)])
    };
    let auth = build(&alone, &clock);
    let mut two = alone.clone();
    two.authorities.push(authority("fabrikam", &fabrikam));
    let refused = auth.swap_settings(&two).unwrap_err();
    assert_eq!(refused.mistakes()[0].field, "issuers");
    two.authorities[0].issuers = std::mem::take(&mut two.issuers);
    auth.swap_settings(&two).unwrap();
    let own = contoso
        .token(POLICY)
        .issuer("https://login.contoso.example/");
    assert_eq!(status(&app(&auth), &own.sign()).await, 200);
}

#[tokio::test]
async fn a_trickle_of_junk_does_not_put_off_a_new_key_by_more_than_a_minute() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let auth = quick(layer_for(&tenant), &clock).build().unwrap();
    let app = app(&auth);
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    let mut number = 0;
    let mut junk = async || {
        number += 1;
        let token = tenant.token(POLICY).kid(format!("junk-{number}")).sign();
        assert_ne!(status(&app, &token).await, 200);
    };
    // The key is published at some moment between two fetches, whichever that is.
    for minutes in [10, 12, 14] {
        for _ in 0..minutes * 30 {
            junk().await;
            clock.advance(2 * SECOND);
        }
        tenant.rotate().unwrap();
        let token = tenant.token(POLICY).sign();
        let published = clock.elapsed();
        while status(&app, &token).await != 200 {
            junk().await;
            clock.advance(2 * SECOND);
        }
        let put_off = clock.elapsed() - published;
        assert!(put_off <= MINUTE, "{put_off:?}");
    }
    // The first fetch, a budget of three, one more for each minute, and one for each of the three keys.
    let minutes = usize::try_from(clock.elapsed().as_secs() / 60).unwrap();
    assert!(tenant.requests().keys() <= 1 + 3 + minutes + 3);
}

/// The same unknown key comes again.
#[tokio::test]
async fn a_key_id_that_a_fetch_did_not_bring_causes_no_other_fetch_for_a_minute() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let keys = KeySettings {
        unknown_key_fetches: 100,
        ..KeySettings::default()
    };
    let builder = layer_for(&tenant).keys(keys).clock(clock.clone());
    let app = app(&builder.build().unwrap());
    assert_eq!(status(&app, &tenant.token(POLICY).sign()).await, 200);
    let old = tenant
        .token(POLICY)
        .kid("nobody's")
        .issued_at(now(&clock) - 600);
    let old = old.sign();
    assert_eq!(status(&app, &old).await, 401);
    let fetches = tenant.requests().keys();
    clock.advance(30 * SECOND);
    let newer = tenant.token(POLICY).kid("nobody's").sign();
    for _ in 0..5 {
        assert_eq!(status(&app, &old).await, 401);
        assert_eq!(status(&app, &newer).await, 503, "newer than that fetch");
    }
    assert_eq!(tenant.requests().keys(), fetches);
    clock.advance(30 * SECOND);
    assert_eq!(status(&app, &newer).await, 401);
    assert_eq!(tenant.requests().keys(), fetches + 1);
}

fn now(clock: &ManualClock) -> u64 {
    clock.now().as_unix().as_secs()
}
