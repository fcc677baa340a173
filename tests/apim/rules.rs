//! What the attributes and elements of a policy decide, one by one.

use b2c_emulator::SigningKey;

use super::*;
use crate::support::{API_ID, OTHER_API_ID};

/// A policy with these attributes and children added.
fn policy(attributes: &str, children: &str) -> String {
    format!(
        r#"<validate-jwt header-name="Authorization" {attributes}>
            <openid-config url="{B2C_HOST}/contoso.onmicrosoft.com/B2C_1_signupsignin1/v2.0/.well-known/openid-configuration" validate-connectivity="false" />
            <audiences><audience>{API_ID}</audience></audiences>
            {children}
        </validate-jwt>"#
    )
}

#[tokio::test]
async fn required_claims_are_matched_as_in_api_management() {
    let world = World::start().await;
    let claim = |attributes: &str, values: &[&str]| {
        let values: String = values
            .iter()
            .map(|value| format!("<value>{value}</value>"))
            .collect();
        policy(
            "",
            &format!(
                "<required-claims><claim name=\"c\" {attributes}>{values}</claim></required-claims>"
            ),
        )
    };
    let cases = [
        (
            claim("", &["a", "b"]),
            vec![
                (r#"["b","x","a"]"#, 200),
                (r#"["a"]"#, 401),
                (r#""a b""#, 401),
            ],
        ),
        (
            claim("match=\"all\" separator=\" \"", &["a", "b"]),
            vec![(r#""b x a""#, 200), (r#""a""#, 401), (r#""a,b""#, 401)],
        ),
        (
            claim("match=\"any\" separator=\",\"", &["a", "b"]),
            vec![
                (r#""x,b""#, 200),
                (r#""x, b""#, 401),
                (r#"["b"]"#, 200),
                ("[]", 401),
            ],
        ),
        // The separator splits the token's claim, not the policy's value.
        (
            claim("match=\"any\" separator=\",\"", &["a,b"]),
            vec![(r#""a,b""#, 401), (r#"["a,b"]"#, 200)],
        ),
        (
            claim("", &["3"]),
            vec![("3", 200), (r#""3""#, 200), ("3.0", 401), ("[1,3]", 200)],
        ),
        (
            claim("", &["true"]),
            vec![
                ("true", 200),
                (r#""true""#, 200),
                (r#""True""#, 401),
                ("false", 401),
                ("null", 401),
            ],
        ),
        (claim("", &["A"]), vec![(r#""A""#, 200), (r#""a""#, 401)]),
        (claim("", &["&lt;&amp;>"]), vec![(r#""<&>""#, 200)]),
        (
            claim("", &[]),
            vec![(r#""""#, 200), ("false", 200), ("{}", 200)],
        ),
    ];
    for (document, tokens) in cases {
        let api = world.api(&document, &ReadOptions::new()).await;
        for (value, status) in tokens {
            let value: serde_json::Value = serde_json::from_str(value).unwrap();
            let name = value.to_string();
            let token = world.token().claim("c", value).sign();
            assert_decisions(&api, [(name.as_str(), token, status)]).await;
        }
        assert_decisions(&api, [("absent", world.token().sign(), 401)]).await;
    }
}

#[tokio::test]
async fn every_required_claim_must_be_met() {
    let world = World::start().await;
    let both = "<required-claims><claim name='a'><value>1</value></claim><claim name='b'/></required-claims>";
    let api = world.api(&policy("", both), &ReadOptions::new()).await;
    let a = || world.token().claim("a", 1);
    assert_decisions(
        &api,
        [
            ("both", a().claim("b", 2).sign(), 200),
            ("the first", a().sign(), 401),
            ("the second", world.token().claim("b", 2).sign(), 401),
        ],
    )
    .await;
}

#[tokio::test]
async fn times_are_judged_with_the_skew_of_the_policy() {
    let world = World::start().await;
    let now = world.now();
    for skew in [0, 1, 300] {
        let api = world
            .api(
                &policy(&format!("clock-skew=\"{skew}\""), ""),
                &ReadOptions::new(),
            )
            .await;
        let over = |by: u64| {
            world
                .token()
                .issued_at(now - 4000)
                .expires_at(now - by)
                .sign()
        };
        let early = |by: u64| world.token().not_before(now + by).sign();
        assert_decisions(
            &api,
            [
                ("over, by the skew", over(skew), 401),
                ("early, within the skew", early(skew), 200),
                ("early, beyond it", early(skew + 1), 401),
            ],
        )
        .await;
        if skew > 0 {
            assert_decisions(&api, [("just over", over(skew - 1), 200)]).await;
        }
    }
}

#[tokio::test]
async fn a_token_without_expiry_is_accepted_only_if_the_policy_says_so() {
    let world = World::start().await;
    let token = world.token().without("exp").sign();
    for (attributes, status) in [
        ("", 401),
        ("require-expiration-time=\"true\"", 401),
        ("require-expiration-time=\"false\"", 200),
    ] {
        let api = world
            .api(&policy(attributes, ""), &ReadOptions::new())
            .await;
        assert_decisions(&api, [(attributes, token.clone(), status)]).await;
    }
}

#[tokio::test]
async fn status_and_message_are_the_policy_s_and_named_values_are_put_into_them() {
    let world = World::start().await;
    let document = policy(
        "failed-validation-httpcode=\"{{code}}\" failed-validation-error-message='@(\"No, \\&quot;\")' id=\"x\"",
        "",
    );
    let refused = apim::read(&document, &ReadOptions::new().named_value("code", "403"));
    assert_eq!(
        refused.unwrap_err().mistakes()[0].name,
        "failed-validation-error-message"
    );

    let document = policy(
        "failed-validation-httpcode=\"{{code}}\" failed-validation-error-message='@(\"No {{code}} \")'",
        "",
    );
    let options = ReadOptions::new().named_value("code", "403");
    let answer = world
        .api(&document, &options)
        .await
        .get("/tasks", "x")
        .await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (403, "{\"statusCode\":403,\"message\":\"No 403 \"}")
    );
}

#[tokio::test]
async fn metadata_documents_keep_their_keys_apart_and_a_listed_issuer_belongs_to_its_tenant() {
    let world = World::start().await;
    let clock = crate::support::emulator_time(&world.clock);
    let other = Emulator::builder()
        .tenant("fabrikam")
        .tenant_id("bbbbcccc-1111-dddd-2222-eeee3333ffff")
        .signing_key(SigningKey::generate().unwrap())
        .clock(clock)
        .start()
        .await
        .unwrap();
    let document = format!(
        r#"<validate-jwt header-name="Authorization">
            <openid-config url="{}" />
            <openid-config url="{}" />
            <audiences><audience>{API_ID}</audience></audiences>
            <issuers><issuer>{OLD_ISSUER}</issuer></issuers>
        </validate-jwt>"#,
        world.tenant.metadata_url(POLICY),
        other.metadata_url(POLICY),
    );
    let converted = apim::read(&document, &ReadOptions::new()).unwrap();
    assert!(converted.notes.iter().any(|note| {
        (note.line, note.name.as_str()) == (3, "openid-config")
            && note.text.contains("danger_pool_issuers")
    }));
    assert_eq!(converted.settings.issuers, [OLD_ISSUER]);
    let api = world.api(&document, &ReadOptions::new()).await;
    let issuer_of =
        |tenant: &Emulator| format!("{}/{}/v2.0/", tenant.base_url(), tenant.tenant_id());
    let theirs = || other.token(POLICY);
    assert_decisions(
        &api,
        [
            ("the one's own", world.token().sign(), 200),
            ("the other's own", theirs().sign(), 200),
            (
                "the one's key, listed issuer",
                world.token().issuer(OLD_ISSUER).sign(),
                200,
            ),
            (
                "the other's key, listed issuer",
                theirs().issuer(OLD_ISSUER).sign(),
                401,
            ),
            (
                "the one's key, the other's issuer",
                world.token().issuer(issuer_of(&other)).sign(),
                401,
            ),
            (
                "the other's key, the one's issuer",
                theirs().issuer(issuer_of(&world.tenant)).sign(),
                401,
            ),
            (
                "another audience",
                theirs().audience(OTHER_API_ID).sign(),
                401,
            ),
        ],
    )
    .await;
}

/// The bug: if a scope was required, `accept = "danger_any_tokens"` stood in the settings without a reason.
#[test]
fn that_any_kind_of_token_is_accepted_has_a_reason() {
    let scope = "<required-claims><claim name=\"scp\"><value>a</value></claim></required-claims>";
    for (children, expected) in [
        ("", "no scope is required"),
        (scope, "this policy still refuses ID tokens"),
    ] {
        let converted = apim::read(&policy("", children), &ReadOptions::new()).unwrap();
        let notes = converted.notes.iter();
        let about = notes.filter(|note| note.text.contains("ID tokens"));
        let about: Vec<_> = about.map(|note| note.text.as_str()).collect();
        assert_eq!(about.len(), 1, "{about:?}");
        assert!(about[0].contains(expected), "{about:?}");
    }
}

/// The bug: nothing said that such a policy may never become ready here.
#[test]
fn metadata_at_another_host_than_microsoft_s_is_noted() {
    let noted = |host: &str| {
        let document = policy("", "").replace(B2C_HOST, &format!("https://{host}"));
        let notes = apim::read(&document, &ReadOptions::new()).unwrap().notes;
        let is_it = |note: &&apim::Note| note.text.contains("keys_host and metadata_issuer");
        let lines: Vec<_> = notes.iter().filter(is_it).map(|note| note.line).collect();
        lines
    };
    for host in [
        "accounts.example.com",
        "login.contoso.com",
        "b2clogin.com.example",
    ] {
        assert_eq!(noted(host), [2], "{host}");
    }
    for host in [
        "contoso.b2clogin.com",
        "contoso.b2clogin.cn",
        "contoso.ciamlogin.com",
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "sts.windows.net",
    ] {
        assert_eq!(noted(host), [0; 0], "{host}");
    }
}
