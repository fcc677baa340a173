//! Tokens for the tests beside the code: signed with a secret, because that is done in a moment.

use aws_lc_rs::hmac;
use b2c_verify::{
    Algorithm, AlgorithmSet, Audiences, Authority, Credentials, NumericDate, Scratch,
    VerificationKey, VerifiedClaims, Verifier,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// A token with these claims besides `iss`, `aud` and `exp`.
pub(crate) fn token(claims: &str) -> String {
    let claims = format!(r#"{{"iss":"a","aud":"b","exp":2000,{claims}}}"#);
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

pub(crate) fn verified(token: &str) -> VerifiedClaims {
    let rule = Authority::new(Audiences::any_of(["b"]))
        .issuers(["a"])
        .algorithms(hs256());
    let verifier = Verifier::new(vec![rule]).unwrap();
    let credentials = Credentials::from_bare(token.as_bytes()).unwrap();
    let mut scratch = Scratch::default();
    let now = NumericDate::from_secs(1000);
    let validated = verifier.validate(credentials, now, &mut scratch).unwrap();
    validated.verify(&key()).unwrap()
}

fn hs256() -> AlgorithmSet {
    AlgorithmSet::new([Algorithm::HS256])
}

const SECRET: [u8; 32] = [7; 32];
