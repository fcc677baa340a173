//! One schedule: random steps on the real layer, each answer compared with the model.

use std::{
    convert::Infallible,
    future::ready,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use axum::body::Body;
use http::{Request, Response};
use tokio::runtime::{Builder, Runtime};
use tower::{Layer as _, Service};
use tower_b2c_auth::{
    AuthError, AuthoritySettings, B2cAuthBuilder, B2cAuthLayer, InlineKey, KeySnapshot, Settings,
    TokenSettings,
    migration::{UsageSnapshot, Verdict},
    scope,
};

use super::{
    coverage::Coverage,
    ledger::Ledger,
    model::{Asked, Model, Now, Route},
    plan::{Plan, forgotten_key},
    provider::{Mode, Poison, Provider, Published},
    step::Step,
    time::Time,
    tokens::{KEYS, Shape, Token, public_pem},
    topology::{EXTERNAL, FETCH_TIMEOUT, INLINE, INLINE_KEY, SOURCES, listed_issuers},
};

pub(super) struct Run<'c> {
    rng: fastrand::Rng,
    time: Time,
    provider: Provider,
    plan: Rc<Plan>,
    layer: B2cAuthLayer,
    reporter: B2cAuthLayer,
    model: Model,
    ledger: Ledger,
    saved: Option<Saved>,
    pending: Vec<Pending>,
    recent: Vec<Token>,
    /// The token that was accepted last.
    accepted: Option<Token>,
    permits: Arc<AtomicUsize>,
    runtime: Option<Runtime>,
    is_driven: bool,
    has_started: bool,
    step: Step,
    coverage: &'c mut Coverage,
    /// None: nobody wants to read it.
    trace: Option<Vec<String>>,
}

/// What is on the disk.
struct Saved {
    keys: Option<(String, SavedModel)>,
    usage: (String, Ledger),
}

/// With the time, and what the layer's wall clock showed.
type SavedModel = (Model, u64, u64);

struct Pending {
    future: Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>>>>,
    token: Token,
    at: u64,
    order: u64,
    plan: Rc<Plan>,
    route: Route,
    is_crowded: bool,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<'c> Run<'c> {
    pub(super) fn new(seed: u64, coverage: &'c mut Coverage, is_told: bool) -> Self {
        // The layer draws its jitter from this thread's generator.
        fastrand::seed(seed);
        let mut rng = fastrand::Rng::with_seed(seed);
        let time = Time::default();
        let provider = Provider::new(&time);
        let plan = Rc::new(Plan::random(&mut rng));
        let layer = build(&plan, &time, &provider);
        let mut model = Model::default();
        model.swap(&plan, 0, time.elapsed());
        let runtime = (rng.u8(..3) > 0).then(|| Builder::new_current_thread().build().unwrap());
        Self {
            is_driven: rng.u8(..4) > 0,
            ledger: Ledger::new(time.wall(), 0),
            reporter: reporter(&time),
            rng,
            time,
            provider,
            plan,
            layer,
            model,
            saved: None,
            pending: Vec::new(),
            recent: Vec::new(),
            accepted: None,
            permits: Arc::default(),
            runtime,
            has_started: false,
            step: Step::Good,
            coverage,
            trace: is_told.then(Vec::new),
        }
    }

    /// Takes so many steps.
    ///
    /// # Errors
    ///
    /// What did not hold, and the steps before it.
    pub(super) fn steps(&mut self, count: usize) -> Result<(), String> {
        let result = (0..count).try_for_each(|_| {
            let step = catch_unwind(AssertUnwindSafe(|| self.take_step()));
            step.unwrap_or_else(|panic| {
                let text = panic.downcast_ref::<&str>().copied();
                let text = text.or(panic.downcast_ref::<String>().map(String::as_str));
                Err(format!("panicked: {}", text.unwrap_or_default()))
            })
        });
        result.map_err(|error| match &self.trace {
            None => error,
            Some(trace) => format!("{}\n{error}", trace.join("\n")),
        })
    }

    fn take_step(&mut self) -> Result<(), String> {
        self.step = Step::random(&mut self.rng);
        let step = self.step;
        self.say(|| format!("{step:?}"));
        self.carry_out()?;
        self.probe()?;
        self.settle()?;
        self.check()
    }

    /// A few requests, of a kind that gets every status.
    fn probe(&mut self) -> Result<(), String> {
        let mut token = self.good_token();
        self.send(token.clone())?;
        if self.rng.u8(..4) > 0 {
            let twice = Token {
                shape: Shape::Twice,
                ..token.clone()
            };
            self.send(twice)?;
        }
        if self.rng.u8(..4) > 0 {
            let accepted = self.accepted.clone().filter(|_| self.rng.bool());
            let unmet = Token {
                admin: false,
                ..accepted.unwrap_or_else(|| token.clone())
            };
            self.send_to(unmet, Route::Nested)?;
        }
        match self.rng.u8(..4) {
            0 => {
                let token = self.bad_token();
                self.send(token)
            }
            _ => {
                token.kid = Some(format!("junk-{}", self.rng.u16(..)));
                self.send(token)
            }
        }
    }

    fn say(&mut self, what: impl FnOnce() -> String) {
        let now = self.time.elapsed();
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{now} {}", what()));
        }
    }

