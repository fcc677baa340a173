//! When keys are fetched and how long they are kept.

use serde::{Deserialize, Serialize};

use super::{KeyRefresh, TextDuration};

/// The `[keys]` table: when keys are fetched, how long they are kept, and how many requests may wait for them. Every duration is [text with a
/// unit](TextDuration).
///
/// A value outside the bounds that a field names is refused when the layer is built.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, KeySettings, b2c};
///
/// let layer = |keys| B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").keys(keys).build();
/// assert!(layer(KeySettings { refresh_interval: "15m".into(), max_stale: "12h".into(), ..KeySettings::default() }).is_ok());
///
/// // Keys would expire between two fetches.
/// let error = layer(KeySettings { max_stale: "30m".into(), ..KeySettings::default() }).unwrap_err();
/// let fields: Vec<_> = error.mistakes().iter().map(|it| it.field.as_str()).collect();
/// assert_eq!(fields, ["keys.max_stale", "keys.retired_key_grace"]);
/// ```
///
/// # A new key, with the defaults
///
/// 1. The identity provider publishes the key. The background task finds it within an hour, and usually before any token is signed with it.
/// 2. If a token comes first, its request waits for one fetch, for at most 5 s. All requests that need a key of this authority share that fetch.
/// 3. If the fetch finds the key, the requests are judged with it. If not, the key does not exist, and they are refused with 401 `unknown_key`.
/// 4. If the fetch fails, or unknown key ids have used up their budget, the requests are answered with 503 and `Retry-After`. A token that is older than the
///    last successful fetch is refused with 401 instead: that fetch would have found its key.
/// 5. When the old key vanishes from the document, its tokens stay valid for another hour.
///
/// # An outage, with the defaults
///
/// | since the identity provider went down | what happens |
/// |---|---|
/// | at once | nothing that a client notices: tokens are verified without the network |
/// | the next regular fetch | it fails; [`Health`](crate::Health) says `stale`, and the log warns once |
/// | then | an attempt after 1 s, and twice as long after each failure, up to 90 s; a `Retry-After` is honoured, up to 5 minutes |
/// | a token with an unknown key id | up to three attempts, if the budget allows them; then 503, because it may be good, or 401 if it is older than the last successful fetch |
/// | 24 h after the keys were last seen | they expire: `cold`, and a token of this authority that could be good is answered with 503 |
/// | after the outage | the next attempt, within 90 s or what `Retry-After` asked for, finds the keys |
///
/// A process that starts during the outage has no keys, unless it gets those of an earlier one with
/// [`key_snapshot`](crate::B2cAuthBuilder::key_snapshot).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeySettings {
    /// How often the metadata and the keys are fetched in the background. Each time, up to a tenth is subtracted at random, so that a fleet does not fetch at
    /// the same moment. Default `1h`; at least `1s`.
    pub refresh_interval: TextDuration,
    /// How long a key stays usable after it was last seen in a document. Default `24h`, after Microsoft's guidance on
    /// [signing key rollover](https://learn.microsoft.com/entra/identity-platform/signing-key-rollover); from `refresh_interval` to `30d`.
    pub max_stale: TextDuration,
    /// How long a key stays usable after it vanished from the document, and how long a former issuer stays accepted after the metadata names another.
    /// Default `1h`, the default lifetime of B2C's tokens; from `0s` to `max_stale`. A key that vanished while its authority was [on
    /// demand](super::AuthoritySettings::on_demand) and idle gets no such grace, unless a swap sets `on_demand` to false before the next fetch.
    pub retired_key_grace: TextDuration,
    /// How many fetches unknown key ids may cause in quick succession, for each authority. Default 3; at least 1. A tenant's B2C issuer has two forms, with
    /// and without `/tfp/` in its path: a token whose issuer has the form that the metadata does not name counts as one with an unknown key id. Anybody can
    /// send unknown key ids, and each fetch requests two documents, so the number is limited. A fetch that finds a new key does not count. A key id that a
    /// fetch did not find causes no further fetch for a minute.
    pub unknown_key_fetches: u32,
    /// The time after which one more such fetch is allowed. Default `1m`; more than `0s`, and at most `refresh_interval`. B2C answers 6,000 requests from
    /// one address to one tenant within five minutes. With the defaults, that is enough for 375 replicas behind one address, if they use one policy of the
    /// tenant.
    pub unknown_key_interval: TextDuration,
    /// How many requests may wait for keys at the same time. Default 4096; at least 1. A waiting request keeps its token, which has at most 16 KiB, so
    /// together they hold at most 64 MiB of tokens; B2C's tokens are smaller, and take about 8 MiB together. Further requests are answered with 503 and
    /// `Retry-After` ([`Unjudged::TooManyWaiting`](crate::Unjudged::TooManyWaiting)).
    pub max_waiting: u32,
    /// How many of them may wait for the same authority. Default 1024, so that an authority that does not answer leaves room for the others; from 1 to
    /// `max_waiting`.
    pub max_waiting_per_authority: u32,
    /// What performs the fetches: `auto` or `on_request`. Default `auto`.
    pub refresh: KeyRefresh,
    /// How long connecting may take. Default `2s`; more than `0s`, and at most `fetch_timeout`. A [fetcher given in code](crate::B2cAuthBuilder::fetch) has its
    /// own limit.
    pub connect_timeout: TextDuration,
    /// How long fetching the metadata and the keys together may take, and how long a request waits for them. Default `5s`; more than `0s`, and at most
    /// `refresh_interval`.
    pub fetch_timeout: TextDuration,
    /// The largest document in bytes; a larger one is not used. Default 1,048,576 (1 MiB); at least 1024.
    pub max_document_bytes: u64,
}

impl Default for KeySettings {
    fn default() -> Self {
        Self {
            refresh_interval: "1h".into(),
            max_stale: "24h".into(),
            retired_key_grace: "1h".into(),
            unknown_key_fetches: 3,
            unknown_key_interval: "1m".into(),
            max_waiting: 4096,
            max_waiting_per_authority: 1024,
            refresh: KeyRefresh::Auto,
            connect_timeout: "2s".into(),
            fetch_timeout: "5s".into(),
            max_document_bytes: 1_048_576,
        }
    }
}
