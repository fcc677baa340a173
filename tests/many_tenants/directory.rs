use std::{
    collections::HashMap,
    pin::Pin,
    sync::{Arc, Mutex},
};

use b2c_emulator::SigningKey;
use serde_json::json;
use tokio::sync::watch;
use tower_b2c_auth::{AuthorityBuilder, AuthoritySettings, B2cTenant, Fetch, FetchError, b2c};

/// The identity provider of as many B2C tenants as there are numbers. They share one key, unless one was given its own.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    shared: SigningKey,
    own: Arc<Mutex<HashMap<usize, SigningKey>>>,
    issuers: Arc<Mutex<HashMap<usize, String>>>,
    asked: Arc<Mutex<Vec<String>>>,
    is_open: Arc<watch::Sender<bool>>,
}

impl Directory {
    pub(super) fn new(shared: &SigningKey) -> Self {
        Self {
            shared: shared.clone(),
            own: Arc::default(),
            issuers: Arc::default(),
            asked: Arc::default(),
            is_open: Arc::new(watch::Sender::new(true)),
        }
    }

    /// The tenant publishes this key and no other.
    pub(super) fn give_key(&self, tenant: usize, key: &SigningKey) {
        self.own.lock().unwrap().insert(tenant, key.clone());
    }

    /// The tenant's metadata names this issuer.
    pub(super) fn name_issuer(&self, tenant: usize, issuer: &str) {
        self.issuers.lock().unwrap().insert(tenant, issuer.into());
    }

    /// The hosts that were asked for metadata, in order.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Answers wait until [`open`](Self::open).
    pub(super) fn close(&self) {
        self.is_open.send_replace(false);
    }

    pub(super) fn open(&self) {
        self.is_open.send_replace(true);
    }

    fn answer(&self, url: &str) -> Vec<u8> {
        let (_, rest) = url.split_once("://t").unwrap();
        let (number, _) = rest.split_once('.').unwrap();
        let number: usize = number.parse().unwrap();
        let document = if url.ends_with("openid-configuration") {
            self.asked.lock().unwrap().push(host(number));
            let named = self.issuers.lock().unwrap().get(&number).cloned();
            json!({
                "issuer": named.unwrap_or_else(|| issuer(number)),
                "jwks_uri": format!("https://{}/keys", host(number)),
            })
        } else {
            let own = self.own.lock().unwrap().get(&number).cloned();
            json!({ "keys": [own.unwrap_or_else(|| self.shared.clone()).public_jwk()] })
        };
        document.to_string().into_bytes()
    }
}

impl Fetch for Directory {
    fn get(
        &self,
        url: &str,
        _max_bytes: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>> {
        let url = url.to_owned();
        Box::pin(async move {
            let answer = self.answer(&url);
            let mut is_open = self.is_open.subscribe();
            is_open.wait_for(|open| *open).await.unwrap();
            Ok(answer)
        })
    }
}

pub(super) fn host(tenant: usize) -> String {
    format!("t{tenant}.b2clogin.com")
}

pub(super) fn tenant_id(tenant: usize) -> String {
    format!("aaaabbbb-0000-cccc-1111-{tenant:012x}")
}

pub(super) fn issuer(tenant: usize) -> String {
    format!("https://{}/{}/v2.0/", host(tenant), tenant_id(tenant))
}

/// The tenant without its id.
pub(super) fn nameless(tenant: usize) -> AuthorityBuilder<B2cTenant> {
    b2c(format!("t{tenant}"))
        .policy("B2C_1_in")
        .name(name(tenant))
        .on_demand()
}

pub(super) fn authority(tenant: usize) -> Vec<AuthoritySettings> {
    nameless(tenant).tenant_id(tenant_id(tenant)).into()
}

pub(super) fn name(tenant: usize) -> String {
    format!("tenant {tenant}")
}
