//! PKCE (RFC 7636), with `S256` only.

use super::refusal::Refusal;
use crate::{grants::Challenge, request::Params, seed::Platform};

/// The challenge of an authorization request. Public clients must send one.
pub(crate) fn read(params: &Params, platform: Platform) -> Result<Option<Challenge>, Refusal> {
    let Some(challenge) = params.get("code_challenge") else {
        return match (params.get("code_challenge_method"), platform) {
            (None, Platform::Web) => Ok(None),
            _ => Err(Refusal::NoChallenge),
        };
    };
    // Absent means `plain` (RFC 7636 §4.3).
    if params.get("code_challenge_method") != Some("S256") {
        return Err(Refusal::ChallengeMethod);
    }
    let challenge = Challenge::parse(challenge).ok_or(Refusal::Challenge)?;
    Ok(Some(challenge))
}

/// A verifier without a challenge is refused too: an attacker may have removed the challenge (RFC 9700 §4.8.2).
pub(crate) fn check(challenge: Option<&Challenge>, verifier: Option<&str>) -> Result<(), Refusal> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (Some(challenge), Some(verifier)) if challenge.is_met_by(verifier) => Ok(()),
        _ => Err(Refusal::Verifier),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str, platform: Platform) -> Result<Option<Challenge>, Refusal> {
        super::read(&Params::parse(query.as_bytes()).unwrap(), platform)
    }

    #[test]
    fn the_example_of_rfc_7636_fits_and_nothing_else_does() {
        let query =
            "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
        let challenge = read(query, Platform::Spa).unwrap();
        let challenge = challenge.as_ref();
        let good = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(check(challenge, Some(good)), Ok(()));
        for bad in [None, Some("short"), Some(&good.to_lowercase()[..])] {
            assert_eq!(check(challenge, bad), Err(Refusal::Verifier));
        }
        assert_eq!(check(None, Some(good)), Err(Refusal::Verifier));
    }

    #[test]
    fn public_clients_must_use_pkce_with_s256() {
        for platform in [Platform::Spa, Platform::Native] {
            assert_eq!(read("", platform), Err(Refusal::NoChallenge));
        }
        assert_eq!(read("", Platform::Web), Ok(None));
        let plain = "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        for method in [
            "",
            "&code_challenge_method=plain",
            "&code_challenge_method=s256",
        ] {
            let read = read(&format!("{plain}{method}"), Platform::Web);
            assert_eq!(read, Err(Refusal::ChallengeMethod));
        }
        let short = read(
            "code_challenge=YQ&code_challenge_method=S256",
            Platform::Spa,
        );
        assert_eq!(short, Err(Refusal::Challenge));
        let method_only = read("code_challenge_method=S256", Platform::Web);
        assert_eq!(method_only, Err(Refusal::NoChallenge));
    }
}
