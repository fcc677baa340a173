//! The fetcher that is used unless the user gave one.

use std::{future::ready, pin::Pin, sync::Arc, time::Duration};

use crate::{
    config::Config,
    http_url::HttpUrl,
    keys::{Fetch, FetchConfig, FetchError},
    settings::{FetchSettings, Settings, SettingsError, mistake},
};

/// What makes one default fetcher differ from another.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum DefaultFetch {
    /// All keys are inline.
    Nothing,
    /// Metadata and keys over HTTPS.
    Https(Https),
}

/// How documents are fetched over HTTPS.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Https {
    connect_timeout: Duration,
    config: FetchConfig,
    /// Whether all metadata is on this machine, which a proxy would take for itself.
    is_local: bool,
}

impl DefaultFetch {
    pub(super) fn of(config: &Config) -> Self {
        let all = config.authorities.iter();
        let metadata = all.filter_map(|authority| authority.metadata.as_ref());
        let urls: Vec<_> = metadata.map(|metadata| &metadata.url).collect();
        if urls.is_empty() {
            return Self::Nothing;
        }
        Self::Https(Https {
            connect_timeout: config.keys.connect_timeout,
            config: config.fetch.clone(),
            is_local: urls.into_iter().all(HttpUrl::is_loopback),
        })
    }

    /// # Errors
    ///
    /// If it cannot be made on this machine, or by this build.
    pub(super) fn make(&self) -> Result<Arc<dyn Fetch>, SettingsError> {
        match self {
            Self::Nothing => Ok(Arc::new(NothingToFetch)),
            Self::Https(https) => https.make(),
        }
    }
}

impl Https {
    #[cfg(feature = "fetch")]
    fn make(&self) -> Result<Arc<dyn Fetch>, SettingsError> {
        use crate::keys::ReqwestFetch;

        let fetch = ReqwestFetch::for_settings(self.connect_timeout, &self.config, self.is_local)?;
        Ok(Arc::new(fetch))
    }

    #[cfg(not(feature = "fetch"))]
    fn make(&self) -> Result<Arc<dyn Fetch>, SettingsError> {
        let remedy = "have metadata to fetch, but tower-b2c-auth was built without its feature \"fetch\"; switch it on, give a fetcher of your own, or write the keys inline";
        Err(mistake("authorities", "…", remedy))
    }
}

/// # Errors
///
/// If the settings have a `[fetch]` table, which says nothing to a fetcher of the user's.
pub(super) fn refuse_fetch_settings(settings: &Settings) -> Result<(), SettingsError> {
    if settings.fetch == FetchSettings::default() {
        return Ok(());
    }
    let remedy = "has no effect on the fetcher that was given in code; remove one of the two";
    Err(mistake("fetch", "…", remedy))
}

/// Is never asked.
#[derive(Debug)]
struct NothingToFetch;

impl Fetch for NothingToFetch {
    fn get(
        &self,
        _url: &str,
        _max_bytes: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>> {
        Box::pin(ready(Err(FetchError::Connect)))
    }
}

#[cfg(all(test, not(feature = "fetch")))]
mod tests {
    use super::*;
    use crate::{B2cAuthLayer, b2c, from_jwks};

    #[test]
    fn without_the_feature_metadata_needs_a_fetcher_and_inline_keys_need_none() {
        let fetched = || b2c("contoso").policy("B2C_1_a");
        let builder = || B2cAuthLayer::builder().audience("api");
        let refused = builder().authority(fetched()).build().unwrap_err();
        assert!(
            refused.to_string().contains("feature \"fetch\""),
            "{refused}"
        );
        assert!(
            builder()
                .authority(fetched())
                .fetch(NothingToFetch)
                .build()
                .is_ok()
        );

        let keys = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"k","use":"sig","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
        let inline = builder()
            .algorithms(["ES256"])
            .authority(from_jwks("us", keys));
        let auth = inline.build().unwrap();
        let added: Vec<_> = fetched().into();
        let swapped = auth.update_settings(|settings| settings.authorities.extend(added));
        assert!(swapped.is_err());
    }
}
