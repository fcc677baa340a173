//! A layer beside another layer: whose word counts.

use axum::{Extension, Router, body::Body, extract::Request, routing::get};
use b2c_emulator::Emulator;
use http::Response;
use tower::ServiceExt as _;
use tower_b2c_auth::{
    AuthError, B2cAuthLayer, ClaimHeaders, ManualClock, ReportOnly, TokenSettings, Unjudged,
    VerifiedClaims, scope,
};

use super::{app, authority, build, layer_for, manual_clock, settings, status, two_tenants};
use crate::support::{Api, POLICY, tenant_at};

/// Two layers for the same tenant, and the tenant.
struct World {
    clock: ManualClock,
    tenant: Emulator,
}

impl World {
    async fn start() -> Self {
        let clock = manual_clock();
        let tenant = tenant_at(&clock).await;
        Self { clock, tenant }
    }

    fn layer(&self) -> B2cAuthLayer {
        let builder = layer_for(&self.tenant).clock(self.clock.clone());
        builder.build().unwrap()
    }

    fn reporting(&self) -> B2cAuthLayer {
        let builder = layer_for(&self.tenant).clock(self.clock.clone());
        builder.danger_report_only().build().unwrap()
    }

    fn token(&self) -> String {
        self.tenant.token(POLICY).scope("read").sign()
    }
}

#[tokio::test]
async fn a_report_only_layer_inside_does_not_lift_a_requirement_of_the_layer_outside() {
    let world = World::start().await;
    let (auth, reporting) = (world.layer(), world.reporting());
    let router = Router::new()
        .route("/admin", get(async || "in"))
        .layer(auth.require(scope("admin")))
        .layer(reporting)
        .layer(auth);
    let api = Api::serve(router).await;
    assert_eq!(api.get("/admin", &world.token()).await.status, 403);
    let admin = world.tenant.token(POLICY).scope("admin").sign();
    assert_eq!(api.get("/admin", &admin).await.status, 200);
}

#[tokio::test]
async fn a_report_only_layer_outside_still_reports_what_its_own_requirement_refuses() {
    let world = World::start().await;
    let (auth, reporting) = (world.layer(), world.reporting());
    // The requirement's own layer reports, although another one lies in between.
    let handler = async |request: Request| {
        let inner = request.extensions().get::<ReportOnly>().is_none();
        assert!(inner, "the innermost layer does not report");
    };
    let router = Router::new()
        .route("/", get(handler))
        .layer(reporting.require(scope("admin")))
        .layer(auth)
        .layer(reporting);
    assert_eq!(status(&router, &world.token()).await, 200);
}

#[tokio::test]
async fn a_requirement_believes_no_other_layer_and_says_what_is_missing() {
    let world = World::start().await;
    let (staff, customers) = (world.layer(), world.layer());
    let router = Router::new()
        .route("/", get(async || "in"))
        .layer(staff.require(scope("read")))
        .layer(customers.clone());
    let response = super::ask(&router, &world.token()).await;
    assert_eq!(response.status(), 500);
    assert_eq!(
        response.extensions().get::<AuthError>(),
        Some(&AuthError::from(Unjudged::MissingLayer))
    );
    let own = Router::new()
        .route("/", get(async || "in"))
        .layer(customers.clone().require(scope("read")))
        .layer(customers);
    assert_eq!(status(&own, &world.token()).await, 200, "a clone's");
}

#[tokio::test]
async fn claim_headers_of_an_outer_layer_end_at_an_inner_one_that_sets_none() {
    let world = World::start().await;
    let mut with_headers = settings([authority("contoso", &world.tenant)]);
    with_headers.claim_headers = [("x-user".to_owned(), "sub".to_owned())].into();
    let outer = build(&with_headers, &world.clock);
    let seen = async |request: Request| {
        let headers = request.extensions().get::<ClaimHeaders>();
        headers.is_some().to_string()
    };
    let alone = Router::new().route("/", get(seen)).layer(outer.clone());
    let nested = Router::new()
        .route("/", get(seen))
        .layer(world.layer())
        .layer(outer);
    for (router, expected) in [(alone, "true"), (nested, "false")] {
        let api = Api::serve(router).await;
        assert_eq!(api.get("/", &world.token()).await.body, expected);
    }
}

