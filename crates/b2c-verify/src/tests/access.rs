use std::collections::BTreeMap;

use serde::Deserialize;

use super::support::*;
use crate::{NumericDate, VerifiedToken};

fn claims(more: &str) -> VerifiedToken {
    judge_claims(&good_claims(more)).unwrap()
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    items.collect()
}

#[test]
fn everything_that_b2c_issues_has_a_typed_accessor() {
    let claims = claims(
        r#","iat":1700000000,"auth_time":1699999999,"oid":"0d0d","tfp":"B2C_1_signupsignin1","scp":"tasks.read tasks.write",
        "azp":"1111aaaa","name":"Alice Ä. \"Al\" Miller","given_name":"Alice","family_name":"M\u00fcller","emails":["a@example.com","b@example.com"],
        "idp":"facebook.com","newUser":true,"extension_Level":3,"extension_Notes":"x\ny","roles":["admin"],"ver":"1.0""#,
    );
    assert_eq!(claims.subject(), Some("alice"));
    assert_eq!(claims.object_id(), Some("0d0d"));
    assert_eq!(claims.user_id(), Some("0d0d"));
    assert_eq!(claims.issuer(), ISS);
    assert_eq!(list(claims.audiences()), [AUD]);
    assert_eq!(claims.policy(), Some("B2C_1_signupsignin1"));
    assert_eq!(list(claims.scopes()), ["tasks.read", "tasks.write"]);
    assert!(
        claims.has_scope("tasks.read")
            && !claims.has_scope("tasks")
            && !claims.has_scope("Tasks.Read")
            && !claims.has_scope("")
    );
    assert_eq!(list(claims.roles()), ["admin"]);
    assert_eq!(claims.client_id(), Some("1111aaaa"));
    assert_eq!(claims.name(), Some("Alice Ä. \"Al\" Miller"));
    assert_eq!(claims.given_name(), Some("Alice"));
    assert_eq!(claims.family_name(), Some("Müller"));
    assert_eq!(list(claims.emails()), ["a@example.com", "b@example.com"]);
    assert_eq!(claims.identity_provider(), Some("facebook.com"));
    assert_eq!(
        claims.auth_time(),
        Some(NumericDate::from_secs(1_699_999_999))
    );
    assert_eq!(
        claims.expires_at(),
        Some(NumericDate::from_secs(NOW + 3600))
    );
    assert_eq!(claims.not_before(), Some(NumericDate::from_secs(NOW)));
    assert_eq!(
        claims.issued_at(),
        Some(NumericDate::from_secs(1_700_000_000))
    );
    assert_eq!(claims.is_new_user(), Some(true));
    let returning = self::claims(r#","newUser":false"#);
    assert_eq!(returning.is_new_user(), Some(false));
    assert_eq!(claims.extension::<u8>("Level"), Ok(Some(3)));
    assert_eq!(claims.extension::<String>("Notes"), Ok(Some("x\ny".into())));
    assert_eq!(claims.extension::<u8>("Missing"), Ok(None));
    assert_eq!(claims.text("extension_Notes"), Some("x\ny"));
    assert_eq!(claims.raw("extension_Notes"), Some(r#""x\ny""#));
    assert_eq!(claims.raw("extension_Level"), Some("3"));
}

#[test]
fn missing_and_mistyped_claims_are_none() {
    let nothing = claims("");
    assert_eq!(nothing.object_id(), None);
    assert_eq!(nothing.user_id(), Some("alice"));
    assert_eq!(
        (
            nothing.policy(),
            nothing.client_id(),
            nothing.name(),
            nothing.is_new_user()
        ),
        (None, None, None, None)
    );
    assert_eq!(
        (
            list(nothing.scopes()),
            list(nothing.roles()),
            list(nothing.emails())
        ),
        (vec![], vec![], vec![])
    );
    assert_eq!((nothing.auth_time(), nothing.issued_at()), (None, None));

    let odd = claims(
        r#","oid":1,"tfp":null,"azp":["x"],"scp":7,"roles":{"a":"b"},"emails":[1],"newUser":"true","auth_time":"1""#,
    );
    assert_eq!(
        (
            odd.object_id(),
            odd.policy(),
            odd.client_id(),
            odd.is_new_user(),
            odd.auth_time()
        ),
        (None, None, None, None, None)
    );
    assert_eq!(
        (list(odd.scopes()), list(odd.roles()), list(odd.emails())),
        (vec![], vec![], vec![])
    );
}

#[test]
fn claims_have_second_names_and_other_shapes() {
    let placeholder =
        good_claims(r#","oid":"x""#).replace("alice", "Not supported currently. Use oid claim.");
    let placeholder = judge_claims(&placeholder).unwrap();
    assert_eq!(
        (placeholder.subject(), placeholder.user_id()),
        (None, Some("x"))
    );

    assert_eq!(claims(r#","acr":"b2c_1_old""#).policy(), Some("b2c_1_old"));
    assert_eq!(claims(r#","acr":"old","tfp":"new""#).policy(), Some("new"));
    assert_eq!(claims(r#","appid":"x""#).client_id(), Some("x"));
    assert_eq!(claims(r#","azp":"y","appid":"x""#).client_id(), Some("y"));
    assert_eq!(
        list(claims(r#","email":"a@example.com""#).emails()),
        ["a@example.com"]
    );
    assert_eq!(
        list(claims(r#","email":"a@example.com","emails":[]"#).emails()),
        Vec::<&str>::new()
    );
    assert_eq!(list(claims(r#","scp":["a","b"]"#).scopes()), ["a", "b"]);
    assert_eq!(list(claims(r#","scp":"  a  b ""#).scopes()), ["a", "b"]);
    assert_eq!(list(claims(r#","scp":"""#).scopes()), Vec::<&str>::new());
    assert_eq!(list(claims(r#","roles":"admin""#).roles()), ["admin"]);
    assert_eq!(
        list(claims(r#","a":["x","\u0079","z"]"#).texts("a")),
        ["x", "y", "z"]
    );
    let two = good_claims("").replace(&format!(r#""{AUD}""#), &format!(r#"["{AUD}","other"]"#));
    assert_eq!(
        list(judge_claims(&two).unwrap().audiences()),
        [AUD, "other"]
    );
}

#[test]
fn any_claim_and_all_claims_can_be_read_as_a_type_of_ones_own() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Own {
        sub: String,
        address: BTreeMap<String, u8>,
    }
    let claims = claims(r#","address":{"number":7},"\u00e4":1"#);
    let own: Own = claims.deserialize().unwrap();
    assert_eq!(
        own,
        Own {
            sub: "alice".into(),
            address: BTreeMap::from([("number".into(), 7)])
        }
    );
    assert_eq!(
        claims.get::<BTreeMap<String, u8>>("address"),
        Ok(Some(own.address))
    );
    assert_eq!(claims.get::<u8>("ä"), Ok(Some(1)));
    assert_eq!(claims.get::<u8>("missing"), Ok(None));
    assert_eq!(
        list(claims.names()),
        ["iss", "aud", "exp", "nbf", "sub", "address", "ä"]
    );
}

/// The bug: such a type "cannot read" the first claim that it does not have.
#[test]
fn a_type_that_refuses_other_names_says_which_claim_it_does_not_know() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {}
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Nested {
        address: Strict,
    }
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Flat {
        #[serde(flatten)]
        rest: Level,
    }
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct FlatStrict {
        #[serde(flatten)]
        rest: Nested,
    }
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Level {
        level: u8,
    }
    let claims = claims(r#","address":{"city":"hush"},"level":"hush""#);
    let member = r#"the claim "address" contains a member that the requested type does not know"#;
    for (error, claim, expected) in [
        (
            claims.deserialize::<Strict>().unwrap_err(),
            Some("iss"),
            r#"the claim "iss" is not known to the requested type"#,
        ),
        (
            claims.deserialize::<Nested>().unwrap_err(),
            Some("address"),
            member,
        ),
        (
            claims.get::<Strict>("address").unwrap_err(),
            Some("address"),
            member,
        ),
        // serde does not say where.
        (
            claims.deserialize::<FlatStrict>().unwrap_err(),
            None,
            "a value in the payload contains a member that the requested type does not know",
        ),
        (
            claims.deserialize::<Flat>().unwrap_err(),
            None,
            "a value in the payload is a string, expected u8",
        ),
    ] {
        assert_eq!((error.claim(), &*error.to_string()), (claim, expected));
        assert!(!format!("{error:?}").contains("hush"));
    }
}

#[test]
fn a_claim_that_cannot_be_read_is_an_error_that_names_it_and_never_its_value() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Own {
        sub: String,
        level: u8,
        address: Address,
    }
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Address {
        city: String,
    }
    let single = claims(r#","level":"high""#).get::<u8>("level").unwrap_err();
    assert_eq!(single.claim(), Some("level"));
    assert_eq!(
        single.to_string(),
        r#"the claim "level" is a string, expected u8"#
    );

    for (more, claim, expected) in [
        (
            r#","address":{"city":"x"}"#,
            Some("level"),
            r#"the claim "level" is missing"#,
        ),
        (
            r#","level":"hush, expected u8 at line 1","address":{"city":"x"}"#,
            Some("level"),
            r#"the claim "level" is a string, expected u8"#,
        ),
        (
            r#","level":300,"address":{"city":"x"}"#,
            Some("level"),
            r#"the claim "level" is a number, expected u8"#,
        ),
        (
            r#","level":1,"address":{}"#,
            Some("address"),
            r#"the claim "address" has no member "city""#,
        ),
        (
            r#","level":1,"address":{"city":["hush"]}"#,
            Some("address"),
            // The bug: it said so of the claim itself, which is an object.
            r#"a value in the claim "address" is an array, expected a string"#,
        ),
        (
            r#","level":1,"address":null"#,
            Some("address"),
            r#"the claim "address" is null, expected struct Address"#,
        ),
    ] {
        let error = claims(more).deserialize::<Own>().unwrap_err();
        assert_eq!((error.claim(), &*error.to_string()), (claim, expected));
        assert_eq!(error.is_missing(), expected.ends_with("is missing"));
        assert!(!format!("{error:?}").contains("hush"));
    }
    let error = claims("").deserialize::<Vec<u8>>().unwrap_err();
    assert_eq!(error.claim(), None);
    assert_eq!(
        error.to_string(),
        "the payload is an object, expected a sequence"
    );
}

#[test]
fn claims_can_cross_threads() {
    fn is_sendable<T: Send + Sync + 'static>(_: &T) {}
    let claims = claims("");
    is_sendable(&claims);
}
