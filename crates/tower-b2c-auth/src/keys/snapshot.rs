//! The key cache as a document, so that a process can start with the keys an earlier one knew.

use std::{fmt, time::Duration};

use b2c_verify::JwkSet;
use serde::{Deserialize, Serialize};

use super::{Shared, plan::Success};

/// The fetched keys at one moment: public keys, issuers and times; nothing secret.
///
/// Whoever can write it can sign in as anybody, so keep it where the configuration is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySnapshot {
    authorities: Vec<AuthoritySnapshot>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct AuthoritySnapshot {
    openid_config: String,
    issuer: String,
    keys: Vec<KeyRecord>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct KeyRecord {
    /// A JWK as JSON text (RFC 7517).
    jwk: String,
    /// Seconds since 1970.
    last_seen: u64,
}

impl fmt::Debug for KeyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRecord")
            .field("last_seen", &self.last_seen)
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
    /// It names another issuer for an authority than the one that is known by now.
    #[error("the snapshot names another issuer than the authority's own")]
    OtherIssuer,
}

pub(super) fn take(shared: &Shared) -> KeySnapshot {
    let (now, date) = (shared.now(), shared.clock.now());
    let rules = shared.config.verifier.authorities();
    let all = shared
        .config
        .authorities
        .iter()
        .zip(rules)
        .zip(&shared.authorities);
    let authorities = all.filter_map(|((config, rule), keys)| {
        let records = keys.cache.usable(now).filter_map(|(key, last_seen)| {
            let age = now.saturating_sub(last_seen);
            Some(KeyRecord {
                jwk: key.to_jwk()?,
                last_seen: date.saturating_sub(age).as_unix().as_secs(),
            })
        });
        Some(AuthoritySnapshot {
            openid_config: config.metadata_url.as_ref()?.to_string(),
            issuer: rule.discovered_issuer()?.to_owned(),
            keys: records.collect(),
        })
    });
    KeySnapshot {
        authorities: authorities.collect(),
    }
}

/// Entries of other authorities, and those older than `max_stale`, are passed over.
pub(super) fn restore(shared: &Shared, snapshot: &KeySnapshot) -> Result<(), SnapshotError> {
    let (now, date) = (shared.now(), shared.clock.now());
    let max_stale = shared.config.keys.max_stale;
    let rules = shared.config.verifier.authorities();
    for ((config, rule), keys) in shared
        .config
        .authorities
        .iter()
        .zip(rules)
        .zip(&shared.authorities)
    {
        let Some(url) = &config.metadata_url else {
            continue;
        };
        let Some(saved) = snapshot
            .authorities
            .iter()
            .find(|saved| saved.openid_config == url.as_str())
        else {
            continue;
        };
        let mut youngest: Option<Duration> = None;
        for record in &saved.keys {
            let age = date
                .as_unix()
                .saturating_sub(Duration::from_secs(record.last_seen));
            if age >= max_stale {
                continue;
            }
            let set = JwkSet::parse(
                format!("{{\"keys\":[{}]}}", record.jwk).as_bytes(),
                config.algorithms,
            );
            let set = set.map_err(|_| SnapshotError::BrokenKey)?;
            rule.discover_issuer(&saved.issuer)
                .map_err(|_| SnapshotError::OtherIssuer)?;
            for key in set.into_keys() {
                keys.cache.restore(key, now.saturating_sub(age), now);
            }
            youngest = Some(youngest.map_or(age, |known| known.min(age)));
        }
        if let Some(age) = youngest {
            keys.plan(|plan| {
                plan.restore(
                    Success {
                        at: now.saturating_sub(age),
                        date: date.saturating_sub(age),
                    },
                    now,
                )
            });
        }
    }
    Ok(())
}
