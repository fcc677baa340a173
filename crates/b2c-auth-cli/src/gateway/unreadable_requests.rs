//! Requests that are refused because the proxy does not say what the original request was: they are counted, and the log warns of them.
//!
//! They never reach the layer, which counts and logs all others. If `--forwarded` names another kind of proxy than the one that asks, every request is
//! refused in this way. Clients can cause some of these refusals too, so the log has one line a minute of each kind, and the rest at the level `DEBUG`. Once a
//! request could be read over the same protocol, the proxy is the right one: then what a client alone can cause is no warning.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tower_b2c_auth::Clock;
use tracing::Level;

/// The counts since the start.
#[derive(Debug)]
pub(super) struct UnreadableRequests {
    clock: Box<dyn Clock>,
    /// Whether a request at `--listen` could be read.
    has_read: AtomicBool,
    /// The same at `--grpc-listen`, where another proxy may ask.
    #[cfg(feature = "grpc")]
    has_read_call: AtomicBool,
    missing: Count,
    repeated: Count,
    invalid: Count,
    #[cfg(feature = "grpc")]
    invalid_call: Count,
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
    /// The same over gRPC.
    #[cfg(feature = "grpc")]
    InvalidCall,
    /// The request has the headers of another kind of proxy, so those that the gateway reads may be the client's.
    OtherProxy,
}

#[derive(Debug, Default)]
struct Count {
    requests: AtomicU64,
    /// When the log last showed one, by the clock's `elapsed`.
    shown: Mutex<Option<Duration>>,
}

impl UnreadableRequests {
    pub(super) fn new(clock: impl Clock) -> Self {
        Self {
            clock: Box::new(clock),
            has_read: AtomicBool::default(),
            #[cfg(feature = "grpc")]
            has_read_call: AtomicBool::default(),
            missing: Count::default(),
            repeated: Count::default(),
            invalid: Count::default(),
            #[cfg(feature = "grpc")]
            invalid_call: Count::default(),
            other_proxy: Count::default(),
        }
    }

    /// Notes that a request at `--listen` could be read.
    pub(super) fn note_read(&self) {
        self.has_read.store(true, Ordering::Relaxed);
    }

    /// Notes that a call over gRPC could be read.
    #[cfg(feature = "grpc")]
    pub(super) fn note_read_call(&self) {
        self.has_read_call.store(true, Ordering::Relaxed);
    }

    /// Counts a refused request and logs it, with the name of the proxy's header, without its value.
    pub(super) fn add(&self, why: Unreadable, header: Option<&str>) {
        let refused = self
            .count(why)
            .requests
            .fetch_add(1, Ordering::Relaxed)
            .saturating_add(1);
        let remedy = why.remedy();
        let header = header.map(tracing::field::display);
        match self.level(why) {
            Level::WARN => {
                tracing::warn!(header, refused, "request refused with 400: {remedy}");
            }
            Level::INFO => {
                tracing::info!(header, refused, "request refused with 400: {remedy}");
            }
            _ => tracing::debug!(header, refused, "request refused with 400: {remedy}"),
        }
    }

    /// Each kind's label in `/metrics`, and how many there were.
    pub(super) fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Unreadable::ALL.iter().map(|&why| {
            let requests = self.count(why).requests.load(Ordering::Relaxed);
            (why.label(), requests)
        })
    }

    fn count(&self, why: Unreadable) -> &Count {
        match why {
            Unreadable::Missing => &self.missing,
            Unreadable::Repeated => &self.repeated,
            Unreadable::Invalid => &self.invalid,
            #[cfg(feature = "grpc")]
            Unreadable::InvalidCall => &self.invalid_call,
            Unreadable::OtherProxy => &self.other_proxy,
        }
    }

    fn level(&self, why: Unreadable) -> Level {
        let now = self.clock.elapsed();
        let shown = self.count(why).shown.lock();
        let mut shown = shown.unwrap_or_else(PoisonError::into_inner);
        if shown.is_some_and(|last| now.saturating_sub(last) < LOG_INTERVAL) {
            return Level::DEBUG;
        }
        *shown = Some(now);
        let is_right_proxy = match why {
            // The proxy's own headers are there twice only if it is configured wrongly.
            Unreadable::Repeated | Unreadable::OtherProxy => return Level::WARN,
            Unreadable::Missing | Unreadable::Invalid => &self.has_read,
            #[cfg(feature = "grpc")]
            Unreadable::InvalidCall => &self.has_read_call,
        };
        match is_right_proxy.load(Ordering::Relaxed) {
            true => Level::INFO,
            false => Level::WARN,
        }
    }
}

