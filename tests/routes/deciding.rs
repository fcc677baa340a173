//! Which route decides.

use b2c_emulator::Emulator;
use tower_b2c_auth::{OtherRoutes, RouteSettings, RoutingSettings};

use super::{app, ask, said};
use crate::support::{POLICY, layer_for};

#[tokio::test]
async fn the_longest_path_and_then_the_method_decide() {
    let tenant = Emulator::start().await.unwrap();
    let auth = layer_for(&tenant).routes([
        RouteSettings::new("/health").public(),
        RouteSettings::new("/tasks/**")
            .method("GET")
            .scope("tasks.read"),
        RouteSettings::new("/tasks/**")
            .method("POST")
            .scope("tasks.write"),
        RouteSettings::new("/tasks/reports")
            .method("GET")
            .exact_methods()
            .role("auditor"),
        RouteSettings::new("/tasks/public/**").public(),
    ]);
    let app = app(auth.build().unwrap());
    let reader = tenant.token(POLICY).scope("tasks.read").sign();
    let auditor = tenant
        .token(POLICY)
        .without("scp")
        .claim("roles", ["auditor"].as_slice())
        .sign();
    for (request, token, status, what) in [
        ("GET /health", None, 200, "nobody"),
        ("GET /health/", None, 200, "nobody"),
        ("DELETE /health", None, 200, "nobody"),
        ("GET /health", Some(&reader), 200, "a user"),
        ("GET /healthy", None, 401, "missing_credentials"),
        ("GET /health/deep", None, 401, "missing_credentials"),
        ("GET /tasks", None, 401, "missing_credentials"),
        ("GET /tasks", Some(&reader), 200, "a user"),
        ("GET /tasks/", Some(&reader), 200, "a user"),
        ("HEAD /tasks/1", Some(&reader), 200, ""),
        ("GET /tasks/1/2", Some(&reader), 200, "a user"),
        ("GET /tasks/%61", Some(&auditor), 403, "insufficient_scope"),
        ("GET /t%61sks/1", Some(&reader), 400, "ambiguous_path"),
        ("POST /tasks/1", Some(&reader), 403, "insufficient_scope"),
        // Named, but not with this method: no token helps.
        ("DELETE /tasks/1", Some(&reader), 403, "no_route"),
        ("DELETE /tasks/1", None, 403, "no_route"),
        ("GET /tasks/reports", Some(&reader), 403, "missing_role"),
        ("GET /tasks/reports", Some(&auditor), 200, "a user"),
        ("HEAD /tasks/reports", Some(&auditor), 403, "no_route"),
        ("POST /tasks/reports", Some(&auditor), 403, "no_route"),
        ("GET /tasks/reports/1", Some(&reader), 200, "a user"),
        ("DELETE /tasks/public/x", None, 200, "nobody"),
        ("DELETE /tasks/publicity", None, 403, "no_route"),
        // No route: any good token.
        ("DELETE /other", Some(&reader), 200, "a user"),
        ("GET /other", None, 401, "missing_credentials"),
    ] {
        let header = token.map(|token| ("authorization", format!("Bearer {token}")));
        let headers: Vec<_> = header
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        let seen = ask(&app, request, &headers).await;
        assert_eq!(seen, said(status, what), "{request}");
    }
}

#[tokio::test]
async fn a_public_route_refuses_bad_tokens() {
    let tenant = Emulator::start().await.unwrap();
    let auth = layer_for(&tenant).route(RouteSettings::new("/**").public());
    let app = app(auth.build().unwrap());
    let expired = tenant.token(POLICY).issued_at(1_500_000_000).sign();
    let expired = format!("Bearer {expired}");
    for (value, status, what) in [
        (&*expired, 401, "expired"),
        ("Basic YTpi", 401, "missing_credentials"),
        ("", 400, "empty_credentials"),
    ] {
        let seen = ask(&app, "GET /", &[("authorization", value)]).await;
        assert_eq!(seen, said(status, what));
    }
}

#[tokio::test]
async fn paths_without_a_route_can_be_closed() {
    let tenant = Emulator::start().await.unwrap();
    let auth = layer_for(&tenant)
        .allow_anonymous()
        .route(RouteSettings::new("/tasks"))
        .routing(RoutingSettings {
            otherwise: OtherRoutes::Deny,
            ..RoutingSettings::default()
        });
    let app = app(auth.build().unwrap());
    let good = format!("Bearer {}", tenant.token(POLICY).sign());
    let good = [("authorization", &*good)];
    assert_eq!(ask(&app, "GET /tasks", &good).await, said(200, "a user"));
    // A route that is not public needs a token, even if anonymous requests are allowed elsewhere.
    assert_eq!(
        ask(&app, "GET /tasks", &[]).await,
        said(401, "missing_credentials")
    );
    assert_eq!(ask(&app, "GET /", &good).await, said(403, "no_route"));
    assert_eq!(ask(&app, "GET /", &[]).await, said(403, "no_route"));
}

#[tokio::test]
async fn routes_can_apply_to_particular_hosts() {
    let tenant = Emulator::start().await.unwrap();
    let auth = layer_for(&tenant).routes([
        RouteSettings::new("/**").host("www.contoso.com").public(),
        RouteSettings::new("/**")
            .host("api.contoso.com")
            .host("api.localhost")
            .scope("tasks.read"),
    ]);
    let app = app(auth.build().unwrap());
    for (request, hosts, status, what) in [
        ("GET /", &["www.contoso.com"][..], 200, "nobody"),
        ("GET /", &["WWW.contoso.com:8443"], 200, "nobody"),
        ("GET /", &["www.contoso.com."], 200, "nobody"),
        ("GET /", &["api.contoso.com"], 401, "missing_credentials"),
        ("GET /", &["other.contoso.com"], 401, "missing_credentials"),
        ("GET http://www.contoso.com/", &[], 200, "nobody"),
        (
            "GET http://www.contoso.com:80/",
            &["www.contoso.com"],
            200,
            "nobody",
        ),
        (
            "GET http://api.localhost/",
            &["www.contoso.com"],
            400,
            "ambiguous_host",
        ),
        ("GET http://u@www.contoso.com/", &[], 400, "ambiguous_host"),
        ("GET /", &[], 400, "ambiguous_host"),
        ("GET /", &[""], 400, "ambiguous_host"),
        (
            "GET /",
            &["www.contoso.com", "www.contoso.com"],
            400,
            "ambiguous_host",
        ),
        (
            "GET /",
            &["www.contoso.com, api.contoso.com"],
            400,
            "ambiguous_host",
        ),
    ] {
        let headers: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
        let seen = ask(&app, request, &headers).await;
        assert_eq!(seen, said(status, what), "{request} {hosts:?}");
    }
}

#[tokio::test]
async fn a_swap_changes_the_routes() {
    let tenant = Emulator::start().await.unwrap();
    let auth = layer_for(&tenant).build().unwrap();
    let app = app(auth.clone());
    assert_eq!(
        ask(&app, "GET /", &[]).await,
        said(401, "missing_credentials")
    );
    let public = RouteSettings::new("/").public();
    auth.update_settings(|settings| settings.routes.push(public))
        .unwrap();
    assert_eq!(ask(&app, "GET /", &[]).await, said(200, "nobody"));
    assert_eq!(auth.decisions().anonymous, 1);
}