    fn carry_out(&mut self) -> Result<(), String> {
        let source = self.rng.usize(..SOURCES.len());
        match self.step {
            Step::Rotate => self.rotate(source),
            Step::Withdraw => self.withdraw(source),
            Step::Republish => {
                let date = self.time.date();
                let other = self.rng.u8(..8) == 0;
                let key = self.rng.usize(..KEYS);
                let mut world = self.provider.world();
                let source = &mut world.sources[source];
                if let Some(mut back) = source.withdrawn.pop() {
                    back.since = date;
                    if other {
                        back.key = key;
                    }
                    source.published.insert(0, back);
                }
            }
            Step::Outage => {
                let wait = [5, 30, 86_400][self.rng.usize(..3)];
                let mode = if self.rng.bool() {
                    Mode::Unreachable
                } else {
                    Mode::Busy(wait)
                };
                self.set_mode(source, mode);
            }
            Step::Hang => self.set_mode(source, Mode::Hanging),
            Step::Poison => {
                let poisons = [
                    Poison::Garbage,
                    Poison::ForeignIssuer,
                    Poison::OtherTenant,
                    Poison::ForeignKeys,
                    Poison::NoKeys,
                ];
                let poison = poisons[self.rng.usize(..poisons.len())];
                self.set_mode(source, Mode::Poisoned(poison));
            }
            Step::Recover => {
                for source in 0..SOURCES.len() {
                    if self.rng.u8(..4) > 0 {
                        self.set_mode(source, Mode::Well);
                    }
                }
            }
            Step::Answer => {
                for source in 0..SOURCES.len() {
                    if self.provider.world().sources[source].mode == Mode::Hanging {
                        self.set_mode(source, Mode::Well);
                    }
                }
                while self.provider.answer_hanging(self.rng.usize(..8)) && self.rng.u8(..4) > 0 {}
            }
            Step::ChangeIssuer => {
                let form = self.rng.usize(..SOURCES[source].forms.len());
                self.provider.world().sources[source].form = form;
                self.say(|| format!("  {source} has form {form}"));
            }
            Step::Swap => self.swap()?,
            Step::Forget => self.forget(),
            Step::Save => self.save(true),
            Step::SaveUsage => self.save(false),
            Step::Restart => {
                self.save(true);
                self.restart()?;
            }
            Step::Crash => self.restart()?,
            Step::Forward => {
                let by = [1, 2, 5, 10, 59, 61][self.rng.usize(..6)];
                self.pass(by)?
            }
            Step::Later => {
                let by = [300, 1800, 3600, 10_000][self.rng.usize(..4)];
                self.pass(by)?
            }
            Step::Skew => {
                let by = [-50, -20, 0, 20, 50][self.rng.usize(..5)];
                self.set_ahead(by)
            }
            Step::WrongClock => {
                let by = [-10_000, -300, 0, 0, 0, 0, 300, 10_000][self.rng.usize(..8)];
                self.set_ahead(by)
            }
            Step::Good => {}
            Step::Bad => {
                let token = self.bad_token();
                self.send(token)?;
            }
            Step::Many => {
                let token = self.good_token();
                for _ in 0..self.rng.usize(3..8) {
                    let other = if self.rng.bool() {
                        token.clone()
                    } else {
                        self.good_token()
                    };
                    self.send(other)?;
                }
            }
            Step::Junk => {
                for _ in 0..self.rng.usize(2..6) {
                    let mut token = self.token_of(source);
                    token.kid = Some(format!("junk-{}", self.rng.u16(..)));
                    self.send(token)?;
                }
            }
            Step::Drop => {
                let token = self.good_token();
                self.send(token)?;
                self.pending.retain(|_| self.rng.bool());
            }
            Step::Nested | Step::Foreign => {
                let route = if self.step == Step::Nested {
                    Route::Nested
                } else {
                    Route::Foreign
                };
                for _ in 0..2 {
                    let mut token = self.good_token();
                    token.admin = self.rng.bool();
                    self.send_to(token, route)?;
                }
            }
            Step::Drive => self.is_driven = !self.is_driven,
            Step::Report => {}
        }
        Ok(())
    }

