//! Routes that cannot be used.

use tower_b2c_auth::{
    B2cAuthBuilder, B2cAuthLayer, RequiredClaim, RouteSettings, Settings, from_metadata,
};

use crate::support::API_ID;

fn good() -> B2cAuthBuilder {
    let url = "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_in/v2.0/.well-known/openid-configuration";
    B2cAuthLayer::builder()
        .authority(from_metadata(url).name("contoso"))
        .audience(API_ID)
}

#[test]
fn each_mistake_is_refused_with_its_field_and_a_remedy() {
    let tasks = || RouteSettings::new("/tasks/**");
    for (routes, field, remedy) in [
        (vec![RouteSettings::default()], "routes[0].path", "is empty"),
        (
            vec![RouteSettings::new("tasks")],
            "routes[0].path",
            "does not begin with a slash",
        ),
        (
            vec![RouteSettings::new("/tasks/")],
            "routes[0].path",
            "has a trailing slash",
        ),
        // The bug: it covered everything.
        (
            vec![RouteSettings::new("//**")],
            "routes[0].path",
            "has a trailing slash",
        ),
        (
            vec![RouteSettings::new("/tasks/*")],
            "routes[0].path",
            "may have stars only",
        ),
        (
            vec![RouteSettings::new("/**/x")],
            "routes[0].path",
            "may have stars only",
        ),
        (
            vec![RouteSettings::new("/tasks**")],
            "routes[0].path",
            "may have stars only",
        ),
        (
            vec![RouteSettings::new("/tasks/:id")],
            "routes[0].path",
            "has a parameter",
        ),
        (
            vec![RouteSettings::new("/tasks/{id}")],
            "routes[0].path",
            "has a parameter",
        ),
        (
            vec![RouteSettings::new("/tasks?x")],
            "routes[0].path",
            "has a query",
        ),
        (
            vec![RouteSettings::new("/a/../b")],
            "routes[0].path",
            "never matches: it has a segment of dots or spaces only",
        ),
        (
            vec![RouteSettings::new("/a%2fb")],
            "routes[0].path",
            "never matches: a dot, a delimiter",
        ),
        (
            vec![RouteSettings::new("//a")],
            "routes[0].path",
            "never matches: it has an empty segment",
        ),
        (
            vec![tasks().method("get")],
            "routes[0].methods",
            "is not a method",
        ),
        (
            vec![tasks().method("")],
            "routes[0].methods",
            "is not a method",
        ),
        (
            vec![tasks().method("GET POST")],
            "routes[0].methods",
            "is not a method",
        ),
        (
            vec![tasks().exact_methods()],
            "routes[0].exact_methods",
            "has no effect",
        ),
        (
            vec![tasks().host("https://api.contoso.com")],
            "routes[0].hosts",
            "is not a host name",
        ),
        (
            vec![tasks().host("api.contoso.com:443")],
            "routes[0].hosts",
            "is not a host name",
        ),
        (
            vec![tasks().host("API.contoso.com")],
            "routes[0].hosts",
            "is not a host name",
        ),
        (
            vec![tasks().host("*.contoso.com")],
            "routes[0].hosts",
            "is not a host name",
        ),
        (
            vec![tasks().host("a.example"), tasks()],
            "routes[1].hosts",
            "other routes name hosts",
        ),
        (
            vec![tasks().scope("a b")],
            "routes[0].scopes",
            "spaces separate scopes",
        ),
        (
            vec![tasks().role(" a")],
            "routes[0].roles",
            "must not be empty or have white space",
        ),
        (
            vec![tasks().client("")],
            "routes[0].clients",
            "must not be empty or have white space",
        ),
        (
            vec![tasks().policy("signin")],
            "routes[0].policies",
            "is not a policy name",
        ),
        (
            vec![tasks().claim(RequiredClaim::default())],
            "routes[0].claims[0].name",
            "is missing",
        ),
        (
            vec![tasks().authority("fabrikam")],
            "routes[0].authorities",
            "use one of [\"contoso\"]",
        ),
        (
            vec![tasks().public().scope("a")],
            "routes[0].public",
            "contradicts",
        ),
        (
            vec![tasks().public().authority("contoso")],
            "routes[0].public",
            "contradicts",
        ),
        (
            vec![tasks(), tasks().public()],
            "routes[1]",
            "contradicts routes[0], which also covers any method on this path",
        ),
        (
            vec![tasks().method("GET"), tasks().public()],
            "routes[1]",
            "contradicts routes[0], which also covers GET on this path",
        ),
        (
            vec![tasks().method("GET"), tasks().method("HEAD").public()],
            "routes[1]",
            "contradicts routes[0], which also covers HEAD on this path",
        ),
    ] {
        let error = good().routes(routes).build().unwrap_err();
        let [mistake] = error.mistakes() else {
            panic!("{error}");
        };
        assert_eq!(mistake.field, field, "{error}");
        assert!(mistake.remedy.contains(remedy), "{error}");
    }
}

