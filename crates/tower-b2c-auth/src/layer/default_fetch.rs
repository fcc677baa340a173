//! The fetcher that a layer makes if the builder was given none.
//!
//! It is made with the layer, and made again when something that it depends on changes. Besides the `[fetch]` table and `keys.connect_timeout`, it depends
//! on:
//!
//! 1. whether anything is fetched at all: if all keys are inline, no root certificates are loaded, and the feature `fetch` is not needed;
//! 2. whether all metadata is on this machine, which the environment's proxy could not reach;
//! 3. whether there is a source of tenants: then it refuses addresses that are not public, except for hosts that the operator named.

use std::{sync::Arc, time::Duration};

use crate::{
    config::Config,
    keys::{Fetch, FetchConfig, MetadataSource, NamedHosts, NothingToFetch},
    settings::{FetchSettings, Hidden, Mistakes, Settings, SettingsError},
    urls::HttpUrl,
};

/// The parameters of a default fetcher.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum DefaultFetch {
    /// All keys are inline.
    Nothing,
    /// Metadata and keys over HTTPS.
    Https(Https),
}

/// The parameters of fetching over HTTPS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Https {
    connect_timeout: Duration,
    config: FetchConfig,
    /// Whether all metadata is on this machine, where a proxy could not reach it.
    is_local: bool,
    /// Whether there is a source of tenants, whose hosts must have public addresses.
    guards_addresses: bool,
}

impl DefaultFetch {
    pub(super) fn of(config: &Config, has_tenants: bool) -> Self {
        let all = config.authorities.iter();
        let metadata = all.filter_map(|authority| authority.metadata.as_ref());
        if has_tenants {
            Self::Https(Https {
                guards_addresses: true,
                ..Https::of(config, false)
            })
        } else {
            Self::Nothing.with(config, metadata)
        }
    }

    /// The parameters of a fetcher for these authorities too. `None` if this one suffices.
    pub(super) fn for_more<'a>(
        &self,
        config: &Config,
        added: impl IntoIterator<Item = &'a MetadataSource>,
    ) -> Option<Self> {
        let next = self.with(config, added);
        (next != *self).then_some(next)
    }

    fn with<'a>(
        &self,
        config: &Config,
        added: impl IntoIterator<Item = &'a MetadataSource>,
    ) -> Self {
        let mut urls = added.into_iter().map(|metadata| &*metadata.url).peekable();
        let https = match self {
            Self::Nothing if urls.peek().is_none() => return Self::Nothing,
            Self::Nothing => Https::of(config, true),
            Self::Https(https) => https.clone(),
        };
        let is_local = https.is_local && urls.all(HttpUrl::is_loopback);
        Self::Https(Https { is_local, ..https })
    }

    /// # Errors
    ///
    /// If the fetcher cannot be created on this machine, or by this build.
    pub(super) fn make(&self, named: &NamedHosts) -> Result<Arc<dyn Fetch>, SettingsError> {
        match self {
            Self::Nothing => Ok(Arc::new(NothingToFetch)),
            Self::Https(https) => https.make(named),
        }
    }
}

impl Https {
    fn of(config: &Config, is_local: bool) -> Self {
        Self {
            connect_timeout: config.keys.connect_timeout,
            config: config.fetch.clone(),
            is_local,
            guards_addresses: false,
        }
    }

    #[cfg(feature = "fetch")]
    fn make(&self, named: &NamedHosts) -> Result<Arc<dyn Fetch>, SettingsError> {
        use crate::keys::ReqwestFetch;

        let guard = self.guards_addresses.then(|| named.clone());
        let fetch =
            ReqwestFetch::for_settings(self.connect_timeout, &self.config, self.is_local, guard)?;
        Ok(Arc::new(fetch))
    }

    #[cfg(not(feature = "fetch"))]
    fn make(&self, _: &NamedHosts) -> Result<Arc<dyn Fetch>, SettingsError> {
        use crate::settings::mistake;

        let remedy = "the metadata of the authorities, or of those that the source of tenants finds, must be fetched, but tower-b2c-auth was built without its feature \"fetch\"; enable it, pass a fetcher of your own, or write all keys inline and use no source of tenants";
        Err(mistake("authorities", Hidden, remedy))
    }
}

/// Refuses a `[fetch]` table, which has no effect on a fetcher that the user gave.
pub(super) fn refuse_fetch_settings(settings: &Settings, mistakes: &mut Mistakes) {
    if settings.fetch != FetchSettings::default() {
        let remedy = "has no effect on the fetcher that was given in code; remove one of the two";
        mistakes.add("fetch", Hidden, remedy);
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

#[cfg(all(test, feature = "fetch"))]
mod address_tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::{config::Need, keys::FetchError};

    #[tokio::test]
    async fn with_a_source_of_tenants_only_a_named_host_is_reached_at_a_private_address() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("http://localhost:{port}/");
        let settings = Settings {
            audiences: vec!["api".into()],
            ..Settings::default()
        };
        let config = settings.check(Need::None).unwrap();
        let named = NamedHosts::default();
        let fetch = DefaultFetch::of(&config, true).make(&named).unwrap();
        tokio::select! {
            answer = fetch.get(&url, 10) => assert_eq!(answer, Err(FetchError::Connect)),
            _ = listener.accept() => panic!("it connected"),
        }
        named.set(["localhost"]);
        tokio::select! {
            answer = fetch.get(&url, 10) => panic!("nobody answers: {answer:?}"),
            connected = listener.accept() => assert!(connected.is_ok()),
        }
    }
}
