//! Who uses which issuer: one row for each issuer, client application and audience.
//!
//! The number of rows is bounded, because a tenant's users can register any number of client applications. Counting a request takes no lock: the row of a
//! token is looked up once, when the token is verified, and the cached token keeps a reference to it.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use b2c_verify::NumericDate;
use foldhash::fast::RandomState;
use parking_lot::{Mutex, RwLock};

use super::{
    LegacyIssuer, UsageKey, UsageRow, UserSalt,
    observation::{Observation, Observer},
    user_counts::UserCounting,
};
use crate::clock::Clock;

type Rows<'key> = HashMap<UsageKey<'key>, Arc<UsageRow>, RandomState>;

/// Counts verified tokens, and records since when it has done so without a gap.
///
/// It outlives the settings, is bounded by [`MAX_ROWS`], and contains nothing that identifies a user.
pub(crate) struct Usage {
    pub(super) observer: Mutex<Observer>,
    /// `None` if users are not counted.
    pub(super) users: Mutex<Option<UserCounting>>,
    pub(super) rows: RwLock<Rows<'static>>,
    /// The time since which each legacy issuer has been observed as legacy, in seconds since 1970.
    pub(super) legacy_since: Mutex<BTreeMap<String, u64>>,
    pub(super) others: Arc<UsageRow>,
}

impl Usage {
    /// Starts without counts. The observation starts now.
    pub(crate) fn new(clock: &dyn Clock) -> Self {
        Self {
            observer: Mutex::new(Observer::new(clock)),
            users: Mutex::default(),
            rows: RwLock::default(),
            legacy_since: Mutex::default(),
            others: Arc::new(UsageRow::others()),
        }
    }

    /// Finds or adds the row of a token. Once there are [`MAX_ROWS`], all further tokens share one row.
    pub(crate) fn row(&self, key: &UsageKey<'_>) -> Arc<UsageRow> {
        // Rows are never removed, so a full table needs no write lock.
        let rows = self.rows.read();
        if let Some(row) = self.known(&rows, key) {
            return Arc::clone(row);
        }
        drop(rows);
        let mut rows = self.rows.write();
        // Another request may have added it in between.
        if let Some(row) = self.known(&rows, key) {
            return Arc::clone(row);
        }
        let row = Arc::new(UsageRow::new(key.to_owned()));
        rows.insert(key.to_owned(), Arc::clone(&row));
        row
    }

    /// Counts users with this salt from now on. Without a salt, stops counting. Earlier counts with another salt, perhaps those of an earlier process, are
    /// dropped.
    pub(crate) fn count_users_with(&self, salt: Option<&UserSalt>, now: NumericDate) {
        let mut users = self.users.lock();
        let id = salt.map(UserSalt::id);
        if users.map(|users| users.salt) == id {
            return;
        }
        if let Some((before, now)) = users.map(|users| users.salt).zip(id) {
            tracing::warn!(
                %before, %now,
                "the salt for counting users has changed; the users counted so far are dropped"
            );
        }
        let since = now.as_secs();
        *users = id.map(|salt| UserCounting { salt, since });
        let rows = self.rows.read();
        rows.values().for_each(|row| row.clear_users());
        self.others.clear_users();
    }

    /// Counts the user of a token from a legacy issuer.
    pub(crate) fn count_user(
        &self,
        row: &UsageRow,
        salt: &UserSalt,
        day: u32,
        (issuer, user_id): (&str, &str),
    ) {
        let users = self.users.lock();
        // A request may still be under earlier settings with another salt.
        if users.is_some_and(|users| users.salt == salt.id()) {
            row.count_user(day, salt.hash(issuer, user_id));
        }
    }

    /// How users are counted; `None` if they are not.
    pub(super) fn users(&self) -> Option<UserCounting> {
        *self.users.lock()
    }

    /// Records which issuers are legacy now, each with the date until which its tokens could not be judged, if there was such a time. Returns them, each with
    /// the time since which it has been watched as legacy without a break, across all settings.
    ///
    /// An issuer that is no longer legacy starts over when it becomes legacy again. One that `may_turn_legacy` keeps its history: after a restart, its
    /// authority's metadata may simply not have been fetched yet.
    pub(crate) fn watch(
        &self,
        legacy: Vec<(LegacyIssuer, Option<NumericDate>)>,
        may_turn_legacy: impl Fn(&str) -> bool,
    ) -> Vec<LegacyIssuer> {
        let mut known = self.legacy_since.lock();
        let now: HashSet<&str> = legacy.iter().map(|(it, _)| &*it.issuer).collect();
        known.retain(|issuer, _| now.contains(&**issuer) || may_turn_legacy(issuer));
        let watched = legacy.into_iter().map(|(mut it, unjudged_until)| {
            if !it.issuer.is_empty() {
                let since = known.entry(it.issuer.clone()).or_insert(it.legacy_since);
                *since = unjudged_until.map_or(*since, |until| until.as_secs().max(*since));
                it.legacy_since = *since;
            }
            it
        });
        watched.collect()
    }

