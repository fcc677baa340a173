//! Authorization codes and refresh tokens. Each works once.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use serde_json::{Map, Value};

use super::{Challenge, Scopes};
use crate::{random, seed::Platform};

/// What a user granted to a client.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) client: String,
    pub(crate) platform: Platform,
    pub(crate) redirect_uri: String,
    /// In lower case.
    pub(crate) policy: String,
    pub(crate) user: String,
    pub(crate) edited: Map<String, Value>,
    pub(crate) new_user: bool,
    pub(crate) scopes: Scopes,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) signed_in: SystemTime,
}

/// A tenant's unredeemed grants and, for a while, the redeemed ones.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    codes: Store,
    refresh_tokens: Store,
}

#[derive(Debug, Default)]
struct Store {
    entries: BTreeMap<String, Entry>,
    /// The keys by age.
    ages: BTreeMap<u64, String>,
    next: u64,
}

#[derive(Debug)]
struct Entry {
    grant: Grant,
    issued: SystemTime,
    expires: SystemTime,
    used: bool,
}

/// Why a code or a refresh token cannot be redeemed.
pub(crate) enum NotRedeemed {
    Unknown,
    Used,
    Expired {
        issued: SystemTime,
        expires: SystemTime,
    },
}

impl Grants {
    pub(crate) fn add_code(&mut self, grant: Grant, now: SystemTime, lifetime: Duration) -> String {
        self.codes.add(grant, now, now + lifetime)
    }

    pub(crate) fn add_refresh_token(
        &mut self,
        grant: Grant,
        now: SystemTime,
        expires: SystemTime,
    ) -> String {
        self.refresh_tokens.add(grant, now, expires)
    }

    /// Redeems a code that passes `check`. A code that does not pass stays unused and can be redeemed later.
    pub(crate) fn redeem_code<E: From<NotRedeemed>>(
        &mut self,
        code: &str,
        now: SystemTime,
        check: impl FnOnce(&Grant) -> Result<(), E>,
    ) -> Result<Grant, E> {
        self.codes.redeem(code, now, check).map(|(grant, _)| grant)
    }

    /// Redeems a refresh token in the same way. Also returns its expiry.
    pub(crate) fn redeem_refresh_token<E: From<NotRedeemed>>(
        &mut self,
        token: &str,
        now: SystemTime,
        check: impl FnOnce(&Grant) -> Result<(), E>,
    ) -> Result<(Grant, SystemTime), E> {
        self.refresh_tokens.redeem(token, now, check)
    }
}

impl Store {
    fn add(&mut self, grant: Grant, issued: SystemTime, expires: SystemTime) -> String {
        if self.entries.len() >= MAX_GRANTS
            && let Some((_, oldest)) = self.ages.pop_first()
        {
            self.entries.remove(&oldest);
        }
        let key = random::secret();
        self.ages.insert(self.next, key.clone());
        self.next += 1;
        let entry = Entry {
            grant,
            issued,
            expires,
            used: false,
        };
        self.entries.insert(key.clone(), entry);
        key
    }

    fn redeem<E: From<NotRedeemed>>(
        &mut self,
        key: &str,
        now: SystemTime,
        check: impl FnOnce(&Grant) -> Result<(), E>,
    ) -> Result<(Grant, SystemTime), E> {
        let entry = self.entries.get_mut(key).ok_or(NotRedeemed::Unknown)?;
        check(&entry.grant)?;
        if entry.used {
            return Err(NotRedeemed::Used.into());
        }
        if entry.expires <= now {
            let (issued, expires) = (entry.issued, entry.expires);
            return Err(NotRedeemed::Expired { issued, expires }.into());
        }
        entry.used = true;
        Ok((entry.grant.clone(), entry.expires))
    }
}

/// Beyond this, the oldest grant is dropped, even if unused.
const MAX_GRANTS: usize = 10_000;
