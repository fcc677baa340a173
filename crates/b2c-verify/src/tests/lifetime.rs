use std::time::Duration;

use super::support::*;
use crate::{Claim, ExpirationPolicy, TokenError, TokenRules};

fn claims(times: &str) -> String {
    format!(r#"{{"iss":"{ISS}","aud":"{AUD}"{times}}}"#)
}

fn refusal(rules: &TokenRules, times: &str) -> Option<TokenError> {
    validate_claims(rules, &claims(times)).err()
}

#[test]
fn a_token_expires_at_exp_plus_the_clock_skew() {
    for (skew, exp, expected) in [
        (60, NOW - 59, None),
        (60, NOW - 60, Some(TokenError::Expired)),
        (60, NOW - 61, Some(TokenError::Expired)),
        (0, NOW + 1, None),
        (0, NOW, Some(TokenError::Expired)),
    ] {
        let rules = rules().clock_skew(Duration::from_secs(skew));
        assert_eq!(
            refusal(&rules, &format!(r#","exp":{exp}"#)),
            expected,
            "{skew} {exp}"
        );
    }
    let exact = rules().clock_skew(Duration::ZERO);
    assert_eq!(refusal(&exact, &format!(r#","exp":{NOW}.5"#)), None);
    assert_eq!(
        refusal(&exact, &format!(r#","exp":{}.9"#, NOW - 1)),
        Some(TokenError::Expired)
    );
    assert_eq!(
        refusal(&rules().clock_skew(Duration::MAX), r#","exp":0"#),
        None
    );
    assert_eq!(refusal(&rules(), r#","exp":253402300799"#), None);
    assert_eq!(refusal(&rules(), r#","exp":0"#), Some(TokenError::Expired));
}

#[test]
fn a_token_is_not_valid_before_nbf_minus_the_clock_skew() {
    for (skew, nbf, expected) in [
        (60, NOW + 60, None),
        (60, NOW + 61, Some(TokenError::NotYetValid)),
        (0, NOW, None),
        (0, NOW + 1, Some(TokenError::NotYetValid)),
    ] {
        let rules = rules().clock_skew(Duration::from_secs(skew));
        let times = format!(r#","exp":{},"nbf":{nbf}"#, NOW + 3600);
        assert_eq!(refusal(&rules, &times), expected, "{skew} {nbf}");
    }
    let never = format!(r#","exp":{},"nbf":{}"#, NOW + 100, NOW + 200);
    assert_eq!(refusal(&rules(), &never), Some(TokenError::NotYetValid));
}

#[test]
fn an_iat_in_the_future_is_no_reason_to_refuse() {
    let times = format!(r#","exp":{},"iat":{}"#, NOW + 3600, NOW + 100_000);
    assert_eq!(refusal(&rules(), &times), None);
}

#[test]
fn exp_is_required_unless_said_otherwise_and_counts_if_it_is_there() {
    assert_eq!(ExpirationPolicy::default(), ExpirationPolicy::Required);
    assert_eq!(
        refusal(&rules(), ""),
        Some(TokenError::MissingClaim(Claim::Exp))
    );
    let optional = rules().expiration(ExpirationPolicy::Optional);
    assert_eq!(refusal(&optional, ""), None);
    assert_eq!(refusal(&optional, r#","exp":1"#), Some(TokenError::Expired));
    assert_eq!(
        refusal(&optional, r#","exp":"x""#),
        Some(TokenError::InvalidClaim(Claim::Exp))
    );
}

#[test]
fn unusable_dates_are_refused() {
    let good_exp = format!(r#","exp":{}"#, NOW + 3600);
    for bad in [
        r#""1900000000""#,
        "null",
        "true",
        "false",
        "[]",
        "[1900000000]",
        "{}",
        "-1",
        "-0.5",
        "-1e99",
        "1e308",
        "1e400",
        "253402300800",
        "9007199254740993e10",
        "18446744073709551615",
        "18446744073709551616",
        r#""""#,
        r#""NaN""#,
    ] {
        for expiration in [ExpirationPolicy::Required, ExpirationPolicy::Optional] {
            let rules = rules().expiration(expiration);
            let with = |claim: &str| refusal(&rules, &format!(r#",{claim}:{bad}"#));
            assert_eq!(
                with(r#""exp""#),
                Some(TokenError::InvalidClaim(Claim::Exp)),
                "{bad}"
            );
            let with = |claim: &str| refusal(&rules, &format!(r#"{good_exp},"{claim}":{bad}"#));
            assert_eq!(
                with("nbf"),
                Some(TokenError::InvalidClaim(Claim::Nbf)),
                "{bad}"
            );
            assert_eq!(
                with("iat"),
                Some(TokenError::InvalidClaim(Claim::Iat)),
                "{bad}"
            );
        }
    }
}

#[test]
fn numbers_may_have_fractions_and_exponents() {
    for exp in ["1900000000.25", "1.9e9", "1.9E+9", "190000000000e-2"] {
        assert_eq!(
            refusal(&rules(), &format!(r#","exp":{exp}"#)),
            None,
            "{exp}"
        );
    }
}
