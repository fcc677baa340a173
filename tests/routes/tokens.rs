//! Which tokens are good at a route.

use b2c_emulator::{Emulator, Endpoint, Fault};
use tower_b2c_auth::{B2cAuthLayer, ClaimMatch, RequiredClaim, RouteSettings, from_metadata};

use super::{app, ask, said};
use crate::support::{API_ID, POLICY, layer_for, manual_clock, tenant_at};

const OURS: &str = "22223333-cccc-4444-dddd-5555eeee6666";

fn bearer(token: String) -> String {
    format!("Bearer {token}")
}

#[tokio::test]
async fn a_route_can_be_for_some_clients_policies_and_claims() {
    let tenant = Emulator::start().await.unwrap();
    let one_of_two = RequiredClaim {
        name: "scp".into(),
        matching: ClaimMatch::Any,
        separator: Some(" ".into()),
        values: vec!["tasks.read".into(), "tasks.write".into()],
    };
    let auth = layer_for(&tenant).routes([
        RouteSettings::new("/client").client("another").client(OURS),
        RouteSettings::new("/both").client(OURS).scope("tasks.read"),
        RouteSettings::new("/policy").policy("b2c_1_SignUpSignIn1"),
        RouteSettings::new("/mfa").policy("B2C_1A_mfa"),
        RouteSettings::new("/any").claim(one_of_two),
        RouteSettings::new("/all")
            .scope("tasks.read")
            .scope("tasks.write"),
    ]);
    let app = app(auth.build().unwrap());
    let token = || tenant.token(POLICY).scope("tasks.read");
    let ours = bearer(token().client_id(OURS).sign());
    let theirs = bearer(token().client_id("theirs").sign());
    let poor = bearer(tenant.token(POLICY).scope("x").client_id("theirs").sign());
    for (path, token, status, what) in [
        ("/client", &ours, 200, "a user"),
        ("/client", &theirs, 403, "foreign_client"),
        ("/both", &ours, 200, "a user"),
        // More scopes would not help.
        ("/both", &theirs, 403, "foreign_client"),
        ("/both", &poor, 403, "insufficient_scope"),
        ("/policy", &theirs, 200, "a user"),
        ("/mfa", &ours, 403, "foreign_policy"),
        ("/any", &ours, 200, "a user"),
        ("/any", &poor, 403, "insufficient_scope"),
        ("/all", &ours, 403, "insufficient_scope"),
    ] {
        let seen = ask(&app, &format!("GET {path}"), &[("authorization", token)]).await;
        assert_eq!(seen, said(status, what), "{path}");
    }
}

#[tokio::test]
async fn a_route_can_be_for_the_tokens_of_some_authorities() {
    let (staff, customers) = (
        Emulator::start().await.unwrap(),
        Emulator::start().await.unwrap(),
    );
    let auth = B2cAuthLayer::builder()
        .audience(API_ID)
        .authority(from_metadata(staff.metadata_url(POLICY)).name("staff"))
        .authority(from_metadata(customers.metadata_url(POLICY)).name("customers"))
        .routes([
            RouteSettings::new("/staff/**").authority("staff"),
            RouteSettings::new("/all/**")
                .authority("staff")
                .authority("customers"),
        ]);
    let app = app(auth.build().unwrap());
    let staff = bearer(staff.token(POLICY).sign());
    let customer = bearer(customers.token(POLICY).sign());
    // Twice: a verdict remembered from one route must not decide at another.
    for _ in 0..2 {
        for (path, token, status, what) in [
            ("/staff", &staff, 200, "a user"),
            ("/staff", &customer, 401, "unknown_issuer"),
            ("/all", &staff, 200, "a user"),
            ("/all", &customer, 200, "a user"),
            ("/", &customer, 200, "a user"),
        ] {
            let seen = ask(&app, &format!("GET {path}"), &[("authorization", token)]).await;
            assert_eq!(seen, said(status, what), "{path}");
        }
    }
    assert_eq!(
        customers.requests().total(),
        2,
        "the route of the others fetches nothing"
    );
}

#[tokio::test]
async fn authorities_with_the_same_keys_each_accept_the_others_tokens() {
    let tenant = Emulator::start().await.unwrap();
    let url = tenant.metadata_url(POLICY);
    let auth = B2cAuthLayer::builder()
        .audience(API_ID)
        .authority(from_metadata(&url).name("one"))
        .authority(from_metadata(&url).name("other"))
        .routes([
            RouteSettings::new("/one").authority("one"),
            RouteSettings::new("/other").authority("other"),
        ]);
    let app = app(auth.build().unwrap());
    let token = bearer(tenant.token(POLICY).sign());
    for path in ["/one", "/other", "/", "/other", "/one"] {
        let seen = ask(&app, &format!("GET {path}"), &[("authorization", &token)]).await;
        assert_eq!(seen, said(200, "a user"), "{path}");
    }
}

#[tokio::test]
async fn a_route_holds_also_after_a_fetch_that_failed() {
    let clock = manual_clock();
    let tenant = tenant_at(&clock).await;
    let authority = from_metadata(tenant.metadata_url(POLICY)).on_demand();
    let others = tenant_at(&clock).await;
    let auth = B2cAuthLayer::builder()
        .audience(API_ID)
        .authority(authority)
        .authority(from_metadata(others.metadata_url(POLICY)).name("others"))
        .clock(clock.clone())
        .route(RouteSettings::new("/others").authority("others"))
        .route(RouteSettings::new("/admin").role("admin"));
    let app = app(auth.build().unwrap());
    let day = std::time::Duration::from_secs(24 * 3600);
    let user = bearer(tenant.token(POLICY).lifetime(day).sign());
    let headers = [("authorization", &*user)];
    assert_eq!(ask(&app, "GET /", &headers).await, said(200, "a user"));
    let down = Fault::Status {
        code: 503,
        retry_after: None,
    };
    tenant.fault(Endpoint::Both, down);
    // The keys are overdue: the first request waits for a fetch, the second finds that none can be had.
    clock.advance(day / 12);
    for _ in 0..2 {
        let seen = ask(&app, "GET /admin", &headers).await;
        assert_eq!(seen, said(403, "missing_role"));
        let seen = ask(&app, "GET /others", &headers).await;
        assert_eq!(seen, said(401, "unknown_issuer"));
    }
    assert_eq!(ask(&app, "GET /", &headers).await, said(200, "a user"));
}
