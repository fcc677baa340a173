//! Access tokens and others.

use super::support::*;
use crate::{AcceptedTokens, Audiences, TokenError, TokenRules};

#[test]
fn a_token_without_scopes_and_roles_is_not_an_access_token() {
    let by_default = TokenRules::new(Audiences::any_of([AUD]));
    for (grants, is_access_token) in [
        (r#","scp":"tasks.read""#, true),
        (r#","scp":"tasks.read tasks.write""#, true),
        (r#","scp":["tasks.read"]"#, true),
        (r#","roles":["tasks.read.all"]"#, true),
        (r#","roles":"tasks.read.all""#, true),
        (r#","scp":"","roles":["tasks.read.all"]"#, true),
        ("", false),
        (r#","nonce":"n","auth_time":1"#, false),
        (r#","scp":"""#, false),
        (r#","scp":"  ""#, false),
        (r#","scp":[]"#, false),
        (r#","scp":[""]"#, false),
        (r#","scp":null,"roles":null"#, false),
        (r#","scp":1"#, false),
        (r#","scp":{"a":"b"}"#, false),
        (r#","roles":[1]"#, false),
        (r#","roles":[]"#, false),
        (r#","SCP":"tasks.read","scope":"tasks.read""#, false),
    ] {
        let claims = good_claims(grants);
        let expected = match is_access_token {
            true => Ok(()),
            false => Err(TokenError::NotAccessToken),
        };
        assert_eq!(validate_claims(&by_default, &claims), expected, "{grants}");
        let any = by_default.clone().accept(AcceptedTokens::DangerAnyTokens);
        assert_eq!(validate_claims(&any, &claims), Ok(()), "{grants}");
    }
}

#[test]
fn other_mistakes_are_reported_before_the_kind_of_token() {
    let by_default = TokenRules::new(Audiences::any_of([AUD]));
    let other = good_claims("").replace(AUD, "another");
    assert_eq!(
        validate_claims(&by_default, &other),
        Err(TokenError::WrongAudience)
    );
    let clients = by_default.clients(["app"]);
    assert_eq!(
        validate_claims(&clients, &good_claims("")),
        Err(TokenError::ForeignClient)
    );
    assert!(TokenError::ForeignClient < TokenError::NotAccessToken);
}