    fn set_mode(&mut self, source: usize, mode: Mode) {
        self.provider.world().sources[source].mode = mode;
        self.say(|| format!("  {source} is {mode:?}"));
    }

    fn rotate(&mut self, source: usize) {
        let since = self.time.date();
        let drops_last = self.rng.bool();
        let mut world = self.provider.world();
        let it = &mut world.sources[source];
        it.serial += 1;
        let (kid, key) = (
            format!("{source}-{}", it.serial),
            (source * 5 + it.serial) % INLINE_KEY,
        );
        it.published.push(Published {
            kid: kid.clone(),
            key,
            since,
        });
        if it.published.len() > 3 || drops_last {
            let gone = it.published.remove(0);
            it.withdrawn.push(gone);
        }
        drop(world);
        self.say(|| format!("  {source} publishes {kid}"));
    }

    fn withdraw(&mut self, source: usize) {
        let at = self.rng.usize(..8);
        let mut world = self.provider.world();
        let it = &mut world.sources[source];
        let mut gone = None;
        if it.published.len() > 1 {
            let at = at % it.published.len();
            gone = Some(it.published.remove(at));
            it.withdrawn.extend(gone.clone());
        }
        drop(world);
        self.say(|| format!("  {source} withdraws {gone:?}"));
    }

    fn swap(&mut self) -> Result<(), String> {
        let mut plan = (*self.plan).clone();
        if self.rng.u8(..3) > 0 {
            plan.change(&mut self.rng);
        } else {
            let kid = self.any_kid();
            plan.forgotten = if self.rng.bool() {
                vec![(None, kid)]
            } else {
                Vec::new()
            };
        }
        self.say(|| format!("  {plan:?}"));
        if self.model.loses(&plan) && !self.pending.is_empty() {
            // Requests that wait go on by the old settings, with fetches of their own that nobody can tell from the new ones.
            self.pass(FETCH_TIMEOUT)?;
        }
        let _inside = self.runtime.as_ref().map(Runtime::enter);
        self.layer
            .swap_settings(&plan.settings())
            .map_err(|error| error.to_string())?;
        self.plan = Rc::new(plan);
        let order = self.provider.world().next_in_order();
        self.model.swap(&self.plan, order, self.time.elapsed());
        self.has_started |= self.runtime.is_some() && !self.plan.on_request;
        Ok(())
    }

    fn any_kid(&mut self) -> String {
        let source = self.rng.usize(..SOURCES.len());
        let world = self.provider.world();
        let published = &world.sources[source].published;
        published[self.rng.usize(..published.len())].kid.clone()
    }

    fn forget(&mut self) {
        if self.rng.bool() {
            return;
        }
        let source = self.rng.usize(..SOURCES.len());
        let kid = self.any_kid();
        let of = self.rng.bool().then_some(source);
        self.say(|| format!("  {kid} of {of:?}"));
        self.layer.forget_key(forgotten_key(of, &kid));
        self.model.forgotten.push((of, kid));
    }

