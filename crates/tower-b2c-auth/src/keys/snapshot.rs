//! The keys as a document, so that a process can start with what an earlier one knew.

use std::{collections::HashMap, fmt, time::Duration};

use b2c_verify::{JwkSet, NumericDate};
use serde::{Deserialize, Serialize};

use super::{plan::Success, source::KeySource};
use crate::{settings::ForgottenKey, version::Version};

/// The fetched keys at one moment: public keys, issuers, times and [forgotten keys](crate::B2cAuthLayer::forget_key). Nothing in it is secret.
///
/// Anybody who can write it can sign in as anybody, so keep it where the configuration is kept.
///
/// It is JSON with a version. An unknown version or field is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySnapshot {
    version: Version<1>,
    pub(crate) forgotten_keys: Vec<ForgottenKey>,
    authorities: Vec<AuthoritySnapshot>,
}

/// What is saved of one authority. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthoritySnapshot {
    openid_config: String,
    issuer: String,
    /// The one before, as long as its tokens are accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    former_issuer: Option<FormerIssuer>,
    /// When the last good fetch began.
    fetched_at: u64,
    keys: Vec<KeyRecord>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FormerIssuer {
    issuer: String,
    accepted_until: u64,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyRecord {
    /// A JWK as JSON text (RFC 7517).
    jwk: String,
    last_seen: u64,
    /// Since when the authority has not published it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vanished: Option<u64>,
}

impl fmt::Debug for KeyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRecord")
            .field("last_seen", &self.last_seen)
            .field("vanished", &self.vanished)
            .finish_non_exhaustive()
    }
}

/// A snapshot cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// An entry is not a usable public key.
    #[error("an entry of the snapshot is not a usable key")]
    BrokenKey,
}

impl KeySnapshot {
    pub(crate) fn new<'a>(
        forgotten_keys: Vec<ForgottenKey>,
        sources: impl IntoIterator<Item = &'a KeySource>,
    ) -> Self {
        Self {
            version: Version,
            forgotten_keys,
            authorities: sources
                .into_iter()
                .filter_map(KeySource::snapshot)
                .collect(),
        }
    }

    /// What is saved, by metadata URLs. Of one that occurs twice, the first counts.
    pub(crate) fn by_url(&self) -> HashMap<&str, &AuthoritySnapshot> {
        let saved = self.authorities.iter().rev();
        saved.map(|saved| (&*saved.openid_config, saved)).collect()
    }
}

impl KeySource {
    pub(crate) fn metadata_url(&self) -> Option<&str> {
        self.metadata.as_ref().map(|metadata| metadata.url.as_str())
    }

    fn snapshot(&self) -> Option<AuthoritySnapshot> {
        let metadata = self.metadata.as_ref()?;
        let (now, date) = (self.context.now(), self.context.clock.now());
        let seconds = |at: Duration| {
            date.saturating_sub(now.saturating_sub(at))
                .as_unix()
                .as_secs()
        };
        let state = self.lock();
        let records = self.usable(now).into_iter().filter_map(|slot| {
            Some(KeyRecord {
                jwk: slot.key.to_jwk()?,
                last_seen: seconds(slot.last_seen),
                vanished: slot.vanished.map(seconds),
            })
        });
        let former = self.former_issuer().filter(|(_, until)| *until > now);
        let former_issuer = former.map(|(issuer, until)| FormerIssuer {
            issuer: issuer.to_string(),
            accepted_until: date
                .saturating_add(until.saturating_sub(now))
                .as_unix()
                .as_secs(),
        });
        Some(AuthoritySnapshot {
            openid_config: metadata.url.to_string(),
            issuer: self.issuer()?.to_string(),
            former_issuer,
            fetched_at: seconds(state.plan.success()?.at),
            keys: records.collect(),
        })
    }

    /// Starts with what was saved. An issuer that the authority may not have is skipped, and so are keys that are too old.
    ///
    /// # Errors
    ///
    /// If a key cannot be read.
    pub(crate) fn restore_snapshot(&self, saved: &AuthoritySnapshot) -> Result<(), SnapshotError> {
        let Some(metadata) = &self.metadata else {
            return Ok(());
        };
        let (now, date) = (self.context.now(), self.context.clock.now());
        let at = |seconds: u64| {
            let age = date.as_unix().saturating_sub(Duration::from_secs(seconds));
            now.saturating_sub(age)
        };
        let mut keys = Vec::new();
        for record in &saved.keys {
            let set = format!("{{\"keys\":[{}]}}", record.jwk);
            let set = JwkSet::parse_in(&self.context.pool, set.as_bytes(), metadata.algorithms)
                .map_err(|_| SnapshotError::BrokenKey)?;
            keys.extend(set.into_keys().into_iter().map(|key| (key, record)));
        }
        let mut state = self.lock();
        let is_too_old = now.saturating_sub(at(saved.fetched_at)) >= state.times.max_stale;
        if is_too_old || self.accept_issuer(&state, &saved.issuer, now).is_err() {
            return Ok(());
        }
        if let Some(former) = &saved.former_issuer {
            let until = Duration::from_secs(former.accepted_until);
            let left = until.saturating_sub(date.as_unix());
            self.restore_former_issuer(&state, &former.issuer, left, now);
        }
        let keys = keys.into_iter();
        let keys = keys.map(|(key, saved)| (key, at(saved.last_seen), saved.vanished.map(at)));
        self.restore(&state, keys, now);
        let success = Success {
            sequence: 0,
            at: at(saved.fetched_at),
            date: NumericDate::from_secs(saved.fetched_at),
        };
        state.plan.restore(success, now);
        self.note_schedule(&state);
        Ok(())
    }
}
