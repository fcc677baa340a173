use axum::{Router, routing::get};
use b2c_emulator::{Emulator, IssuerForm};
use tower_b2c_auth::{
    LookUpSettings, LookedUp, VerifiedClaims, VerifiedUser, WithoutResult, from_metadata,
};

use super::{people::Trouble, *};
use crate::support::{API_ID, emulator_time};

#[tokio::test]
async fn a_user_with_other_ids_at_two_issuers_is_one_user_of_the_service() {
    let world = World::new().await;
    let moved = Emulator::builder()
        .tenant_id("99990000-0000-cccc-1111-dddd2222eeee")
        .clock(emulator_time(&world.clock))
        .start()
        .await
        .unwrap();
    let auth = world
        .builder()
        .authority(from_metadata(moved.metadata_url(POLICY)).audience(API_ID));
    let auth = auth.build().unwrap();
    let [old, new] = [&world.tenant, &moved].map(|it| it.issuer(&IssuerForm::Default));
    let look_up = move |user: VerifiedUser| {
        let account = match (user.issuer(), user.id()) {
            (issuer, "alex-before") if issuer == old => Some(Account(1)),
            (issuer, "alex-after") if issuer == new => Some(Account(1)),
            (issuer, "bo-before") if issuer == old => Some(Account(2)),
            _ => None,
        };
        async move { Ok::<_, std::io::Error>(account) }
    };
    let accounts = auth.look_up(look_up, &LookUpSettings::default()).unwrap();
    let tell = async |account: LookedUp<Account>, claims: VerifiedClaims| {
        format!("{} {}", account.0, claims.user_id().unwrap_or_default())
    };
    let router = Router::new().route("/", get(tell)).layer(accounts);
    let router = router.layer(auth);
    let of = |tenant: &Emulator, user: &str| tenant.token(POLICY).claim("oid", user).sign();
    for (tenant, user, expected) in [
        (&world.tenant, "alex-before", Some("1 alex-before")),
        (&moved, "alex-after", Some("1 alex-after")),
        (&world.tenant, "bo-before", Some("2 bo-before")),
        // An id of one tenant means nothing at the other.
        (&moved, "alex-before", None),
        (&world.tenant, "alex-after", None),
        (&moved, "bo-before", None),
    ] {
        for _ in 0..2 {
            let told = ask(&router, &of(tenant, user)).await;
            let unknown = Told::refused(403, "unknown_user", None);
            assert_eq!(told, expected.map_or(unknown, Told::ok), "{user}");
        }
    }
}

#[tokio::test]
async fn unknown_users_are_refused_with_a_challenge_by_default() {
    let world = World::new().await;
    let api = world.api(&LookUpSettings::default()).await;
    let response = api.router.clone().oneshot(request(&world.token("nobody")));
    let challenge = response.await.unwrap().headers()["www-authenticate"].clone();
    let challenge = challenge.to_str().unwrap();
    assert!(challenge.contains("error=\"insufficient_scope\""));

    let auth = world.auth();
    let settings = LookUpSettings {
        unknown_users: WithoutResult::PassOn,
        ..LookUpSettings::default()
    };
    let accounts = auth.look_up(world.people.clone(), &settings).unwrap();
    let optional = async |account: Option<LookedUp<Account>>| account.is_some().to_string();
    let router = |handler| Router::new().route("/", handler).layer(accounts.clone());
    let told = ask(
        &router(get(optional)).layer(auth.clone()),
        &world.token("nobody"),
    );
    assert_eq!(told.await, Told::ok("false"));
    // A handler that needs the user still refuses.
    let needed = get(async |account: LookedUp<Account>| account.0.to_string());
    let told = ask(&router(needed).layer(auth), &world.token("nobody"));
    assert_eq!(told.await, Told::refused(403, "unknown_user", None));
}

#[tokio::test]
async fn a_token_that_names_no_user_is_not_looked_up() {
    let world = World::new().await;
    let daemon = world.tenant.token(POLICY).claim("idtyp", "app").sign();
    let nobody = world.tenant.token(POLICY).without("oid").without("sub");
    let nobody = nobody.sign();
    let api = world.api(&LookUpSettings::default()).await;
    for token in [&daemon, &nobody] {
        let told = api.ask(token).await;
        assert_eq!(told, Told::refused(403, "unknown_user", None));
    }
    let auth = world.auth();
    let settings = LookUpSettings {
        no_user: WithoutResult::PassOn,
        ..LookUpSettings::default()
    };
    let accounts = auth.look_up(world.people.clone(), &settings).unwrap();
    let optional = async |account: Option<LookedUp<Account>>| account.is_some().to_string();
    let router = Router::new().route("/", get(optional)).layer(accounts);
    let router = router.layer(auth);
    for token in [&daemon, &nobody] {
        assert_eq!(ask(&router, token).await, Told::ok("false"));
    }
    assert!(world.people.asked().is_empty());
    // Only tokens without a user are passed on, not unknown users.
    let told = ask(&router, &world.token("nobody")).await;
    assert_eq!(told, Told::refused(403, "unknown_user", None));
}