    fn save(&mut self, keys: bool) {
        self.ledger.look(self.time.wall(), self.time.ahead());
        let usage = serde_json::to_string(&self.layer.usage_snapshot()).unwrap();
        let usage = (usage, self.ledger.saved(self.time.wall()));
        let before = self.saved.take();
        let keys = if keys {
            let text = serde_json::to_string(&self.layer.key_snapshot()).unwrap();
            let now = self.time.elapsed();
            let model = self.model.saved(&self.plan, now);
            Some((text, (model, now, self.time.wall())))
        } else {
            before.and_then(|saved| saved.keys)
        };
        self.saved = Some(Saved { keys, usage });
    }

    fn restart(&mut self) -> Result<(), String> {
        self.pending.clear();
        let order = self.provider.world().next_in_order();
        let mut builder = B2cAuthBuilder::from(self.plan.settings())
            .clock(self.time.clone())
            .fetch(self.provider.clone());
        let (wall, now) = (self.time.wall(), self.time.elapsed());
        match &self.saved {
            None => {
                self.model.restart(None, &self.plan, order, now, wall);
                self.ledger = Ledger::new(wall, self.time.ahead());
            }
            Some(saved) => {
                if let Some((text, model)) = &saved.keys {
                    let told = text.clone();
                    trace_into(&mut self.trace, || format!("  from {told}"));
                    builder =
                        builder.key_snapshot(serde_json::from_str::<KeySnapshot>(text).unwrap());
                    self.model
                        .restart(Some(model), &self.plan, order, now, wall);
                } else {
                    self.model.restart(None, &self.plan, order, now, wall);
                }
                builder = builder
                    .usage_snapshot(serde_json::from_str::<UsageSnapshot>(&saved.usage.0).unwrap());
                self.ledger = saved.usage.1.resumed(wall, self.time.ahead());
            }
        }
        self.layer = builder.build().map_err(|error| error.to_string())?;
        self.has_started = false;
        self.absorb()
    }

    fn set_ahead(&mut self, seconds: i64) {
        self.time.set_ahead(seconds);
        self.say(|| format!("  ahead {seconds}"));
    }

    /// Lets time pass, a few seconds at first, since requests wait for a few seconds.
    fn pass(&mut self, seconds: u64) -> Result<(), String> {
        self.say(|| format!("  {seconds} s"));
        let first = seconds.min(FETCH_TIMEOUT);
        for _ in 0..first {
            self.time.advance(1);
            self.settle()?;
        }
        if seconds > first {
            self.time.advance(seconds - first);
            self.settle()?;
        }
        Ok(())
    }

    /// A token that this source issues now.
    fn token_of(&mut self, source: usize) -> Token {
        let date = self.time.date();
        let (issuer, kid, key) = if source == INLINE {
            (SOURCES[0].forms[0].clone(), None, INLINE_KEY)
        } else {
            let world = self.provider.world();
            let it = &world.sources[source];
            let signing = it.published.last().unwrap();
            (
                SOURCES[source].forms[it.form].clone(),
                Some(signing.kid.clone()),
                signing.key,
            )
        };
        let authority = self.plan.authorities.iter().find(|it| it.source == source);
        Token {
            issuer,
            audience: authority.map_or("api", |it| it.audience).to_owned(),
            kid,
            key,
            issued_at: date,
            not_before: date,
            expires_at: date + 3600,
            admin: self.rng.u8(..4) > 0,
            shape: Shape::Sound,
        }
    }

    fn good_token(&mut self) -> Token {
        if !self.recent.is_empty() && self.rng.u8(..3) == 0 {
            return self.recent[self.rng.usize(..self.recent.len())].clone();
        }
        let source = self.likely_source();
        let mut token = self.token_of(source);
        if self.rng.u8(..6) == 0 {
            token.issuer = listed_issuers()[usize::from(source == 2)].clone();
        }
        if self.recent.len() >= RECENT {
            self.recent.remove(0);
        }
        self.recent.push(token.clone());
        token
    }

    /// One that the settings name, most of the time.
    fn likely_source(&mut self) -> usize {
        if self.rng.u8(..8) == 0 {
            return self.rng.usize(..=INLINE);
        }
        let authorities = &self.plan.authorities;
        authorities[self.rng.usize(..authorities.len())].source
    }

