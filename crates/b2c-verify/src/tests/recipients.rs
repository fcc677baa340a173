use super::support::*;
use crate::{
    AcceptedTokens, AnyTenant, Audiences, Claim, Scratch, TenantId, TokenError, TokenRules,
    ValidatedToken,
};

fn claims(iss: &str, aud: &str) -> String {
    format!(r#"{{"iss":{iss},"aud":{aud},"exp":{}}}"#, NOW + 3600)
}

#[test]
fn issuers_are_compared_byte_for_byte() {
    for (iss, expected) in [
        (format!(r#""{ISS}""#), None),
        (format!(r#""{}""#, ISS.replace('/', "\\/")), None),
        (
            format!(r#""{}""#, ISS.trim_end_matches('/')),
            Some(TokenError::UnknownIssuer),
        ),
        (format!(r#""{ISS}/""#), Some(TokenError::UnknownIssuer)),
        (format!(r#""{ISS} ""#), Some(TokenError::UnknownIssuer)),
        (format!(r#""{ISS}\u0000""#), Some(TokenError::UnknownIssuer)),
        (
            format!(r#""{}""#, ISS.to_uppercase()),
            Some(TokenError::UnknownIssuer),
        ),
        (
            format!(r#""{}""#, ISS.replace("https", "http")),
            Some(TokenError::UnknownIssuer),
        ),
        (
            format!(r#""{}""#, ISS.replace("contoso", "contos\u{43e}")),
            Some(TokenError::UnknownIssuer),
        ),
        (
            format!(
                r#""{}""#,
                ISS.replace("https://", "https://contoso.b2clogin.com@")
            ),
            Some(TokenError::UnknownIssuer),
        ),
        (
            format!(r#""{}""#, &ISS[..30]),
            Some(TokenError::UnknownIssuer),
        ),
        (r#""""#.into(), Some(TokenError::UnknownIssuer)),
        ("null".into(), Some(TokenError::InvalidClaim(Claim::Iss))),
        ("1".into(), Some(TokenError::InvalidClaim(Claim::Iss))),
        (
            format!(r#"["{ISS}"]"#),
            Some(TokenError::InvalidClaim(Claim::Iss)),
        ),
        (
            format!(r#"{{"a":"{ISS}"}}"#),
            Some(TokenError::InvalidClaim(Claim::Iss)),
        ),
    ] {
        assert_eq!(
            validate_claims(&rules(), &claims(&iss, &format!(r#""{AUD}""#))).err(),
            expected,
            "{iss}"
        );
    }
    let without = format!(r#"{{"aud":"{AUD}","exp":{}}}"#, NOW + 3600);
    assert_eq!(
        validate_claims(&rules(), &without),
        Err(TokenError::MissingClaim(Claim::Iss))
    );
}

#[test]
fn an_audience_is_a_string_or_an_array_of_strings() {
    let ten_thousand = |last: &str| format!("[{}\"{last}\"]", "\"\",".repeat(3500));
    for (aud, expected) in [
        (format!(r#""{AUD}""#), None),
        (format!(r#"["{AUD}"]"#), None),
        (format!(r#"["other","{AUD}","{AUD}"]"#), None),
        (
            format!(r#"[ "other" , "{}" ]"#, AUD.replace('0', "\\u0030")),
            None,
        ),
        (ten_thousand(AUD), None),
        (ten_thousand("other"), Some(TokenError::WrongAudience)),
        (r#""other""#.into(), Some(TokenError::WrongAudience)),
        (r#""""#.into(), Some(TokenError::WrongAudience)),
        ("[]".into(), Some(TokenError::WrongAudience)),
        (format!(r#""{AUD}/""#), Some(TokenError::WrongAudience)),
        (format!(r#""{} ""#, AUD), Some(TokenError::WrongAudience)),
        (
            format!(r#""{}""#, AUD.to_uppercase()),
            Some(TokenError::WrongAudience),
        ),
        (format!(r#""{AUD} other""#), Some(TokenError::WrongAudience)),
        ("null".into(), Some(TokenError::InvalidClaim(Claim::Aud))),
        ("1".into(), Some(TokenError::InvalidClaim(Claim::Aud))),
        ("true".into(), Some(TokenError::InvalidClaim(Claim::Aud))),
        (
            format!(r#"{{"a":"{AUD}"}}"#),
            Some(TokenError::InvalidClaim(Claim::Aud)),
        ),
        (
            format!(r#"["{AUD}",1]"#),
            Some(TokenError::InvalidClaim(Claim::Aud)),
        ),
        (
            format!(r#"["{AUD}",null]"#),
            Some(TokenError::InvalidClaim(Claim::Aud)),
        ),
        (
            format!(r#"[["{AUD}"]]"#),
            Some(TokenError::InvalidClaim(Claim::Aud)),
        ),
    ] {
        assert_eq!(
            validate_claims(&rules(), &claims(&format!(r#""{ISS}""#), &aud)).err(),
            expected,
            "{aud:.80}"
        );
    }
    let without = format!(r#"{{"iss":"{ISS}","exp":{}}}"#, NOW + 3600);
    assert_eq!(
        validate_claims(&rules(), &without),
        Err(TokenError::MissingClaim(Claim::Aud))
    );
}

#[test]
fn any_audience_accepts_all_and_none_but_not_a_wrong_type() {
    let any = TokenRules::new(Audiences::danger_any()).accept(AcceptedTokens::DangerAnyTokens);
    let iss = format!(r#""{ISS}""#);
    for aud in [r#""other""#, "[]", r#"["a","b"]"#] {
        assert_eq!(validate_claims(&any, &claims(&iss, aud)), Ok(()), "{aud}");
    }
    assert_eq!(
        validate_claims(&any, &format!(r#"{{"iss":"{ISS}","exp":{}}}"#, NOW + 3600)),
        Ok(())
    );
    assert_eq!(
        validate_claims(&any, &claims(&iss, "1")),
        Err(TokenError::InvalidClaim(Claim::Aud))
    );
    let nobody = TokenRules::new(Audiences::any_of([""; 0]));
    assert_eq!(
        validate_claims(&nobody, &claims(&iss, r#""other""#)),
        Err(TokenError::WrongAudience)
    );
}

#[test]
fn a_validated_token_says_which_key_and_when_it_was_issued() {
    for (times, expected) in [
        (r#","iat":5,"nbf":6"#, Some(5)),
        (r#","nbf":6"#, Some(6)),
        ("", None),
    ] {
        let claims = format!(
            r#"{{"iss":"{ISS}","aud":"{AUD}","exp":{}{times}}}"#,
            NOW + 3600
        );
        let token = format!("{}.{}.AAAA", b64(HEADER), b64(claims));
        let look = |token: ValidatedToken<'_>| {
            let issued_at = token.claimed_issue_time().map(|date| date.as_secs());
            (issued_at, token.kid().map(str::to_owned))
        };
        assert_eq!(
            validated(&rules(), &token, &mut Scratch::default(), look),
            Ok((expected, Some(KID.to_owned())))
        );
    }
}

#[test]
fn a_token_that_is_bound_to_a_key_is_refused_whatever_the_binding_looks_like() {
    for cnf in [
        r#"{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}"#,
        r#"{"x5t#S256":"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}"#,
        r#"{"kid":"one"}"#,
        "{}",
        "null",
        r#""""#,
    ] {
        let bound = judge_claims(&good_claims(&format!(r#","cnf":{cnf}"#)));
        assert_eq!(bound.err(), Some(TokenError::KeyBound), "{cnf}");
    }
    let escaped = judge_claims(&good_claims(r#","\u0063nf":{}"#));
    assert_eq!(escaped.err(), Some(TokenError::KeyBound));
    // A member of another claim, and another name.
    for more in [r#","act":{"cnf":{"jkt":"x"}}"#, r#","Cnf":{"jkt":"x"}"#] {
        assert!(judge_claims(&good_claims(more)).is_ok(), "{more}");
    }
}

#[test]
fn the_tenant_in_a_token_is_its_issuers() {
    let ours = rules().tenant_id(Some("t"));
    for (tid, expected) in [
        ("", Ok(())),
        (r#","tid":"t""#, Ok(())),
        (r#","tid":"T""#, Err(TokenError::WrongTenant)),
        (r#","tid":"other""#, Err(TokenError::WrongTenant)),
        (r#","tid":["t"]"#, Err(TokenError::WrongTenant)),
        (r#","tid":null"#, Err(TokenError::WrongTenant)),
    ] {
        assert_eq!(validate_claims(&ours, &good_claims(tid)), expected, "{tid}");
        assert_eq!(validate_claims(&rules(), &good_claims(tid)), Ok(()));
    }
}

#[test]
fn where_any_tenant_is_accepted_a_token_has_the_one_that_its_issuer_names() {
    let tenants = AnyTenant::new([
        "https://contoso.b2clogin.com/{tenantid}/v2.0/",
        "https://contoso.b2clogin.com/{tenantid}/",
    ]);
    let tenants = tenants.unwrap();
    let id = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
    let others = tenants.clone().without(TenantId::parse(id).unwrap());
    let ours = rules().any_tenant(tenants);
    let tid = |id: &str| format!(r#","tid":"{id}""#);
    for (tid, expected) in [
        (tid(id), Ok(())),
        (String::new(), Err(TokenError::WrongTenant)),
        (tid(&id.to_uppercase()), Err(TokenError::WrongTenant)),
        (
            tid("bbbbcccc-1111-dddd-2222-eeee3333ffff"),
            Err(TokenError::WrongTenant),
        ),
        (tid(""), Err(TokenError::WrongTenant)),
        (tid("{tenantid}"), Err(TokenError::WrongTenant)),
        (format!(r#","tid":["{id}"]"#), Err(TokenError::WrongTenant)),
        (r#","tid":null"#.to_owned(), Err(TokenError::WrongTenant)),
    ] {
        assert_eq!(
            validate_claims(&ours, &good_claims(&tid)),
            expected,
            "{tid}"
        );
    }
    let refused = validate_claims(&rules().any_tenant(others), &good_claims(&tid(id)));
    assert_eq!(refused, Err(TokenError::UnknownIssuer));
}
