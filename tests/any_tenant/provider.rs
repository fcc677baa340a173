use std::{
    pin::Pin,
    sync::{Arc, Mutex},
};

use axum::body::{Body, to_bytes};
use b2c_emulator::{Emulator, EmulatorService, Https, Seed, SigningKey};
use http::Request;
use tokio::sync::watch;
use tower::ServiceExt as _;
use tower_b2c_auth::{Fetch, FetchError, ManualClock};

use crate::support::emulator_time;

/// An Entra ID tenant at this host, without a socket. It stands for every tenant.
pub(super) fn entra_id(clock: &ManualClock, host: &str, id: &str, key: &SigningKey) -> Emulator {
    let seed = format!(
        "[[tenant]]\nkind = 'entra-id'\nname = 'work'\nid = '{id}'\ncustom_domain = '{host}'"
    );
    let builder = Emulator::builder().seed(Seed::from_toml(&seed).unwrap());
    let builder = builder.signing_key(key.clone()).https(Https::ephemeral());
    builder
        .clock(emulator_time(clock))
        .without_socket()
        .unwrap()
}

/// Tenants at their own addresses. Notes every URL that it is asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Provider {
    tenants: Arc<Mutex<Vec<EmulatorService>>>,
    asked: Arc<Mutex<Vec<String>>>,
    is_closed: Arc<watch::Sender<bool>>,
}

impl Provider {
    /// If several tenants serve the same URL, the first of them answers.
    pub(super) fn add(&self, tenant: &Emulator) {
        self.tenants.lock().unwrap().push(tenant.service());
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
        max_bytes: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>> {
        self.asked.lock().unwrap().push(url.to_owned());
        let tenants = self.tenants.lock().unwrap().clone();
        let url = url.to_owned();
        let mut is_closed = self.is_closed.subscribe();
        Box::pin(async move {
            is_closed.wait_for(|closed| !*closed).await.unwrap();
            for tenant in tenants {
                let request = Request::get(&url).body(Body::empty()).unwrap();
                let response = tenant.oneshot(request).await.unwrap();
                if response.status().is_success() {
                    let body = to_bytes(response.into_body(), max_bytes).await.unwrap();
                    return Ok(body.to_vec());
                }
            }
            Err(FetchError::Connect)
        })
    }
}
