use std::{
    future::pending,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt as _, poll};
use tower_b2c_auth::{Clock, NumericDate, VerifiedUser};

use super::*;

type Asking<'a> = Pin<Box<dyn Future<Output = Told> + 'a>>;

/// Requests with these tokens that are all waiting.
async fn waiting<'a>(api: &'a Api, tokens: &'a [String]) -> Vec<Asking<'a>> {
    let mut all: Vec<Asking<'a>> = Vec::new();
    for token in tokens {
        let mut one: Asking<'a> = Box::pin(api.ask(token));
        assert!(poll!(&mut one).is_pending());
        all.push(one);
    }
    all
}

#[tokio::test]
async fn a_thousand_requests_of_one_user_are_one_look_up() {
    let world = World::new().await;
    world.people.give("alex", 1);
    let api = world.api(&LookUpSettings::default()).await;
    let tokens = vec![world.token("alex"); 1000];
    world.people.close();
    let all = waiting(&api, &tokens).await;
    world.people.open();
    for one in all {
        assert_eq!(one.await, Told::ok("1"));
    }
    assert_eq!(world.people.asked(), ["alex"]);
}

#[tokio::test]
async fn requests_on_many_threads_are_one_look_up_and_two_users_never_mix() {
    let world = World::new().await;
    let api = world.api(&LookUpSettings::default()).await;
    let users: Vec<_> = (0..8_u32).map(|number| format!("user {number}")).collect();
    for (user, number) in users.iter().zip(0..) {
        world.people.give(user, number);
    }
    let threads = (0..800_u32).map(|at| {
        let number = at % 8;
        let token = world.token(&format!("user {number}"));
        let router = api.router.clone();
        tokio::spawn(async move { (ask(&router, &token).await, number) })
    });
    for one in threads.collect::<Vec<_>>() {
        let (told, number) = one.await.unwrap();
        assert_eq!(told, Told::ok(&number.to_string()));
    }
    let mut asked = world.people.asked();
    asked.sort();
    assert_eq!(asked, users);
}

#[tokio::test]
async fn a_look_up_that_hangs_is_given_up_when_its_time_is_over() {
    let world = World::new().await;
    world.people.give("alex", 1);
    let api = world.api(&LookUpSettings::default()).await;
    let token = world.token("alex");
    world.people.close();
    let mut hanging = pin!(api.ask(&token));
    assert!(poll!(&mut hanging).is_pending());
    world.clock.advance(Duration::from_millis(1999));
    assert!(poll!(&mut hanging).is_pending());
    world.clock.advance(Duration::from_millis(1));
    let failed = Told::refused(503, "look_up_failed", Some("1"));
    assert_eq!(hanging.await, failed);
    world.people.open();
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(api.ask(&token).await, Told::ok("1"));
}

/// A clock whose next timer belongs to a runtime that has stopped.
#[derive(Debug, Clone)]
struct OfStoppedRuntime {
    clock: ManualClock,
    is_next: Arc<AtomicBool>,
}

impl Clock for OfStoppedRuntime {
    fn now(&self) -> NumericDate {
        self.clock.now()
    }

    fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        match self.is_next.swap(false, Ordering::Relaxed) {
            true => Box::pin(pending()),
            false => self.clock.sleep(duration),
        }
    }
}

/// The bug: a request that joined a call waited for as long as the runtime that had started the call was not running.
#[tokio::test]
async fn a_request_gives_up_even_if_the_call_s_own_timer_has_stopped() {
    let world = World::new().await;
    let clock = OfStoppedRuntime {
        clock: world.clock.clone(),
        is_next: Arc::default(),
    };
    let auth = world.builder().clock(clock.clone()).build().unwrap();
    let api = world.api_of(auth, &LookUpSettings::default()).await;
    let token = world.token("alex");
    world.people.close();
    clock.is_next.store(true, Ordering::Relaxed);
    let mut waiting = pin!(api.ask(&token));
    assert!(poll!(&mut waiting).is_pending());
    assert!(!clock.is_next.load(Ordering::Relaxed));
    world.clock.advance(Duration::from_secs(2));
    assert_eq!(
        waiting.await,
        Told::refused(503, "look_up_failed", Some("1"))
    );
}

