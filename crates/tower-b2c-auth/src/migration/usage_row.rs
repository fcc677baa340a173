//! One row of the usage, with its key.

use std::{
    borrow::Cow,
    sync::atomic::{AtomicU64, Ordering},
};

use b2c_verify::{NumericDate, VerifiedToken};
use serde::{Deserialize, Serialize};

use super::user_days::UserDays;
use crate::counter::Counter;

/// The tokens of one issuer, client application and audience.
pub(crate) struct UsageRow {
    key: UsageKey<'static>,
    accepted: Counter,
    refused: Counter,
    first_seen: AtomicU64,
    last_seen: AtomicU64,
    /// The users of a legacy issuer, if they are counted.
    pub(super) users: UserDays,
    /// The row that counts legacy tokens instead. Only the shared row has it, because its tokens have different issuers.
    legacy: Option<Box<Self>>,
}

/// The key of a row. Looking one up allocates nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct UsageKey<'a> {
    issuer: Cow<'a, str>,
    client_id: Option<Cow<'a, str>>,
    audience: Cow<'a, str>,
}

impl<'a> UsageKey<'a> {
    pub(crate) fn new(issuer: &'a str, client_id: Option<&'a str>, audience: &'a str) -> Self {
        Self {
            issuer: issuer.into(),
            client_id: client_id.map(Into::into),
            audience: audience.into(),
        }
    }

    /// The issuer, the client application (`azp`, else `appid`) and the first audience. An empty client id counts as none: in metrics, both have an empty
    /// label.
    pub(crate) fn of(claims: &'a VerifiedToken) -> Self {
        let audience = claims.audiences().next().unwrap_or_default();
        let client_id = claims.client_id().filter(|id| !id.is_empty());
        Self::new(claims.issuer(), client_id, audience)
    }

    /// What the tokens of any tenant are counted under: this template, and the first audience. Anybody can create tenants and clients, and must not use up
    /// the rows.
    pub(crate) fn of_any_tenant(template: &'a str, claims: &'a VerifiedToken) -> Self {
        let audience = claims.audiences().next().unwrap_or_default();
        Self::new(template, None, audience)
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(super) fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    pub(super) fn audience(&self) -> &str {
        &self.audience
    }

    pub(super) fn to_owned(&self) -> UsageKey<'static> {
        let owned = |text: &Cow<'_, str>| Cow::Owned(text.clone().into_owned());
        UsageKey {
            issuer: owned(&self.issuer),
            client_id: self.client_id.as_ref().map(owned),
            audience: owned(&self.audience),
        }
    }
}

/// A row's counts at one moment. Times are seconds since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counts {
    pub(super) accepted: u64,
    pub(super) refused: u64,
    pub(super) first_seen: u64,
    pub(super) last_seen: u64,
}

impl UsageRow {
    pub(super) fn new(key: UsageKey<'static>) -> Self {
        Self::restored(key, Counts::default(), UserDays::default())
    }

    pub(super) fn restored(key: UsageKey<'static>, counts: Counts, users: UserDays) -> Self {
        Self {
            key,
            accepted: Counter::starting_at(counts.accepted),
            refused: Counter::starting_at(counts.refused),
            first_seen: counts.first_seen.into(),
            last_seen: counts.last_seen.into(),
            users,
            legacy: None,
        }
    }

    /// The row for all tokens without a row of their own.
    pub(super) fn others() -> Self {
        Self::restored_others(Counts::default(), Counts::default(), UserDays::default())
    }

    pub(super) fn restored_others(current: Counts, legacy: Counts, users: UserDays) -> Self {
        let legacy = Self::restored(UsageKey::new(OTHER_LEGACY, None, ""), legacy, users);
        let others = UsageKey::new(OTHERS, None, "");
        Self {
            legacy: Some(Box::new(legacy)),
            ..Self::restored(others, current, UserDays::default())
        }
    }

    pub(crate) fn key(&self) -> &UsageKey<'static> {
        &self.key
    }

    /// Counts one token. `legacy` says whether its issuer is legacy at this moment.
    ///
    /// Cheap enough for every request: the times are written at most once a second.
    pub(crate) fn count(&self, now: NumericDate, legacy: bool, accepted: bool) {
        let row = match &self.legacy {
            Some(row) if legacy => row,
            _ => self,
        };
        if accepted {
            &row.accepted
        } else {
            &row.refused
        }
        .increment();
        let now = now.as_secs().max(1);
        if row.last_seen.load(Ordering::Relaxed) < now {
            row.last_seen.fetch_max(now, Ordering::Relaxed);
            row.first_seen
                .compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed)
                .ok();
        }
    }

    /// Counts a user of a legacy issuer, by a hash.
    pub(super) fn count_user(&self, day: u32, hash: u64) {
        let row = self.legacy.as_deref().unwrap_or(self);
        row.users.insert(day, hash);
    }

    pub(super) fn clear_users(&self) {
        self.users.clear();
        if let Some(legacy) = &self.legacy {
            legacy.clear_users();
        }
    }

    pub(super) fn counts(&self) -> Counts {
        Counts {
            accepted: self.accepted.get(),
            refused: self.refused.get(),
            first_seen: self.first_seen.load(Ordering::Relaxed),
            last_seen: self.last_seen.load(Ordering::Relaxed),
        }
    }

    pub(super) fn is_used(&self) -> bool {
        self.first_seen.load(Ordering::Relaxed) > 0
    }

    pub(super) fn legacy(&self) -> Option<&Self> {
        self.legacy.as_deref()
    }

    pub(super) fn limit_last_use(&self, now: NumericDate) {
        self.last_seen.fetch_min(now.as_secs(), Ordering::Relaxed);
        // Zero would say that the row is unused.
        self.first_seen
            .fetch_min(now.as_secs().max(1), Ordering::Relaxed);
        if let Some(legacy) = &self.legacy {
            legacy.limit_last_use(now);
        }
    }
}

/// In place of the issuer in the shared rows. No issuer looks like this.
pub(super) const OTHERS: &str = "(others)";
pub(super) const OTHER_LEGACY: &str = "(other legacy tokens)";
