//! The state of a schedule, and what happens in each step.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::runtime::{Builder, Runtime};
use tower_b2c_auth::B2cAuthLayer;

use super::{
    inner::Route,
    operator::{Saved, build, reporter},
    requests::Pending,
};
use crate::{
    coverage::Coverage,
    evidence::Evidence,
    fetches::Fetches,
    model::Model,
    plan::Plan,
    provider::Provider,
    step::Step,
    time::Time,
    tokens::{Shape, Token},
    topology::{EXTERNAL, SOURCES},
};

pub(crate) struct Run<'c> {
    pub(super) rng: fastrand::Rng,
    pub(super) time: Time,
    pub(super) provider: Provider,
    pub(super) plan: Rc<Plan>,
    pub(super) layer: B2cAuthLayer,
    pub(super) reporter: B2cAuthLayer,
    pub(super) model: Model,
    pub(super) fetches: Fetches,
    pub(super) evidence: Evidence,
    pub(super) saved: Option<Saved>,
    pub(super) pending: Vec<Pending>,
    pub(super) recent: Vec<Token>,
    /// The token that was accepted last.
    pub(super) accepted: Option<Token>,
    pub(super) permits: Arc<AtomicUsize>,
    pub(super) runtime: Option<Runtime>,
    pub(super) is_driven: bool,
    pub(super) has_started: bool,
    pub(super) step: Step,
    pub(super) coverage: &'c mut Coverage,
    /// `None` if nobody wants to read it.
    pub(super) trace: Option<Vec<String>>,
}

impl<'c> Run<'c> {
    pub(crate) fn new(seed: u64, coverage: &'c mut Coverage, is_told: bool) -> Self {
        // The layer draws its jitter from this thread's generator.
        fastrand::seed(seed);
        let mut rng = fastrand::Rng::with_seed(seed);
        let time = Time::default();
        let provider = Provider::new(&time);
        let plan = Rc::new(Plan::random(&mut rng));
        let layer = build(&plan, &time, &provider);
        let mut model = Model::default();
        let mut fetches = Fetches::default();
        fetches.set(&mut model, &plan, &plan, time.elapsed());
        let runtime = (rng.u8(..3) > 0).then(|| Builder::new_current_thread().build().unwrap());
        let mut run = Self {
            is_driven: rng.u8(..4) > 0,
            evidence: Evidence::new(time.wall(), 0),
            reporter: reporter(&time),
            rng,
            time,
            provider,
            plan,
            layer,
            model,
            fetches,
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
        };
        run.watch_legacy();
        run
    }

    /// Takes this many steps.
    ///
    /// # Errors
    ///
    /// What did not hold, and the steps before it.
    pub(crate) fn steps(&mut self, count: usize) -> Result<(), String> {
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

    pub(super) fn take_step(&mut self) -> Result<(), String> {
        self.step = Step::random(&mut self.rng);
        let step = self.step;
        self.say(|| format!("{step:?}"));
        self.carry_out()?;
        self.probe()?;
        self.settle()?;
        self.check()
    }

    /// A few requests, of such kinds that every status comes up in time.
    pub(super) fn probe(&mut self) -> Result<(), String> {
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

    pub(super) fn say(&mut self, what: impl FnOnce() -> String) {
        let now = self.time.elapsed();
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{now} {}", what()));
        }
    }

    pub(super) fn check(&mut self) -> Result<(), String> {
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
        // No other authority could have this issuer, so each request waits for this one.
        let is_external = |it: &&Pending| SOURCES[EXTERNAL].forms.contains(&it.token.issuer);
        let external = self.pending.iter().filter(is_external).count();
        if external > self.plan.max_per_authority {
            return Err(format!("{external} requests wait for one authority"));
        }
        if self.is_driven && self.has_started && !self.plan.on_request {
            let overdue = self.fetches.overdue(&self.scene());
            if let Some(source) = overdue {
                return Err(format!("nobody fetches {source}: {:?}", self.fetches));
            }
        }
        if self.step == Step::Report || self.rng.u8(..8) == 0 {
            self.check_report()?;
        }
        Ok(())
    }
}
