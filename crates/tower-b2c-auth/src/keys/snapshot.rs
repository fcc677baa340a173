//! Keys ─▶ JSON ─▶ keys, so that a process can start with the keys of an earlier one.
//!
//! 1. Only fetched keys are saved. Inline keys are in the settings.
//! 2. Times are saved as dates, because a monotonic clock means nothing to another process. Ages are computed again on restoring.
//! 3. A key that is older than `max_stale` by then is not used. Nor is an issuer that the settings of the new process do not allow.
//! 4. The first fetch of the new process is due at once. Until it succeeds, the saved keys serve, with the same limits as after any failed fetch.
//! 5. An authority whose last fetch is too old is left out: its keys have expired, so the saved fetch would seem to prove that they do not exist.

use std::{collections::HashMap, fmt, time::Duration};

use b2c_verify::{JwkSet, JwkSetError, NumericDate};
use serde::{Deserialize, Serialize};

use super::{
    forgotten::{ForgottenKeys, OwnersOfKeys},
    ids::Sequence,
    plan::Success,
    source::KeySource,
};
use crate::version::Version;

/// The fetched keys at one moment: public keys, issuers, times and [forgotten keys](crate::B2cAuthLayer::forget_key).
///
/// A process that starts with it can judge tokens at once, even if the identity provider is down. Save the result of
/// [`key_snapshot`](crate::B2cAuthLayer::key_snapshot) as JSON, and give it to the next process with
/// [`B2cAuthBuilder::key_snapshot`](crate::B2cAuthBuilder::key_snapshot).
///
/// Nothing in it is secret, but anybody who can write it can sign in as anybody. Protect it like the configuration.
///
/// The JSON has a version. Another version and unknown fields are refused.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, ForgottenKey, KeySnapshot, b2c};
///
/// let builder = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api");
/// let auth = builder.clone().build()?;
/// assert!(auth.forget_key(ForgottenKey::everywhere("leaked")));
/// let saved = serde_json::to_string(&auth.key_snapshot())?;
///
/// let restarted = builder.key_snapshot(serde_json::from_str(&saved)?).build()?;
/// assert_eq!(restarted.key_snapshot(), auth.key_snapshot());
///
/// assert!(serde_json::from_str::<KeySnapshot>(r#"{"version":2,"forgotten_keys":[],"authorities":[]}"#).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Building a layer fails if an entry of the snapshot cannot be read as a key. Leave the snapshot out, and the layer fetches the keys. It then accepts keys
/// again that only the snapshot recorded as forgotten, so list stolen keys in [`forgotten_keys`](crate::Settings::forgotten_keys). Without the snapshot, the
/// layer can be built:
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, b2c};
///
/// let saved = r#"{ "version": 2, "forgotten_keys": {}, "authorities": [{
///     "openid_config": "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_a/v2.0/.well-known/openid-configuration",
///     "issuer": "https://contoso.b2clogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/",
///     "fetched_at": 1800000000,
///     "keys": [{ "jwk": "broken", "last_seen": 1800000000 }]
/// }]}"#;
/// let builder = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api");
/// let error = builder.clone().key_snapshot(serde_json::from_str(saved)?).build().unwrap_err();
/// assert!(error.mistakes()[0].remedy.starts_with("an entry of the snapshot cannot be read as a key"));
/// assert!(builder.build().is_ok());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySnapshot {
    version: Version<2>,
    forgotten_keys: OwnersOfKeys,
    authorities: Vec<AuthoritySnapshot>,
}

/// The saved state of one authority. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthoritySnapshot {
    openid_config: String,
    issuer: String,
    /// The issuer before that one, for as long as its tokens are accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    former_issuer: Option<FormerIssuer>,
    /// When the last successful fetch began.
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
    /// When the authority stopped publishing it.
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

impl KeySnapshot {
    pub(crate) fn new<'a>(
        forgotten: &ForgottenKeys,
        sources: impl Iterator<Item = &'a KeySource>,
    ) -> Self {
        Self {
            version: Version,
            forgotten_keys: forgotten.saved(),
            authorities: sources.filter_map(KeySource::snapshot).collect(),
        }
    }

    /// Adds the forgotten keys. They must then be [bound](ForgottenKeys::bind) to their authorities.
    pub(crate) fn restore_forgotten(&self, to: &ForgottenKeys) {
        to.restore(&self.forgotten_keys);
    }

    /// The saved authorities by their metadata URLs. If a URL occurs twice, the first entry counts.
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
        let seconds = |at: Duration| date.saturating_sub(now.saturating_sub(at)).as_secs();
        let state = self.lock();
        let records = self.usable(now).into_iter().filter_map(|slot| {
            Some(KeyRecord {
                jwk: slot.key.to_jwk()?,
                last_seen: seconds(slot.last_seen),
                vanished: slot.vanished.map(seconds),
            })
        });
        // Keys that have expired since are not saved, so the snapshot must not claim that the fetch found them absent.
        let fetched_at = state.plan.success()?.at;
        if now.saturating_sub(fetched_at) >= state.config.max_stale {
            return None;
        }
        let former = self.former_issuer().filter(|(_, until)| *until > now);
        let former_issuer = former.map(|(issuer, until)| FormerIssuer {
            issuer: issuer.to_string(),
            accepted_until: date.saturating_add(until.saturating_sub(now)).as_secs(),
        });
        Some(AuthoritySnapshot {
            openid_config: metadata.url.to_string(),
            issuer: self.issuer()?.to_string(),
            former_issuer,
            fetched_at: seconds(fetched_at),
            keys: records.collect(),
        })
    }

    /// Restores the saved state. Skips keys that are too old. Skips the whole authority if it may not have the issuer, or if its algorithms have changed so
    /// that a key is no longer usable: the saved fetch would then seem to have shown that the key does not exist.
    ///
    /// # Errors
    ///
    /// If a key cannot be read.
    pub(crate) fn restore_snapshot(&self, saved: &AuthoritySnapshot) -> Result<(), JwkSetError> {
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
            match JwkSet::parse_in(&self.context.pool, set.as_bytes(), metadata.algorithms) {
                Ok(set) => keys.extend(set.into_keys().into_iter().map(|key| (key, record))),
                Err(JwkSetError::NoUsableKeys) => return Ok(()),
                Err(broken) => return Err(broken),
            }
        }
        let mut state = self.lock();
        let is_too_old = now.saturating_sub(at(saved.fetched_at)) >= state.config.max_stale;
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
            sequence: Sequence::BEFORE_ALL,
            at: at(saved.fetched_at),
            date: NumericDate::from_secs(saved.fetched_at),
        };
        state.plan.restore(success, now);
        self.note_schedule(&state);
        Ok(())
    }
}
