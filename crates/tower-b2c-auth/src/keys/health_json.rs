//! [`Health`] as JSON, for probes and dashboards.

use serde::{Serialize, Serializer};

use super::{
    fetch::FetchError,
    health::{AuthorityHealth, AuthorityStatus, Health},
};
use crate::version::Version;

/// The JSON document, version 1:
///
/// ```
/// use serde_json::json;
/// use tower_b2c_auth::{B2cAuthLayer, b2c};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let auth = B2cAuthLayer::builder()
///     .authority(b2c("contoso").policy("B2C_1_a").on_demand())
///     .audience("api")
///     .build()?;
/// assert_eq!(
///     serde_json::to_value(auth.health())?,
///     json!({
///         "version": 1,
///         "ready": true,
///         "complete": true,
///         "authorities": [{
///             "authority": "contoso/B2C_1_a",
///             "openid_config": "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_a/v2.0/.well-known/openid-configuration",
///             "status": "cold",
///             "failing_for_seconds": null,
///             "last_error": null,
///             "usable_keys": 0,
///             "on_demand": true,
///             "optional": false,
///         }],
///     })
/// );
/// # Ok(())
/// # }
/// ```
///
/// `status` is `ready`, `stale` or `cold`; `failing_for_seconds` is null if the last fetch did not fail. `last_error` is text for people to read. A later
/// version of the document may have more members.
impl Serialize for Health {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Document<'a> {
            version: Version<1>,
            ready: bool,
            complete: bool,
            authorities: Vec<Authority<'a>>,
        }
        Document {
            version: Version,
            ready: self.is_ready(),
            complete: self.is_complete(),
            authorities: self.authorities().iter().map(Authority::of).collect(),
        }
        .serialize(serializer)
    }
}

#[derive(Serialize)]
struct Authority<'a> {
    authority: &'a str,
    openid_config: Option<&'a str>,
    status: &'static str,
    failing_for_seconds: Option<u64>,
    last_error: Option<String>,
    usable_keys: usize,
    on_demand: bool,
    optional: bool,
}

impl<'a> Authority<'a> {
    fn of(health: &'a AuthorityHealth) -> Self {
        let (status, error) = match health.status {
            AuthorityStatus::Ready => ("ready", None),
            AuthorityStatus::Stale { last_error, .. } => ("stale", Some(last_error)),
            AuthorityStatus::Cold { last_error } => ("cold", last_error),
        };
        Self {
            authority: &health.authority,
            openid_config: health.openid_config.as_deref(),
            status,
            failing_for_seconds: health.failing_for.map(|it| it.as_secs()),
            last_error: error.as_ref().map(FetchError::to_string),
            usable_keys: health.usable_keys,
            on_demand: health.on_demand,
            optional: health.optional,
        }
    }
}
