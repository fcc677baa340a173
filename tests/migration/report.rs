use std::time::Duration;

use b2c_emulator::{Emulator, Endpoint, Fault, IssuerForm};
use futures_util::future::poll_immediate;
use tower_b2c_auth::{
    B2cAuthBuilder, B2cAuthLayer, Clock as _, ManualClock, MigrationSettings, Settings,
    migration::{MergeError, MigrationReport, ObservationStart, Stage, UsageSnapshot, Verdict},
};

use super::{MOBILE, WEB, layer, settings, tenant, token};
use crate::support::{Api, app, protected, status};

const DAY: Duration = Duration::from_secs(86_400);
const WEEK: Duration = Duration::from_secs(7 * 86_400);

#[tokio::test]
async fn the_report_of_replicas_is_as_good_as_the_evidence_of_the_youngest() {
    let (tenant, clock) = tenant().await;
    let old = layer(settings(&tenant, Stage::Accept), &clock);
    let old_api = Api::serve(protected(old.clone())).await;
    assert_eq!(
        old_api
            .get("/tasks", &token(&tenant, WEB, &IssuerForm::Legacy))
            .await
            .status,
        200
    );
    clock.advance(WEEK);
    let young = layer(settings(&tenant, Stage::Accept), &clock);
    let young_api = Api::serve(protected(young.clone())).await;
    assert_eq!(
        young_api
            .get("/tasks", &token(&tenant, WEB, &IssuerForm::Default))
            .await
            .status,
        200
    );
    assert_eq!(
        old_api
            .get("/tasks", &token(&tenant, WEB, &IssuerForm::Default))
            .await
            .status,
        200
    );

    assert_eq!(old.migration_report().verdict, Verdict::SafeToRemove);
    assert_eq!(young.migration_report().verdict, Verdict::NotEnoughEvidence);
    let merged =
        MigrationReport::merge([old.migration_report(), young.migration_report()]).unwrap();
    assert_eq!(merged.verdict, Verdict::NotEnoughEvidence);
    let new_row = merged.rows.iter().find(|row| !row.legacy).unwrap();
    assert_eq!((merged.rows.len(), new_row.accepted), (2, 2));

    // One use at one replica is enough to keep it.
    assert_eq!(
        young_api
            .get("/tasks", &token(&tenant, MOBILE, &IssuerForm::Legacy))
            .await
            .status,
        200
    );
    let merged =
        MigrationReport::merge([old.migration_report(), young.migration_report()]).unwrap();
    assert_eq!(merged.verdict, Verdict::Keep);
    assert!(
        merged.reasons[0].starts_with("mobile-app used"),
        "{:?}",
        merged.reasons
    );
    assert_eq!(MigrationReport::merge([]), Err(MergeError::NoReport));

    let json = serde_json::to_string(&merged).unwrap();
    assert_eq!(
        serde_json::from_str::<MigrationReport>(&json).unwrap(),
        merged
    );
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["verdict"], "keep");
    assert_eq!(document["rows"].as_array().unwrap().len(), 3);
}

/// A process that has seen one legacy use. `save` takes its snapshot, and `report` starts another process from one.
struct Restart {
    tenant: Emulator,
    clock: ManualClock,
    before: B2cAuthLayer,
    api: Api,
}

impl Restart {
    async fn begin() -> Self {
        let (tenant, clock) = tenant().await;
        let before = layer(settings(&tenant, Stage::Accept), &clock);
        let api = Api::serve(protected(before.clone())).await;
        let restart = Self {
            tenant,
            clock,
            before,
            api,
        };
        restart.use_legacy().await;
        restart
    }

    async fn use_legacy(&self) {
        let token = token(&self.tenant, WEB, &IssuerForm::Legacy);
        assert_eq!(self.api.get("/tasks", &token).await.status, 200);
    }

    /// The report of a process that starts from this snapshot at the time of this clock.
    fn report(&self, saved: &str, clock: &ManualClock) -> MigrationReport {
        let snapshot: UsageSnapshot = serde_json::from_str(saved).unwrap();
        let after = B2cAuthBuilder::from(settings(&self.tenant, Stage::Accept))
            .clock(clock.clone())
            .usage_snapshot(snapshot);
        after.build().unwrap().migration_report()
    }