    /// Records that a token was not judged, so that a use of its issuer may have gone uncounted. The issuer starts over if it has been watched, or if it
    /// `is_legacy`. Others start over when they turn out to be legacy.
    pub(crate) fn not_judged(&self, issuer: &str, is_legacy: bool, now: NumericDate) {
        let (mut known, now) = (self.legacy_since.lock(), now.as_secs());
        match known.get_mut(issuer) {
            // A clock that is behind for a moment must not move it back.
            Some(since) => *since = now.max(*since),
            None if is_legacy => drop(known.insert(issuer.to_owned(), now)),
            None => {}
        }
    }

    /// The current observation. Checks the clock first: if it was changed, the observation starts over.
    pub(super) fn observation(&self, clock: &dyn Clock) -> Observation {
        let mut observer = self.observer.lock();
        let before = observer.observation();
        let observation = observer.check(clock);
        if observation != before {
            self.limit_last_uses(observation.since);
        }
        observation
    }

    /// All rows with counts.
    pub(super) fn rows(&self) -> Vec<Arc<UsageRow>> {
        let rows = self.rows.read();
        let used = rows.values().filter(|row| row.is_used());
        used.cloned().collect()
    }

    /// The row of this key or, if there is room for no other, the shared one.
    fn known<'rows, 'key>(
        &'rows self,
        rows: &'rows Rows<'key>,
        key: &UsageKey<'key>,
    ) -> Option<&'rows Arc<UsageRow>> {
        let is_full = rows.len() >= MAX_ROWS;
        // `Rows` is covariant, so a map with `'static` keys is also one with shorter-lived keys.
        rows.get(key).or_else(|| is_full.then_some(&self.others))
    }

    /// Corrects dates in the future, left by a clock that was ahead. Otherwise they would look like recent uses until those dates have passed.
    pub(super) fn limit_last_uses(&self, now: NumericDate) {
        for row in self.rows() {
            row.limit_last_use(now);
        }
        self.others.limit_last_use(now);
        for since in self.legacy_since.lock().values_mut() {
            *since = now.as_secs().min(*since);
        }
    }
}

/// More combinations of issuer, application and audience than any one API has.
pub(super) const MAX_ROWS: usize = 1000;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::ManualClock;

    fn key(client_id: &str) -> UsageKey<'_> {
        UsageKey::new("https://a.example", Some(client_id), "api")
    }

    #[test]
    fn a_row_is_found_again_by_its_issuer_application_and_audience() {
        let usage = Usage::new(&clock());
        let row = usage.row(&key("app"));
        assert!(Arc::ptr_eq(&row, &usage.row(&key("app"))));
        assert!(!Arc::ptr_eq(&row, &usage.row(&key("app2"))));
        let no_application = UsageKey::new("https://a.example", None, "api");
        assert!(!Arc::ptr_eq(&row, &usage.row(&no_application)));
    }

    #[test]
    fn rows_beyond_the_bound_share_one_also_after_a_restart() {
        let clock = clock();
        let usage = Usage::new(&clock);
        for number in 0..MAX_ROWS + 10 {
            let row = usage.row(&key(&number.to_string()));
            row.count(clock.now(), number == MAX_ROWS, true);
        }
        let restored = Usage::restored(&usage.snapshot(&clock), &clock);
        for usage in [usage, restored] {
            assert_eq!(usage.rows().len(), MAX_ROWS);
            assert_eq!(usage.others.counts().accepted, 9);
            assert_eq!(usage.others.legacy().unwrap().counts().accepted, 1);
        }
    }

    #[test]
    fn a_last_use_in_the_future_is_taken_back_when_the_clock_is_set_right() {
        let clock = clock();
        let usage = Usage::new(&clock);
        let row = usage.row(&key("app"));
        row.count(NumericDate::from_secs(2_000_000_000), false, true);
        let restored = Usage::restored(&usage.snapshot(&clock), &clock);
        let row = restored.row(&key("app"));
        let now = clock.now().as_secs();
        let counts = row.counts();
        assert_eq!((counts.first_seen, counts.last_seen), (now, now));
        assert_eq!(counts.accepted, 1);
        clock.advance(Duration::from_secs(1));
        row.count(clock.now(), false, true);
        assert_eq!(row.counts().last_seen, now + 1);
    }

    #[test]
    fn a_clock_that_is_behind_for_a_moment_does_not_bring_back_a_quiet_period() {
        let usage = Usage::new(&clock());
        let (early, late) = (1_800_000_100, 1_800_000_400);
        for (now, since) in [(early, early), (late, late), (early, late)] {
            usage.not_judged("i", true, NumericDate::from_secs(now));
            assert_eq!(usage.legacy_since.lock()["i"], since);
        }
    }

    fn clock() -> ManualClock {
        ManualClock::at(NumericDate::from_secs(1_800_000_000))
    }
}
