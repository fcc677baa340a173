//! Tokens for unit tests, signed with a secret because that is fast.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::hmac;
use b2c_verify::{
    Algorithm, AlgorithmSet, Audiences, Credentials, NumericDate, Scratch, TokenRules,
    UnverifiedToken, VerificationKey, VerifiedToken,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

#[cfg(feature = "migration")]
use crate::migration::{Usage, UsageKey};
use crate::{
    authority::{Authority, Position},
    claims::{LayerId, Verified},
    clock::ManualClock,
    issuer::Issuer,
    keys::{KeyConfig, KeyContext, KeySource, LiveKey, NothingToFetch, SourcePolicy},
    settings::{KeySettings, Mistakes},
};

/// A token with these claims besides `iss`, `aud`, `exp` and `scp`.
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
    rules
        .validate(&token, "a", NOW)
        .unwrap()
        .verify(&key())
        .unwrap()
}

/// The token as the layer's cache stores it.
pub(crate) fn kept(token: &str) -> Arc<Verified> {
    let authority = Arc::new(authority(&context()));
    let token = verified(token);
    Arc::new(Verified {
        #[cfg(feature = "migration")]
        usage: Usage::new(&ManualClock::at(NOW)).row(&UsageKey::of(&token)),
        token,
        key: Arc::new(LiveKey::unlimited(key())),
        issuer: Arc::new(Issuer::new(authority, Duration::MAX, None)),
        layer: LayerId::next(),
        #[cfg(feature = "migration")]
        counted_on: Default::default(),
    })
}

/// The context that key sources share.
pub(crate) fn context() -> Arc<KeyContext> {
    let clock = Arc::new(ManualClock::at(NOW));
    Arc::new(KeyContext::new(clock, Arc::new(NothingToFetch)))
}

/// An authority with an inline key.
pub(crate) fn authority(context: &Arc<KeyContext>) -> Authority {
    let key = Arc::new(LiveKey::unlimited(key()));
    let keys = KeySource::new(vec![key], None, policy(), context, None);
    Authority {
        name: "test".into(),
        position: Position::FIRST,
        rules: TokenRules::new(Audiences::any_of(["b"])),
        keys,
        assigned_issuers: [].into(),
        legacy_issuers: Vec::new(),
        takes_unassigned_issuers: false,
        rule: None,
        is_unknown_on_demand: false,
        until: Duration::MAX,
        legacy: false,
        optional: false,
    }
}

/// A policy with the default settings, for an eager authority.
pub(crate) fn policy() -> SourcePolicy {
    SourcePolicy {
        config: Arc::new(key_config()),
        on_demand: false,
    }
}

/// The default settings of `[keys]`.
pub(crate) fn key_config() -> KeyConfig {
    let settings = KeySettings::default();
    settings.check(&mut Mistakes::default()).unwrap()
}

fn hs256() -> AlgorithmSet {
    AlgorithmSet::new([Algorithm::HS256])
}

const NOW: NumericDate = NumericDate::from_secs(1000);
const SECRET: [u8; 32] = [7; 32];
