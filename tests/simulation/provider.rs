//! The simulated identity provider: what it publishes, how it answers, and what was fetched from it.

use std::{
    collections::BTreeMap,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

use serde_json::json;
use tower_b2c_auth::{Fetch, FetchError};

use super::{
    time::Time,
    tokens::{Token, jwk},
    topology::{FETCH_TIMEOUT, SOURCES},
};

/// All metadata URLs of the world.
#[derive(Clone)]
pub(super) struct Provider(Arc<Mutex<World>>, Time);

pub(super) struct World {
    pub(super) sources: Vec<Source>,
    pub(super) events: Vec<Event>,
    order: u64,
    fetches: u64,
    open: BTreeMap<u64, (usize, u64)>,
    hanging: Vec<Arc<Mutex<Slot>>>,
}

/// One metadata URL.
pub(super) struct Source {
    /// The form of its issuer, as an index into its forms.
    pub(super) form: usize,
    pub(super) form_since: u64,
    pub(super) published: Vec<Published>,
    pub(super) withdrawn: Vec<Published>,
    pub(super) mode: Mode,
    pub(super) serial: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Published {
    pub(super) kid: String,
    pub(super) key: usize,
    pub(super) since: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Well,
    Unreachable,
    Busy(u32),
    Hanging,
    /// Answers with documents that must not be used.
    Poisoned(Poison),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Poison {
    Garbage,
    ForeignIssuer,
    OtherTenant,
    ForeignKeys,
    NoKeys,
}

/// What happened, in order. `fetch` numbers the fetches.
#[derive(Debug)]
pub(super) enum Event {
    Began {
        source: usize,
        fetch: u64,
        order: u64,
    },
    Named {
        fetch: u64,
        issuer: String,
    },
    Served {
        fetch: u64,
        keys: Vec<(String, usize)>,
    },
    Failed {
        fetch: u64,
    },
}

#[derive(Default)]
struct Slot {
    answer: Option<Answer>,
    wanted: Option<(u64, Wanted)>,
    waker: Option<Waker>,
}

#[derive(Debug, Clone, Copy)]
enum Wanted {
    Metadata,
    Keys,
}

struct Answer {
    body: Result<Vec<u8>, FetchError>,
    event: Option<Event>,
}

impl Provider {
    pub(super) fn new(time: &Time) -> Self {
        let sources = SOURCES.iter().enumerate().map(|(at, _)| {
            // Unrelated tenants share their first key.
            let (kid, key) = if at == 0 || at == 2 {
                ("shared".to_owned(), 0)
            } else {
                (format!("{at}-0"), at)
            };
            Source {
                form: 0,
                form_since: time.date(),
                published: vec![Published {
                    kid,
                    key,
                    since: time.date(),
                }],
                withdrawn: Vec::new(),
                mode: Mode::Well,
                serial: 0,
            }
        });
        let world = World {
            sources: sources.collect(),
            events: Vec::new(),
            order: 0,
            fetches: 0,
            open: BTreeMap::new(),
            hanging: Vec::new(),
        };
        Self(Arc::new(Mutex::new(world)), time.clone())
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    /// Answers one of the requests that hang. Returns whether there was one.
    pub(super) fn answer_hanging(&self, at: usize) -> bool {
        let mut world = self.world();
        if world.hanging.is_empty() {
            return false;
        }
        let at = at % world.hanging.len();
        let slot = world.hanging.swap_remove(at);
        let mut slot = slot.lock().unwrap();
        if let Some((fetch, wanted)) = slot.wanted.take() {
            slot.answer = world.answer(fetch, wanted);
        }
        let waker = slot.waker.take();
        drop((world, slot));
        waker.inspect(Waker::wake_by_ref);
        true
    }
}

impl World {
    /// A number that orders fetches and requests.
    pub(super) fn next_in_order(&mut self) -> u64 {
        self.order += 1;
        self.order
    }

    /// Since when a source publishes the key of this token, if it does.
    pub(super) fn published_since(&self, source: usize, token: &Token) -> Option<u64> {
        let mut published = self.sources[source].published.iter();
        let of = |it: &&Published| Some(&it.kid) == token.kid.as_ref() && it.key == token.key;
        published.find(of).map(|it| it.since)
    }

    /// Since when a source has had this issuer, if it has.
    pub(super) fn named_since(&self, source: usize, issuer: &str) -> Option<u64> {
        let it = &self.sources[source];
        (SOURCES[source].forms[it.form] == issuer).then_some(it.form_since)
    }

    /// The answer at this time. `None` while the source hangs.
    fn answer(&mut self, fetch: u64, wanted: Wanted) -> Option<Answer> {
        let (at, _) = *self.open.get(&fetch)?;
        let info = &SOURCES[at];
        let source = &self.sources[at];
        let failed = |error| Answer {
            body: Err(error),
            event: Some(Event::Failed { fetch }),
        };
        let poisoned = |body: String| Answer {
            body: Ok(body.into()),
            event: Some(Event::Failed { fetch }),
        };
        let metadata = |issuer: &str, host: &str| {
            json!({ "issuer": issuer, "jwks_uri": format!("https://{host}/keys?fetch={fetch}") })
                .to_string()
        };
        let issuer = &info.forms[source.form];
        Some(match (source.mode, wanted) {
            (Mode::Hanging, _) => return None,
            (Mode::Unreachable, _) => failed(FetchError::Connect),
            (Mode::Busy(seconds), _) => failed(FetchError::Status {
                status: 503,
                retry_after: Some(seconds),
            }),
            (Mode::Poisoned(Poison::Garbage), _) => poisoned("<html>".to_owned()),
            (Mode::Poisoned(Poison::ForeignIssuer), Wanted::Metadata) => {
                poisoned(metadata("https://evil.example/x/v2.0/", info.host))
            }
            (Mode::Poisoned(Poison::OtherTenant), Wanted::Metadata) => {
                // This issuer fits the host, and a layer that has never fetched from this source may believe it. To forbid the use of the document even
                // then, its key set is on a foreign host.
                let other = format!(
                    "https://{}/ffffffff-0000-cccc-1111-dddd2222eeee/v2.0/",
                    info.host
                );
                poisoned(metadata(&other, "evil.example"))
            }
            (Mode::Poisoned(Poison::ForeignKeys), Wanted::Metadata) => {
                poisoned(metadata(issuer, "evil.example"))
            }
            (Mode::Poisoned(Poison::NoKeys), Wanted::Keys) => {
                poisoned(r#"{"keys":[{"kty":"oct","k":"AA","kid":"x"}]}"#.to_owned())
            }
            (_, Wanted::Metadata) => Answer {
                body: Ok(metadata(issuer, info.host).into()),
                event: Some(Event::Named {
                    fetch,
                    issuer: issuer.clone(),
                }),
            },
            (_, Wanted::Keys) => {
                let keys = source.published.iter().map(|it| jwk(&it.kid, it.key));
                let body = json!({ "keys": keys.collect::<Vec<_>>() }).to_string();
                let keys = source.published.iter().map(|it| (it.kid.clone(), it.key));
                Answer {
                    body: Ok(body.into()),
                    event: Some(Event::Served {
                        fetch,
                        keys: keys.collect(),
                    }),
                }
            }
        })
    }
}

impl Fetch for Provider {
    fn get(
        &self,
        url: &str,
        _max_bytes: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>> {
        let mut world = self.world();
        let (fetch, wanted) = match url.split_once("keys?fetch=") {
            Some((_, fetch)) => (fetch.parse().unwrap(), Wanted::Keys),
            None => {
                let source = SOURCES.iter().position(|it| it.url == url).unwrap();
                world.fetches += 1;
                let fetch = world.fetches;
                world.open.insert(fetch, (source, self.1.elapsed()));
                let order = world.next_in_order();
                world.events.push(Event::Began {
                    source,
                    fetch,
                    order,
                });
                (fetch, Wanted::Metadata)
            }
        };
        let mut slot = Slot {
            answer: world.answer(fetch, wanted),
            ..Slot::default()
        };
        let hangs = slot.answer.is_none();
        if hangs {
            slot.wanted = Some((fetch, wanted));
        }
        let slot = Arc::new(Mutex::new(slot));
        if hangs {
            world.hanging.push(Arc::clone(&slot));
        }
        Box::pin(Reply {
            provider: self.clone(),
            fetch,
            slot,
            is_done: false,
        })
    }
}

struct Reply {
    provider: Provider,
    fetch: u64,
    slot: Arc<Mutex<Slot>>,
    is_done: bool,
}

impl Future for Reply {
    type Output = Result<Vec<u8>, FetchError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let provider = self.provider.clone();
        let mut world = provider.world();
        let began = world.open.get(&self.fetch).map(|(_, began)| *began);
        // An answer that would come too late never comes.
        let is_late = began.is_none_or(|began| provider.1.elapsed() >= began + FETCH_TIMEOUT);
        let mut slot = self.slot.lock().unwrap();
        match slot.answer.take().filter(|_| !is_late) {
            None => {
                slot.waker = Some(cx.waker().clone());
                Poll::Pending
            }
            Some(answer) => {
                drop(slot);
                self.is_done = true;
                world.events.extend(answer.event);
                Poll::Ready(answer.body)
            }
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if !self.is_done {
            let fetch = self.fetch;
            self.provider.world().events.push(Event::Failed { fetch });
        }
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Provider")
    }
}