    fn bad_token(&mut self) -> Token {
        let source = self.likely_source();
        let mut token = self.token_of(source);
        match self.rng.u8(..12) {
            0 => token.kid = Some("never published".to_owned()),
            1 => token.audience = "another api".to_owned(),
            2 => token.expires_at = self.time.date() - 200,
            3 => token.not_before = self.time.date() + 500,
            4 => token.shape = Shape::Tampered,
            5 => token.key = (token.key + 1) % KEYS,
            // The key of one and the issuer of another.
            6 | 7 => {
                let other = self.rng.usize(..=INLINE);
                token.issuer = self.token_of(other).issuer;
            }
            8 => token.kid = None,
            9 => {
                token.issuer =
                    "https://evil.example/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/".to_owned()
            }
            10 => {
                token.shape = [Shape::Missing, Shape::Unsigned, Shape::Twice][self.rng.usize(..3)]
            }
            _ => {
                let withdrawn = self
                    .provider
                    .world()
                    .sources
                    .get(source)
                    .and_then(|it| it.withdrawn.last().cloned());
                if let Some(gone) = withdrawn {
                    (token.kid, token.key) = (Some(gone.kid), gone.key);
                }
            }
        }
        token
    }

    fn send(&mut self, token: Token) -> Result<(), String> {
        self.send_to(token, Route::Plain)
    }

