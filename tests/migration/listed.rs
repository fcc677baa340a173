//! Legacy issuers that are listed without an authority: which authority has them, and what the report says if none does.

use std::{error::Error, pin::Pin, time::Duration};

use b2c_emulator::{Emulator, IssuerForm, Kind, Seed, TenantHandle};
use tower_b2c_auth::{
    AuthoritySettings, B2cAuthBuilder, MigrationSettings, Settings, TenantSource, UnknownIssuer,
    migration::{Stage, Verdict},
};

use super::{WEB, layer};
use crate::support::{API_ID, POLICY, app, emulator_time, manual_clock, status};

const EXTERNAL_API: &str = "22223333-cccc-4444-dddd-5555eeee6666";
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// A B2C tenant and an External ID tenant, both in use.
async fn tenants() -> (Emulator, tower_b2c_auth::ManualClock) {
    let clock = manual_clock();
    let emulator = Emulator::builder().seed(Seed::default());
    let emulator = emulator.clock(emulator_time(&clock)).start().await.unwrap();
    (emulator, clock)
}

fn tenant(emulator: &Emulator, kind: Kind) -> TenantHandle {
    emulator.tenants().find(|it| it.kind() == kind).unwrap()
}

fn b2c(emulator: &Emulator) -> AuthoritySettings {
    AuthoritySettings {
        name: Some("b2c".into()),
        audiences: vec![API_ID.into()],
        ..AuthoritySettings::openid_config(tenant(emulator, Kind::B2c).metadata_url(POLICY))
    }
}

fn external_id(emulator: &Emulator) -> AuthoritySettings {
    let external = tenant(emulator, Kind::ExternalId);
    AuthoritySettings {
        audiences: vec![EXTERNAL_API.into()],
        issuers: vec![external.issuer(&IssuerForm::Default)],
        ..AuthoritySettings::openid_config(external.metadata_url(""))
    }
}

fn settings(authorities: Vec<AuthoritySettings>, legacy_issuer: &str) -> Settings {
    Settings {
        authorities,
        migration: Some(MigrationSettings::from_issuer(legacy_issuer)),
        ..Settings::default()
    }
}

/// The bug: once the B2C authority was legacy and External ID stood beside it, B2C's old issuer went to External ID. Its tokens were refused, and a week
/// later the report called it safe to remove.
#[tokio::test]
async fn a_second_move_may_begin_before_the_first_has_ended() {
    let (emulator, clock) = tenants().await;
    let old = tenant(&emulator, Kind::B2c).issuer(&IssuerForm::Legacy);
    let token = tenant(&emulator, Kind::B2c).token(POLICY);
    let token = token.client_id(WEB).issuer(&old).sign();
    let auth = layer(settings(vec![b2c(&emulator)], &old), &clock);
    assert_eq!(status(&app(&auth), &token).await, 200);

    let legacy = AuthoritySettings {
        legacy: true,
        ..b2c(&emulator)
    };
    let both = settings(vec![external_id(&emulator), legacy], &old);
    auth.swap_settings(&both).unwrap();
    assert_eq!(status(&app(&auth), &token).await, 200);
    let started = layer(both, &clock);
    assert_eq!(status(&app(&started), &token).await, 200);
    for auth in [auth, started] {
        let report = auth.migration_report();
        assert_eq!(report.verdict, Verdict::Keep);
        let issuer = report.legacy_issuers.iter().find(|it| it.issuer == old);
        assert_eq!(issuer.unwrap().authority, "b2c");
    }
}

/// The bug: at the end of a move, the legacy authority could not be removed before its issuer was. That issuer goes to nobody, because the metadata of the
/// remaining authority names another tenant.
#[tokio::test]
async fn a_refused_authority_can_be_removed_before_its_listed_issuer() {
    let (emulator, clock) = tenants().await;
    let old = tenant(&emulator, Kind::B2c).issuer(&IssuerForm::Legacy);
    let legacy = AuthoritySettings {
        legacy: true,
        ..b2c(&emulator)
    };
    let mut both = settings(vec![external_id(&emulator), legacy], &old);
    both.migration.as_mut().unwrap().stage = Stage::Refuse;
    let auth = layer(both, &clock);
    let app = app(&auth);
    let external = tenant(&emulator, Kind::ExternalId);
    let external = || external.token("").audience(EXTERNAL_API);
    let forged = external().issuer(&old).sign();

    let stays = auth.remove_authority("b2c").unwrap_err();
    assert_eq!(stays.mistakes()[0].field, "migration.legacy_issuers");
    assert_eq!(status(&app, &external().sign()).await, 200);
    assert!(auth.remove_authority("b2c").unwrap());
    auth.update_settings(|it| it.migration.as_mut().unwrap().stage = Stage::Accept)
        .unwrap();
    assert_eq!(status(&app, &forged).await, 401);
    auth.update_settings(|settings| settings.migration = None)
        .unwrap();
    assert_eq!(status(&app, &forged).await, 401);
    assert_eq!(status(&app, &external().sign()).await, 200);
}