    fn save(&self) -> String {
        serde_json::to_string(&self.before.usage_snapshot()).unwrap()
    }
}

#[tokio::test]
async fn eight_days_of_legacy_use_and_a_crash_are_not_safe() {
    let restart = Restart::begin().await;
    let saved = restart.save();
    for _ in 0..8 {
        restart.clock.advance(DAY);
        restart.use_legacy().await;
    }
    let report = restart.report(&saved, &restart.clock);
    assert_eq!(report.verdict, Verdict::NotEnoughEvidence);
    assert_eq!(report.rows[0].accepted, 1, "the counts are kept");
    assert_eq!(report.observed_since, report.generated_at);
    let gap_since = report.generated_at - 8 * 86_400;
    let gap = ObservationStart::AfterGap { gap_since };
    assert_eq!(report.observation_start, gap);
    assert!(
        report.reasons[1]
            .starts_with("From 2027-01-15T08:00:00Z until then, uses were not counted"),
        "{:?}",
        report.reasons
    );
}

#[tokio::test]
async fn a_graceful_restart_within_two_minutes_keeps_the_evidence() {
    let restart = Restart::begin().await;
    restart.clock.advance(WEEK);
    let saved = restart.save();
    assert!(!saved.contains("Alex"), "{saved}");
    restart.clock.advance(Duration::from_secs(120));
    let report = restart.report(&saved, &restart.clock);
    assert_eq!(report.verdict, Verdict::SafeToRemove);
    assert_eq!(report.observation_start, ObservationStart::FirstStart);
    assert_eq!((report.rows.len(), report.rows[0].accepted), (1, 1));
}

#[tokio::test]
async fn a_longer_gap_starts_the_quiet_period_anew() {
    let restart = Restart::begin().await;
    restart.clock.advance(WEEK);
    let saved = restart.save();
    restart.clock.advance(Duration::from_secs(121));
    let report = restart.report(&saved, &restart.clock);
    assert_eq!(report.verdict, Verdict::NotEnoughEvidence);
    assert_eq!(report.observed_since, report.generated_at);
    assert_eq!(
        report.rows[0].last_seen,
        report.generated_at - 7 * 86_400 - 121
    );
}

#[tokio::test]
async fn a_clock_that_was_set_back_starts_the_quiet_period_anew() {
    let restart = Restart::begin().await;
    restart.clock.advance(WEEK + DAY);
    let saved = restart.save();
    let earlier = restart.clock.now().saturating_sub(Duration::from_secs(1));
    let report = restart.report(&saved, &ManualClock::at(earlier));
    assert_eq!(report.verdict, Verdict::NotEnoughEvidence);
    assert_eq!(report.observation_start, ObservationStart::ClockChanged);
}

