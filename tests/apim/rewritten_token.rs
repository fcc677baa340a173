//! Policies that write the token before `<validate-jwt>` reads it.

use super::*;

const HEADER: &str = "header-name=\"Authorization\"";
const QUERY: &str = "query-parameter-name=\"access_token\"";
const COOKIE: &str = "token-value=\"@(context.Request.Headers.GetValueOrDefault(&quot;Cookie&quot;,&quot;&quot;).Split(';').Select(c => c.Trim()).FirstOrDefault(c => c.StartsWith(&quot;token=&quot;))?.Substring(6))\"";

/// A document with policies before and after the one that validates the token, which reads it from `place`.
fn document(before: &str, place: &str, after: &str) -> String {
    format!(
        r#"<policies><inbound>
            {before}
            <validate-jwt {place}>
                <openid-config url="{B2C_HOST}/contoso.onmicrosoft.com/B2C_1_signupsignin1/v2.0/.well-known/openid-configuration" />
                <audiences><audience>00001111-aaaa-2222-bbbb-3333cccc4444</audience></audiences>
            </validate-jwt>
            {after}
        </inbound><outbound>{after}</outbound></policies>"#
    )
}

fn options() -> ReadOptions {
    ReadOptions::new().named_value("header", "authorization")
}

/// The bug: the note said that such policies have no effect, and every token that they had written was refused.
#[test]
fn a_policy_that_writes_the_token_first_is_refused_by_name() {
    for (before, place) in [
        (
            "<set-header name='Authorization'><value>@(\"Bearer \" + x)</value></set-header>",
            HEADER,
        ),
        (
            "<set-header name='AUTHORIZATION' exists-action='delete' />",
            HEADER,
        ),
        (
            "<set-header name='{{header}}' exists-action='skip'><value>x</value></set-header>",
            HEADER,
        ),
        (
            "<set-header name='X-Token'><value>x</value></set-header>",
            "header-name=\"x-token\"",
        ),
        (
            "<set-header name='cookie'><value>x</value></set-header>",
            COOKIE,
        ),
        (
            "<set-query-parameter name='access_token'><value>x</value></set-query-parameter>",
            QUERY,
        ),
        ("<authentication-managed-identity resource='x' />", HEADER),
        ("<authentication-basic username='x' password='y' />", HEADER),
        (
            "<choose><when condition='@(true)'><set-header name='Authorization' /></when></choose>",
            HEADER,
        ),
    ] {
        let policy = before
            .split(['<', ' '])
            .rfind(|word| word.starts_with("set-") || word.starts_with("auth"));
        let policy = policy.unwrap();
        let error = apim::read(&document(before, place, ""), &options()).unwrap_err();
        let [mistake] = error.mistakes() else {
            panic!("{error}");
        };
        assert_eq!(
            (mistake.line, mistake.name.as_str()),
            (2, policy),
            "{before}"
        );
        assert!(
            mistake.remedy.contains("header-name=\"x-token\"")
                && mistake
                    .remedy
                    .contains(&format!("--ignore-policy {policy}")),
            "{error}"
        );
        let elsewhere = options().ignore_policy(policy);
        read(&document(before, place, ""), &elsewhere);
        // Too late to change what is validated.
        read(&document("", place, before), &options());
    }
}

#[test]
fn a_policy_that_writes_to_another_place_is_only_noted() {
    for (before, place) in [
        (
            "<set-header name='x-token'><value>x</value></set-header>",
            HEADER,
        ),
        (
            "<set-header name='@(\"x\")'><value>x</value></set-header>",
            QUERY,
        ),
        (
            "<set-header name='access_token'><value>x</value></set-header>",
            QUERY,
        ),
        (
            "<set-query-parameter name='Authorization'><value>x</value></set-query-parameter>",
            HEADER,
        ),
        (
            "<set-query-parameter name='Access_Token'><value>x</value></set-query-parameter>",
            QUERY,
        ),
        (
            "<authentication-managed-identity resource='x' output-token-variable-name='y' />",
            HEADER,
        ),
        ("<authentication-managed-identity resource='x' />", QUERY),
        (
            "<send-request><set-header name='Authorization' /></send-request>",
            HEADER,
        ),
    ] {
        let converted = apim::read(&document(before, place, ""), &options()).unwrap();
        assert!(
            converted.notes.iter().any(|note| note.line == 2),
            "{before}"
        );
    }
}