#[tokio::test]
async fn a_client_that_hangs_up_stops_nothing() {
    let world = World::new().await;
    world.people.give("alex", 1);
    let api = world.api(&LookUpSettings::default()).await;
    let token = world.token("alex");
    world.people.close();
    drop(waiting(&api, std::slice::from_ref(&token)).await);
    world.people.open();
    // The next request continues the look-up.
    assert_eq!(api.ask(&token).await, Told::ok("1"));
    assert_eq!(world.people.asked(), ["alex"]);

    // A look-up that nothing drove before its timeout is started again.
    api.accounts.forget_all();
    world.people.close();
    drop(waiting(&api, std::slice::from_ref(&token)).await);
    world.people.give("alex", 2);
    world.clock.advance(Duration::from_secs(2));
    world.people.open();
    assert_eq!(api.ask(&token).await, Told::ok("2"));
    assert_eq!(world.people.asked(), ["alex", "alex", "alex"]);
}

#[tokio::test]
async fn a_look_up_without_waiting_requests_frees_its_place() {
    let world = World::new().await;
    let held = Arc::new(());
    let look_up = {
        let held = Arc::clone(&held);
        move |user: VerifiedUser| {
            let connection = Arc::clone(&held);
            async move {
                if user.id() == "alex" {
                    std::future::pending::<()>().await;
                }
                drop(connection);
                Ok::<_, std::io::Error>(Some(Account(1)))
            }
        }
    };
    let auth = world.auth();
    auth.warm_up().await.unwrap();
    let accounts = auth.look_up(look_up, &LookUpSettings::default()).unwrap();
    let tell = async |account: LookedUp<Account>| account.0.to_string();
    let router = Router::new().route("/", get(tell)).layer(accounts);
    let router = router.layer(auth);
    let free = Arc::strong_count(&held);

    let token = world.token("alex");
    let mut left = Box::pin(ask(&router, &token));
    assert!(poll!(&mut left).is_pending());
    drop(left);
    assert_eq!(Arc::strong_count(&held), free + 1);
    world.clock.advance(Duration::from_secs(2));
    assert_eq!(ask(&router, &world.token("bo")).await, Told::ok("1"));
    assert_eq!(Arc::strong_count(&held), free);
}

#[tokio::test]
async fn no_more_users_are_looked_up_at_once_than_the_settings_allow() {
    let world = World::new().await;
    let settings = LookUpSettings {
        max_at_once: 2,
        ..LookUpSettings::default()
    };
    let api = world.api(&settings).await;
    let tokens = ["alex", "bo", "cleo"].map(|user| world.token(user));
    let [_, _, cleo] = &tokens;
    world.people.give("cleo", 3);
    world.people.close();
    let two = waiting(&api, &tokens[..2]).await;
    // Another request of a user who is being looked up asks nothing.
    let third = waiting(&api, &tokens[..1]).await;
    let too_many = Told::refused(503, "too_many_look_ups", Some("2"));
    assert_eq!(api.ask(cleo).await, too_many);
    assert_eq!(world.people.asked(), ["alex", "bo"]);
    world.people.open();
    for one in two.into_iter().chain(third) {
        assert_eq!(one.await.status, 403);
    }
    assert_eq!(api.ask(cleo).await, Told::ok("3"));
}

