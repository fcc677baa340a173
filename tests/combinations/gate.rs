use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::watch;
use tower_b2c_auth::{Fetch, FetchError, ReqwestFetch};

/// A fetcher whose fetches start at once but finish only after the gate opens. So a test decides how long requests wait.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    is_open: Arc<watch::Sender<bool>>,
    asked: Arc<AtomicUsize>,
    inner: ReqwestFetch,
}

impl Gate {
    pub(super) fn closed() -> Self {
        // A kept connection would belong to the runtime it was made on.
        let client = reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0);
        Self {
            is_open: Arc::new(watch::Sender::new(false)),
            asked: Arc::default(),
            inner: ReqwestFetch::from(client.build().unwrap()),
        }
    }

    pub(super) fn open(&self) {
        self.is_open.send_replace(true);
    }

    pub(super) fn close(&self) {
        self.is_open.send_replace(false);
    }

    /// How many documents were asked for.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Fetch for Gate {
    fn get(
        &self,
        url: &str,
        max_bytes: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut is_open = self.is_open.subscribe();
        let url = url.to_owned();
        Box::pin(async move {
            is_open.wait_for(|open| *open).await.unwrap();
            self.inner.get(&url, max_bytes).await
        })
    }
}
