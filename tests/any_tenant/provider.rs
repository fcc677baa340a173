use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tokio::sync::watch;
use tower_b2c_auth::{Fetch, FetchError};

/// Metadata and keys, which may change. Notes every URL that it is asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Provider {
    documents: Arc<Mutex<BTreeMap<String, Value>>>,
    asked: Arc<Mutex<Vec<String>>>,
    is_down: Arc<Mutex<bool>>,
    is_closed: Arc<watch::Sender<bool>>,
}

impl Provider {
    /// Publishes metadata below this URL, with this issuer and these keys.
    pub(super) fn publish(&self, url: &str, issuer: &str, keys: impl IntoIterator<Item = Value>) {
        let jwks_uri = url.replace("/v2.0", "/discovery/v2.0/keys");
        let keys: Vec<_> = keys.into_iter().collect();
        let mut documents = self.documents.lock().unwrap();
        documents.insert(
            format!("{url}/.well-known/openid-configuration"),
            json!({ "issuer": issuer, "jwks_uri": jwks_uri }),
        );
        documents.insert(jwks_uri, json!({ "keys": keys }));
    }

    pub(super) fn go_down(&self) {
        *self.is_down.lock().unwrap() = true;
    }

    /// Answers wait until [`open`](Self::open).
    pub(super) fn close(&self) {
        self.is_closed.send_replace(true);
    }

    pub(super) fn open(&self) {
        self.is_closed.send_replace(false);
    }

    /// Every URL that was asked for, in order.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Fetch for Provider {
    fn get(
        &self,
        url: &str,
        _max_bytes: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>> {
        self.asked.lock().unwrap().push(url.to_owned());
        let document = self.documents.lock().unwrap().get(url).cloned();
        let document = document.filter(|_| !*self.is_down.lock().unwrap());
        let document = document.map(|document| document.to_string().into_bytes());
        let mut is_closed = self.is_closed.subscribe();
        Box::pin(async move {
            let open = is_closed.wait_for(|closed| !*closed).await;
            open.map_err(|_| FetchError::Connect)?;
            document.ok_or(FetchError::Connect)
        })
    }
}
