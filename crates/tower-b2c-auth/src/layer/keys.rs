//! The keys, as operators see them.

use std::sync::Arc;

use futures_util::{
    StreamExt as _,
    future::{Either, ready, select},
    pin_mut, stream,
};

use super::{b2c_auth_layer::B2cAuthLayer, current::key_sources};
use crate::{
    keys::{
        FetchError, Fetching, Health, KeySnapshot, KeySource, MAX_CONCURRENT_FETCHES, Trigger,
        warn_of_unknown_keys,
    },
    settings::ForgottenKey,
};

/// # The keys
impl B2cAuthLayer {
    /// Returns the state of every authority's keys, for readiness probes. [Forgotten keys](Self::forget_key) are not counted.
    ///
    /// With [`refresh = "auto"`](crate::KeyRefresh::Auto), it also starts the background task if necessary. It never fetches anything itself.
    ///
    /// For a liveness probe, answer 200 without asking the layer: a restart does not bring back an identity provider.
    pub fn health(&self) -> Health {
        self.current.ensure_running();
        let authenticator = self.current.load();
        let authorities = authenticator.authorities();
        let authorities = authorities.iter();
        let authorities = authorities.map(|it| it.keys.health(&it.name, it.optional));
        let authorities = authorities.collect();
        Health { authorities }
    }

    /// Waits for the first fetch of every authority that is not on demand, so that the first request does not have to.
    ///
    /// It waits for at most twice [`fetch_timeout`](crate::KeySettings::fetch_timeout) for every 32 authorities or fraction of 32.
    ///
    /// Waiting is optional. A service that waits, and exits on an error, cannot start while the identity provider is down, unless it has the keys of the
    /// previous process from [`B2cAuthBuilder::key_snapshot`](crate::B2cAuthBuilder::key_snapshot).
    ///
    /// ```
    /// use std::{future::ready, pin::Pin};
    /// use tower_b2c_auth::{B2cAuthLayer, Fetch, FetchError, b2c};
    ///
    /// /// An identity provider that is down.
    /// #[derive(Debug)]
    /// struct Down;
    ///
    /// impl Fetch for Down {
    ///     fn get(&self, _: &str, _: usize) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>> {
    ///         Box::pin(ready(Err(FetchError::Connect)))
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let contoso = b2c("contoso").policy("B2C_1_signupsignin1");
    /// let layer = |authority| B2cAuthLayer::builder().authority(authority).audience("api").fetch(Down).build();
    ///
    /// let health = layer(contoso.clone())?.warm_up().await.unwrap_err();
    /// assert!(health.to_string().contains("contoso/B2C_1_signupsignin1"));
    ///
    /// // On demand, its keys are fetched for its first token, so there is nothing to wait for.
    /// assert!(layer(contoso.on_demand())?.warm_up().await.is_ok());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The state of the keys, if the layer is still not [ready](Health::is_ready). The layer works nevertheless: it keeps trying, and answers tokens that
    /// it cannot judge with 503.
    pub async fn warm_up(&self) -> Result<(), Health> {
        let authenticator = self.current.load_full();
        let eager = authenticator.authorities().into_iter();
        let cold = eager
            .filter(|authority| !authority.keys.is_on_demand() && authority.keys.is_undiscovered());
        let begin = |keys: &Arc<KeySource>| keys.fetch(Trigger::Schedule);
        let cold = cold.map(|authority| Arc::clone(&authority.keys));
        self.wait_for_all(cold.collect(), begin).await;
        let health = self.health();
        if health.is_ready() {
            Ok(())
        } else {
            Err(health)
        }
    }

    /// Fetches the keys of all authorities now, no matter when they were last fetched, and waits for the result. Call it only when you know that the keys
    /// have changed, because each call requests two documents for each authority.
    ///
    /// Regular fetches, and tokens with unknown key ids, find new keys without this. It is for maintenance, for example after the operator has withdrawn a
    /// key at the identity provider. A key that vanishes in this fetch stays in use for [`retired_key_grace`](crate::KeySettings::retired_key_grace), unless its
    /// authority was on demand and idle; to refuse it at once, use [`forget_key`](Self::forget_key). Inline keys are not affected.
    ///
    /// # Errors
    ///
    /// The error of the first authority that has one, or [`FetchError::Timeout`] if the fetches together took longer than twice
    /// [`fetch_timeout`](crate::KeySettings::fetch_timeout) for every 32 authorities or fraction of 32. Known keys stay in use. The error is also
    /// [`FetchError::Timeout`] if a fetch stood still because no task was polling it, and another fetch replaced it. In that case, and after
    /// [`FetchError::RuntimeEnded`], call this method again.
    pub async fn refresh_now(&self) -> Result<(), FetchError> {
        let authenticator = self.current.load_full();
        let authorities = authenticator.authorities();
        let sources: Vec<_> = authorities.iter().map(|it| Arc::clone(&it.keys)).collect();
        let asked = self.current.shared.keys.next_in_order();
        // A fetch under way may have begun before the keys changed.
        let under_way = |keys: &Arc<KeySource>| keys.under_way();
        self.wait_for_all(sources.clone(), under_way).await;
        let begin = |keys: &Arc<KeySource>| keys.fetch(Trigger::Operator);
        if !self.wait_for_all(sources, begin).await {
            return Err(FetchError::Timeout);
        }
        let mut sources = authorities.iter().map(|it| &it.keys);
        sources.try_for_each(|keys| keys.fetched_since(asked))
    }

