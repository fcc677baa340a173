//! The request counts of a tenant.

use std::collections::BTreeMap;

/// The number of requests that a tenant received, by endpoint and policy.
///
/// ```
/// use axum::{body::Body, http::Request};
/// use b2c_emulator::Emulator;
/// use tower::ServiceExt as _;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tenant = Emulator::builder().without_socket()?;
/// let request = Request::get(tenant.metadata_url("B2C_1_signupsignin1")).body(Body::empty())?;
/// tenant.service().oneshot(request).await?;
///
/// let requests = tenant.requests();
/// assert_eq!((requests.metadata(), requests.keys()), (1, 0));
/// assert_eq!(requests.metadata_of("b2c_1_signupsignin1"), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requests {
    pub(crate) metadata: BTreeMap<String, usize>,
    pub(crate) keys: BTreeMap<String, usize>,
    pub(crate) authorize: BTreeMap<String, usize>,
    pub(crate) token: BTreeMap<String, usize>,
}

impl Requests {
    /// Requests for metadata, of all policies.
    pub fn metadata(&self) -> usize {
        self.metadata.values().sum()
    }

    /// Requests for keys, of all policies.
    pub fn keys(&self) -> usize {
        self.keys.values().sum()
    }

    /// Requests for metadata and keys, of all policies. These are the requests that an API makes.
    pub fn total(&self) -> usize {
        self.metadata() + self.keys()
    }

    /// Requests for the sign-in and sign-out pages, of all policies.
    pub fn authorize(&self) -> usize {
        self.authorize.values().sum()
    }

    /// Requests to the token endpoint, of all policies.
    pub fn token(&self) -> usize {
        self.token.values().sum()
    }

    /// Requests for the metadata of one policy.
    pub fn metadata_of(&self, policy: &str) -> usize {
        self.metadata
            .get(&policy.to_ascii_lowercase())
            .copied()
            .unwrap_or_default()
    }

    /// Requests for the keys of one policy.
    pub fn keys_of(&self, policy: &str) -> usize {
        self.keys
            .get(&policy.to_ascii_lowercase())
            .copied()
            .unwrap_or_default()
    }
}
