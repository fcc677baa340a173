//! Generated keys, and correctly signed tokens with any header and claims.

use std::sync::OnceLock;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    hmac,
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    AcceptedTokens, AlgorithmSet, Audiences, Credentials, NumericDate, Scratch, TokenError,
    TokenRules, UnverifiedToken, ValidatedToken, VerificationKey, VerifiedToken,
};

pub(super) const ISS: &str =
    "https://contoso.b2clogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/";
pub(super) const AUD: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
pub(super) const NOW: u64 = 1_800_000_000;
pub(super) const KID: &str = "X5eXk4xyojNFum1kl2Ytv8dlNP4";
pub(super) const HEADER: &str =
    r#"{"alg":"RS256","typ":"JWT","kid":"X5eXk4xyojNFum1kl2Ytv8dlNP4"}"#;

/// A signer: `ours` or `other`. Each is made once per test binary, because making an RSA key is slow.
pub(super) struct RsaSigner(KeyPair);

impl RsaSigner {
    pub(super) fn ours() -> &'static Self {
        static SIGNER: OnceLock<RsaSigner> = OnceLock::new();
        SIGNER.get_or_init(|| Self(KeyPair::generate(KeySize::Rsa2048).unwrap()))
    }

    pub(super) fn other() -> &'static Self {
        static SIGNER: OnceLock<RsaSigner> = OnceLock::new();
        SIGNER.get_or_init(|| Self(KeyPair::generate(KeySize::Rsa2048).unwrap()))
    }

    /// PKCS #1: `30 82 xx xx`, then `02 82 01 01 00` and the modulus, then `02 03` and the exponent.
    pub(super) fn public_der(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// PKCS #1, which PKCS #8 wraps in 26 bytes for an RSA key of this size.
    pub(super) fn private_der(&self) -> Vec<u8> {
        let pkcs8: Pkcs8V1Der<'_> = self.0.as_der().unwrap();
        pkcs8.as_ref()[26..].to_vec()
    }

    pub(super) fn n(&self) -> &[u8] {
        &self.public_der()[9..265]
    }

    pub(super) fn e(&self) -> &[u8] {
        &self.public_der()[267..]
    }

    pub(super) fn key(&self) -> VerificationKey {
        self.key_for(AlgorithmSet::default())
    }

    pub(super) fn key_for(&self, algorithms: AlgorithmSet) -> VerificationKey {
        VerificationKey::rsa(Some(KID), self.n(), self.e(), algorithms).unwrap()
    }

    /// As B2C publishes it: without `alg`.
    pub(super) fn jwk(&self, kid: &str) -> String {
        let (n, e) = (b64(self.n()), b64(self.e()));
        format!(r#"{{"kid":"{kid}","nbf":1493763266,"use":"sig","kty":"RSA","e":"{e}","n":"{n}"}}"#)
    }

    pub(super) fn sign_with(
        &self,
        encoding: &'static dyn RsaEncoding,
        header: &str,
        claims: &str,
    ) -> String {
        self.sign_parts(encoding, &b64(header), &b64(claims))
    }

    pub(super) fn sign_parts(
        &self,
        encoding: &'static dyn RsaEncoding,
        header: &str,
        payload: &str,
    ) -> String {
        let input = format!("{header}.{payload}");
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(
                encoding,
                &SystemRandom::new(),
                input.as_bytes(),
                &mut signature,
            )
            .unwrap();
        format!("{input}.{}", b64(&signature))
    }

    pub(super) fn sign(&self, header: &str, claims: &str) -> String {
        self.sign_with(&RSA_PKCS1_SHA256, header, claims)
    }

    pub(super) fn sign_pss(&self, header: &str, claims: &str) -> String {
        self.sign_with(&RSA_PSS_SHA256, header, claims)
    }
}

pub(super) fn sign_hs(hash: hmac::Algorithm, secret: &[u8], header: &str, claims: &str) -> String {
    let input = format!("{}.{}", b64(header), b64(claims));
    let signature = hmac::sign(&hmac::Key::new(hash, secret), input.as_bytes());
    format!("{input}.{}", b64(signature))
}

pub(super) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Claims that are accepted, plus `more`, which begins with a comma.
pub(super) fn good_claims(more: &str) -> String {
    format!(
        r#"{{"iss":"{ISS}","aud":"{AUD}","exp":{},"nbf":{NOW},"sub":"alice"{more}}}"#,
        NOW + 3600
    )
}

pub(super) fn good_token() -> String {
    RsaSigner::ours().sign(HEADER, &good_claims(""))
}

/// Rules that accept tokens of any kind, so that a test needs only the claims it is about. [`super::kind`] tests the kinds.
pub(super) fn rules() -> TokenRules {
    TokenRules::new(Audiences::any_of([AUD])).accept(AcceptedTokens::DangerAnyTokens)
}

pub(super) fn now() -> NumericDate {
    NumericDate::from_secs(NOW)
}

/// Parses, validates and verifies a token with our key.
pub(super) fn judge(token: &str) -> Result<VerifiedToken, TokenError> {
    judge_with(&rules(), token, &RsaSigner::ours().key())
}

pub(super) fn judge_with(
    rules: &TokenRules,
    token: &str,
    key: &VerificationKey,
) -> Result<VerifiedToken, TokenError> {
    validated(rules, token, &mut Scratch::default(), |token| {
        token.verify(key)
    })?
}

/// Runs all checks except the signature, and returns the result of `look` for the validated token.
pub(super) fn validated<T>(
    rules: &TokenRules,
    token: &str,
    scratch: &mut Scratch,
    look: impl FnOnce(ValidatedToken<'_>) -> T,
) -> Result<T, TokenError> {
    let bearer = Credentials::from_bare(token.as_bytes()).unwrap();
    let token = UnverifiedToken::parse(bearer, rules.allowed_algorithms(), scratch)?;
    rules.validate(&token, ISS, now()).map(look)
}

/// Judges a token with this header, correctly signed with our key.
pub(super) fn judge_header(header: &str) -> Result<VerifiedToken, TokenError> {
    judge(&RsaSigner::ours().sign(header, &good_claims("")))
}

/// Judges a token with these claims, correctly signed with our key.
pub(super) fn judge_claims(claims: &str) -> Result<VerifiedToken, TokenError> {
    judge(&RsaSigner::ours().sign(HEADER, claims))
}

/// Runs all checks except the signature, for tables where signing would take too long.
pub(super) fn validate_claims(rules: &TokenRules, claims: &str) -> Result<(), TokenError> {
    let token = format!("{}.{}.{}", b64(HEADER), b64(claims), b64([1; 256]));
    validated(rules, &token, &mut Scratch::default(), |_| ())
}