    /// Waits for a fetch of each source, with limited concurrency and for at most the time that these fetches may take. Returns whether all have ended.
    async fn wait_for_all(
        &self,
        sources: Vec<Arc<KeySource>>,
        fetch: impl Fn(&Arc<KeySource>) -> Option<Fetching>,
    ) -> bool {
        self.current.ensure_running();
        let rounds = sources.len().div_ceil(MAX_CONCURRENT_FETCHES);
        let rounds = u32::try_from(rounds).unwrap_or(u32::MAX);
        let limit = self.current.load().config.keys.fetch_timeout;
        let limit = limit.saturating_mul(2).saturating_mul(rounds);
        let limit = self.current.shared.clock.sleep(limit);
        let fetches = stream::iter(sources).filter_map(|source| ready(fetch(&source)));
        let all = fetches.for_each_concurrent(MAX_CONCURRENT_FETCHES, |fetch| fetch);
        pin_mut!(all);
        matches!(select(all, limit).await, Either::Left(_))
    }

    /// Forgets a key for good, in an emergency such as a stolen signing key: tokens signed with it are refused from now on, even if the authority still
    /// publishes the key, the token was verified before, or its request is waiting for keys.
    ///
    /// This holds for this layer and its clones, through every [swap](Self::swap_settings), and is saved in the [`key_snapshot`](Self::key_snapshot). A process
    /// that starts without that snapshot does not know it, so also write the key into [`forgotten_keys`](crate::Settings::forgotten_keys).
    ///
    /// If the key names an authority, it is forgotten for the authorities with this [name](crate::AuthoritySettings::name), and for those with the same
    /// metadata URL, because they publish the same keys. This includes authorities that get the name or the URL later. Another policy of the same tenant has
    /// another metadata URL, but often the same keys: forget the key for each policy, or for all authorities.
    ///
    /// If an authority has no usable key left, the layer is not [ready](crate::Health::is_ready), unless readiness does not depend on this authority. If the
    /// authority publishes only forgotten keys, its keys are fetched at once (within a minute, if the last fetch failed) and then every minute, until it
    /// publishes another one. With [`refresh = "on_request"`](crate::KeyRefresh::OnRequest) or for an authority on demand, requests start these fetches.
    ///
    /// Returns `false` if no authority has the name given with the key: perhaps the name is misspelt. The key is then refused once an authority has that name,
    /// for example one that a [source of tenants](crate::TenantSource) finds.
    ///
    /// Without a source of tenants, the layer logs a warning if no authority concerned has a key with this id at present: perhaps the id is misspelt.
    ///
    /// ```
    /// use tower_b2c_auth::ForgottenKey;
    /// # #[cfg(feature = "test-util")]
    /// use tower_b2c_auth::test_util::TestTenant;
    ///
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let tenant = TestTenant::new();
    /// let auth = tenant.layer();
    /// let token = tenant.token().sign();
    /// assert!(auth.authenticate(&token).await.is_ok());
    ///
    /// // B2C signs with one key for many tenants: forget it for one authority, or for all.
    /// let name = auth.health().authorities()[0].authority.clone();
    /// assert!(auth.forget_key(ForgottenKey::of(name, "another")));
    /// assert!(!auth.forget_key(ForgottenKey::of("misspelt", "test")));
    /// assert!(auth.authenticate(&token).await.is_ok());
    /// assert!(auth.forget_key(ForgottenKey::everywhere("test")));
    /// assert_eq!(auth.authenticate(&token).await.unwrap_err().reason(), "unknown_key");
    /// # }
    /// # #[cfg(not(feature = "test-util"))]
    /// # fn main() {}
    /// ```
    #[must_use = "if it is `false`, no authority has the name, and the key may still be in use"]
    pub fn forget_key(&self, key: ForgottenKey) -> bool {
        self.current.shared.keys.forgotten.add(key.clone(), None);
        self.current.bind_forgotten();
        self.current.note_forgotten();
        self.current.ensure_running();
        let authorities = self.current.load().authorities();
        let name = key.authority.as_deref();
        let has_name = name.is_none_or(|name| authorities.iter().any(|it| *it.name == *name));
        // A tenant that a source finds has its keys only once its tokens come.
        if has_name && self.current.shared.tenants.is_none() {
            warn_of_unknown_keys([&key].into_iter(), key_sources(authorities.iter()));
        }
        has_name
    }

    /// Returns the current fetched keys, their ages and the keys forgotten by [`forget_key`](Self::forget_key), for
    /// [`B2cAuthBuilder::key_snapshot`](crate::B2cAuthBuilder::key_snapshot). An authority whose keys have never been fetched is not included.
    ///
    /// Save it after each change of the keys, or every few minutes, and at shutdown: a process that starts with it accepts the keys that are still within
    /// [`max_stale`](crate::KeySettings::max_stale).
    pub fn key_snapshot(&self) -> KeySnapshot {
        let authorities = self.current.load().authorities();
        let sources = authorities.iter().map(|it| &*it.keys);
        KeySnapshot::new(&self.current.shared.keys.forgotten, sources)
    }
}