    fn send_to(&mut self, token: Token, route: Route) -> Result<(), String> {
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
            woken: Arc::new(Woken(AtomicBool::new(true))),
            token,
        });
        drop(_inside);
        // Whoever waits now may be refused another fetch.
        if self.pending.len() > self.plan.max_per_authority {
            let everybody = self.pending.iter_mut();
            everybody.for_each(|it| it.is_crowded = true);
        }
        // What is known was judged by in the call. Nobody else comes in between, or the model would judge by what a fetch has brought since.
        let newest = self.pending.len() - 1;
        if !self.poll(newest)? {
            let token = self.pending[newest].token.clone();
            self.model.ask(&token, order);
            self.say(|| format!("  {order} waits with {token:?}"));
        }
        self.poll_all()?;
        Ok(())
    }

    /// Lets everything happen that can happen now.
    fn settle(&mut self) -> Result<(), String> {
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

    fn absorb(&mut self) -> Result<(), String> {
        let events = std::mem::take(&mut self.provider.world().events);
        for event in events {
            self.say(|| format!("  {event:?}"));
            self.model
                .note(event, &self.plan, self.time.elapsed(), self.time.wall())?;
        }
        Ok(())
    }

    /// Polls the requests that were woken. Returns whether there were any.
    fn poll_all(&mut self) -> Result<bool, String> {
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
    fn poll(&mut self, at: usize) -> Result<bool, String> {
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

    fn judge(&mut self, request: &Pending, response: &Response<Body>) -> Result<(), String> {
        let status = response.status().as_u16();
        let provider = self.provider.clone();
        let published = move |source: usize| {
            let world = provider.world();
            let it = &world.sources[source];
            (SOURCES[source].forms[it.form].clone(), it.published.clone())
        };
        let plan = Rc::clone(&self.plan);
        let now = Now {
            plan: &plan,
            at: self.time.elapsed(),
            date: self.time.date(),
            wall: self.time.wall(),
            published: &published,
        };
        let Pending {
            at, order, route, ..
        } = *request;
        let asked = Asked {
            at,
            order,
            plan: &request.plan,
            is_crowded: request.is_crowded,
            route,
        };
        let (allowed, why) = self.model.allowed(&request.token, &asked, &now);
        let error = response.extensions().get::<AuthError>();
        let reason = error.map(AuthError::reason);
        let retry = response.headers().get("retry-after");
        self.say(|| format!("  {status} {reason:?} {retry:?} ({allowed:?}: {why}) for {order}, {:?} of {at} on {route:?}", request.token));
        self.model.ask(&request.token, order);
        let is_legacy = self
            .model
            .is_legacy(&request.plan, &request.token.issuer, now.at);
        let was_counted = matches!(status, 200 | 403 | 500) || reason == Some("legacy_issuer");
        if is_legacy && was_counted {
            self.ledger.used(&request.token.issuer, now.wall);
        }
        if status == 200 {
            self.accepted = Some(request.token.clone());
        }
        self.coverage.count(self.step, status);
        if allowed.contains(&status) {
            Ok(())
        } else {
            Err(format!(
                "answered {status} {reason:?}, but {allowed:?} is right ({why}): {:?}\n{:?}",
                request.token, self.model
            ))
        }
    }

    fn check(&mut self) -> Result<(), String> {
        let held = self.permits.load(Ordering::Relaxed);
        if held > 0 {
            return Err(format!("requests that wait hold {held} permits"));
        }
        let most = self
            .pending
            .iter()
            .filter(|it| Rc::ptr_eq(&it.plan, &self.plan))
            .count();
        if most > self.plan.max_waiting {
            return Err(format!("{most} requests wait"));
        }
        // No other authority could have its issuer, so each waits for it.
        let is_external = |it: &&Pending| SOURCES[EXTERNAL].forms.contains(&it.token.issuer);
        let external = self.pending.iter().filter(is_external).count();
        if external > self.plan.max_per_authority {
            return Err(format!("{external} requests wait for one authority"));
        }
        if self.is_driven && self.has_started && !self.plan.on_request {
            let overdue = self.model.is_overdue(&self.plan, self.time.elapsed());
            if let Some(source) = overdue {
                return Err(format!(
                    "nobody fetches {source}: {:?}",
                    self.model.heard[&source]
                ));
            }
        }
        if self.step == Step::Report || self.rng.u8(..8) == 0 {
            self.ledger.look(self.time.wall(), self.time.ahead());
            let report = self.layer.migration_report();
            let plan = &self.plan;
            let legacy = |issuer: &str| self.model.is_legacy(plan, issuer, self.time.elapsed());
            if report.verdict == Verdict::SafeToRemove && plan.migrates {
                let unsafe_ = self.ledger.is_unsafe(self.time.wall(), plan.quiet, legacy);
                if let Some(why) = unsafe_ {
                    return Err(format!(
                        "the report says that it is safe, but {why}: {report}"
                    ));
                }
            }
        }
        Ok(())
    }
}

fn build(plan: &Plan, time: &Time, provider: &Provider) -> B2cAuthLayer {
    let builder = B2cAuthBuilder::from(plan.settings());
    builder
        .clock(time.clone())
        .fetch(provider.clone())
        .build()
        .unwrap()
}

/// Another layer, which accepts nothing of this world and only says so.
fn reporter(time: &Time) -> B2cAuthLayer {
    let settings = Settings {
        audiences: vec!["nobody".into()],
        algorithms: vec!["ES256".into()],
        authorities: vec![AuthoritySettings {
            issuers: vec!["https://nobody.example/".into()],
            keys: vec![InlineKey {
                public_key: Some(public_pem(0)),
                ..InlineKey::default()
            }],
            ..AuthoritySettings::default()
        }],
        danger_report_only: true,
        ..Settings::default()
    };
    B2cAuthBuilder::from(settings)
        .clock(time.clone())
        .build()
        .unwrap()
}

fn call<S>(
    mut service: S,
    request: Request<()>,
) -> Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>>>>
where
    S: Service<Request<()>, Response = Response<Body>, Error = Infallible>,
    S::Future: 'static,
{
    let ready = service.poll_ready(&mut Context::from_waker(Waker::noop()));
    assert!(ready.is_ready());
    Box::pin(service.call(request))
}

/// The inner service, which takes a permit when it gets ready and gives it back when it is called or dropped.
struct Inner {
    permits: Arc<AtomicUsize>,
    is_ready: bool,
}

impl Clone for Inner {
    fn clone(&self) -> Self {
        Self {
            permits: Arc::clone(&self.permits),
            is_ready: false,
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.is_ready {
            self.permits.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Service<Request<()>> for Inner {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        if !self.is_ready {
            self.is_ready = true;
            self.permits.fetch_add(1, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        assert!(self.is_ready, "called without having been polled ready");
        self.is_ready = false;
        self.permits.fetch_sub(1, Ordering::Relaxed);
        ready(Ok(Response::new(Body::empty())))
    }
}

/// How many tokens are kept to be sent again.
const RECENT: usize = 24;

fn trace_into(trace: &mut Option<Vec<String>>, what: impl FnOnce() -> String) {
    if let Some(trace) = trace {
        trace.push(what());
    }
}
