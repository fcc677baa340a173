//! What the operator does: other settings, forgotten keys, saves and restarts.

use std::rc::Rc;

use tokio::runtime::Runtime;
use tower_b2c_auth::{
    AuthoritySettings, B2cAuthBuilder, B2cAuthLayer, InlineKey, KeySnapshot, Settings,
    migration::UsageSnapshot,
};

use super::Run;
use crate::{
    evidence::Evidence,
    fetches::{Scene, Snapshot},
    forgotten::is_name,
    plan::{Plan, forgotten_key},
    provider::Provider,
    time::Time,
    tokens::public_pem,
    topology::{FETCH_TIMEOUT, INLINE, SOURCES},
};

/// What is on the disk.
pub(super) struct Saved {
    keys: Option<(String, Snapshot)>,
    usage: (String, Evidence),
}

impl Run<'_> {
    pub(super) fn swap(&mut self) -> Result<(), String> {
        let mut plan = (*self.plan).clone();
        let is_for_who_waits = self.rng.bool() && self.forget_for_who_waits(&mut plan);
        match self.rng.u8(..5) {
            _ if is_for_who_waits => {}
            4 => plan.take_away(),
            0 => plan.change_one(&mut self.rng),
            1 => {
                plan.change_one(&mut self.rng);
                plan.forgotten = self.some_forgotten(&plan);
            }
            _ => plan.change(&mut self.rng),
        }
        self.say(|| format!("  {plan:?}"));
        if self.fetches.lose(&self.model, &plan) && !self.pending.is_empty() {
            // Waiting requests continue under the old settings, with fetches that the model could not tell from the new ones.
            self.pass(FETCH_TIMEOUT)?;
        }
        let _inside = self.runtime.as_ref().map(Runtime::enter);
        self.layer
            .swap_settings(&plan.settings())
            .map_err(|error| error.to_string())?;
        let before = std::mem::replace(&mut self.plan, Rc::new(plan));
        let now = self.time.elapsed();
        self.fetches.set(&mut self.model, &before, &self.plan, now);
        self.hurry();
        self.watch_legacy();
        self.has_started |= self.runtime.is_some() && !self.plan.on_request;
        if is_for_who_waits {
            self.answer();
        }
        Ok(())
    }

    /// Gives an authority its other name, and under the new name forgets a key that a request waits for. Returns whether there is such a key.
    fn forget_for_who_waits(&mut self, plan: &mut Plan) -> bool {
        let at = self.rng.usize(..self.pending.len().max(1));
        let kid = self.pending.get(at).and_then(|it| it.token.kid.clone());
        let world = self.provider.world();
        let publishes = |source: &usize| {
            let mut published = world.sources[*source].published.iter();
            published.any(|it| Some(&it.kid) == kid.as_ref())
        };
        let fetched = plan.authorities.iter().map(|it| it.source);
        let Some(source) = fetched.filter(|it| *it != INLINE).find(publishes) else {
            return false;
        };
        drop(world);
        plan.rename(source);
        plan.forgotten = kid.map(|kid| (Some(source), kid)).into_iter().collect();
        true
    }

    /// A published key to forget, for all authorities or for one; or none.
    fn some_forgotten(&mut self, plan: &Plan) -> Vec<(Option<usize>, String)> {
        let at = self.rng.usize(..plan.authorities.len());
        let source = plan.authorities[at].source;
        let of = Some(source).filter(|_| self.rng.bool());
        let kid = match self.provider.world().sources.get(source) {
            Some(source) => source.published.last().unwrap().kid.clone(),
            None => return Vec::new(),
        };
        if self.rng.u8(..3) > 0 {
            vec![(of, kid)]
        } else {
            Vec::new()
        }
    }

    pub(super) fn any_kid(&mut self) -> String {
        let source = self.rng.usize(..SOURCES.len());
        let world = self.provider.world();
        let published = &world.sources[source].published;
        published[self.rng.usize(..published.len())].kid.clone()
    }

    pub(super) fn forget(&mut self) {
        if self.rng.bool() {
            return;
        }
        let source = self.rng.usize(..SOURCES.len());
        let kid = self.any_kid();
        let of = self.rng.bool().then(|| self.plan.name_of(source));
        self.say(|| format!("  {kid} of {of:?}"));
        let is_refused = self.layer.forget_key(forgotten_key(of, &kid));
        assert_eq!(is_refused, of.is_none_or(|of| is_name(&self.plan, of)));
        self.model.forgotten.add(of, kid, &self.plan);
        self.hurry();
    }

    /// A source whose last key has been forgotten is due at once.
    fn hurry(&mut self) {
        for source in 0..SOURCES.len() {
            let scene = Scene {
                model: &self.model,
                plan: &self.plan,
                time: &self.time,
                live: &self.pending,
            };
            self.fetches.hurry(source, &scene, (0, 0));
        }
    }

    pub(super) fn save(&mut self, keys: bool) {
        self.evidence.look(self.time.wall(), self.time.ahead());
        let usage = serde_json::to_string(&self.layer.usage_snapshot()).unwrap();
        let usage = (usage, self.evidence.saved(self.time.wall()));
        let before = self.saved.take();
        let keys = if keys {
            let text = serde_json::to_string(&self.layer.key_snapshot()).unwrap();
            let known = Snapshot::new(&self.model, &self.plan, &self.time);
            Some((text, known))
        } else {
            before.and_then(|saved| saved.keys)
        };
        self.saved = Some(Saved { keys, usage });
    }

    pub(super) fn restart(&mut self) -> Result<(), String> {
        self.pending.clear();
        let mut builder = B2cAuthBuilder::from(self.plan.settings())
            .clock(self.time.clone())
            .fetch(self.provider.clone());
        let (wall, ahead) = (self.time.wall(), self.time.ahead());
        (self.model, self.fetches) = Default::default();
        self.evidence = Evidence::new(wall, ahead);
        if let Some(saved) = self.saved.take() {
            let usage = serde_json::from_str::<UsageSnapshot>(&saved.usage.0).unwrap();
            builder = builder.usage_snapshot(usage);
            self.evidence = saved.usage.1.resumed(wall, ahead);
            if let Some((text, known)) = &saved.keys {
                self.say(|| format!("  from {text}"));
                builder = builder.key_snapshot(serde_json::from_str::<KeySnapshot>(text).unwrap());
                self.model = known.restored(&self.plan, &self.time);
            }
            self.saved = Some(saved);
        }
        let now = self.time.elapsed();
        self.fetches
            .set(&mut self.model, &self.plan, &self.plan, now);
        self.layer = builder.build().map_err(|error| error.to_string())?;
        self.has_started = false;
        self.watch_legacy();
        self.absorb()
    }
}

pub(super) fn build(plan: &Plan, time: &Time, provider: &Provider) -> B2cAuthLayer {
    let builder = B2cAuthBuilder::from(plan.settings());
    builder
        .clock(time.clone())
        .fetch(provider.clone())
        .build()
        .unwrap()
}

/// Another layer, which accepts no token of this world and only reports that.
pub(super) fn reporter(time: &Time) -> B2cAuthLayer {
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
