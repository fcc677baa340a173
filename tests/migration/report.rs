use std::time::Duration;

use b2c_emulator::IssuerForm;
use tower_b2c_auth::{
    B2cAuthBuilder,
    migration::{LedgerSnapshot, MigrationReport, Stage, Verdict},
};

use super::{MOBILE, WEB, layer, settings, tenant, token};
use crate::support::{Api, protected};

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
    assert_eq!(MigrationReport::merge([]), None);

    let json = serde_json::to_string(&merged).unwrap();
    assert_eq!(
        serde_json::from_str::<MigrationReport>(&json).unwrap(),
        merged
    );
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["verdict"], "keep");
    assert_eq!(document["rows"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_restart_does_not_lose_the_evidence() {
    let (tenant, clock) = tenant().await;
    let before = layer(settings(&tenant, Stage::Accept), &clock);
    let api = Api::serve(protected(before.clone())).await;
    assert_eq!(
        api.get("/tasks", &token(&tenant, WEB, &IssuerForm::Legacy))
            .await
            .status,
        200
    );
    let saved = serde_json::to_string(&before.ledger_snapshot()).unwrap();
    assert!(!saved.contains("Alex"), "{saved}");

    clock.advance(WEEK);
    let snapshot: LedgerSnapshot = serde_json::from_str(&saved).unwrap();
    let after = B2cAuthBuilder::from(settings(&tenant, Stage::Accept))
        .clock(clock.clone())
        .ledger_snapshot(snapshot)
        .build()
        .unwrap();
    let report = after.migration_report();
    assert_eq!(report.verdict, Verdict::SafeToRemove);
    assert_eq!(report.rows.len(), 1);
    assert_eq!(report.rows[0].accepted, 1);
}

#[tokio::test]
async fn the_ledger_has_a_thousand_rows_and_one_for_the_rest() {
    let (tenant, clock) = tenant().await;
    // One key for all tokens, signed in process; the requests go through the layer without a socket.
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
    assert_eq!(report.rows.len(), 1001);
    let others = report
        .rows
        .iter()
        .find(|row| row.issuer == "(others)")
        .unwrap();
    assert_eq!((others.accepted, others.legacy), (3, true));
    assert_eq!(
        report.verdict,
        Verdict::Keep,
        "a legacy token among the rest counts"
    );
}
