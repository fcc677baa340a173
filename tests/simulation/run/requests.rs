//! Requests under way.

use std::{
    convert::Infallible,
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use axum::body::Body;
use http::{Request, Response};
use tokio::runtime::Runtime;
use tower::Layer as _;
use tower_b2c_auth::{TokenSettings, scope};

use super::{
    Run,
    inner::{Inner, Route, call},
};
use crate::{
    fetches::{Fetches, Scene},
    model::Model,
    plan::Plan,
    tokens::{Shape, Token},
    topology::FETCH_TIMEOUT,
};

pub(crate) struct Pending {
    pub(super) future: Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>>>>,
    pub(crate) token: Token,
    pub(crate) at: u64,
    pub(crate) order: u64,
    pub(crate) plan: Rc<Plan>,
    pub(super) route: Route,
    pub(super) is_crowded: bool,
    /// What was known when it was called, if others were called before it was polled.
    pub(super) called: Option<Rc<(Model, Fetches)>>,
    /// Whether others were under way when it was called. They may be answered before it is polled.
    pub(super) has_company: bool,
    pub(super) woken: Arc<Woken>,
}

pub(crate) struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Run<'_> {
    pub(super) fn send(&mut self, token: Token) -> Result<(), String> {
        self.send_to(token, Route::Plain)
    }

    pub(super) fn send_to(&mut self, token: Token, route: Route) -> Result<(), String> {
        self.call(token, route);
        // The call has judged it by what was known. It is polled before any other request, or the model would judge by what a fetch has found since.
        let newest = self.pending.len() - 1;
        self.poll_first(newest)?;
        self.poll_all()?;
        Ok(())
    }

    /// Sends all these tokens before any of the requests is polled.
    pub(super) fn send_together(&mut self, tokens: Vec<Token>) -> Result<(), String> {
        let mut waiting = tokens.len();
        // Calls alone fetch nothing.
        let known = Rc::new((self.model.clone(), self.fetches.clone()));
        for token in tokens {
            self.call(token, Route::Plain);
            let newest = self.pending.last_mut();
            newest.unwrap().called = Some(Rc::clone(&known));
        }
        while waiting > 0 {
            let first = self.pending.len() - waiting;
            self.poll_first(first)?;
            waiting -= 1;
        }
        self.poll_all()?;
        Ok(())
    }

    fn poll_first(&mut self, at: usize) -> Result<(), String> {
        if !self.poll(at)? {
            self.pending[at].called = None;
            let (order, token) = (self.pending[at].order, self.pending[at].token.clone());
            self.fetches.ask(&token, order, &self.model);
            self.say(|| format!("  {order} waits with {token:?}"));
        }
        Ok(())
    }

    /// Calls the service without polling its future.
    fn call(&mut self, token: Token, route: Route) {
        let text = token.text();
        let request = Request::get("/");
        let in_query = self.rng.u8(..4) == 0 && token.shape == Shape::Sound;
        let request = match token.shape {
            Shape::Missing => request,
            Shape::Twice => request
                .header("authorization", format!("Bearer {text}"))
                .header("authorization", "Bearer a.b.c"),
            _ if in_query => request.uri(format!("/?token={text}")),
            _ => request.header("authorization", format!("Bearer {text}")),
        };
        let request = request.body(()).unwrap();
        let inner = Inner {
            permits: Arc::clone(&self.permits),
            is_ready: false,
        };
        let layer = if in_query {
            let query = TokenSettings {
                query: Some("token".into()),
                ..TokenSettings::default()
            };
            self.layer.reading_token_from(&query).unwrap()
        } else {
            self.layer.clone()
        };
        let order = self.provider.world().next_in_order();
        let _inside = self.runtime.as_ref().map(Runtime::enter);
        let future: Pin<Box<dyn Future<Output = _>>> = match route {
            Route::Plain => call(layer.layer(inner), request),
            Route::Nested => call(
                layer.layer(
                    self.reporter
                        .layer(self.layer.require(scope("admin")).layer(inner)),
                ),
                request,
            ),
            Route::Foreign => call(
                layer.layer(self.reporter.require(scope("admin")).layer(inner)),
                request,
            ),
        };
        self.has_started |= self.runtime.is_some() && !self.plan.on_request;
        self.pending.push(Pending {
            future,
            at: self.time.elapsed(),
            order,
            plan: Rc::clone(&self.plan),
            route,
            is_crowded: false,
            called: None,
            has_company: !self.pending.is_empty(),
            woken: Arc::new(Woken(AtomicBool::new(true))),
            token,
        });
        drop(_inside);
        // Any request that waits now may find no room for another fetch.
        if self.pending.len() > self.plan.max_per_authority {
            let everybody = self.pending.iter_mut();
            everybody.for_each(|it| it.is_crowded = true);
        }
    }

    /// Runs until nothing more can happen at this time.
    pub(super) fn settle(&mut self) -> Result<(), String> {
        loop {
            if let Some(runtime) = self.runtime.as_ref().filter(|_| self.is_driven) {
                runtime.block_on(async {
                    for _ in 0..4 {
                        tokio::task::yield_now().await;
                    }
                });
                self.absorb()?;
            }
            if !self.poll_all()? {
                break;
            }
        }
        let now = self.time.elapsed();
        if let Some(late) = self.pending.iter().find(|it| now >= it.at + FETCH_TIMEOUT) {
            return Err(format!(
                "a request still waits that came at {}: {:?}",
                late.at, late.token
            ));
        }
        Ok(())
    }

    pub(super) fn absorb(&mut self) -> Result<(), String> {
        let events = std::mem::take(&mut self.provider.world().events);
        for event in events {
            self.say(|| format!("  {event:?}"));
            let scene = Scene {
                model: &self.model,
                plan: &self.plan,
                time: &self.time,
                live: &self.pending,
            };
            let before = self.fetches.without_keys(&scene);
            if let Some((source, fetched)) = self.fetches.note(event, &scene)? {
                self.model.fetched.entry(source).or_default().push(fetched);
                let scene = Scene {
                    model: &self.model,
                    plan: &self.plan,
                    time: &self.time,
                    live: &self.pending,
                };
                self.fetches.hurry(source, &scene, (48, 60));
            }
            self.watch_legacy();
            self.note_without_keys(before);
        }
        Ok(())
    }

    /// The state of the world now.
    pub(super) fn scene(&self) -> Scene<'_> {
        Scene {
            model: &self.model,
            plan: &self.plan,
            time: &self.time,
            live: &self.pending,
        }
    }

    /// Polls the requests that were woken. Returns whether there were any.
    pub(super) fn poll_all(&mut self) -> Result<bool, String> {
        let mut any = false;
        let mut at = 0;
        while at < self.pending.len() {
            let was_woken = self.pending[at].woken.0.load(Ordering::Relaxed);
            any |= was_woken;
            if !was_woken || !self.poll(at)? {
                at += 1;
            }
        }
        Ok(any)
    }

    /// Polls one request. Returns whether it was answered.
    pub(super) fn poll(&mut self, at: usize) -> Result<bool, String> {
        let pending = &mut self.pending[at];
        pending.woken.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&pending.woken));
        let inside = self.runtime.as_ref().map(Runtime::enter);
        let answer = pending
            .future
            .as_mut()
            .poll(&mut Context::from_waker(&waker));
        drop(inside);
        self.absorb()?;
        let Poll::Ready(Ok(response)) = answer else {
            return Ok(false);
        };
        let request = self.pending.remove(at);
        self.judge(&request, &response)?;
        Ok(true)
    }
}