/// The bug: a handler that forwards requests had no claim headers to replace the client's with, if the layer only reported and would otherwise have refused
/// the request.
#[tokio::test]
async fn in_report_only_mode_every_request_has_claim_headers() {
    let world = World::start().await;
    let mut settings = settings([authority("contoso", &world.tenant)]);
    settings.claim_headers = [("x-user".to_owned(), "sub".to_owned())].into();
    settings.danger_report_only = true;
    let reporting = build(&settings, &world.clock);
    let forward = async |headers: Extension<ClaimHeaders>, claims: Option<VerifiedClaims>| {
        claims.map_or_else(|| headers.empty(), |claims| headers.of(&claims))
    };
    let router = Router::new().route("/", get(forward)).layer(reporting);
    let good = super::ask(&router, &world.token()).await;
    assert_ne!(good.headers()["x-user"], "");
    let refused = super::ask(&router, "junk").await;
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["x-user"]),
        (200, &"".parse().unwrap())
    );
}

/// The claims that the extractor, the outer and the inner layer give: issuers, or a dash.
async fn claims_seen(outer: &B2cAuthLayer, inner: &B2cAuthLayer, request: Request) -> String {
    let layers = [outer.clone(), inner.clone()];
    let seen = async move |claims: Option<VerifiedClaims>, request: Request| {
        let of_layers = layers.map(|layer| layer.claims(request.extensions()));
        let [outer, inner] = of_layers;
        let issuer = |claims: Option<VerifiedClaims>| {
            claims.map_or("-".to_owned(), |claims| claims.authority().to_owned())
        };
        [claims, outer, inner].map(issuer).join(" ")
    };
    let router = Router::new()
        .route("/", get(seen))
        .layer(inner.clone())
        .layer(outer.clone());
    let response: Response<Body> = router.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let body = axum::body::to_bytes(response.into_body(), 1000).await;
    String::from_utf8(body.unwrap().to_vec()).unwrap()
}

fn request(token: &str, inner: &str) -> Request {
    Request::get("/")
        .header("authorization", format!("Bearer {token}"))
        .header("x-inner", inner)
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn nested_layers_each_keep_their_claims_and_the_extractor_gets_the_innermost() {
    let clock = manual_clock();
    let (contoso, fabrikam) = two_tenants(&clock).await;
    let outer = build(&settings([authority("contoso", &contoso)]), &clock);
    let mut other = settings([authority("fabrikam", &fabrikam)]);
    other.token.header = Some("x-inner".into());
    let inner = build(&other, &clock);
    other.danger_report_only = true;
    let reporting = build(&other, &clock);
    let (one, two) = (contoso.token(POLICY).sign(), fabrikam.token(POLICY).sign());
    let seen = claims_seen(&outer, &inner, request(&one, &two)).await;
    assert_eq!(seen, "fabrikam contoso fabrikam");
    // The inner layer lets it pass and has verified nothing: the outer layer's claims are not taken for its own.
    let seen = claims_seen(&outer, &reporting, request(&one, "junk")).await;
    assert_eq!(seen, "- contoso -");
    let seen = claims_seen(&reporting, &outer, request(&one, &two)).await;
    assert_eq!(seen, "contoso fabrikam contoso");
    let seen = claims_seen(&reporting, &outer, request(&one, "junk")).await;
    assert_eq!(seen, "contoso - contoso");
    // The same layer twice, with another layer in between.
    let seen = claims_seen(&outer, &outer.clone(), request(&one, &two)).await;
    assert_eq!(seen, "contoso contoso contoso");
}

#[tokio::test]
async fn a_derived_layer_differs_in_where_the_token_is_and_in_nothing_else() {
    let world = World::start().await;
    let auth = world.layer();
    let in_query = TokenSettings {
        query: Some("access_token".into()),
        ..TokenSettings::default()
    };
    let derived = auth.reading_token_from(&in_query).unwrap();
    let behind = |layer: &B2cAuthLayer, requirement: &str, of: &B2cAuthLayer| {
        let handler = async |claims: VerifiedClaims| claims.authority().to_owned();
        Router::new()
            .route("/", get(handler))
            .layer(of.require(scope(requirement)))
            .layer(layer.clone())
    };
    let ask = async |router: Router, uri: &str| {
        let request = Request::get(uri).body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap().status().as_u16()
    };
    let uri = format!("/?access_token={}", world.token());
    assert_eq!(ask(behind(&derived, "read", &auth), &uri).await, 200);
    assert_eq!(ask(behind(&derived, "read", &derived), &uri).await, 200);
    assert_eq!(ask(behind(&derived, "admin", &auth), &uri).await, 403);
    assert_eq!(ask(behind(&auth, "read", &derived), &uri).await, 401);
    assert_eq!(
        status(&behind(&auth, "read", &derived), &world.token()).await,
        200
    );
    // Swapping settings or forgetting a key on one applies to both.
    let key = world.tenant.signing_key(POLICY);
    assert!(derived.forget_key(tower_b2c_auth::ForgottenKey::everywhere(key.kid())));
    assert_eq!(status(&app(&auth), &world.token()).await, 401);
}
