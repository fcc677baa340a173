//! Keys shared by several key sets, parsed once.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use aws_lc_rs::digest::{Context, SHA256, SHA256_OUTPUT_LEN};

use super::{AlgorithmSet, KeyError, key_body::KeyBody};

/// The keys in use: a key that several key sets list is parsed and stored once. B2C signs for many tenants with one key.
///
/// Keys are shared if their material and their allowed algorithms are equal. Their `kid` may differ, and an equal `kid` does not suffice: unrelated tenants
/// use the same `kid` for different keys. The pool never changes a decision about a token. It holds only weak references, so it keeps no key alive.
///
/// ```
/// use b2c_verify::{AlgorithmSet, JwkSet, JwkSetError, KeyPool};
/// # let n = format!("v{}", "w".repeat(341));
/// # let document = |kid: &str| format!(r#"{{"keys":[{{"kid":"{kid}","kty":"RSA","e":"AQAB","n":"{n}"}}]}}"#);
/// # let another_key = document("one").replace("vww", "zww");
///
/// // Two tenants publish one key under two ids.
/// let pool = KeyPool::default();
/// let one = JwkSet::parse_in(&pool, document("one").as_bytes(), AlgorithmSet::default())?;
/// let two = JwkSet::parse_in(&pool, document("two").as_bytes(), AlgorithmSet::default())?;
/// assert_eq!((one.keys()[0].kid(), two.keys()[0].kid()), (Some("one"), Some("two")));
/// assert_eq!(pool.len(), 1);
///
/// // A third publishes another key as `one`.
/// let three = JwkSet::parse_in(&pool, another_key.as_bytes(), AlgorithmSet::default())?;
/// assert!(!three.keys()[0].same_material(&one.keys()[0]));
/// assert_eq!(pool.len(), 2);
/// # Ok::<(), JwkSetError>(())
/// ```
#[derive(Default)]
pub struct KeyPool {
    bodies: Mutex<Bodies>,
}

#[derive(Default)]
struct Bodies {
    by_digest: HashMap<Digest, Weak<KeyBody>>,
    /// At this size, entries of dropped keys are removed.
    limit: usize,
}

/// SHA-256 of type, material and algorithms.
type Digest = [u8; SHA256_OUTPUT_LEN];

impl KeyPool {
    /// The number of different keys in use.
    #[must_use]
    pub fn len(&self) -> usize {
        let bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        let in_use = bodies.by_digest.values();
        in_use.filter(|body| body.strong_count() > 0).count()
    }

    /// Whether no key is in use.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The pooled key with this material, or else the result of `parse`.
    pub(crate) fn body(
        &self,
        material: &[&[u8]; 3],
        algorithms: AlgorithmSet,
        parse: impl FnOnce() -> Result<KeyBody, KeyError>,
    ) -> Result<Arc<KeyBody>, KeyError> {
        let digest = digest(material, algorithms);
        let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(body) = bodies.by_digest.get(&digest).and_then(Weak::upgrade) {
            return Ok(body);
        }
        let body = Arc::new(parse()?);
        if bodies.by_digest.len() >= bodies.limit {
            bodies.by_digest.retain(|_, body| body.strong_count() > 0);
            bodies.limit = bodies.by_digest.len().saturating_mul(2).max(MIN_LIMIT);
        }
        bodies.by_digest.insert(digest, Arc::downgrade(&body));
        Ok(body)
    }
}

impl fmt::Debug for KeyPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPool")
            .field("keys", &self.len())
            .finish_non_exhaustive()
    }
}

/// Each part follows its length, so the encoding is unambiguous.
fn digest(material: &[&[u8]; 3], algorithms: AlgorithmSet) -> Digest {
    let mut context = Context::new(&SHA256);
    let mut update = |part: &[u8]| {
        context.update(&part.len().to_be_bytes());
        context.update(part);
    };
    for part in material {
        update(part);
    }
    for algorithm in algorithms.iter() {
        update(algorithm.as_str().as_bytes());
    }
    let mut digest = Digest::default();
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

/// With fewer entries, removing is not worth the time.
const MIN_LIMIT: usize = 64;
