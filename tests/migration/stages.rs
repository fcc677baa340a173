use std::time::Duration;

use b2c_emulator::IssuerForm;
use tower_b2c_auth::{MigrationSettings, migration::Stage, migration::Verdict};

use super::{MOBILE, WEB, layer, settings, tenant, token};
use crate::support::{Api, protected};

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn a_whole_migration_loses_no_good_request_and_says_when_the_legacy_issuer_can_go() {
    let (tenant, clock) = tenant().await;
    let auth = layer(settings(&tenant, Stage::Accept), &clock);
    let api = Api::serve(protected(auth.clone())).await;
    let verdict = || auth.migration_report().verdict;
    let call = async |application: &str, issuer: IssuerForm| {
        api.get("/tasks", &token(&tenant, application, &issuer))
            .await
    };

    assert_eq!(verdict(), Verdict::NotEnoughEvidence);
    assert_eq!(call(WEB, IssuerForm::Legacy).await.status, 200);
    assert_eq!(call(MOBILE, IssuerForm::Legacy).await.status, 200);
    assert_eq!(verdict(), Verdict::Keep);

    // The first application moves, the second one does not.
    for _ in 0..8 {
        clock.advance(DAY);
        assert_eq!(call(WEB, IssuerForm::Default).await.status, 200);
        assert_eq!(call(MOBILE, IssuerForm::Legacy).await.status, 200);
    }
    let report = auth.migration_report();
    assert_eq!(report.verdict, Verdict::Keep);
    assert_eq!(report.reasons.len(), 1);
    assert!(
        report.reasons[0].starts_with("mobile-app used https://login.microsoftonline.com/"),
        "{}",
        report.reasons[0]
    );

    // The clients are told, those of the legacy issuer only.
    auth.swap_settings(&settings(&tenant, Stage::Announce))
        .unwrap();
    let told = call(MOBILE, IssuerForm::Legacy).await;
    assert_eq!(
        (told.status, told.headers["deprecation"].to_str().unwrap()),
        (200, "@0")
    );
    let not_told = call(WEB, IssuerForm::Default).await;
    assert_eq!(
        (not_told.status, not_told.headers.get("deprecation")),
        (200, None)
    );

    // The second one moves; a week later nobody has used the legacy issuer.
    for _ in 0..7 {
        assert_eq!(verdict(), Verdict::Keep);
        clock.advance(DAY);
        assert_eq!(call(WEB, IssuerForm::Default).await.status, 200);
        assert_eq!(call(MOBILE, IssuerForm::Default).await.status, 200);
    }
    assert_eq!(verdict(), Verdict::SafeToRemove);

    // It is refused, and then it is gone from the settings.
    auth.swap_settings(&settings(&tenant, Stage::Refuse))
        .unwrap();
    let refused = call("forgotten", IssuerForm::Legacy).await;
    assert_eq!(refused.status, 401);
    assert_eq!(
        refused.challenge().unwrap(),
        r#"Bearer error="invalid_token", error_description="the access token is not accepted here""#
    );
    assert_eq!(
        verdict(),
        Verdict::Keep,
        "somebody was found who still needs it"
    );
    assert_eq!(call(WEB, IssuerForm::Default).await.status, 200);

    let mut without = settings(&tenant, Stage::Refuse);
    without.migration = None;
    auth.swap_settings(&without).unwrap();
    assert_eq!(call(WEB, IssuerForm::Default).await.status, 200);
    assert_eq!(call(MOBILE, IssuerForm::Default).await.status, 200);
    assert_eq!(call(WEB, IssuerForm::Legacy).await.status, 401);
    // One at the start and at most one a day: no change of the settings cost a fetch.
    assert!(
        tenant.requests().keys() <= 16,
        "{}",
        tenant.requests().keys()
    );
}

#[tokio::test]
async fn at_sunset_the_stage_becomes_refuse_by_itself_also_for_a_token_seen_before() {
    let (tenant, clock) = tenant().await;
    let mut settings = settings(&tenant, Stage::Announce);
    let migration = settings.migration.take().unwrap();
    settings.migration = Some(MigrationSettings {
        // An hour after the tests' clock starts.
        sunset: Some("2027-01-15T09:00:00Z".into()),
        notice: Some("https://contoso.example/moving".into()),
        ..migration
    });
    let api = Api::serve(protected(layer(settings, &clock))).await;
    let long_lived = tenant
        .token("B2C_1_signupsignin1")
        .issuer(tenant.issuer(&IssuerForm::Legacy))
        .lifetime(DAY)
        .sign();

    clock.advance(Duration::from_secs(3599));
    let before = api.get("/tasks", &long_lived).await;
    assert_eq!(before.status, 200);
    assert_eq!(before.headers["sunset"], "Fri, 15 Jan 2027 09:00:00 GMT");
    assert_eq!(
        before.headers["link"],
        "<https://contoso.example/moving>; rel=\"deprecation\""
    );

    clock.advance(Duration::from_secs(1));
    assert_eq!(api.get("/tasks", &long_lived).await.status, 401);
    assert_eq!(
        api.get("/tasks", &token(&tenant, WEB, &IssuerForm::Default))
            .await
            .status,
        200
    );
}
