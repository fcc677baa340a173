//! Good tokens that are not enough: 403 `insufficient_scope` (RFC 6750 §3.1).

use axum::routing::get;
use tower_b2c_auth::{
    B2cAuthLayer, ClaimMatch, Refused, RequiredClaim, Requirement, Settings, VerifiedClaims,
    all_of, any_of, claim, permission, policy, role, scope,
};

use super::*;

#[tokio::test]
async fn a_route_can_require_scopes_roles_claims_and_policies() {
    let world = World::start().await;
    let scopes = |granted: &str| world.token().scope(granted).sign();
    let mfa = || any_of([scope("tasks.admin"), claim("mfa", "true")]);
    let none: [Requirement; 0] = [];
    // The requirement, what the challenge names, a token that meets it, and one that does not.
    let cases = [
        (
            "a scope",
            scope("tasks.write"),
            scopes_of("tasks.write"),
            Some(scopes("tasks.read tasks.write")),
            scopes("tasks.read"),
        ),
        (
            "a scope, by a longer name",
            scope("tasks.write"),
            scopes_of("tasks.write"),
            None,
            scopes("tasks.writeall xtasks.write"),
        ),
        (
            "a scope, in another case",
            scope("tasks.write"),
            scopes_of("tasks.write"),
            None,
            scopes("Tasks.Write"),
        ),
        (
            "no scope at all",
            scope("tasks.write"),
            scopes_of("tasks.write"),
            None,
            world
                .token()
                .without("scp")
                .claim("roles", vec!["tasks.write"])
                .sign(),
        ),
        (
            "any of",
            any_of([scope("a"), scope("b")]),
            scopes_of("a b"),
            Some(scopes("b")),
            scopes("c"),
        ),
        (
            "all of",
            all_of([scope("a"), scope("b")]),
            scopes_of("a b"),
            Some(scopes("b a")),
            scopes("b"),
        ),
        (
            "both",
            all_of([scope("a"), mfa()]),
            scopes_of("a tasks.admin"),
            Some(world.token().scope("a").claim("mfa", true).sign()),
            scopes("a"),
        ),
        (
            "a permission, as a user's scope or as B2C's role of a daemon",
            permission("tasks.run"),
            scopes_of("tasks.run"),
            Some(scopes("tasks.read tasks.run")),
            scopes("tasks.running"),
        ),
        (
            "a permission, as an app role",
            permission("tasks.run"),
            scopes_of("tasks.run"),
            Some(world.token().claim("roles", vec!["tasks.run"]).sign()),
            world.token().claim("roles", vec!["Tasks.Run"]).sign(),
        ),
        (
            "a role",
            role("daemon"),
            Refused::MissingRole,
            Some(world.token().claim("roles", vec!["daemon"]).sign()),
            scopes("daemon"),
        ),
        (
            "a policy",
            policy("b2c_1_SIGNUPSIGNIN1"),
            Refused::ForeignPolicy,
            Some(world.token().sign()),
            world.token().claim("tfp", "B2C_1_other").sign(),
        ),
        (
            "a claim",
            claim("idp", "facebook.com"),
            Refused::UnmetClaim,
            Some(world.token().claim("idp", "facebook.com").sign()),
            world.token().sign(),
        ),
        (
            "a list of nothing",
            all_of(none.clone()),
            scopes_of(""),
            None,
            scopes("a"),
        ),
        (
            "a choice of nothing",
            any_of(none),
            scopes_of(""),
            None,
            scopes("a"),
        ),
    ];
    for (name, requirement, refused, enough, not_enough) in cases {
        let auth = layer_for(&world.tenant)
            .clock(world.clock.clone())
            .build()
            .unwrap();
        let route = get(async || "in").layer(auth.require(requirement));
        let router = Router::new().route("/tasks", route).layer(auth);
        assert_unmet(&router, name, refused, &not_enough).await;
        if let Some(token) = enough {
            let answer = Api::serve(router).await.get("/tasks", &token).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, "in"), "{name}");
        }
    }
}

