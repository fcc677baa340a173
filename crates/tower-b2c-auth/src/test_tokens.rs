//! Tokens for the tests beside the code: signed with a secret, because that is done in a moment.

use std::{future::ready, pin::Pin, sync::Arc, time::Duration};

use aws_lc_rs::hmac;
use b2c_verify::{
    Algorithm, AlgorithmSet, Audiences, Credentials, NumericDate, Scratch, TokenRules,
    UnverifiedToken, VerificationKey, VerifiedToken,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    authority::Authority,
    claims::{LayerId, Verified},
    clock::ManualClock,
    keys::{Fetch, FetchError, KeyContext, KeySource, KeyTimes, LiveKey, SourcePolicy},
    migration::{Usage, UsageKey},
    settings::KeyRefresh,
};

/// A token with these claims besides `iss`, `aud` and `exp`.
pub(crate) fn token(claims: &str) -> String {
    let claims = format!(r#"{{"iss":"a","aud":"b","exp":2000,"scp":"c",{claims}}}"#);
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#);
    let input = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
    let signature = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, &SECRET),
        input.as_bytes(),
    );
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The key that tokens are signed with.
pub(crate) fn key() -> VerificationKey {
    VerificationKey::secret(None, &SECRET, hs256()).unwrap()
}

pub(crate) fn verified(token: &str) -> VerifiedToken {
    let rules = TokenRules::new(Audiences::any_of(["b"])).algorithms(hs256());
    let credentials = Credentials::from_bare(token.as_bytes()).unwrap();
    let mut scratch = Scratch::default();
    let token = UnverifiedToken::parse(credentials, hs256(), &mut scratch).unwrap();
    let now = NumericDate::from_secs(1000);
    rules
        .validate(&token, "a", now)
        .unwrap()
        .verify(&key())
        .unwrap()
}

/// The same as the layer keeps it.
pub(crate) fn kept(token: &str) -> Arc<Verified> {
    let clock = Arc::new(ManualClock::at(NumericDate::from_secs(1000)));
    let context = Arc::new(KeyContext::new(clock.clone(), Arc::new(NoFetch)));
    let key = Arc::new(LiveKey::unlimited(key()));
    let policy = SourcePolicy {
        times: times(),
        on_demand: false,
    };
    let keys = KeySource::new(vec![Arc::clone(&key)], None, policy, &context);
    let token = verified(token);
    Arc::new(Verified {
        usage: Usage::new(&*clock).row(&UsageKey::of(&token)),
        token,
        key,
        authority: Arc::new(Authority {
            name: "test".into(),
            rules: TokenRules::new(Audiences::any_of(["b"])),
            keys: Arc::new(keys),
            assigned_issuers: Vec::new(),
            legacy_issuers: Vec::new(),
            takes_unassigned_issuers: false,
            rule: None,
            legacy: false,
            optional: false,
        }),
        legacy: false,
        issuer_until: Duration::MAX,
        discoveries: 0,
        layer: LayerId::next(),
    })
}

/// Fetches nothing.
#[derive(Debug)]
struct NoFetch;

impl Fetch for NoFetch {
    fn get(
        &self,
        _url: &str,
        _max_bytes: usize,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<u8>, FetchError>> + Send + '_>> {
        Box::pin(ready(Err(FetchError::Connect)))
    }
}

/// The default times.
pub(crate) fn times() -> KeyTimes {
    KeyTimes {
        refresh_interval: Duration::from_secs(3600),
        max_stale: Duration::from_secs(86_400),
        retired_key_grace: Duration::from_secs(3600),
        unknown_key_fetches: 3,
        unknown_key_interval: Duration::from_secs(60),
        max_waiting: 4096,
        max_waiting_per_authority: 1024,
        refresh: KeyRefresh::Auto,
        connect_timeout: Duration::from_secs(2),
        fetch_timeout: Duration::from_secs(5),
        max_document_bytes: 1 << 20,
    }
}

fn hs256() -> AlgorithmSet {
    AlgorithmSet::new([Algorithm::HS256])
}

const SECRET: [u8; 32] = [7; 32];
