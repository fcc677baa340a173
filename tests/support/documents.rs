use std::{collections::BTreeMap, future::ready, pin::Pin};

use b2c_emulator::SigningKey;
use serde_json::{Value, json};
use tower_b2c_auth::{Fetch, FetchError};

/// Metadata and keys of tenants at their public addresses, from memory. Anything else cannot be reached.
#[derive(Debug, Default)]
pub(crate) struct Documents(BTreeMap<String, Vec<u8>>);

impl Documents {
    /// Adds the tenant whose metadata is at this URL and names this issuer.
    pub(crate) fn tenant(mut self, metadata: &str, issuer: &str, key: &SigningKey) -> Self {
        let keys = metadata.replace(
            "v2.0/.well-known/openid-configuration",
            "discovery/v2.0/keys",
        );
        assert_ne!(keys, metadata);
        self.add(metadata, json!({ "issuer": issuer, "jwks_uri": keys }));
        self.add(&keys, json!({ "keys": [key.public_jwk()] }));
        self
    }

    fn add(&mut self, url: &str, document: Value) {
        self.0.insert(url.into(), document.to_string().into_bytes());
    }
}

impl Fetch for Documents {
    fn get(
        &self,
        url: &str,
        _max_bytes: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>> {
        let document = self.0.get(url).cloned();
        Box::pin(ready(document.ok_or(FetchError::Connect)))
    }
}
