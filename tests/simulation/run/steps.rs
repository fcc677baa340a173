//! What each kind of step does.

use super::{Run, choice::next_key, inner::Route};
use crate::{
    provider::{Mode, Poison, Published},
    step::Step,
    tokens::KEYS,
    topology::{FETCH_TIMEOUT, SOURCES},
};

impl Run<'_> {
    pub(super) fn carry_out(&mut self) -> Result<(), String> {
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
            Step::Hang => {
                self.set_mode(source, Mode::Hanging);
                for _ in 0..self.rng.usize(..5) {
                    let token = self.any_token_of(source);
                    self.send(token)?;
                }
            }
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
            Step::Answer => self.answer(),
            Step::ChangeIssuer => {
                // Source 0 is the only one with a form that the operator has to assign.
                let source = if self.rng.bool() { 0 } else { source };
                let forms = SOURCES[source].forms.len();
                let last = self.rng.bool().then_some(forms - 1);
                let form = last.unwrap_or_else(|| self.rng.usize(..forms));
                let since = self.time.date();
                let mut world = self.provider.world();
                let it = &mut world.sources[source];
                if it.form != form {
                    (it.form, it.form_since) = (form, since);
                }
                drop(world);
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
                let (mut junk, has_keys) = (Vec::new(), self.rng.u8(..3) == 0);
                for _ in 0..self.rng.usize(2..6) {
                    let mut token = self.token_of(source);
                    if has_keys {
                        token.issuer = self.any_form(source);
                    } else {
                        token.kid = Some(format!("junk-{}", self.rng.u16(..)));
                    }
                    junk.push(token);
                }
                if self.rng.bool() {
                    self.send_together(junk)?;
                } else {
                    junk.into_iter().try_for_each(|token| self.send(token))?;
                }
            }
            Step::Drop => {
                let token = self.good_token();
                self.send(token)?;
                for request in std::mem::take(&mut self.pending) {
                    if self.rng.bool() {
                        self.pending.push(request);
                    } else {
                        self.note_unjudged(&request);
                    }
                }
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

    /// Answers hanging requests of the layer, most of the time all of them.
    pub(super) fn answer(&mut self) {
        for source in 0..SOURCES.len() {
            if self.provider.world().sources[source].mode == Mode::Hanging {
                self.set_mode(source, Mode::Well);
            }
        }
        while self.provider.answer_hanging(self.rng.usize(..8)) && self.rng.u8(..4) > 0 {}
    }

    pub(super) fn set_mode(&mut self, source: usize, mode: Mode) {
        self.provider.world().sources[source].mode = mode;
        self.say(|| format!("  {source} is {mode:?}"));
    }

    pub(super) fn rotate(&mut self, source: usize) {
        let since = self.time.date();
        let drops_last = self.rng.bool();
        let mut world = self.provider.world();
        let it = &mut world.sources[source];
        it.serial += 1;
        let (kid, key) = next_key(source, it.serial);
        let kid = kid.unwrap();
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

    pub(super) fn withdraw(&mut self, source: usize) {
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

    pub(super) fn set_ahead(&mut self, seconds: i64) {
        let by = seconds.abs_diff(self.time.ahead());
        self.evidence.clock_is_set(by);
        self.time.set_ahead(seconds);
        self.say(|| format!("  ahead {seconds}"));
    }

    /// Lets time pass, a few seconds at first, since requests wait for a few seconds.
    pub(super) fn pass(&mut self, seconds: u64) -> Result<(), String> {
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
}