/// The bug: the message was about an attribute `name`, and named neither the policy nor the option.
#[test]
fn a_header_whose_name_is_unknown_could_hold_the_token() {
    for (name, expected) in [
        ("@(context.Variables[0])", "policy expression"),
        ("@(context.Variables[\"name\"])", "policy expression"),
        ("{{name}}", "--named-value name=@FILE"),
    ] {
        let before = format!("<set-header name=\"{name}\"><value>x</value></set-header>");
        let error = apim::read(&document(&before, HEADER, ""), &options()).unwrap_err();
        let [mistake] = error.mistakes() else {
            panic!("{error}");
        };
        assert_eq!((mistake.line, &*mistake.name), (2, "set-header"));
        for part in [expected, "or give --ignore-policy set-header"] {
            assert!(mistake.remedy.contains(part), "{error}");
        }
        let elsewhere = options().ignore_policy("set-header");
        read(&document(&before, HEADER, ""), &elsewhere);
    }
}

/// The bug: in the format `rawxml`, a policy that does not touch the token was refused because of a quotation mark in another attribute.
#[test]
fn a_quotation_mark_in_an_expression_does_no_harm_beside_the_name() {
    let action = "exists-action=\"@((bool)context.Variables.GetValueOrDefault(\"partial\", false) ? \"override\" : \"delete\")\"";
    for before in [
        format!("<set-header name=\"X-Partial\" {action}><value>x</value></set-header>"),
        format!("<set-header {action} name=\"X-Partial\"><value>x</value></set-header>"),
        "<authentication-managed-identity resource=\"@((string)context.Variables[\"res\"])\" output-token-variable-name=\"t\" />".to_owned(),
    ] {
        read(&document(&before, HEADER, ""), &options());
        let hidden = before.replace("X-Partial", "Authorization").replace("output-", "");
        let error = apim::read(&document(&hidden, HEADER, ""), &options()).unwrap_err();
        assert!(error.to_string().contains("writes to where the token is"), "{error}");
    }
    let nameless = format!("<set-header {action}><value>x</value></set-header>");
    let error = apim::read(&document(&nameless, HEADER, ""), &options()).unwrap_err();
    assert!(error.to_string().contains("write &quot;"), "{error}");
}

/// The bug: the note recommended `claim_headers`, which refuse the header of the token.
#[test]
fn the_note_on_a_deleted_or_foreign_authorization_header_can_be_followed() {
    for (after, place, expected) in [
        (
            "<set-header name='authorization' exists-action='delete' />",
            HEADER,
            "with the gateway's option --remove-token, the proxy removes it if it can; otherwise, remove it in the proxy's configuration",
        ),
        (
            "<set-header name='X-Token' exists-action='delete' />",
            "header-name=\"x-token\"",
            "--remove-token",
        ),
        // The bug: the note recommended --remove-token, which the gateway refuses for a cookie.
        (
            "<set-header name='Cookie' exists-action='delete' />",
            COOKIE,
            "a client's own header Cookie now reaches the service, which may trust it; let the proxy set or remove it",
        ),
        // The bug: the note did not say that the token reaches the service.
        (
            "<set-query-parameter name='access_token' exists-action='delete' />",
            QUERY,
            "the token now reaches the service; remove it in the proxy's configuration",
        ),
        (
            "<set-header name='Authorization' exists-action='delete' />",
            QUERY,
            "let the proxy set or remove it",
        ),
        (
            "<set-header name='Authorization'><value>x</value></set-header>",
            HEADER,
            "let the proxy set or remove it",
        ),
        (
            "<set-header name='X-A' exists-action='delete' />",
            HEADER,
            "let the proxy set or remove it",
        ),
    ] {
        let converted = apim::read(&document("", place, after), &options()).unwrap();
        let mut notes = converted.notes.iter();
        let note = notes
            .find(|note| note.text.starts_with("is not done here"))
            .expect(after);
        assert!(note.text.contains(expected), "{note}");
        assert!(!note.text.contains("claim_headers"), "{note}");
    }
}