/// Otherwise a service that forgets many users at once could flood its own database.
#[tokio::test]
async fn a_look_up_whose_user_is_forgotten_counts_for_as_long_as_it_runs() {
    for all in [true, false] {
        let world = World::new().await;
        let settings = LookUpSettings {
            max_at_once: 2,
            ..LookUpSettings::default()
        };
        let api = world.api(&settings).await;
        let issuer = world.tenant.issuer(&b2c_emulator::IssuerForm::Default);
        let forget = || match all {
            true => api.accounts.forget_all(),
            false => api.accounts.forget(&issuer, "alex"),
        };
        let token = [world.token("alex")];
        let [alex] = &token;
        world.people.give("alex", 1);
        world.people.close();
        let first = waiting(&api, &token).await;
        forget();
        let second = waiting(&api, &token).await;
        forget();
        let too_many = Told::refused(503, "too_many_look_ups", Some("2"));
        assert_eq!(api.ask(alex).now_or_never().as_ref(), Some(&too_many));
        assert_eq!(world.people.asked(), ["alex", "alex"]);

        // A forgotten look-up ends when its last request is dropped.
        drop(first);
        let third = waiting(&api, &token).await;
        let bo = world.token("bo");
        assert_eq!(api.ask(&bo).now_or_never(), Some(too_many));
        world.people.open();
        for one in second.into_iter().chain(third) {
            assert_eq!(one.await, Told::ok("1"));
        }
        world.people.close();
        let tokens = ["bo", "cleo"].map(|user| world.token(user));
        let both = waiting(&api, &tokens).await;
        world.people.open();
        for one in both {
            assert_eq!(one.await.status, 403);
        }
    }
}

#[tokio::test]
async fn an_earlier_result_counts_when_there_are_too_many_look_ups() {
    let world = World::new().await;
    let settings = LookUpSettings {
        max_at_once: 1,
        stale_for: "1m".into(),
        timeout: "1h".into(),
        ..LookUpSettings::default()
    };
    let api = world.api(&settings).await;
    let tokens = ["alex", "bo"].map(|user| world.token(user));
    let [alex, bo] = &tokens;
    world.people.give("alex", 1);
    assert_eq!(api.ask(alex).await, Told::ok("1"));
    world.people.close();
    world.clock.advance(Duration::from_secs(300));
    let waiting = waiting(&api, std::slice::from_ref(bo)).await;
    assert_eq!(api.ask(alex).await, Told::ok("1"));
    world.clock.advance(Duration::from_secs(60));
    let too_many = Told::refused(503, "too_many_look_ups", Some("3600"));
    assert_eq!(api.ask(alex).await, too_many);
    world.people.open();
    for one in waiting {
        assert_eq!(one.await.status, 403);
    }
    assert_eq!(api.ask(alex).await, Told::ok("1"));
}

#[tokio::test]
async fn no_more_requests_wait_than_the_settings_allow_and_one_that_hangs_up_makes_room() {
    let world = World::new().await;
    world.people.give("alex", 1);
    let settings = LookUpSettings {
        max_waiting: 3,
        ..LookUpSettings::default()
    };
    let api = world.api(&settings).await;
    let tokens = vec![world.token("alex"); 3];
    assert_eq!(api.ask(&world.token("bo")).await.status, 403);
    world.people.close();
    let mut all = waiting(&api, &tokens).await;
    let too_many = Told::refused(503, "too_many_look_ups", Some("2"));
    assert_eq!(api.ask(&tokens[0]).await, too_many);
    all.pop();
    all.extend(waiting(&api, &tokens[..1]).await);
    assert_eq!(api.ask(&tokens[0]).await, too_many);
    // This does not affect requests that need not wait.
    assert_eq!(api.ask(&world.token("bo")).await.status, 403);
    world.people.open();
    for one in all {
        assert_eq!(one.await, Told::ok("1"));
    }
    assert_eq!(api.ask(&tokens[0]).await, Told::ok("1"));
}

#[tokio::test]
async fn no_more_users_are_remembered_than_the_settings_allow() {
    let world = World::new().await;
    let settings = LookUpSettings {
        max_users: 100,
        ..LookUpSettings::default()
    };
    let api = world.api(&settings).await;
    let tokens: Vec<_> = (0..300_u32)
        .map(|at| world.token(&at.to_string()))
        .collect();
    for token in &tokens {
        assert_eq!(api.ask(token).await.status, 403);
    }
    let asked = world.people.asked().len();
    for token in &tokens {
        assert_eq!(api.ask(token).await.status, 403);
    }
    let known = tokens.len() - (world.people.asked().len() - asked);
    assert!(known <= 100, "{known} users were remembered");
}
