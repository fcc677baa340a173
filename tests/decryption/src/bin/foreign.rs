//! Tokens that another library signed and encrypted ─▶ the claims in them, or why not.
//!
//! Reads from standard input what `produce.py` writes.

use std::{io, process::ExitCode};

use b2c_verify::{
    AlgorithmSet, Audiences, Credentials, DecryptionKey, DecryptionKeys, JwkSet, NumericDate,
    Scratch, TokenError, TokenRules, UnverifiedToken,
};
use serde_json::Value;

fn main() -> ExitCode {
    let made: Value = serde_json::from_reader(io::stdin()).expect("JSON from produce.py");
    let text = |name: &str| made[name].as_str().expect("a text").to_owned();
    let service = Service {
        keys: DecryptionKeys::new(
            [text("pem")].map(|pem| DecryptionKey::from_pem(None, &pem).expect("a key")),
        )
        .expect("one key"),
        jwks: JwkSet::parse(text("jwks").as_bytes(), AlgorithmSet::RS256).expect("a key set"),
        rules: TokenRules::new(Audiences::any_of([text("audience")])),
        issuer: text("issuer"),
    };
    let large = DecryptionKey::from_pem(None, &text("large_pem"));
    let mut failed = large.is_ok();
    println!("{large:?} for a key of 4104 bits");
    let tokens = made["tokens"].as_array().expect("tokens");
    assert!(!tokens.is_empty());
    for case in tokens {
        let name = case["name"].as_str().expect("a name");
        let expected = case["expected"].as_str().expect("an outcome");
        let found = match service.subject(case["token"].as_str().expect("a token")) {
            Ok(subject) => subject,
            Err(error) => error.as_str().to_owned(),
        };
        let verdict = if found == expected { "ok" } else { "FAILED" };
        failed |= found != expected;
        println!("{verdict:<7} {name}: {found}");
    }
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

struct Service {
    keys: DecryptionKeys,
    jwks: JwkSet,
    rules: TokenRules,
    issuer: String,
}

impl Service {
    /// Decrypts and verifies a token.
    fn subject(&self, token: &str) -> Result<String, TokenError> {
        let credentials = Credentials::from_bare(token.as_bytes()).expect("a text");
        let decrypted = self.keys.decrypt(credentials)?;
        let decrypted = decrypted.expect("an encrypted token");
        let mut scratch = Scratch::default();
        let token = UnverifiedToken::parse(
            decrypted.credentials(),
            self.rules.allowed_algorithms(),
            &mut scratch,
        )?;
        let now = NumericDate::from_secs(1_800_000_000);
        let token = self.rules.validate(&token, &self.issuer, now)?;
        let key = self.jwks.keys().iter().find(|key| key.kid() == token.kid());
        let verified = token.verify(key.ok_or(TokenError::UnknownKey)?)?;
        Ok(verified.subject().unwrap_or_default().to_owned())
    }
}
