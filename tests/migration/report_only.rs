use axum::{Extension, Router, routing::get};
use b2c_emulator::IssuerForm;
use tower_b2c_auth::{ClientId, ReportOnly, UserId, VerifiedClaims, migration::Stage, scope};

use super::{WEB, layer, settings, tenant, token};
use crate::support::{Api, POLICY};

async fn report(
    Extension(report): Extension<ReportOnly>,
    claims: Option<VerifiedClaims>,
) -> String {
    let refusal = report.refusal().map_or("none", |refusal| refusal.reason());
    format!(
        "{refusal} {}",
        if claims.is_some() {
            "claims"
        } else {
            "no claims"
        }
    )
}

#[tokio::test]
async fn everything_is_judged_and_marked_and_nothing_is_refused() {
    let (tenant, clock) = tenant().await;
    let mut settings = settings(&tenant, Stage::Refuse);
    settings.danger_report_only = true;
    let auth = layer(settings, &clock);
    let router = Router::new()
        .route("/", get(report))
        .route(
            "/scoped",
            get(report).layer(auth.require(scope("tasks.admin"))),
        )
        .layer(auth.clone());
    let api = Api::serve(router).await;

    let good = token(&tenant, WEB, &IssuerForm::Default);
    let expired = tenant.token(POLICY).issued_at(1_500_000_000).sign();
    let legacy = token(&tenant, WEB, &IssuerForm::Legacy);
    for (path, token, expected) in [
        ("/", good.as_str(), "none claims"),
        ("/", "nonsense", "malformed_shape no claims"),
        ("/", &expired, "expired no claims"),
        ("/", &legacy, "legacy_issuer no claims"),
        ("/scoped", &good, "insufficient_scope claims"),
        ("/scoped", &expired, "expired no claims"),
    ] {
        let answer = api.get(path, token).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (200, expected),
            "{path}"
        );
    }
    let answer = api.get_with("/", &[]).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, "missing_credentials no claims")
    );
    let refused: u64 = auth
        .migration_report()
        .rows
        .iter()
        .map(|row| row.refused)
        .sum();
    assert_eq!(
        refused, 1,
        "the legacy token is counted as what would have become of it"
    );
    let decisions = auth.decisions();
    assert_eq!(decisions.accepted, 2);
    let refused: Vec<_> = decisions.refused.into_iter().collect();
    let expected = [
        ("expired", 2),
        ("insufficient_scope", 1),
        ("legacy_issuer", 1),
        ("malformed_shape", 1),
        ("missing_credentials", 1),
    ];
    assert_eq!(refused, expected);
}

/// The bug: such requests got 500, as if there were no layer.
#[tokio::test]
async fn a_handler_that_asks_for_claims_gives_the_refusal_that_was_only_reported() {
    let (tenant, clock) = tenant().await;
    let mut settings = settings(&tenant, Stage::Accept);
    settings.danger_report_only = true;
    let auth = layer(settings, &clock);
    let router = Router::new()
        .route("/claims", get(async |_: VerifiedClaims| ()))
        .route("/user", get(async |_: UserId| ()))
        .route("/client", get(async |_: ClientId| ()))
        .route("/perhaps", get(async |_: Option<VerifiedClaims>| ()))
        .layer(auth);
    let api = Api::serve(router).await;
    let good = token(&tenant, WEB, &IssuerForm::Default);
    let expired = tenant.token(POLICY).issued_at(1_500_000_000).sign();
    for path in ["/claims", "/user", "/client"] {
        assert_eq!(api.get(path, &good).await.status, 200, "{path}");
        let refused = api.get(path, &expired).await;
        assert_eq!(refused.status, 401, "{path}");
        let challenge = refused.challenge().unwrap();
        assert!(challenge.contains("invalid_token"), "{challenge}");
        assert_eq!(api.get_with(path, &[]).await.status, 401, "{path}");
    }
    for answer in [
        api.get("/perhaps", &expired).await,
        api.get_with("/perhaps", &[]).await,
    ] {
        assert_eq!(answer.status, 200);
    }
}
