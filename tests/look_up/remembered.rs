use std::time::Duration;

use super::{people::Trouble, *};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn an_answer_counts_for_as_long_as_the_settings_say() {
    let world = World::new().await;
    world.people.give("alex", 1);
    let api = world.api(&LookUpSettings::default()).await;
    let (alex, bo) = (world.token("alex"), world.token("bo"));
    let unknown = Told::refused(403, "unknown_user", None);
    assert_eq!(api.ask(&alex).await, Told::ok("1"));
    assert_eq!(api.ask(&bo).await, unknown);
    world.people.give("alex", 3);
    world.people.give("bo", 2);
    world.clock.advance(MINUTE - SECOND);
    assert_eq!(api.ask(&alex).await, Told::ok("1"));
    assert_eq!(api.ask(&bo).await, unknown);
    assert_eq!(world.people.asked(), ["alex", "bo"]);

    world.clock.advance(SECOND);
    assert_eq!(api.ask(&bo).await, Told::ok("2"));
    assert_eq!(api.ask(&alex).await, Told::ok("1"));
    world.clock.advance(4 * MINUTE - SECOND);
    assert_eq!(api.ask(&alex).await, Told::ok("1"));
    world.clock.advance(SECOND);
    assert_eq!(api.ask(&alex).await, Told::ok("3"));
    assert_eq!(world.people.asked(), ["alex", "bo", "bo", "alex"]);
}

#[tokio::test]
async fn an_answer_is_as_old_as_its_question() {
    let world = World::new().await;
    world.people.give("alex", 1);
    let settings = LookUpSettings {
        timeout: "1m".into(),
        ..LookUpSettings::default()
    };
    let api = world.api(&settings).await;
    let token = world.token("alex");
    world.people.close();
    let mut first = std::pin::pin!(api.ask(&token));
    assert!(futures_util::poll!(&mut first).is_pending());
    // The answer was read before the change, and arrives after it.
    world.people.give("alex", 2);
    world.clock.advance(MINUTE - SECOND);
    world.people.open();
    assert_eq!(first.await, Told::ok("1"));
    world.clock.advance(4 * MINUTE);
    assert_eq!(api.ask(&token).await, Told::ok("1"));
    world.clock.advance(SECOND);
    assert_eq!(api.ask(&token).await, Told::ok("2"));
}

#[tokio::test]
async fn an_answer_and_the_counts_outlive_a_swap_of_the_settings() {
    let world = World::new().await;
    world.people.give("alex", 1);
    let auth = world.auth();
    let settings = LookUpSettings::default();
    let accounts = auth.look_up(world.people.clone(), &settings).unwrap();
    let tell = get(async |account: LookedUp<Account>| account.0.to_string());
    let router = Router::new().route("/", tell).layer(accounts);
    let router = router.layer(auth.clone());
    let token = world.token("alex");
    for accepted in 1..=2 {
        assert_eq!(ask(&router, &token).await, Told::ok("1"));
        assert_eq!(auth.decisions().accepted, accepted);
        auth.update_settings(|settings| settings.clock_skew = "5s".into())
            .unwrap();
        world.people.give("alex", 2);
    }
    assert_eq!(world.people.asked(), ["alex"]);
}

#[tokio::test]
async fn a_result_stays_valid_for_stale_for_while_look_ups_fail() {
    let world = World::new().await;
    world.people.give("alex", 1);
    let settings = LookUpSettings {
        stale_for: "10m".into(),
        ..LookUpSettings::default()
    };
    let api = world.api(&settings).await;
    let (alex, bo) = (world.token("alex"), world.token("bo"));
    assert_eq!(api.ask(&alex).await, Told::ok("1"));
    assert_eq!(api.ask(&bo).await.status, 403);
    world.people.be_in(Trouble::Error);
    // Nobody knew bo, and by now somebody may.
    world.clock.advance(MINUTE);
    let failed = Told::refused(503, "look_up_failed", Some("1"));
    assert_eq!(api.ask(&bo).await, failed);

    world.clock.advance(4 * MINUTE);
    let asked = world.people.asked().len();
    for _ in 0..3 {
        assert_eq!(api.ask(&alex).await, Told::ok("1"));
    }
    assert_eq!(world.people.asked().len(), asked + 1);
    world.clock.advance(10 * SECOND);
    assert_eq!(api.ask(&alex).await, Told::ok("1"));
    assert_eq!(world.people.asked().len(), asked + 2);

    // Fifteen minutes after the answer, less a second.
    world.clock.advance(10 * MINUTE - 11 * SECOND);
    assert_eq!(api.ask(&alex).await, Told::ok("1"));
    world.clock.advance(SECOND);
    assert_eq!(api.ask(&alex).await, failed);
    world.people.be_in(None);
    world.clock.advance(SECOND);
    assert_eq!(api.ask(&alex).await, Told::ok("1"));
}

#[tokio::test]
async fn a_user_deleted_during_an_outage_is_refused_after_it() {
    let world = World::new().await;
    world.people.give("alex", 1);
    let api = world.api(&LookUpSettings::default()).await;
    let token = world.token("alex");
    assert_eq!(api.ask(&token).await, Told::ok("1"));
    world.people.be_in(Trouble::Panic);
    world.clock.advance(5 * MINUTE);
    assert_eq!(api.ask(&token).await, Told::ok("1"));
    world.people.be_in(None);
    world.people.take("alex");
    world.clock.advance(10 * SECOND);
    let unknown = Told::refused(403, "unknown_user", None);
    assert_eq!(api.ask(&token).await, unknown);
}

#[tokio::test]
async fn a_user_who_is_forgotten_is_looked_up_again() {
    let world = World::new().await;
    let (alex, bo) = (world.token("alex"), world.token("bo"));
    let issuer = world.tenant.issuer(&b2c_emulator::IssuerForm::Default);
    let api = world.api(&LookUpSettings::default()).await;
    world.people.give("alex", 1);
    world.people.give("bo", 2);
    assert_eq!(api.ask(&alex).await, Told::ok("1"));
    assert_eq!(api.ask(&bo).await, Told::ok("2"));
    world.people.give("alex", 3);
    world.people.give("bo", 4);
    api.accounts.forget(&issuer, "alex");
    assert_eq!(api.ask(&alex).await, Told::ok("3"));
    assert_eq!(api.ask(&bo).await, Told::ok("2"));
    api.accounts.forget_all();
    assert_eq!(api.ask(&bo).await, Told::ok("4"));
}

/// Later requests must not get the answer of a look-up that began before the user was forgotten.
#[tokio::test]
async fn a_user_who_is_forgotten_while_being_looked_up_is_looked_up_again() {
    for all in [true, false] {
        let world = World::new().await;
        let token = world.token("alex");
        let issuer = world.tenant.issuer(&b2c_emulator::IssuerForm::Default);
        let api = world.api(&LookUpSettings::default()).await;
        world.people.give("alex", 1);
        world.people.close();
        let mut first = std::pin::pin!(api.ask(&token));
        assert!(futures_util::poll!(&mut first).is_pending());
        world.people.give("alex", 2);
        if all {
            api.accounts.forget_all();
        } else {
            api.accounts.forget(&issuer, "alex");
        }
        let mut second = std::pin::pin!(api.ask(&token));
        assert!(futures_util::poll!(&mut second).is_pending());
        world.people.open();
        assert_eq!(second.await, Told::ok("2"));
        assert_eq!(first.await, Told::ok("1"));
        assert_eq!(api.ask(&token).await, Told::ok("2"));
    }
}
