//! Checks the inline keys of an authority.
//!
//! Keys that are listed one by one are all the keys of their authority; a JWK Set may stand beside metadata. If the keys are secrets, and only then, the
//! authority's tokens must be signed with HS256, HS384 or HS512. A key without an id may verify any token of its issuers; see
//! [`KeySource::keys`](crate::keys::KeySource::keys).

use std::{fmt::Debug, sync::Arc};

use b2c_verify::{AlgorithmSet, JwkSet, MAX_KEYS, MAX_KID_BYTES};

use super::key_material::{OF_SETTINGS, symmetric};
use crate::{
    keys::LiveKey,
    settings::{AuthoritySettings, Hidden, Mistakes},
};

/// The keys, and the algorithms allowed for the authority's tokens.
pub(super) fn inline_keys(
    authority: &AuthoritySettings,
    algorithms: AlgorithmSet,
    field: &str,
    mistakes: &mut Mistakes,
) -> (Vec<Arc<LiveKey>>, AlgorithmSet) {
    if !authority.is_inline() {
        return (Vec::new(), algorithms);
    }
    if authority.issuers.is_empty() {
        mistakes.add(
            format!("{field}.issuers"),
            authority.issuers.as_slice(),
            "is empty; inline keys need the issuer that they sign for",
        );
    }
    let mut keys = match &authority.jwks {
        None => Vec::new(),
        Some(document) => key_set(document, algorithms, field, mistakes),
    };
    if authority.keys.is_empty() {
        return (keys, algorithms);
    }

    let field = format!("{field}.keys");
    if authority.openid_config.is_some() || authority.policy.is_some() || authority.jwks.is_some() {
        let remedy = "cannot be combined with openid_config, tenant, policy or jwks; put them in an authority of their own";
        mistakes.add(&field, Hidden, remedy);
    }
    if authority.keys.len() > MAX_KEYS {
        let remedy = format!("are too many; the limit is {MAX_KEYS}");
        mistakes.add(&field, authority.keys.len(), remedy);
        return (keys, algorithms);
    }
    let secrets = authority.keys.iter().filter(|key| key.secret.is_some());
    let secrets = secrets.count();
    let algorithms = if secrets > 0 { symmetric() } else { algorithms };
    if secrets > 0 && secrets < authority.keys.len() {
        let remedy = "mixes secrets and public keys; put the secrets in an authority of their own";
        mistakes.add(&field, Hidden, remedy);
        return (keys, algorithms);
    }
    for (at, key) in authority.keys.iter().enumerate() {
        let id = shown_id(&key.id, key.is_public());
        let key = mistakes.note(
            format!("{field}[{at}]"),
            id,
            key.check(algorithms, &OF_SETTINGS),
        );
        keys.extend(key.map(|key| Arc::new(LiveKey::unlimited(key))));
    }
    (keys, algorithms)
}

/// The id of a key as a mistake shows it. Secrets are never shown: if the key is missing or is a secret, or the id is too long, the two may have been
/// exchanged.
pub(super) fn shown_id(id: &Option<String>, is_safe: bool) -> &dyn Debug {
    match id {
        Some(id) if is_safe && id.len() <= MAX_KID_BYTES => id,
        _ => &Hidden,
    }
}

fn key_set(
    document: &str,
    algorithms: AlgorithmSet,
    field: &str,
    mistakes: &mut Mistakes,
) -> Vec<Arc<LiveKey>> {
    let set = JwkSet::parse(document.as_bytes(), algorithms).map_err(|error| {
        format!(
            "cannot be used ({error}); use a JWK Set document, {{\"keys\": [...]}}, with keys for the allowed algorithms"
        )
    });
    let set = mistakes.note(format!("{field}.jwks"), Hidden, set);
    let keys = set.into_iter().flat_map(JwkSet::into_keys);
    keys.map(|key| Arc::new(LiveKey::unlimited(key))).collect()
}