#[test]
fn routes_that_differ_or_say_the_same_go_together() {
    let tasks = || RouteSettings::new("/tasks/**");
    for routes in [
        vec![tasks(), tasks()],
        vec![tasks(), RouteSettings::new("/tasks").public()],
        vec![tasks().method("GET"), tasks().method("POST").public()],
        vec![
            tasks().method("GET").exact_methods(),
            tasks().method("HEAD").public(),
        ],
        vec![
            tasks().host("a.example"),
            tasks().host("b.example").public(),
        ],
        vec![RouteSettings::new("/Tasks/**"), tasks().public()],
        vec![RouteSettings::new("/"), RouteSettings::new("/**").public()],
        vec![RouteSettings::new("/a b"), RouteSettings::new("/%2Ax")],
    ] {
        assert_eq!(
            good().routes(routes.clone()).build().err(),
            None,
            "{routes:?}"
        );
    }
}

#[test]
fn routes_are_read_from_toml() {
    let settings = Settings::from_toml(
        r#"
        audiences = ["api"]
        authorities = [{ tenant = "contoso", policy = "B2C_1_in" }]

        [routing]
        otherwise = "deny"
        ignore_case = true

        [[routes]]
        hosts = ["api.contoso.com"]
        path = "/tasks/**"
        methods = ["GET"]
        exact_methods = true
        scopes = ["tasks.read"]
        roles = ["reader"]
        claims = [{ name = "country", values = ["DE"] }]
        policies = ["B2C_1_in"]
        clients = ["a"]
        authorities = ["contoso/B2C_1_in"]

        [[routes]]
        hosts = ["api.contoso.com"]
        path = "/TASKS/public"
        public = true
        "#,
    )
    .unwrap();
    let written = toml::to_string(&settings).unwrap();
    assert_eq!(Settings::from_toml(&written).as_ref(), Ok(&settings));
    assert_eq!(B2cAuthLayer::from_settings(settings.clone()).err(), None);
    let single = r#"
        hosts = "api.contoso.com"
        path = "/tasks/**"
        methods = "GET"
        scopes = "tasks.read"
        roles = "reader"
        policies = "B2C_1_in"
        clients = "a"
        authorities = "contoso/B2C_1_in"
    "#;
    let list = RouteSettings::new("/tasks/**")
        .host("api.contoso.com")
        .method("GET")
        .scope("tasks.read")
        .role("reader")
        .policy("B2C_1_in")
        .client("a")
        .authority("contoso/B2C_1_in");
    assert_eq!(toml::from_str(single), Ok(list));

    let folded = |path: &str| {
        let mut settings = settings.clone();
        settings
            .routes
            .push(RouteSettings::new(path).host("api.contoso.com").scope("x"));
        B2cAuthLayer::from_settings(settings).err()
    };
    assert_eq!(folded("/tasks"), None);
    assert!(folded("/tasks/PUBLIC").is_some());

    let closed = Settings::from_toml("routing = { otherwise = \"deny\" }").unwrap();
    let error = B2cAuthLayer::from_settings(closed).unwrap_err();
    assert!(
        error
            .mistakes()
            .iter()
            .any(|mistake| mistake.field == "routing.otherwise")
    );
}

/// The bug: the authority was removed, and then no setting could change until the route was removed too.
#[test]
fn an_authority_that_a_route_names_is_removed_together_with_its_name_there() {
    let url = "https://fabrikam.b2clogin.com/fabrikam.onmicrosoft.com/B2C_1_in/v2.0/.well-known/openid-configuration";
    let auth = good()
        .authority(from_metadata(url).name("fabrikam"))
        .routes(vec![
            RouteSettings::new("/open/**").public(),
            RouteSettings::new("/tasks/**").authority("fabrikam"),
        ])
        .build()
        .unwrap();
    let refused = auth.remove_authority("fabrikam").unwrap_err();
    let [mistake] = refused.mistakes() else {
        panic!("{refused}");
    };
    assert_eq!(mistake.field, "routes[1].authorities");
    assert_eq!(auth.health().authorities().len(), 2);
    auth.update_settings(|settings| settings.clock_skew = "5s".into())
        .unwrap();
    assert!(auth.remove_authority("contoso").unwrap());
    assert!(!auth.remove_authority("nobody").unwrap());
    auth.update_settings(|settings| settings.routes[1].authorities.clear())
        .unwrap();
    assert!(auth.remove_authority("fabrikam").unwrap());
}
