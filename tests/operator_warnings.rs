//! Settings that are valid, but perhaps not intended: the layer logs them, and `Settings::warnings` returns them.

use tower_b2c_auth::{
    B2cAuthLayer, ForgottenKey, MigrationSettings, OtherRoutes, RequiredClaim, RouteSettings,
    RoutingSettings, Settings, SystemClock, b2c, entra_id, test_util::TestTenant,
};

use crate::support::{API_ID, logged, start_log};

#[test]
fn each_warning_names_field_value_and_what_to_do() {
    let legacy = "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0";
    let scopes = RequiredClaim {
        name: "scp".into(),
        values: vec!["tasks.read".into()],
        ..RequiredClaim::default()
    };
    let route = |route: RouteSettings| routed(vec![route]);
    let cases = [
        (
            Settings {
                danger_report_only: true,
                ..usual()
            },
            "danger_report_only = true: refuses no request",
        ),
        (
            Settings {
                audiences: vec!["https://contoso.onmicrosoft.com/tasks".into()],
                ..usual()
            },
            "audiences = \"https://contoso.onmicrosoft.com/tasks\": is a URI",
        ),
        (
            Settings {
                authorities: vec![tower_b2c_auth::AuthoritySettings::openid_config(
                    "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_in/v2.0",
                )],
                ..usual()
            },
            "authorities[0].openid_config = \"https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_in/v2.0\": is not a usual metadata URL",
        ),
        (
            Settings {
                required_claims: vec![scopes.clone()],
                ..usual()
            },
            "required_claims[0].values = [\"tasks.read\"]: matches only a token without any other scope",
        ),
        (
            route(RouteSettings {
                claims: vec![scopes],
                ..RouteSettings::new("/**")
            }),
            "routes[0].claims[0].values = [\"tasks.read\"]: matches only",
        ),
        (
            route(RouteSettings::new("/tasks").authority("in")),
            "routes[0].authorities = [\"in\"]: another policy of the same tenant may sign with the same key",
        ),
        // The bug: nothing was said, and requests with the method that was meant were answered with 403.
        (
            route(RouteSettings {
                methods: vec!["GET".into(), "POTS".into()],
                ..RouteSettings::new("/tasks")
            }),
            "routes[0].methods = \"POTS\": is no registered HTTP method",
        ),
        (
            Settings {
                routing: RoutingSettings::default(),
                ..route(RouteSettings::new("/tasks"))
            },
            "routing.otherwise = \"token\": a request that no route covers needs nothing but a good token, which must meet required_claims if they are set",
        ),
        (
            Settings {
                migration: Some(MigrationSettings::from_issuer(legacy)),
                ..usual()
            },
            "migration.legacy_issuers = \"https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0\": B2C's issuers end with a slash",
        ),
        // The bug: nothing was said, old tokens were refused without being counted, and the report said "safe to remove".
        (
            Settings {
                migration: Some(MigrationSettings::from_issuer(
                    "https://login.microsoft.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/",
                )),
                ..usual()
            },
            "migration.legacy_issuers = \"https://login.microsoft.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/\": is on a host that is neither",
        ),
        (
            Settings {
                migration: Some(MigrationSettings {
                    sunset: Some("2020-01-01T00:00:00Z".into()),
                    ..MigrationSettings::from_issuer(format!("{legacy}/"))
                }),
                ..usual()
            },
            "migration.sunset = \"2020-01-01T00:00:00Z\": is in the past",
        ),
        (
            Settings {
                claim_headers: [("forgotten_key".into(), "KID".into())].into(),
                ..usual()
            },
            "claim_headers.forgotten_key = …: looks like the setting `forgotten_keys`",
        ),
        (
            Settings {
                claim_headers: [("Forgotten-Keys".into(), "KID".into())].into(),
                ..usual()
            },
            "claim_headers.Forgotten-Keys = …: looks like the setting `forgotten_keys`",
        ),
    ];
    warns_at_build_and_swap(cases.into());
}

