//! The identity provider of as many tenants as there are numbers, without a network.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tower_b2c_auth::{AuthoritySettings, Clock, Fetch, FetchError, ManualClock, b2c};

/// All tenants publish one key, as B2C's user flows do.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    keys: Arc<str>,
    /// By which clock an answer takes time, and how long; if `None`, it comes at once.
    latency: Option<(ManualClock, Duration)>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    documents: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

impl Directory {
    pub(crate) fn new(keys: String, latency: Option<(ManualClock, Duration)>) -> Self {
        Self {
            keys: keys.into(),
            latency,
            counts: Arc::default(),
        }
    }

    /// How many documents were asked for.
    pub(crate) fn documents(&self) -> usize {
        self.counts.documents.load(Ordering::Relaxed)
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.counts.at_once.load(Ordering::Relaxed) == 0
    }

    /// The most answers that were under way at the same time since this was last called.
    pub(crate) fn most_at_once(&self) -> usize {
        self.counts.most_at_once.swap(0, Ordering::Relaxed)
    }

    fn answer(&self, url: &str) -> Vec<u8> {
        if !url.ends_with("openid-configuration") {
            return self.keys.as_bytes().to_vec();
        }
        let (_, rest) = url.split_once("://t").unwrap();
        let (number, _) = rest.split_once('.').unwrap();
        let (issuer, host) = (issuer_of(number.parse().unwrap()), host(number));
        format!(r#"{{"issuer":"{issuer}","jwks_uri":"https://{host}/keys"}}"#).into_bytes()
    }
}

impl Fetch for Directory {
    fn get(
        &self,
        url: &str,
        _max_bytes: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>> {
        let url = url.to_owned();
        Box::pin(async move {
            self.counts.documents.fetch_add(1, Ordering::Relaxed);
            if let Some((clock, latency)) = &self.latency {
                let under_way = UnderWay::begin(&self.counts);
                clock.sleep(*latency).await;
                drop(under_way);
            }
            Ok(self.answer(&url))
        })
    }
}

struct UnderWay<'a>(&'a Counts);

impl<'a> UnderWay<'a> {
    fn begin(counts: &'a Counts) -> Self {
        let now = counts.at_once.fetch_add(1, Ordering::Relaxed) + 1;
        counts.most_at_once.fetch_max(now, Ordering::Relaxed);
        Self(counts)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.at_once.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A tenant that is fetched for its first token.
pub(crate) fn on_demand(tenant: usize) -> AuthoritySettings {
    let authority = b2c(format!("t{tenant}"))
        .policy("B2C_1_signupsignin1")
        .tenant_id(tenant_id(tenant))
        .on_demand();
    Vec::from(authority).remove(0)
}

pub(crate) fn issuer_of(tenant: usize) -> String {
    format!(
        "https://{}/{}/v2.0/",
        host(&tenant.to_string()),
        tenant_id(tenant)
    )
}

fn tenant_id(tenant: usize) -> String {
    format!("aaaabbbb-0000-cccc-1111-{tenant:012x}")
}

fn host(number: &str) -> String {
    format!("t{number}.b2clogin.com")
}
