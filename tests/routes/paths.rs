//! Paths that try to escape a rule.

use b2c_emulator::Emulator;
use tower_b2c_auth::{RouteSettings, RoutingSettings};

use super::{app, ask, said};
use crate::support::{POLICY, layer_for};

#[tokio::test]
async fn a_path_that_two_programs_could_read_differently_is_refused() {
    let tenant = Emulator::start().await.unwrap();
    let auth = layer_for(&tenant).routes([
        RouteSettings::new("/public/**").public(),
        RouteSettings::new("/admin/**").role("admin"),
    ]);
    let app = app(auth.build().unwrap());
    for target in [
        "/public/../admin",
        "/public/./admin",
        "/public/..",
        "//admin",
        "/public//../admin",
        "/public/%2e%2e/admin",
        "/public/%2E./admin",
        "/public/..%2fadmin",
        "/public%2F..%2Fadmin",
        "/public/..%5cadmin",
        "/public/..\\admin",
        "/public/..;/admin",
        "/public;/../admin",
        "/public/%252e%252e/admin",
        "/public/%c0%ae%c0%ae/admin",
        "/public/..%00/admin",
        "/public/%u002e%u002e/admin",
        "/public/.%20/admin",
        "/public/..%3fadmin",
        "/public/..%23admin",
        "/public/%zz",
        "/public/%",
        // The bug: axum, which compares before it decodes, gave these to the handler of another path.
        "/%70ublic/x",
        "/%61dmin",
    ] {
        let seen = ask(&app, &format!("GET {target}"), &[]).await;
        assert_eq!(seen, said(400, "ambiguous_path"), "{target}");
    }
    let user = format!("Bearer {}", tenant.token(POLICY).sign());
    let user = [("authorization", &*user)];
    for target in [
        "/admin",
        "/admin/%61",
        "/admin/",
        "/admin/x?/../public",
        "/admin?x",
    ] {
        let seen = ask(&app, &format!("GET {target}"), &user).await;
        assert_eq!(seen, said(403, "missing_role"), "{target}");
    }
    for target in ["/public/caf%C3%A9/a%20b?..//%2f", "/public/%7euser/a%40b"] {
        let seen = ask(&app, &format!("GET {target}"), &[]).await;
        assert_eq!(seen, said(200, "nobody"), "{target}");
    }
}

#[tokio::test]
async fn the_case_of_letters_counts_unless_the_service_ignores_it() {
    let tenant = Emulator::start().await.unwrap();
    let routes = [
        RouteSettings::new("/Admin/**").role("admin"),
        RouteSettings::new("/café").public(),
    ];
    let with = |ignore_case| {
        let routing = RoutingSettings {
            ignore_case,
            ..RoutingSettings::default()
        };
        let auth = layer_for(&tenant).routes(routes.clone()).routing(routing);
        app(auth.build().unwrap())
    };
    let user = format!("Bearer {}", tenant.token(POLICY).sign());
    let user = [("authorization", &*user)];
    let (exact, any) = (with(false), with(true));
    assert_eq!(
        ask(&exact, "GET /Admin/x", &user).await,
        said(403, "missing_role")
    );
    assert_eq!(
        ask(&exact, "GET /admin/x", &user).await,
        said(200, "a user")
    );
    for path in ["/Admin/x", "/admin", "/ADMIN/x", "/Admin/%49"] {
        let seen = ask(&any, &format!("GET {path}"), &user).await;
        assert_eq!(seen, said(403, "missing_role"), "{path}");
    }
    assert_eq!(
        ask(&exact, "GET /caf%C3%A9", &[]).await,
        said(200, "nobody")
    );
    assert_eq!(ask(&any, "GET /CAF%C3%89", &[]).await, said(200, "nobody"));
    assert_eq!(ask(&exact, "GET /caf%C3%89", &[]).await.0, 401);
}
