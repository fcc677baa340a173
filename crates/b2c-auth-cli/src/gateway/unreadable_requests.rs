//! Requests that are refused because the proxy does not say what the original request was: they are counted, and the log warns of them.
//!
//! They never reach the layer, which counts and logs all others. If `--forwarded` names another kind of proxy than the one that asks, every request is
//! refused in this way. Clients can cause some of these refusals too, so the log has one warning a minute of each kind, and the rest at the level `DEBUG`.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tower_b2c_auth::Clock;

/// The counts since the start.
#[derive(Debug)]
pub(super) struct UnreadableRequests {
    clock: Box<dyn Clock>,
    missing: Count,
    repeated: Count,
    invalid: Count,
    other_proxy: Count,
}

/// Why the original request cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// A header of the proxy is missing.
    Missing,
    /// One of its headers came twice, so one of them may be the client's.
    Repeated,
    /// The method or the path is not valid.
    Invalid,
    /// The request has the headers of another kind of proxy, so those that the gateway reads may be the client's.
    OtherProxy,
}

#[derive(Debug, Default)]
struct Count {
    requests: AtomicU64,
    /// When the log last warned of one, by the clock's `elapsed`.
    warned: Mutex<Option<Duration>>,
}

impl UnreadableRequests {
    pub(super) fn new(clock: impl Clock) -> Self {
        Self {
            clock: Box::new(clock),
            missing: Count::default(),
            repeated: Count::default(),
            invalid: Count::default(),
            other_proxy: Count::default(),
        }
    }

    /// Counts a refused request and logs it. `what` is the name of the header, without its value, or `CheckRequest` over gRPC.
    pub(super) fn add(&self, why: Unreadable, what: &str) {
        let refused = self
            .count(why)
            .requests
            .fetch_add(1, Ordering::Relaxed)
            .saturating_add(1);
        let remedy = why.remedy();
        if self.is_warning_due(why) {
            tracing::warn!(header = %what, refused, "request refused with 400: {remedy}");
        } else {
            tracing::debug!(header = %what, refused, "request refused with 400: {remedy}");
        }
    }

    /// Each kind's label in `/metrics`, and how many there were.
    pub(super) fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Unreadable::ALL.into_iter().map(|why| {
            let requests = self.count(why).requests.load(Ordering::Relaxed);
            (why.label(), requests)
        })
    }

    fn count(&self, why: Unreadable) -> &Count {
        match why {
            Unreadable::Missing => &self.missing,
            Unreadable::Repeated => &self.repeated,
            Unreadable::Invalid => &self.invalid,
            Unreadable::OtherProxy => &self.other_proxy,
        }
    }

    fn is_warning_due(&self, why: Unreadable) -> bool {
        let now = self.clock.elapsed();
        let warned = self.count(why).warned.lock();
        let mut warned = warned.unwrap_or_else(PoisonError::into_inner);
        if warned.is_some_and(|last| now.saturating_sub(last) < WARNING_INTERVAL) {
            return false;
        }
        *warned = Some(now);
        true
    }
}

impl Unreadable {
    const ALL: [Self; 4] = [
        Self::Missing,
        Self::Repeated,
        Self::Invalid,
        Self::OtherProxy,
    ];

    fn label(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Repeated => "repeated",
            Self::Invalid => "invalid",
            Self::OtherProxy => "of_another_proxy",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Missing => {
                "the proxy's header is missing; check that --forwarded names the proxy that asks, and that its configuration sets this header, as the files in deploy/ do"
            }
            Self::Repeated => {
                "the proxy's header came more than once; check that --forwarded names the proxy that asks, and that its configuration replaces a client's own header, as the files in deploy/ do"
            }
            Self::OtherProxy => {
                "the request has the header of another kind of proxy; check that --forwarded names the proxy that asks; each kind of proxy needs a gateway of its own"
            }
            Self::Invalid => {
                "the original request cannot be read; a client may have sent it so; if this happens to every request at --listen, check that --forwarded names the proxy that asks"
            }
        }
    }
}

/// The shortest time between two warnings of one kind. A client that causes them should not fill the log.
const WARNING_INTERVAL: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use tower_b2c_auth::{ManualClock, NumericDate};

    use super::*;

    #[test]
    fn the_log_warns_of_each_kind_once_a_minute_and_each_request_is_counted() {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        let requests = UnreadableRequests::new(clock.clone());
        assert!(requests.is_warning_due(Unreadable::Missing));
        assert!(!requests.is_warning_due(Unreadable::Missing));
        assert!(requests.is_warning_due(Unreadable::Invalid));
        clock.advance(Duration::from_secs(59));
        assert!(!requests.is_warning_due(Unreadable::Missing));
        clock.advance(Duration::from_secs(1));
        assert!(requests.is_warning_due(Unreadable::Missing));
        assert!(!requests.is_warning_due(Unreadable::Missing));

        for why in [
            Unreadable::Missing,
            Unreadable::Invalid,
            Unreadable::Missing,
        ] {
            requests.add(why, "x-original-uri");
        }
        let counts: Vec<_> = requests.counts().collect();
        let expected = [
            ("missing", 2),
            ("repeated", 0),
            ("invalid", 1),
            ("of_another_proxy", 0),
        ];
        assert_eq!(counts, expected);
    }
}