/// A second look-up, of another type, on the same route.
#[derive(Debug, PartialEq, Eq)]
struct Roles(Vec<&'static str>);

#[tokio::test]
async fn two_look_ups_of_different_types_stand_side_by_side() {
    let world = World::new().await;
    world.people.give("alex", 1);
    world.people.give("bo", 2);
    let auth = world.auth();
    let settings = LookUpSettings::default();
    let accounts = auth.look_up(world.people.clone(), &settings).unwrap();
    let roles = |user: VerifiedUser| async move {
        let roles = match user.id() {
            "alex" => vec!["admin", "writer"],
            _ => vec!["reader"],
        };
        Ok::<_, std::io::Error>(Some(Roles(roles)))
    };
    let roles = auth.look_up(roles, &settings).unwrap();
    let tell = async |account: LookedUp<Account>, roles: LookedUp<Roles>| {
        format!("{} {}", account.0, roles.0.join("+"))
    };
    let router = Router::new()
        .route("/", get(tell))
        .route("/roles", get(async |it: LookedUp<Roles>| it.0.join("+")))
        .route_layer(roles)
        .layer(accounts)
        .layer(auth);
    for (user, expected) in [("alex", "1 admin+writer"), ("bo", "2 reader")] {
        let told = ask(&router, &world.token(user)).await;
        assert_eq!(told, Told::ok(expected));
    }
    assert_eq!(
        ask(&router, &world.token("cleo")).await,
        Told::refused(403, "unknown_user", None),
        "one look-up that knows the user is not enough"
    );
}

#[tokio::test]
async fn a_look_up_without_an_answer_is_503_and_neither_yes_nor_no() {
    let world = World::new().await;
    world.people.give("alex", 1);
    for trouble in [Trouble::Error, Trouble::Panic] {
        let api = world.api(&LookUpSettings::default()).await;
        world.people.be_in(trouble);
        let token = world.token("alex");
        let failed = Told::refused(503, "look_up_failed", Some("1"));
        assert_eq!(api.ask(&token).await, failed);
        // For a second after a failure, the user is not looked up.
        world.people.be_in(None);
        let asked = world.people.asked().len();
        assert_eq!(api.ask(&token).await, failed);
        assert_eq!(world.people.asked().len(), asked);
        world.clock.advance(std::time::Duration::from_secs(1));
        assert_eq!(api.ask(&token).await, Told::ok("1"));
    }
}

#[tokio::test]
async fn look_up_refusals_are_counted_and_look_like_the_layers() {
    let world = World::new().await;
    let auth = world
        .builder()
        .refusal_body(|it: &tower_b2c_auth::Refusal<'_>| {
            tower_b2c_auth::RefusalBody::text(it.reason())
        });
    let auth = auth.build().unwrap();
    let accounts = auth.look_up(world.people.clone(), &LookUpSettings::default());
    let router = Router::new().route("/", get(async || ()));
    let router = router.layer(accounts.unwrap()).layer(auth.clone());
    let told = ask(&router, &world.token("nobody")).await;
    assert_eq!((told.status, &*told.body), (403, "unknown_user"));
    assert_eq!(auth.decisions().refused.get("unknown_user"), Some(&1));
}

#[tokio::test]
async fn a_token_that_no_request_carries_is_looked_up_in_the_same_way() {
    let world = World::new().await;
    world.people.give("alex", 1);
    let auth = world.auth();
    let accounts = auth.look_up(world.people.clone(), &LookUpSettings::default());
    let accounts = accounts.unwrap();
    let account = async |token: String| {
        let claims = auth.authenticate(&token).await?;
        accounts.look_up(&claims).await
    };
    let found = account(world.token("alex")).await.unwrap();
    assert_eq!(found.as_deref(), Some(&Account(1)));
    let error = account(world.token("nobody")).await.unwrap_err();
    assert_eq!(
        (error.status().as_u16(), error.reason()),
        (403, "unknown_user")
    );
    let daemon = world.tenant.token(POLICY).claim("idtyp", "app").sign();
    assert_eq!(account(daemon).await.unwrap_err().reason(), "unknown_user");
    world.people.be_in(Trouble::Error);
    let error = account(world.token("bo")).await.unwrap_err();
    assert_eq!(
        (error.status().as_u16(), error.reason()),
        (503, "look_up_failed")
    );
    // Claims of another layer say nothing here.
    let foreign = world.auth().authenticate(&world.token("alex")).await;
    let error = accounts.look_up(&foreign.unwrap()).await.unwrap_err();
    assert_eq!(error.reason(), "missing_layer");
}

#[tokio::test]
async fn logs_and_debug_output_contain_no_user_and_no_result() {
    let world = World::new().await;
    let auth = world.auth();
    #[derive(Debug)]
    struct Secretive(&'static str);
    let seen = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let printed = seen.clone();
    let look_up = move |user: VerifiedUser| {
        *printed.lock().unwrap() = format!("{user:?}");
        async { Ok::<_, std::io::Error>(Some(Secretive("secret-account"))) }
    };
    let layer = auth.look_up(look_up, &LookUpSettings::default()).unwrap();
    let tell = async |found: LookedUp<Secretive>| format!("{found:?} {}", found.0.len());
    let router = Router::new().route("/", get(tell));
    let router = router.layer(layer.clone()).layer(auth);
    let told = ask(&router, &world.token("secret-user")).await;
    let all = format!(
        "{} {} {layer:?} {router:?}",
        told.body,
        seen.lock().unwrap()
    );
    assert!(
        all.contains("VerifiedUser(..)") && all.contains("LookedUp"),
        "{all}"
    );
    assert!(!all.contains("secret-"), "{all}");
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_refused() {
    let world = World::new().await;
    let settings = LookUpSettings {
        timeout: "never".into(),
        max_users: 0,
        ..LookUpSettings::default()
    };
    let error = world.auth().look_up(world.people.clone(), &settings);
    let error = error.unwrap_err();
    let fields: Vec<_> = error.mistakes().iter().map(|it| &*it.field).collect();
    assert_eq!(fields, ["look_up.timeout", "look_up.max_users"]);
}