/// The bug: the tokens of a mistyped issuer's tenant were refused without being counted, and the report called the issuer safe to remove.
#[tokio::test]
async fn an_issuer_that_no_authority_has_is_never_safe_to_remove() {
    let (emulator, clock) = tenants().await;
    let old = tenant(&emulator, Kind::B2c).issuer(&IssuerForm::Legacy);
    let mistyped = old.replace("aaaabbbb", "aaaabbba");
    assert_ne!(mistyped, old);
    let one = vec![b2c(&emulator)];
    let several = vec![b2c(&emulator), external_id(&emulator)];
    for authorities in [one, several] {
        let auth = layer(settings(authorities.clone(), &mistyped), &clock);
        auth.warm_up().await.unwrap();
        clock.advance(WEEK);
        let report = auth.migration_report();
        assert_eq!(report.verdict, Verdict::NotEnoughEvidence);
        assert_eq!(report.legacy_issuers[0].authority, "");
        let reason = &report.reasons[0];
        assert!(
            reason.starts_with("No authority is known to have the issuer"),
            "{reason}"
        );
        // What the reason asks for.
        auth.swap_settings(&settings(authorities, &old)).unwrap();
        clock.advance(WEEK);
        assert_eq!(auth.migration_report().verdict, Verdict::SafeToRemove);
    }
}

/// A source that knows no tenant.
#[derive(Debug)]
struct Nobody;

type Found = Result<Vec<AuthoritySettings>, Box<dyn Error + Send + Sync>>;

impl TenantSource for Nobody {
    fn find<'a>(
        &'a self,
        _issuer: UnknownIssuer<'a>,
    ) -> Pin<Box<dyn Future<Output = Found> + Send + 'a>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

#[tokio::test]
async fn with_a_source_the_only_known_issuer_may_be_removed() {
    let (emulator, clock) = tenants().await;
    let own = tenant(&emulator, Kind::B2c).issuer(&IssuerForm::Default);
    let settings = settings(vec![b2c(&emulator)], &own);
    let auth = B2cAuthBuilder::from(settings).tenant_source(Nobody);
    let auth = auth.clock(clock.clone()).build().unwrap();
    auth.refresh_now().await.unwrap();
    clock.advance(WEEK);
    auth.refresh_now().await.unwrap();
    let report = auth.migration_report();
    assert!(!report.only_legacy, "{report}");
    assert_eq!(report.verdict, Verdict::SafeToRemove, "{report}");
}

/// With a source, an issuer that no authority has may be that of a tenant that will be found.
#[tokio::test]
async fn a_token_of_an_issuer_that_the_source_does_not_know_ends_the_quiet_period() {
    let (emulator, clock) = tenants().await;
    let old = tenant(&emulator, Kind::B2c).issuer(&IssuerForm::Legacy);
    let old = old.replace("aaaabbbb", "aaaabbba");
    let settings = settings(vec![b2c(&emulator)], &old);
    let auth = B2cAuthBuilder::from(settings).tenant_source(Nobody);
    let auth = auth.clock(clock.clone()).build().unwrap();
    auth.warm_up().await.unwrap();
    clock.advance(WEEK);
    let report = auth.migration_report();
    assert_eq!(report.verdict, Verdict::SafeToRemove);
    assert_eq!(report.legacy_issuers[0].authority, "(tenant source)");
    let token = tenant(&emulator, Kind::B2c)
        .token(POLICY)
        .issuer(&old)
        .sign();
    assert_eq!(status(&app(&auth), &token).await, 401);
    let report = auth.migration_report();
    assert_eq!(report.verdict, Verdict::NotEnoughEvidence);
    assert_eq!(report.legacy_issuers[0].legacy_since, report.generated_at);
}