/// The bug: an issuer that became legacy by a swap inherited the quiet period of the settings before, under which its tokens had been refused without
/// being counted.
#[tokio::test]
async fn the_quiet_period_of_an_issuer_begins_only_when_it_is_watched_as_legacy() {
    let (tenant, clock) = tenant().await;
    let with = settings(&tenant, Stage::Accept);
    let mut without = with.clone();
    without.migration = None;
    let auth = layer(without.clone(), &clock);
    let verdict = |auth: &B2cAuthLayer| auth.migration_report().verdict;
    clock.advance(WEEK);
    auth.swap_settings(&with).unwrap();
    let report = auth.migration_report();
    assert_eq!(report.verdict, Verdict::NotEnoughEvidence);
    let began = report.generated_at;
    assert_eq!(report.legacy_issuers[0].legacy_since, began);
    assert!(
        report.reasons[0]
            .contains("begins at 2027-01-22T08:00:00Z: before, the issuer was not legacy"),
        "{:?}",
        report.reasons
    );
    clock.advance(WEEK - DAY);
    // Neither a swap that keeps the issuer nor a restart starts the quiet period again.
    let mut announced = with.clone();
    announced.migration.as_mut().unwrap().stage = Stage::Announce;
    auth.swap_settings(&announced).unwrap();
    let restarted = B2cAuthBuilder::from(with.clone()).clock(clock.clone());
    let restarted = restarted.usage_snapshot(auth.usage_snapshot());
    let restarted = restarted.build().unwrap();
    for auth in [&auth, &restarted] {
        assert_eq!(verdict(auth), Verdict::NotEnoughEvidence);
    }
    clock.advance(DAY);
    for auth in [&auth, &restarted] {
        assert_eq!(verdict(auth), Verdict::SafeToRemove);
    }
    // While it was not legacy, nobody watched it.
    auth.swap_settings(&without).unwrap();
    auth.swap_settings(&with).unwrap();
    assert_eq!(verdict(&auth), Verdict::NotEnoughEvidence);
    let saved = auth.usage_snapshot();
    let forgot = B2cAuthBuilder::from(without).clock(clock.clone());
    let forgot = forgot.usage_snapshot(restarted.usage_snapshot());
    let forgot = forgot.build().unwrap();
    forgot.swap_settings(&with).unwrap();
    assert_eq!(verdict(&forgot), Verdict::NotEnoughEvidence);
    clock.advance(WEEK);
    let later = B2cAuthBuilder::from(with).clock(clock.clone());
    let later = later.usage_snapshot(saved).build().unwrap();
    assert_eq!(verdict(&later), Verdict::NotEnoughEvidence, "a gap");
    assert_eq!(verdict(&auth), Verdict::SafeToRemove);
}

/// The issuer of a legacy authority is watched from the time when its metadata names it, whenever the first report comes, and through a restart.
#[tokio::test]
async fn a_legacy_authority_is_watched_from_the_time_when_its_metadata_names_the_issuer() {
    let (tenant, clock) = tenant().await;
    let mut of_legacy = settings(&tenant, Stage::Accept);
    of_legacy.authorities[0].legacy = true;
    of_legacy.migration = Some(Default::default());
    let auth = layer(of_legacy.clone(), &clock);
    let verdict = |auth: &B2cAuthLayer| auth.migration_report().verdict;
    clock.advance(DAY);
    auth.warm_up().await.unwrap();
    clock.advance(WEEK - DAY);
    assert_eq!(verdict(&auth), Verdict::NotEnoughEvidence);
    clock.advance(DAY);
    assert_eq!(verdict(&auth), Verdict::SafeToRemove);
    let restarted = B2cAuthBuilder::from(of_legacy).clock(clock.clone());
    let restarted = restarted.usage_snapshot(auth.usage_snapshot());
    let restarted = restarted.build().unwrap();
    assert_eq!(verdict(&restarted), Verdict::NotEnoughEvidence, "not told");
    restarted.warm_up().await.unwrap();
    assert_eq!(verdict(&restarted), Verdict::SafeToRemove);
}

#[tokio::test]
async fn a_thousand_rows_are_kept_and_further_tokens_share_two() {
    let (tenant, clock) = tenant().await;
    // One key for all tokens, signed in process.
    let auth = layer(settings(&tenant, Stage::Accept), &clock);
    let api = Api::serve(protected(auth.clone())).await;
    for number in 0..1003 {
        let issuer = if number == 1002 {
            IssuerForm::Legacy
        } else {
            IssuerForm::Default
        };
        let token = token(&tenant, &format!("application {number}"), &issuer);
        assert_eq!(api.get("/tasks", &token).await.status, 200);
    }
    let report = auth.migration_report();
    assert_eq!(report.rows.len(), 1002);
    let others = report
        .rows
        .iter()
        .find(|row| row.issuer == "(others)")
        .unwrap();
    assert_eq!((others.accepted, others.legacy), (2, false));
    let legacy = report.rows.iter().find(|row| row.legacy).unwrap();
    assert_eq!(
        (&*legacy.issuer, legacy.accepted),
        ("(other legacy tokens)", 1)
    );
    assert_eq!(
        report.verdict,
        Verdict::Keep,
        "a legacy token among the rest counts"
    );
    let [reason] = report.reasons.as_slice() else {
        panic!("{:?}", report.reasons);
    };
    assert!(
        reason.starts_with("Legacy tokens without a row of their own were used, last at "),
        "{reason}"
    );
}

