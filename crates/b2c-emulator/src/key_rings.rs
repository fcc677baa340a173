//! The keys of a tenant's policies.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    builder::KeySharing,
    seed::{Kind, TenantSeed},
    signing_key::{KeyGenerationError, SigningKey},
    tenant::{KeyRing, new_key},
};

pub(crate) type KeyRings = BTreeMap<String, Arc<Mutex<KeyRing>>>;

/// One ring for each policy, or one for all, which then starts with this key.
pub(crate) fn new(
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
        KeySharing::Shared => Some(new_ring(key)?),
        KeySharing::PerPolicy => None,
    };
    let ring_of = |policy: &String| {
        let ring = shared.clone().map_or_else(|| new_ring(None), Ok)?;
        Ok((policy.to_ascii_lowercase(), ring))
    };
    let policies = seed.policies.iter().map(|policy| &policy.name);
    policies.map(ring_of).collect()
}

/// The signing key of each policy.
pub(crate) fn signing(rings: &KeyRings) -> BTreeMap<String, SigningKey> {
    let signing = |ring: &Mutex<KeyRing>| {
        let ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.signing.clone()
    };
    let rings = rings.iter();
    rings
        .map(|(policy, ring)| (policy.clone(), signing(ring)))
        .collect()
}