#[tokio::test]
async fn settings_can_require_claims_of_every_token() {
    let world = World::start().await;
    let required = |matching| RequiredClaim {
        name: "scp".into(),
        matching,
        separator: Some(" ".into()),
        values: vec!["tasks.read".into(), "tasks.write".into()],
    };
    let extension = RequiredClaim {
        name: "extension_level".into(),
        values: vec!["3".into()],
        ..RequiredClaim::default()
    };
    let present = RequiredClaim {
        name: "idp".into(),
        ..RequiredClaim::default()
    };
    let role_claim = RequiredClaim {
        name: "roles".into(),
        values: vec!["r".into()],
        ..RequiredClaim::default()
    };
    let level = |level: i32| world.token().claim("extension_level", level).sign();
    let scopes = |granted: &str| world.token().scope(granted).sign();
    let cases = [
        (
            "any scope",
            required(ClaimMatch::Any),
            scopes_of("tasks.read tasks.write"),
            scopes("x tasks.write"),
            scopes("x"),
        ),
        (
            "all scopes",
            required(ClaimMatch::All),
            scopes_of("tasks.read tasks.write"),
            scopes("tasks.write tasks.read"),
            scopes("tasks.read"),
        ),
        (
            "a number",
            extension,
            Refused::UnmetClaim,
            level(3),
            level(4),
        ),
        // The bug: the reason was that a claim was missing.
        (
            "a role in a claim",
            role_claim,
            Refused::MissingRole,
            world.token().claim("roles", vec!["r"]).sign(),
            world.token().claim("roles", vec!["q"]).sign(),
        ),
        (
            "a claim that only has to be there",
            present,
            Refused::UnmetClaim,
            world.token().claim("idp", "x").sign(),
            world.token().sign(),
        ),
    ];
    for (name, required, refused, enough, not_enough) in cases {
        let auth = layer_for(&world.tenant)
            .required_claim(required)
            .clock(world.clock.clone());
        let router = protected(auth.build().unwrap());
        assert_unmet(&router, name, refused, &not_enough).await;
        let answer = Api::serve(router).await.get("/tasks", &enough).await;
        assert_eq!(answer.status, 200, "{name}");
    }
}

#[tokio::test]
async fn required_claims_of_a_toml_file_are_heeded() {
    let tenant = Emulator::start().await.unwrap();
    let toml = format!(
        r#"
        audiences = ["{}"]
        [[authorities]]
        openid_config = "{}"
        [[required_claims]]
        name = "scp"
        match = "any"
        separator = " "
        values = ["tasks.read", "tasks.write"]
        "#,
        crate::support::API_ID,
        tenant.metadata_url(POLICY),
    );
    let settings: Settings = toml::from_str(&toml).unwrap();
    let router = protected(B2cAuthLayer::from_settings(settings).unwrap());
    let token = |scope: &str| tenant.token(POLICY).scope(scope).sign();
    assert_unmet(
        &router,
        "toml",
        scopes_of("tasks.read tasks.write"),
        &token("tasks.delete"),
    )
    .await;
    let api = Api::serve(router).await;
    assert_eq!(api.get("/tasks", &token("tasks.write")).await.status, 200);
}

#[tokio::test]
async fn a_bad_token_is_401_also_where_a_scope_is_missing() {
    let world = World::start().await;
    let auth = layer_for(&world.tenant)
        .clock(world.clock.clone())
        .build()
        .unwrap();
    let handler = async |claims: VerifiedClaims| claims.issuer().to_owned();
    let route = get(handler).layer(auth.require(scope("tasks.write")));
    let router = Router::new().route("/tasks", route).layer(auth);
    let token = world.token().issued_at(1_500_000_000).sign();
    let case = Case::bearer("expired", &token, TokenError::Expired);
    assert_refused(&router, [case], 401, Some(INVALID_TOKEN)).await;
}

/// The bug: a token that had every scope was asked for them, and nobody saw what it lacked.
#[tokio::test]
async fn scopes_are_asked_for_only_if_one_is_missing() {
    let world = World::start().await;
    let auth = layer_for(&world.tenant)
        .clock(world.clock.clone())
        .build()
        .unwrap();
    let rule = auth.require(all_of([
        scope("a"),
        role("r"),
        any_of([policy("B2C_1_x"), policy("B2C_1_y")]),
        claim("c", "1"),
    ]));
    let route = get(async || "in").layer(rule);
    let router = Router::new().route("/tasks", route).layer(auth);
    let bare = world.token().scope("b").without("tfp");
    let with_scope = bare.clone().scope("a");
    let with_role = with_scope.clone().claim("roles", vec!["r"]);
    let with_policy = with_role.clone().claim("tfp", "B2C_1_y");
    for (name, token, refused) in [
        ("nothing", bare, scopes_of("a")),
        ("a scope", with_scope, Refused::MissingRole),
        ("a role", with_role, Refused::ForeignPolicy),
        ("a policy", with_policy.clone(), Refused::UnmetClaim),
    ] {
        assert_unmet(&router, name, refused, &token.sign()).await;
    }
    let token = with_policy.claim("c", "1").sign();
    assert_eq!(
        Api::serve(router).await.get("/tasks", &token).await.status,
        200
    );
}

fn scopes_of(scopes: &str) -> Refused {
    Refused::Unmet {
        scopes: scopes.into(),
    }
}

async fn assert_unmet(router: &Router, name: &str, refused: Refused, token: &str) {
    let challenge = match &refused {
        Refused::Unmet { scopes } if !scopes.is_empty() => {
            format!("{INSUFFICIENT_SCOPE}, scope=\"{scopes}\"")
        }
        _ => INSUFFICIENT_SCOPE.to_owned(),
    };
    let case = Case::bearer(name, token, refused);
    assert_refused(router, [case], 403, Some(&challenge)).await;
}