/// The bugs: nothing was said of an audience that no token has, of an authority that repeats another one, or of a function without its parentheses.
#[test]
fn what_has_no_effect_is_warned_of() {
    let audience = |audience: &str| Settings {
        audiences: vec![audience.into()],
        ..usual()
    };
    let id = "00001111-aaaa-2222-bbbb-3333cccc4444";
    let mut repeated = usual();
    let again = b2c("contoso").policy("B2C_1_in").name("again");
    repeated.authorities.extend(Vec::from(again));
    let mut own = usual();
    own.authorities[1].audiences = vec!["a,b".into()];
    warns_at_build_and_swap(vec![
        (
            audience("00001111-AAAA-2222-bbbb-3333cccc4444"),
            "audiences = \"00001111-AAAA-2222-bbbb-3333cccc4444\": has capital letters, but the ids in Microsoft's tokens are in lower case, and audiences are compared exactly; write \"00001111-aaaa-2222-bbbb-3333cccc4444\"",
        ),
        (
            audience(&format!("{{{id}}}")),
            "audiences = \"{00001111-aaaa-2222-bbbb-3333cccc4444}\": contains {, which no token of Microsoft's has in its aud; write only",
        ),
        (
            audience(&format!("\u{200b}{id}")),
            "audiences = \"\\u{200b}00001111-aaaa-2222-bbbb-3333cccc4444\": contains \\u{200b}, which no token",
        ),
        (
            audience("<your client id>"),
            "audiences = \"<your client id>\": contains <, which",
        ),
        (
            audience("your client id"),
            "audiences = \"your client id\": contains a space, which",
        ),
        (
            audience("\"api\""),
            "audiences = \"\\\"api\\\"\": contains \", which",
        ),
        (
            own,
            "authorities[1].audiences = \"a,b\": contains a comma, which",
        ),
        (
            repeated,
            "authorities[2] = …: repeats authorities[0], whose keys and rules are the same; remove one of the two",
        ),
        (
            Settings {
                claim_headers: [("x-auth-subject".into(), "user_id".into())].into(),
                ..usual()
            },
            "claim_headers.x-auth-subject = \"user_id\": without parentheses, this is a claim of the token; for the user, write user_id()",
        ),
    ]);
}

/// The bug: the log confirmed a misspelt id, and the stolen key stayed in use.
#[tokio::test]
async fn a_forgotten_key_that_no_authority_has_is_warned_of() {
    let unknown = |log: &str| -> Vec<String> {
        let lines = log
            .lines()
            .filter(|line| line.contains("an unknown key is to be forgotten"));
        lines.map(str::to_owned).collect()
    };
    let tenant = TestTenant::new();
    let forgetting = |keys: &[ForgottenKey]| Settings {
        forgotten_keys: keys.to_vec(),
        ..tenant.builder().settings()
    };
    let misspelt = ForgottenKey::everywhere("tes");
    let name = tenant.layer().health().authorities()[0].authority.clone();
    let right = [
        ForgottenKey::everywhere("test"),
        ForgottenKey::of(name, "test"),
    ];

    start_log();
    let auth = tenant.builder().build().unwrap();
    auth.swap_settings(&forgetting(&right)).unwrap();
    assert_eq!(unknown(&logged()).len(), 0);
    start_log();
    let both = forgetting(&[right[0].clone(), misspelt.clone()]);
    auth.swap_settings(&both).unwrap();
    let log = logged();
    let told = unknown(&log);
    assert_eq!(told.len(), 1, "{log}");
    assert!(
        told[0].contains("WARN") && told[0].contains("kid=\"tes\""),
        "{log}"
    );
    start_log();
    auth.swap_settings(&both).unwrap();
    assert_eq!(unknown(&logged()).len(), 0);

    start_log();
    assert!(auth.forget_key(right[0].clone()));
    assert!(auth.forget_key(misspelt.clone()));
    // Its result says so.
    assert!(!auth.forget_key(ForgottenKey::of("no authority", "tes")));
    assert_eq!(unknown(&logged()).len(), 1);
    // The bug: nothing was logged at the start.
    start_log();
    let at_start = forgetting(&[misspelt]);
    assert!(B2cAuthLayer::from_settings(at_start).is_ok());
    let log = logged();
    let lines = log
        .lines()
        .filter(|line| line.contains("the settings forget these keys"));
    assert_eq!(lines.count(), 1, "{log}");
}