const DOWN: Fault = Fault::Status {
    code: 503,
    retry_after: None,
};

/// The bug: tokens of the legacy issuer got 503 and were not counted, so the report said that it was safe to remove.
#[tokio::test]
async fn a_legacy_token_that_cannot_be_judged_for_want_of_keys_ends_the_quiet_period() {
    let (tenant, clock) = tenant().await;
    let auth = layer(settings(&tenant, Stage::Accept), &clock);
    let app = app(&auth);
    let verdict = || auth.migration_report().verdict;
    let legacy = || token(&tenant, WEB, &IssuerForm::Legacy);
    let standard = || token(&tenant, WEB, &IssuerForm::Default);
    assert_eq!(status(&app, &standard()).await, 200);
    clock.advance(WEEK);
    assert_eq!(status(&app, &standard()).await, 200);
    assert_eq!(verdict(), Verdict::SafeToRemove);
    tenant.fault(Endpoint::Both, DOWN);
    clock.advance(2 * DAY);
    assert_eq!(status(&app, &standard()).await, 503);
    assert_eq!(verdict(), Verdict::SafeToRemove, "another issuer");
    assert_eq!(status(&app, &legacy()).await, 503);
    assert_eq!(verdict(), Verdict::NotEnoughEvidence);
    tenant.heal();
    clock.advance(Duration::from_secs(60));
    assert_eq!(status(&app, &standard()).await, 200);
    let report = auth.migration_report();
    assert_eq!(report.verdict, Verdict::NotEnoughEvidence, "it was so");
    let watched_since = report.legacy_issuers[0].legacy_since;
    assert_eq!(watched_since, report.generated_at - 60);
    assert!(
        report.reasons[0].contains("or not all of its tokens were judged"),
        "{:?}",
        report.reasons
    );
    clock.advance(WEEK);
    assert_eq!(verdict(), Verdict::SafeToRemove);
}

/// A token with an unknown key goes uncounted, just as a token does when there are no keys at all.
#[tokio::test]
async fn a_legacy_token_that_cannot_be_judged_beside_keys_in_use_ends_the_quiet_period() {
    let (tenant, clock) = tenant().await;
    let auth = layer(settings(&tenant, Stage::Accept), &clock);
    let app = app(&auth);
    let verdict = || auth.migration_report().verdict;
    let standard = || token(&tenant, WEB, &IssuerForm::Default);
    assert_eq!(status(&app, &standard()).await, 200);
    clock.advance(WEEK);
    assert_eq!(status(&app, &standard()).await, 200);
    assert_eq!(verdict(), Verdict::SafeToRemove);
    let old_key = standard();
    tenant.rotate().unwrap();
    tenant.fault(Endpoint::Both, DOWN);
    let legacy = token(&tenant, WEB, &IssuerForm::Legacy);
    assert_eq!(status(&app, &legacy).await, 503);
    assert_eq!(status(&app, &old_key).await, 200, "its key is known");
    assert_eq!(verdict(), Verdict::NotEnoughEvidence);
    clock.advance(Duration::from_secs(60));
    tenant.heal();
    assert_eq!(status(&app, &standard()).await, 200);
    clock.advance(WEEK);
    assert_eq!(status(&app, &standard()).await, 200);
    assert_eq!(verdict(), Verdict::SafeToRemove);
    assert_eq!(status(&app, &legacy).await, 401, "it has expired");
    assert_eq!(verdict(), Verdict::SafeToRemove);
}

