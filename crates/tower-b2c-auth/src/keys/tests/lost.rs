//! Fetches that lose their runtime. Here, each does so at once; in `tests/key_trouble/life.rs`, a runtime really ends.

use std::{sync::Arc, time::Duration};

use b2c_verify::NumericDate;
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, ready},
};

use crate::{
    clock::ManualClock,
    keys::{
        Fetch, FetchError, Fetching, IssuerRule, KeyContext, KeySource, MetadataSource,
        plan::{Success, Trigger},
        under_way::Scheduled,
    },
    test_tokens,
    urls::HttpUrl,
};

#[derive(Debug)]
struct Lost;

impl Fetch for Lost {
    fn get(&self, _url: &str, _max: usize) -> BoxFuture<'_, Result<Vec<u8>, FetchError>> {
        ready(Err(FetchError::RuntimeEnded {})).boxed()
    }
}

/// An eager source, due for a fetch.
fn source() -> (Arc<KeySource>, ManualClock) {
    let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
    let context = Arc::new(KeyContext::new(Arc::new(clock.clone()), Arc::new(Lost)));
    let url = Arc::new(HttpUrl::parse("https://contoso.example/m").unwrap());
    let rule = Arc::new(IssuerRule::new(Arc::clone(&url), [].into()));
    let metadata = MetadataSource {
        url,
        keys_host: None,
        algorithms: Default::default(),
    };
    let (metadata, policy) = (Some((metadata, rule)), test_tokens::policy());
    let source = KeySource::new(Vec::new(), metadata, policy, &context, None);
    (source, clock)
}

fn lose(fetching: Option<Fetching>) {
    fetching.expect("a fetch may begin").now_or_never().unwrap();
}

#[test]
fn the_background_task_pauses_for_a_second_after_a_lost_fetch_and_a_request_does_not() {
    let (source, clock) = source();
    let now = || source.context.now();
    for _ in 0..3 {
        let Scheduled::Drive(fetching, _) = source.scheduled(true) else {
            panic!("no fetch is due");
        };
        lose(Some(fetching));
        let Scheduled::Later(next) = source.scheduled(true) else {
            panic!("no pause");
        };
        assert_eq!(next - now(), Duration::from_secs(1));
        clock.advance(Duration::from_millis(999));
        assert!(matches!(source.scheduled(true), Scheduled::Later(_)));
        clock.advance(Duration::from_millis(1));
    }
    assert!(matches!(source.scheduled(true), Scheduled::Drive(..)));
    lose(source.under_way());
    lose(source.fetch(Trigger::Schedule));
}

/// The bug: the budget paid for the lost fetch, and again for the one after it.
#[test]
fn a_lost_fetch_for_an_unknown_key_costs_nothing() {
    let (source, _clock) = source();
    let at = source.context.now();
    let hour = Duration::from_secs(3600);
    let success = Success {
        sequence: source.context.next_in_order(),
        at,
        date: source.context.clock.now(),
    };
    source.lock().plan.restore(success, at + hour);
    for _ in 0..10 {
        lose(source.fetch(Trigger::UnknownKey));
    }
}