/// The bug: the log said that the settings forget no key, although the key stayed refused.
#[tokio::test]
async fn keys_that_stay_forgotten_are_named_when_the_settings_no_longer_list_any() {
    let tenant = TestTenant::new();
    let none = tenant.builder().settings();
    let one = Settings {
        forgotten_keys: vec![ForgottenKey::everywhere("one")],
        ..none.clone()
    };
    let auth = tenant.builder().build().unwrap();
    start_log();
    auth.swap_settings(&one).unwrap();
    auth.swap_settings(&none).unwrap();
    assert!(logged().contains("the settings no longer forget any key\n"));
    start_log();
    auth.swap_settings(&one).unwrap();
    assert!(auth.forget_key(ForgottenKey::everywhere("two")));
    auth.swap_settings(&none).unwrap();
    let log = logged();
    let line = log.lines().find(|line| line.contains("no longer forget"));
    let line = line.unwrap();
    assert!(line.contains("are still refused kid=\"two\""), "{log}");
}

fn warns_at_build_and_swap(cases: Vec<(Settings, &str)>) {
    for (settings, expected) in cases {
        start_log();
        let auth = B2cAuthLayer::from_settings(settings.clone()).unwrap();
        auth.swap_settings(&settings).unwrap();
        let logged = logged();
        assert_eq!(logged.matches(expected).count(), 2, "{expected}\n{logged}");
        let warnings = settings.warnings(&SystemClock::default());
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].to_string().starts_with(expected));
    }
}

#[test]
fn nobody_is_warned_of_what_is_usual() {
    let good = Settings {
        migration: Some(MigrationSettings::from_issuer(
            "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/",
        )),
        ..routed(vec![
            RouteSettings::new("/tasks/**")
                .authority("in")
                .authority("edit"),
            RouteSettings::new("/profile")
                .authority("edit")
                .policy("B2C_1_edit"),
            RouteSettings::new("/reports").scope("reports.read"),
        ])
    };
    assert_eq!(good.warnings(&SystemClock::default()), []);
    assert!(B2cAuthLayer::from_settings(good).is_ok());
    // The bug: requests that no route covers were warned of, although there can be none.
    let all_covered = Settings {
        claim_headers: [
            ("x-auth-audiences".into(), "aud".into()),
            ("user_id".into(), "user_id()".into()),
            ("x_auth_roles".into(), "roles".into()),
            ("auth_time".into(), "auth_time".into()),
            ("token_use".into(), "use".into()),
            ("route_id".into(), "route".into()),
        ]
        .into(),
        routing: RoutingSettings::default(),
        ..routed(vec![RouteSettings::new("/**").policy("B2C_1_in")])
    };
    assert_eq!(all_covered.warnings(&SystemClock::default()), []);
    // Entra ID's tokens can have a URI as their audience, and authorities that differ in a rule are not the same.
    let mut of_both_families = usual();
    let tenant = entra_id("aaaabbbb-0000-cccc-1111-dddd2222eeee");
    of_both_families.authorities.extend(Vec::from(tenant));
    of_both_families.audiences.push("api://tasks".into());
    let mut other_audience = usual();
    let again = b2c("contoso").policy("B2C_1_in").name("again");
    other_audience.authorities.extend(Vec::from(again));
    other_audience.authorities[2].audiences = vec!["other".into()];
    for usual in [of_both_families, other_audience] {
        assert_eq!(usual.warnings(&SystemClock::default()), []);
    }
}

/// Two policies of one tenant.
fn usual() -> Settings {
    let authorities: [Vec<_>; 2] = [
        b2c("contoso").policy("B2C_1_in").name("in").into(),
        b2c("contoso").policy("B2C_1_edit").name("edit").into(),
    ];
    Settings {
        authorities: authorities.concat(),
        audiences: vec![API_ID.into()],
        ..Settings::default()
    }
}

/// The same, where requests that no route covers are refused.
fn routed(routes: Vec<RouteSettings>) -> Settings {
    Settings {
        routes,
        routing: RoutingSettings {
            otherwise: OtherRoutes::Deny,
            ..RoutingSettings::default()
        },
        ..usual()
    }
}
