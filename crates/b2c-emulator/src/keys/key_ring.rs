//! The keys of a tenant's policies.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use super::{KeyGenerationError, SigningKey};
use crate::seed::{KeySharing, Kind, TenantSeed};

/// The keys of one policy, or of all policies that share them.
pub(crate) struct KeyRing {
    pub(crate) published: Vec<SigningKey>,
    pub(crate) signing: SigningKey,
}

/// By policy, in lower case. The only ring of a tenant without policies has an empty name.
pub(crate) type KeyRings = BTreeMap<String, Arc<Mutex<KeyRing>>>;

/// One ring for each policy, or one for all, which then starts with this key.
pub(crate) fn new_rings(
    seed: &TenantSeed,
    key: Option<&SigningKey>,
) -> Result<KeyRings, KeyGenerationError> {
    let new_ring = |key: Option<&SigningKey>| {
        let signing = key.cloned().map_or_else(|| new_key(seed.kind), Ok)?;
        Ok::<_, KeyGenerationError>(Arc::new(Mutex::new(KeyRing {
            published: vec![signing.clone()],
            signing,
        })))
    };
    if seed.kind != Kind::B2c {
        return Ok(BTreeMap::from([(String::new(), new_ring(key)?)]));
    }
    let shared = match seed.key_sharing {
        KeySharing::Shared => Some(new_ring(Some(match key {
            Some(key) => key,
            None => user_flow_key()?,
        }))?),
        KeySharing::PerPolicy => None,
    };
    let ring_of = |policy: &String| {
        let ring = shared.clone().map_or_else(|| new_ring(None), Ok)?;
        Ok((policy.to_ascii_lowercase(), ring))
    };
    let policies = seed.policies.iter().map(|policy| &policy.name);
    policies.map(ring_of).collect()
}

/// The first key of every B2C tenant in this process, unless the tenant was given another or each of its policies has its own: Microsoft signs the user-flow
/// tokens of unrelated tenants with one key.
fn user_flow_key() -> Result<&'static SigningKey, KeyGenerationError> {
    static KEY: OnceLock<Result<SigningKey, KeyGenerationError>> = OnceLock::new();
    let key = KEY.get_or_init(|| new_key(Kind::B2c));
    key.as_ref().map_err(|error| *error)
}

/// The signing key of each policy.
pub(crate) fn signing_keys(rings: &KeyRings) -> BTreeMap<String, SigningKey> {
    let signing = |ring: &Mutex<KeyRing>| {
        let ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.signing.clone()
    };
    let rings = rings.iter();
    rings
        .map(|(policy, ring)| (policy.clone(), signing(ring)))
        .collect()
}

/// A new key, with the kind of id that this kind of tenant uses.
pub(crate) fn new_key(kind: Kind) -> Result<SigningKey, KeyGenerationError> {
    let key = SigningKey::generate()?;
    match kind {
        Kind::B2c => Ok(key),
        Kind::ExternalId | Kind::EntraId => key.named_by_certificate(),
    }
}
