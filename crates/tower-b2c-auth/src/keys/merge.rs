//! Fetched or restored keys ─▶ the cache.
//!
//! A document never replaces the set of keys:
//!
//! | the key | after the fetch |
//! |---|---|
//! | is listed, and known with the same material | stays, and with it the cached tokens that it verified |
//! | is listed with other material | replaces the old one, whose cached tokens end |
//! | is new | is added |
//! | is no longer listed | stays for `retired_key_grace`; not at all, if an idle on-demand source has just been fetched |
//! | has not been listed for `max_stale` | expires |
//!
//! So a document that lacks keys by mistake, or that an attacker has cut short, does not make good tokens fail at once.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use b2c_verify::VerificationKey;

use super::{
    cache::Slot,
    documents::Documents,
    fetch::FetchError,
    key::LiveKey,
    source::{KeySource, State},
};

impl KeySource {
    /// Merges a fetch into the cache. A key that is no longer listed is not dropped: its grace period begins, unless the source was idle.
    ///
    /// Returns whether there was anything new.
    ///
    /// # Errors
    ///
    /// If the authority may not have this issuer. Then nothing changes.
    pub(super) fn merge(
        &self,
        state: &mut State,
        documents: Documents,
        now: Duration,
    ) -> Result<bool, FetchError> {
        self.accept_issuer(state, &documents.issuer, now)?;
        // An idle source's keys went unchecked for so long that the grace period may be over. A vanished key must not be accepted even once more.
        let was_idle = state.on_demand && state.plan.next() <= now;
        let mut news = false;
        let mut kept = BTreeMap::new();
        for key in documents.keys.into_keys() {
            let key = state.kept(key);
            let Some(kid) = key.kid().map(Box::<str>::from) else {
                continue;
            };
            let known = self.context.cache.get(self.id, &kid);
            let key = match known {
                Some(slot)
                    if slot.key.same_material(&key)
                        && slot.key.issuer() == key.issuer()
                        && slot.key.is_usable(now) =>
                {
                    slot.key
                }
                before => {
                    if let Some(replaced) = before {
                        replaced.key.end();
                    }
                    news = true;
                    Arc::new(LiveKey::until(key, now))
                }
            };
            self.put(state, &kid, Arc::clone(&key), now, None, now);
            kept.insert(kid, key);
        }
        for kid in self.fetched.ids() {
            if kept.contains_key(&kid) {
                continue;
            }
            match self.context.cache.get(self.id, &kid) {
                Some(slot) if slot.key.is_usable(now) && !was_idle => {
                    let vanished = Some(slot.vanished.unwrap_or(now));
                    let key = Arc::clone(&slot.key);
                    self.put(state, &kid, key, slot.last_seen, vanished, now);
                    kept.insert(kid, slot.key);
                }
                gone => {
                    if let Some(slot) = gone {
                        slot.key.end();
                    }
                    self.context.cache.remove(self.id, &kid);
                }
            }
        }
        self.fetched.set(kept);
        Ok(news)
    }

    /// Restores the keys of an earlier process, each with the times when it was last seen and when it vanished.
    pub(super) fn restore(
        &self,
        state: &State,
        keys: impl IntoIterator<Item = (VerificationKey, Duration, Option<Duration>)>,
        now: Duration,
    ) {
        let mut all = self.fetched.all();
        for (key, last_seen, vanished) in keys {
            let key = state.kept(key);
            if let Some(kid) = key.kid().map(Box::<str>::from) {
                let key = Arc::new(LiveKey::until(key, now));
                self.put(state, &kid, Arc::clone(&key), last_seen, vanished, now);
                all.insert(kid, key);
            }
        }
        self.fetched.set(all);
    }

    /// The key ends at the earlier of two times: `max_stale` after it was last seen, and `retired_key_grace` after it vanished. The same time to live goes
    /// to the cache, which frees the entry later by its own clock.
    pub(super) fn put(
        &self,
        state: &State,
        kid: &str,
        key: Arc<LiveKey>,
        last_seen: Duration,
        vanished: Option<Duration>,
        now: Duration,
    ) {
        let stale = last_seen.saturating_add(state.config.max_stale);
        let retired = vanished.map_or(Duration::MAX, |since| {
            since.saturating_add(state.config.retired_key_grace)
        });
        let end = stale.min(retired);
        key.use_until(end);
        let slot = Slot {
            key,
            last_seen,
            vanished,
            time_to_live: end.saturating_sub(now),
        };
        self.context.cache.insert(self.id, kid, slot);
    }
}

impl State {
    /// The key to keep. The issuer in its JWK matters only where any tenant is accepted, so other authorities, of which there may be thousands, do not store
    /// it.
    fn kept(&self, key: VerificationKey) -> VerificationKey {
        match &self.rule {
            Some(rule) if rule.is_of_templates() => key,
            _ => key.with_issuer(None),
        }
    }
}