impl Unreadable {
    const ALL: &[Self] = &[
        Self::Missing,
        Self::Repeated,
        Self::Invalid,
        #[cfg(feature = "grpc")]
        Self::InvalidCall,
        Self::OtherProxy,
    ];

    fn label(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Repeated => "repeated",
            Self::Invalid => "invalid",
            #[cfg(feature = "grpc")]
            Self::InvalidCall => "invalid_call",
            Self::OtherProxy => "of_another_proxy",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Missing => {
                "the proxy's header is missing; check that --forwarded names the proxy that asks, and that its configuration sets this header, as the files in deploy/ do; if other requests are answered, a client sent this one without a Host"
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
            #[cfg(feature = "grpc")]
            Self::InvalidCall => {
                "the original request in Envoy's call cannot be read; a client may have sent it so; if this happens to every call, compare Envoy's configuration with deploy/envoy/grpc.yaml"
            }
        }
    }
}

/// The shortest time between two lines of one kind. A client that causes them should not fill the log.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use tower_b2c_auth::{ManualClock, NumericDate};

    use super::*;

    fn requests() -> (ManualClock, UnreadableRequests) {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        (clock.clone(), UnreadableRequests::new(clock))
    }

    #[test]
    fn the_log_warns_of_each_kind_once_a_minute_and_each_request_is_counted() {
        let (clock, requests) = requests();
        assert_eq!(requests.level(Unreadable::Missing), Level::WARN);
        assert_eq!(requests.level(Unreadable::Missing), Level::DEBUG);
        assert_eq!(requests.level(Unreadable::Invalid), Level::WARN);
        clock.advance(Duration::from_secs(59));
        assert_eq!(requests.level(Unreadable::Missing), Level::DEBUG);
        clock.advance(Duration::from_secs(1));
        assert_eq!(requests.level(Unreadable::Missing), Level::WARN);
        assert_eq!(requests.level(Unreadable::Missing), Level::DEBUG);

        for why in [
            Unreadable::Missing,
            Unreadable::Invalid,
            Unreadable::Missing,
        ] {
            requests.add(why, Some("x-original-uri"));
        }
        let counts: Vec<_> = requests.counts().collect();
        let expected = [
            ("missing", 2),
            ("repeated", 0),
            ("invalid", 1),
            #[cfg(feature = "grpc")]
            ("invalid_call", 0),
            ("of_another_proxy", 0),
        ];
        assert_eq!(counts, expected);
    }

    /// The bug: behind a proxy that was configured well, each client without a Host, such as a scanner, caused a warning.
    #[test]
    fn what_clients_alone_can_cause_is_no_warning_once_a_request_could_be_read() {
        let (_, requests) = requests();
        requests.note_read();
        assert_eq!(requests.level(Unreadable::Missing), Level::INFO);
        assert_eq!(requests.level(Unreadable::Invalid), Level::INFO);
        assert_eq!(requests.level(Unreadable::Repeated), Level::WARN);
        assert_eq!(requests.level(Unreadable::OtherProxy), Level::WARN);
    }

    /// The bug: had a request at `--listen` been read, nothing warned of an Envoy whose every call is refused.
    #[cfg(feature = "grpc")]
    #[test]
    fn a_request_read_over_one_protocol_says_nothing_about_the_proxy_of_the_other() {
        let (_, requests) = self::requests();
        requests.note_read();
        assert_eq!(requests.level(Unreadable::Invalid), Level::INFO);
        assert_eq!(requests.level(Unreadable::InvalidCall), Level::WARN);

        let (_, requests) = self::requests();
        requests.note_read_call();
        assert_eq!(requests.level(Unreadable::InvalidCall), Level::INFO);
        assert_eq!(requests.level(Unreadable::Invalid), Level::WARN);
    }

    /// The bug: the advice was to check `--forwarded`, which has no meaning over gRPC.
    #[cfg(feature = "grpc")]
    #[test]
    fn over_grpc_the_advice_does_not_name_forwarded() {
        assert!(!Unreadable::InvalidCall.remedy().contains("--forwarded"));
    }
}
