use axum::extract::Request;
use tower_b2c_auth::{ReportOnly, TokenSettings, Unjudged};

use super::*;

#[tokio::test]
async fn a_look_up_outside_of_its_layer_is_a_mistake_in_the_router() {
    let world = World::new().await;
    let (auth, other) = (world.auth(), world.auth());
    let accounts = auth.look_up(world.people.clone(), &LookUpSettings::default());
    let accounts = accounts.unwrap();
    let route = || Router::new().route("/", get(async || "in"));
    for router in [
        route().layer(auth.clone()).layer(accounts.clone()),
        route().layer(accounts.clone()).layer(other),
    ] {
        let told = ask(&router, &world.token("alex")).await;
        assert_eq!(told, Told::refused(500, "missing_layer", None));
    }
    let text = Unjudged::MissingLayer.to_string();
    assert!(text.contains("look-up"), "{text}");
    // A handler that asks for what nobody has looked up is a mistake in the router, too.
    let tell = get(async |account: LookedUp<Account>| account.0.to_string());
    let told = ask(
        &Router::new().route("/", tell).layer(auth),
        &world.token("alex"),
    );
    let told = told.await;
    assert_eq!(told.status, 500);
    assert!(told.body.contains("add the LookUpLayer"), "{}", told.body);
    assert!(world.people.asked().is_empty());
}

#[tokio::test]
async fn an_anonymous_request_passes_without_a_look_up() {
    let world = World::new().await;
    let auth = world.builder().allow_anonymous().build().unwrap();
    let accounts = auth.look_up(world.people.clone(), &LookUpSettings::default());
    let optional = async |account: Option<LookedUp<Account>>| account.is_some().to_string();
    let router = Router::new()
        .route("/", get(optional))
        .route("/me", get(async |it: LookedUp<Account>| it.0.to_string()))
        .layer(accounts.unwrap())
        .layer(auth);
    let anonymous = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        Told::read(router.clone().oneshot(request).await.unwrap()).await
    };
    assert_eq!(anonymous("/").await, Told::ok("false"));
    let missing = Told::refused(401, "missing_credentials", None);
    assert_eq!(anonymous("/me").await, missing);
    assert!(world.people.asked().is_empty());
    // Credentials are optional, but those that are sent are judged.
    assert_eq!(ask(&router, &world.token("nobody")).await.status, 403);
}

#[tokio::test]
async fn a_layer_that_only_reports_passes_unknown_users_on_and_says_so() {
    let world = World::new().await;
    let auth = world.builder().danger_report_only().build().unwrap();
    let accounts = auth.look_up(world.people.clone(), &LookUpSettings::default());
    let tell = async |account: Option<LookedUp<Account>>, request: Request| {
        let report = request.extensions().get::<ReportOnly>().unwrap();
        let reason = report.refusal().map(|refusal| refusal.reason());
        format!("{} {reason:?}", account.is_some())
    };
    let router = Router::new().route("/", get(tell));
    let router = router.layer(accounts.unwrap()).layer(auth.clone());
    let told = ask(&router, &world.token("nobody")).await;
    assert_eq!(told, Told::ok("false Some(\"unknown_user\")"));
    assert_eq!(auth.decisions().refused.get("unknown_user"), Some(&1));
    let told = ask(&router, "no.good.token").await;
    assert!(told.body.starts_with("false Some("), "{}", told.body);
}

/// The inner layer's token is another user's than the outer layer's: neither user may be taken for the other.
#[tokio::test]
async fn with_nested_layers_what_was_looked_up_belongs_to_the_claims_beside_it() {
    let world = World::new().await;
    world.people.give("outer", 1);
    world.people.give("inner", 2);
    let from_inner = TokenSettings {
        header: Some("x-inner".into()),
        ..TokenSettings::default()
    };
    let separate = world.builder().token(from_inner.clone()).build().unwrap();
    let outer = world.auth();
    let derived = outer.reading_token_from(&from_inner).unwrap();
    for (inner, of_outer) in [(separate, "Some(1)"), (derived, "None")] {
        let settings = LookUpSettings::default();
        let outer_accounts = outer.look_up(world.people.clone(), &settings).unwrap();
        let inner_accounts = inner.look_up(world.people.clone(), &settings).unwrap();
        let seen = {
            let (outer, inner) = (outer_accounts.clone(), inner_accounts.clone());
            async move |account: Option<LookedUp<Account>>, request: Request| {
                let found = |layer: &LookUpLayer<Account>| {
                    layer.found(request.extensions()).map(|account| account.0)
                };
                let account = account.map(|account| account.0);
                format!("{account:?} {:?} {:?}", found(&outer), found(&inner))
            }
        };
        let ask = async |router: Router| {
            let mut request = request(&world.token("outer"));
            let inner = format!("Bearer {}", world.token("inner"));
            // In a header of its own, a token has no scheme.
            let inner = inner.trim_start_matches("Bearer ");
            request
                .headers_mut()
                .insert("x-inner", inner.parse().unwrap());
            Told::read(router.oneshot(request).await.unwrap()).await
        };
        let innermost = Router::new().route("/", get(seen));
        let without = innermost.clone().layer(inner.clone());
        let without = without.layer(outer_accounts.clone()).layer(outer.clone());
        // Nobody has looked up the inner user.
        assert_eq!(
            ask(without).await,
            Told::ok(&format!("None {of_outer} None"))
        );
        let both = innermost.layer(inner_accounts).layer(inner);
        let both = both.layer(outer_accounts).layer(outer.clone());
        // A derived layer is the same layer, and its claims have replaced the others.
        let found = match of_outer {
            "None" => "Some(2) Some(2) Some(2)",
            _ => "Some(2) Some(1) Some(2)",
        };
        assert_eq!(ask(both).await, Told::ok(found));
    }
}
