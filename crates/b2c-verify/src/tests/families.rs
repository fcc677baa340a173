//! The claims of each family are read alike, from tokens in the shapes that the services issue.

use super::support::*;
use crate::{Principal, VerifiedToken};

/// What is read: user, client, permissions, principal, policy, emails.
type Reading<'a> = (
    Option<&'a str>,
    Option<&'a str>,
    Vec<&'a str>,
    Option<Principal>,
    Option<&'a str>,
    Vec<&'a str>,
);

fn read(claims: &VerifiedToken) -> Reading<'_> {
    (
        claims.user_id(),
        claims.client_id(),
        claims.permissions().collect(),
        claims.principal(),
        claims.policy(),
        claims.emails().collect(),
    )
}

#[test]
fn each_familys_tokens_are_read_alike() {
    let (user, daemon) = (Some(Principal::User), Some(Principal::Application));
    let cases: [(&str, &str, Reading<'_>); 12] = [
        (
            "a user of a B2C user flow",
            r#""sub":"u","oid":"u","tfp":"B2C_1_in","scp":"tasks.read tasks.write","azp":"c","ver":"1.0","emails":["a@example.com"]"#,
            (
                Some("u"),
                Some("c"),
                vec!["tasks.read", "tasks.write"],
                user,
                Some("B2C_1_in"),
                vec!["a@example.com"],
            ),
        ),
        (
            "a user of a B2C custom policy",
            r#""sub":"u","oid":"u","acr":"b2c_1a_in","scp":"tasks.read","azp":"c","ver":"1.0","email":"a@example.com","tid":"t""#,
            (
                Some("u"),
                Some("c"),
                vec!["tasks.read"],
                user,
                Some("b2c_1a_in"),
                vec!["a@example.com"],
            ),
        ),
        (
            "a user whose policy writes no subject",
            r#""sub":"Not supported currently. Use oid claim.","oid":"u","tfp":"B2C_1_in","scp":"tasks.read","azp":"c""#,
            (
                Some("u"),
                Some("c"),
                vec!["tasks.read"],
                user,
                Some("B2C_1_in"),
                vec![],
            ),
        ),
        (
            "a B2C daemon, whose role is a scope; its token could also be a user's without `oid`",
            r#""sub":"s","acr":"b2c_1a_in","scp":"tasks.run","azp":"c","ver":"1.0""#,
            (
                Some("s"),
                Some("c"),
                vec!["tasks.run"],
                None,
                Some("b2c_1a_in"),
                vec![],
            ),
        ),
        (
            "a B2C daemon whose policy says so",
            r#""sub":"s","acr":"b2c_1a_in","scp":"tasks.run","azp":"c","idtyp":"app""#,
            (
                Some("s"),
                Some("c"),
                vec!["tasks.run"],
                daemon,
                Some("b2c_1a_in"),
                vec![],
            ),
        ),
        (
            "a user of External ID or Entra ID 2.0",
            r#""sub":"pairwise","oid":"u","tid":"t","scp":"tasks.read","azp":"c","ver":"2.0","email":"a@example.com","roles":["admin"]"#,
            (
                Some("u"),
                Some("c"),
                vec!["tasks.read", "admin"],
                user,
                None,
                vec!["a@example.com"],
            ),
        ),
        (
            "a daemon of External ID or Entra ID 2.0",
            r#""sub":"s","oid":"s","tid":"t","roles":["tasks.run"],"azp":"c","azpacr":"1","ver":"2.0""#,
            (
                Some("s"),
                Some("c"),
                vec!["tasks.run"],
                daemon,
                None,
                vec![],
            ),
        ),
        (
            "a daemon of Entra ID 2.0 that says so",
            r#""sub":"s","oid":"s","idtyp":"app","roles":["tasks.run"],"azp":"c","ver":"2.0""#,
            (
                Some("s"),
                Some("c"),
                vec!["tasks.run"],
                daemon,
                None,
                vec![],
            ),
        ),
        (
            "a user of Entra ID 1.0, whose `acr` is no policy",
            r#""sub":"pairwise","oid":"u","tid":"t","acr":"1","scp":"tasks.read","appid":"c","appidacr":"0","ver":"1.0""#,
            (Some("u"), Some("c"), vec!["tasks.read"], user, None, vec![]),
        ),
        (
            "a daemon of Entra ID 1.0",
            r#""sub":"s","oid":"s","tid":"t","roles":["tasks.run"],"appid":"c","appidacr":"1","ver":"1.0""#,
            (
                Some("s"),
                Some("c"),
                vec!["tasks.run"],
                daemon,
                None,
                vec![],
            ),
        ),
        (
            "a user of Entra ID that says so",
            r#""sub":"u","oid":"u","idtyp":"user","scp":"tasks.read","azp":"c""#,
            (Some("u"), Some("c"), vec!["tasks.read"], user, None, vec![]),
        ),
        (
            "somebody else's",
            r#""sub":"x","acr":"urn:mace:incommon:iap:silver","idtyp":1"#,
            (Some("x"), None, vec![], None, None, vec![]),
        ),
    ];
    for (name, claims, expected) in cases {
        let claims = good_claims("").replace(r#""sub":"alice""#, claims);
        let claims = judge_claims(&claims).unwrap();
        assert_eq!(read(&claims), expected, "{name}");
        for permission in claims.permissions() {
            assert!(claims.has_permission(permission));
            assert!(!claims.has_permission(&permission.to_uppercase()));
        }
    }
}
