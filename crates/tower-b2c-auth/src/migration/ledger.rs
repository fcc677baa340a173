//! Who uses which issuer: one row for each issuer, client application and audience.

use std::{
    fmt,
    hash::BuildHasher as _,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use b2c_verify::{NumericDate, VerifiedClaims};
use hashbrown::{DefaultHashBuilder, HashTable};
use serde::{Deserialize, Serialize};

use super::Counter;

/// Counts verified tokens. Bounded, without anything about users; it outlives the settings.
pub(crate) struct Ledger {
    since: NumericDate,
    hasher: DefaultHashBuilder,
    rows: RwLock<HashTable<Arc<Row>>>,
    overflow: Arc<Row>,
}

/// One issuer, client application and audience. Whoever has it can count without looking it up again.
pub(crate) struct Row {
    pub(super) issuer: Box<str>,
    pub(super) client_id: Option<Box<str>>,
    pub(super) audience: Box<str>,
    pub(super) accepted: Counter,
    pub(super) refused: Counter,
    first_seen: AtomicU64,
    last_seen: AtomicU64,
    /// Whether a legacy token was counted here; told apart by the issuer in all rows but the overflow row.
    pub(super) saw_legacy: AtomicBool,
}

/// What rows are told apart by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RowName<'a> {
    pub(crate) issuer: &'a str,
    client_id: Option<&'a str>,
    audience: &'a str,
}

impl<'a> RowName<'a> {
    /// The name of the row that a token with these claims is counted in.
    pub(crate) fn of(claims: &'a VerifiedClaims) -> Self {
        Self {
            issuer: claims.issuer(),
            client_id: claims.client_id(),
            audience: claims.audiences().next().unwrap_or_default(),
        }
    }
}

impl Ledger {
    pub(crate) fn new(since: NumericDate) -> Self {
        Self {
            since,
            hasher: DefaultHashBuilder::default(),
            rows: RwLock::default(),
            overflow: Arc::new(Row::new(RowName {
                issuer: OVERFLOW,
                client_id: None,
                audience: "",
            })),
        }
    }

    /// When the counting began.
    pub(super) fn since(&self) -> NumericDate {
        self.since
    }

    /// All rows that counted something.
    pub(super) fn rows(&self) -> Vec<Arc<Row>> {
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        let all = rows.iter().chain(std::iter::once(&self.overflow));
        all.filter(|row| row.first_seen.load(Ordering::Relaxed) > 0)
            .cloned()
            .collect()
    }

    pub(crate) fn snapshot(&self) -> LedgerSnapshot {
        let rows = self.rows().into_iter().map(|row| SavedRow {
            issuer: row.issuer.to_string(),
            client_id: row.client_id.as_deref().map(str::to_owned),
            audience: row.audience.to_string(),
            accepted: row.accepted.get(),
            refused: row.refused.get(),
            first_seen: row.first_seen().as_unix().as_secs(),
            last_seen: row.last_seen().as_unix().as_secs(),
            saw_legacy: row.saw_legacy.load(Ordering::Relaxed),
        });
        LedgerSnapshot {
            since: self.since.as_unix().as_secs(),
            rows: rows.collect(),
        }
    }

    /// A ledger that goes on where another one stopped.
    pub(crate) fn restored(snapshot: &LedgerSnapshot) -> Self {
        let mut ledger = Self::new(NumericDate::from_secs(snapshot.since));
        for saved in &snapshot.rows {
            let row = Row {
                accepted: Counter::starting_at(saved.accepted),
                refused: Counter::starting_at(saved.refused),
                first_seen: saved.first_seen.into(),
                last_seen: saved.last_seen.into(),
                saw_legacy: saved.saw_legacy.into(),
                ..Row::new(RowName {
                    issuer: &saved.issuer,
                    client_id: saved.client_id.as_deref(),
                    audience: &saved.audience,
                })
            };
            if row.is_overflow() {
                ledger.overflow = Arc::new(row);
            } else {
                let hash = |row: &Row| ledger.hasher.hash_one(row.name());
                let rows = ledger
                    .rows
                    .get_mut()
                    .unwrap_or_else(PoisonError::into_inner);
                if rows.len() < MAX_ROWS {
                    rows.insert_unique(hash(&row), Arc::new(row), |row| hash(row));
                }
            }
        }
        ledger
    }

    /// The row of a token; the overflow row once there are [`MAX_ROWS`] others.
    pub(crate) fn row(&self, name: RowName<'_>) -> Arc<Row> {
        let hash = self.hasher.hash_one(name);
        let is_it = |row: &Arc<Row>| row.name() == name;
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(row) = rows.find(hash, is_it) {
            return Arc::clone(row);
        }
        drop(rows);
        let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
        // Another request may have added it meanwhile.
        if let Some(row) = rows.find(hash, is_it) {
            return Arc::clone(row);
        }
        if rows.len() >= MAX_ROWS {
            return Arc::clone(&self.overflow);
        }
        let row = Arc::new(Row::new(name));
        rows.insert_unique(hash, Arc::clone(&row), |row| {
            self.hasher.hash_one(row.name())
        });
        row
    }
}

impl fmt::Debug for Ledger {
    /// Without the rows, which hold claims.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger")
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Row {
    /// Without what came from claims.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").finish_non_exhaustive()
    }
}

impl Row {
    fn new(name: RowName<'_>) -> Self {
        Self {
            issuer: name.issuer.into(),
            client_id: name.client_id.map(Into::into),
            audience: name.audience.into(),
            accepted: Counter::default(),
            refused: Counter::default(),
            first_seen: AtomicU64::new(0),
            last_seen: AtomicU64::new(0),
            saw_legacy: AtomicBool::new(false),
        }
    }

    pub(crate) fn name(&self) -> RowName<'_> {
        RowName {
            issuer: &self.issuer,
            client_id: self.client_id.as_deref(),
            audience: &self.audience,
        }
    }

    /// Counts one token. Cheap enough for every request: the times are written once a second at most.
    pub(crate) fn count(&self, now: NumericDate, legacy: bool, accepted: bool) {
        if accepted {
            &self.accepted
        } else {
            &self.refused
        }
        .increment();
        if legacy && !self.saw_legacy.load(Ordering::Relaxed) {
            self.saw_legacy.store(true, Ordering::Relaxed);
        }
        let now = now.as_unix().as_secs().max(1);
        if self.last_seen.load(Ordering::Relaxed) < now {
            self.last_seen.fetch_max(now, Ordering::Relaxed);
            self.first_seen
                .compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed)
                .ok();
        }
    }

    pub(super) fn first_seen(&self) -> NumericDate {
        NumericDate::from_secs(self.first_seen.load(Ordering::Relaxed))
    }

    pub(super) fn last_seen(&self) -> NumericDate {
        NumericDate::from_secs(self.last_seen.load(Ordering::Relaxed))
    }

    pub(super) fn is_overflow(&self) -> bool {
        &*self.issuer == OVERFLOW
    }
}

/// The ledger as a document, so that a restart does not lose the evidence. Nothing in it is about users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerSnapshot {
    /// Seconds since 1970.
    since: u64,
    rows: Vec<SavedRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SavedRow {
    issuer: String,
    client_id: Option<String>,
    audience: String,
    accepted: u64,
    refused: u64,
    first_seen: u64,
    last_seen: u64,
    saw_legacy: bool,
}

/// Rows that are told apart; more issuers, applications and audiences than any one API has.
const MAX_ROWS: usize = 1000;
/// Stands for the issuer in the overflow row; no issuer looks like it.
const OVERFLOW: &str = "(others)";