#[tokio::test]
async fn a_legacy_token_that_cannot_be_judged_before_the_first_report_ends_the_quiet_period() {
    let (tenant, clock) = tenant().await;
    let auth = layer(settings(&tenant, Stage::Accept), &clock);
    let app = app(&auth);
    tenant.fault(Endpoint::Both, DOWN);
    clock.advance(DAY);
    let legacy = token(&tenant, WEB, &IssuerForm::Legacy);
    assert_eq!(status(&app, &legacy).await, 503);
    tenant.heal();
    clock.advance(Duration::from_secs(60));
    let standard = token(&tenant, WEB, &IssuerForm::Default);
    assert_eq!(status(&app, &standard).await, 200);
    clock.advance(WEEK - DAY);
    let verdict = || auth.migration_report().verdict;
    assert_eq!(verdict(), Verdict::NotEnoughEvidence);
    clock.advance(DAY);
    assert_eq!(verdict(), Verdict::SafeToRemove);
}

#[tokio::test]
async fn a_legacy_token_whose_client_hangs_up_while_it_waits_ends_the_quiet_period() {
    let (tenant, clock) = tenant().await;
    let auth = layer(settings(&tenant, Stage::Accept), &clock);
    let app = app(&auth);
    clock.advance(WEEK);
    assert_eq!(auth.migration_report().verdict, Verdict::SafeToRemove);
    tenant.fault(Endpoint::Both, Fault::Hang);
    let legacy = token(&tenant, WEB, &IssuerForm::Legacy);
    let mut waiting = Box::pin(status(&app, &legacy));
    assert!(poll_immediate(&mut waiting).await.is_none());
    drop(waiting);
    assert_eq!(auth.migration_report().verdict, Verdict::NotEnoughEvidence);
}

#[tokio::test]
async fn a_process_that_gets_its_first_keys_late_has_watched_only_since_then() {
    let (tenant, clock) = tenant().await;
    let settings = settings(&tenant, Stage::Accept);
    let before = layer(settings.clone(), &clock);
    clock.advance(WEEK);
    assert_eq!(before.migration_report().verdict, Verdict::SafeToRemove);
    let after = |issuer: IssuerForm, downtime: u64| {
        let builder = B2cAuthBuilder::from(settings.clone()).clock(clock.clone());
        let builder = builder.usage_snapshot(before.usage_snapshot());
        let (tenant, clock, auth) = (&tenant, &clock, builder.build().unwrap());
        async move {
            let app = app(&auth);
            tenant.fault(Endpoint::Both, DOWN);
            let early = token(tenant, WEB, &issuer);
            assert_eq!(status(&app, &early).await, 503);
            clock.advance(Duration::from_secs(downtime));
            tenant.heal();
            let standard = token(tenant, WEB, &IssuerForm::Default);
            assert_eq!(status(&app, &standard).await, 200);
            auth.migration_report().verdict
        }
    };
    let (safe, not_enough) = (Verdict::SafeToRemove, Verdict::NotEnoughEvidence);
    assert_eq!(after(IssuerForm::Default, 100).await, safe);
    assert_eq!(after(IssuerForm::Default, 300).await, not_enough);
    assert_eq!(after(IssuerForm::Legacy, 100).await, not_enough);
}

/// The bug: with the authority's own issuer listed as legacy, the report said "safe to remove" in a quiet week, and without it every token was refused.
#[tokio::test]
async fn if_only_legacy_issuers_are_left_none_is_safe_to_remove() {
    let (tenant, clock) = tenant().await;
    let with = |issuer: &IssuerForm| Settings {
        migration: Some(MigrationSettings::from_issuer(tenant.issuer(issuer))),
        ..settings(&tenant, Stage::Accept)
    };
    for (issuer, expected) in [
        (IssuerForm::Default, Verdict::NotEnoughEvidence),
        (IssuerForm::Legacy, Verdict::SafeToRemove),
    ] {
        let auth = layer(with(&issuer), &clock);
        auth.refresh_now().await.unwrap();
        clock.advance(WEEK);
        auth.refresh_now().await.unwrap();
        let report = auth.migration_report();
        assert_eq!(report.verdict, expected, "{report}");
        let only_legacy = expected == Verdict::NotEnoughEvidence;
        assert_eq!(report.only_legacy, only_legacy);
        let reason = &report.reasons[0];
        assert_eq!(reason.starts_with("Every issuer is legacy"), only_legacy);
    }
}
