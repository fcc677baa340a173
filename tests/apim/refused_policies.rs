//! Everything wrong or unsupported in a policy is refused by name and line; nothing is silently skipped.

use super::*;
use crate::support::Recipient;

/// A policy that can be read, with these attributes and children added.
fn policy(attributes: &str, children: &str) -> String {
    format!(
        "<validate-jwt header-name=\"Authorization\"\n{attributes}>\n<openid-config url=\"https://contoso.b2clogin.com/x\" />\n<audiences><audience>a</audience></audiences>\n{children}</validate-jwt>"
    )
}

fn refused(document: &str) -> Vec<(usize, String, String)> {
    let options = ReadOptions::new().named_value("bad-secret", "dG9wIHNlY3JldA==");
    let error = apim::read(document, &options).expect_err(document);
    assert_eq!(
        error.to_string().lines().count(),
        error.mistakes().len() + 1
    );
    let mistakes = error.mistakes().iter().cloned();
    mistakes
        .map(|mistake| (mistake.line, mistake.name, mistake.remedy))
        .collect()
}

fn assert_refused(document: &str, line: usize, name: &str, remedy: &str) {
    let mistakes = refused(document);
    let [(found_line, found_name, found_remedy)] = mistakes.as_slice() else {
        panic!("{document}\n{mistakes:?}");
    };
    assert_eq!(
        (*found_line, found_name.as_str()),
        (line, name),
        "{document}"
    );
    assert!(found_remedy.contains(remedy), "{found_remedy}");
}

#[test]
fn the_policy_that_the_cases_differ_from_is_read() {
    read(&policy("", ""), &ReadOptions::new());
}

#[test]
fn attributes_that_cannot_be_honoured_are_refused() {
    for (attributes, name, remedy) in [
        (
            "require-signed-tokens=\"false\"",
            "require-signed-tokens",
            "unsigned",
        ),
        (
            "require-signed-tokens=\"no\"",
            "require-signed-tokens",
            "true nor false",
        ),
        (
            "require-expiration-time=\"yes\"",
            "require-expiration-time",
            "true nor false",
        ),
        (
            "require-expiration-time=\"@(true)\"",
            "require-expiration-time",
            "policy expression",
        ),
        ("require-scheme=\"Basic\"", "require-scheme", "Bearer"),
        ("clock-skew=\"00:05:00\"", "clock-skew", "number of seconds"),
        ("clock-skew=\"301\"", "clock-skew", "0 to 300"),
        ("clock-skew=\"-1\"", "clock-skew", "0 to 300"),
        (
            "failed-validation-httpcode=\"200\"",
            "failed-validation-httpcode",
            "400 to 599",
        ),
        (
            "failed-validation-httpcode=\"x\"",
            "failed-validation-httpcode",
            "400 to 599",
        ),
        (
            "failed-validation-error-message=\"@(context.LastError.Message)\"",
            "failed-validation-error-message",
            "policy expression",
        ),
        (
            "failed-validation-error-message=\"{{missing}}\"",
            "failed-validation-error-message",
            "--named-value missing=",
        ),
        (
            "failed-validation-error-message=\"&xxe;\"",
            "failed-validation-error-message",
            "entity",
        ),
        ("clock_skew=\"1\"", "clock_skew", "did you mean clock-skew?"),
        ("Clock-Skew=\"1\"", "Clock-Skew", "did you mean clock-skew?"),
        ("realm=\"x\"", "realm", "delete it"),
        ("xmlns=\"x\"", "xmlns", "delete it"),
    ] {
        assert_refused(&policy(attributes, ""), 2, name, remedy);
    }
    let twice = policy("id=\"1\" id=\"2\"", "");
    assert_refused(&twice, 2, "id", "given twice");
}

#[test]
fn elements_that_cannot_be_honoured_are_refused() {
    let claims = |inner: &str| format!("<required-claims>{inner}</required-claims>");
    let keys = |inner: &str| {
        format!(
            "<issuers><issuer>https://contoso.com/</issuer></issuers><issuer-signing-keys>{inner}</issuer-signing-keys>"
        )
    };
    let cases: Vec<(String, &str, &str)> = vec![
        ("<decryption-keys/>".into(), "decryption-keys", "no <key>"),
        ("<decryption-keys><key/></decryption-keys>".into(), "key", "no certificate-id"),
        ("<decryption-keys><key>AAAA</key></decryption-keys>".into(), "key", "symmetric"),
        ("<decryption-keys><key certificate-id='x'/></decryption-keys>".into(), "certificate-id", "which is missing"),
        ("<decryption-keys><other/></decryption-keys>".into(), "other", "not an element"),
        ("<issuer-signing-tokens/>".into(), "issuer-signing-tokens", "issuer-signing-keys"),
        ("<audience>x</audience>".into(), "audience", "not an element of <validate-jwt>"),
        ("<OpenId-Config url='https://x.example'/>".into(), "OpenId-Config", "not an element"),
        ("<audiences><audience>b</audience></audiences>".into(), "audiences", "twice"),
        ("<issuers/>".into(), "issuers", "has no <issuer>"),
        ("<issuers><issuer/></issuers>".into(), "issuer", "empty"),
        ("<issuers><issuer>contoso.com</issuer></issuers>".into(), "issuer", "whole URL"),
        ("<issuers><issuer>@(context.Request.OriginalUrl.Host)</issuer></issuers>".into(), "issuer", "policy expression"),
        ("<issuers><issuer exact='x'>https://contoso.com/</issuer></issuers>".into(), "exact", "not an attribute"),
        ("<issuers>x<issuer>https://contoso.com/</issuer></issuers>".into(), "issuers", "contains text"),
        ("<issuers mode='x'><issuer>https://contoso.com/</issuer></issuers>".into(), "mode", "not an attribute"),
        ("<openid-config/>".into(), "openid-config", "has no url"),
        ("<openid-config url='http://contoso.com/'/>".into(), "url", "https"),
        ("<openid-config url='https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration'/>".into(), "url", "several tenants"),
        ("<openid-config url='https://login.microsoftonline.com/consumers/v2.0/.well-known/openid-configuration'/>".into(), "url", "9188040d-6c67-4c5b-b112-36a304b66dad"),
        ("<openid-config url='https://login.microsoftonline.us/Organizations/.well-known/openid-configuration'/>".into(), "url", "several tenants"),
        ("<openid-config url='https://contoso.com/' host='x'/>".into(), "host", "undocumented"),
        ("<openid-config url='https://contoso.com/' validate-connectivity='maybe'/>".into(), "validate-connectivity", "true nor false"),
        ("<openid-config url='https://contoso.com/'>x</openid-config>".into(), "openid-config", "text"),
        (claims(""), "required-claims", "has no <claim>"),
        (claims("<claim/>"), "claim", "has no name"),
        (claims("<claim name='a' match='some'/>"), "match", "all nor any"),
        (claims("<claim name='a' separator=''/>"), "separator", "empty"),
        (claims("<claim name='a'>x</claim>"), "claim", "contains text"),
        (claims("<claim name='a'><value></value></claim>"), "value", "empty"),
        (claims("<claim name='a'><val>x</val></claim>"), "val", "not an element"),
        (claims("<claims/>"), "claims", "not an element"),
        (keys(""), "issuer-signing-keys", "has no <key>"),
        (keys("<zumo-master-key id='x'>eA==</zumo-master-key>"), "zumo-master-key", "<key>"),
        (keys("<key/>"), "key", "exactly one"),
        (keys("<key n='AQAB'/>"), "key", "exactly one"),
        (keys("<key n='AQAB' e='AQAB'>dG9wIHNlY3JldA==</key>"), "key", "exactly one"),
        (keys("<key n='AQAB' e='AQAB'/>"), "key", "2048"),
        (keys("<key certificate-id='x'/>"), "certificate-id", "--certificate x=FILE"),
        (keys("<key>MIIC8DCCAdigAwIBAgIQ</key>"), "key", "certificate-id"),
        (keys("<key>{{bad-secret}}</key>"), "key", "32 bytes"),
        (keys("<key>not base64!</key>"), "key", "base64"),
        ("<issuer-signing-keys><key>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</key></issuer-signing-keys>".into(), "issuer-signing-keys", "needs <issuers>"),
    ];
    for (children, name, remedy) in cases {
        assert_refused(&policy("", &children), 5, name, remedy);
    }
}

#[test]
fn the_token_is_in_exactly_one_place() {
    for (attributes, names) in [
        ("", vec!["validate-jwt"]),
        (
            "header-name='A' query-parameter-name='b'",
            vec!["validate-jwt"],
        ),
        ("token-value='@(context.Variables[0])'", vec!["token-value"]),
        ("token-value='{{token}}'", vec!["token-value"]),
        (
            "token-value='@(context.Request.Headers.GetValueOrDefault(\"x-token\",\"\").Substring(7))'",
            vec!["token-value"],
        ),
        (
            "header-name='A' token-value='abc'",
            vec!["validate-jwt", "token-value"],
        ),
        ("header-name='a b'", vec!["header-name"]),
        ("query-parameter-name=' '", vec!["query-parameter-name"]),
    ] {
        let document = policy("", "").replace("header-name=\"Authorization\"", attributes);
        let found: Vec<_> = refused(&document)
            .into_iter()
            .map(|(_, name, _)| name)
            .collect();
        assert_eq!(found, names, "{attributes}");
    }
}

#[test]
fn all_mistakes_come_together_in_the_order_of_their_lines_and_show_no_value() {
    let document = "<validate-jwt header-name=\"Authorization\" clock-skew=\"top-secret-1\">\n<audiences>\n<audience colour='top-secret-2'>@(top-secret-3)</audience>\n</audiences>\n<issuer-signing-keys>\n<key>{{bad-secret}}</key>\n</issuer-signing-keys>\n</validate-jwt>";
    let found = refused(document);
    let names: Vec<_> = found
        .iter()
        .map(|(line, name, _)| (*line, name.as_str()))
        .collect();
    assert_eq!(
        names,
        [
            (1, "clock-skew"),
            (3, "colour"),
            (3, "audience"),
            (5, "issuer-signing-keys"),
            (6, "key")
        ]
    );
    let shown = format!("{found:?}");
    assert!(
        !shown.contains("top-secret") && !shown.contains("dG9wIHNlY3JldA"),
        "{shown}"
    );
}

#[test]
fn a_policy_that_names_no_key_or_no_audience_is_refused() {
    let no_keys = "<validate-jwt header-name='Authorization'><audiences><audience>a</audience></audiences></validate-jwt>";
    assert_refused(
        no_keys,
        1,
        "validate-jwt",
        "every signed token would be refused",
    );
    let no_audience = "<validate-jwt header-name='Authorization'>\n<openid-config url='https://contoso.com/'/>\n</validate-jwt>";
    assert_refused(no_audience, 1, "validate-jwt", "gives no audience");
    // Requiring all of several values is not the same as requiring one of them.
    let all = "<validate-jwt header-name='Authorization'>\n<openid-config url='https://contoso.com/'/><required-claims><claim name='aud' match='all'><value>a</value><value>b</value></claim></required-claims></validate-jwt>";
    assert_refused(all, 1, "validate-jwt", "gives no audience");
}

#[test]
fn only_one_validate_jwt_for_all_requests_is_read() {
    let one = policy("", "");
    for good in [
        format!("<policies><inbound>{one}<base/></inbound></policies>"),
        format!("<inbound>{one}</inbound>"),
        format!("<fragment>{one}</fragment>"),
        format!("<?xml version=\"1.0\"?><!-- a --><?x y?>{one}"),
    ] {
        read(&good, &ReadOptions::new());
    }
    for (document, line, name, remedy) in [
        (
            "<policies/>".to_owned(),
            1,
            "policies",
            "neither <validate-jwt>",
        ),
        (
            format!("<policies><outbound>\n{one}</outbound></policies>"),
            2,
            "validate-jwt",
            "<inbound>",
        ),
        (
            format!(
                "<policies><inbound><choose>\n<when condition='@(true)'>\n{one}</when></choose></inbound></policies>"
            ),
            3,
            "validate-jwt",
            "inside <when>",
        ),
        (
            format!("<policies><inbound><retry>\n{one}</retry></inbound></policies>"),
            2,
            "validate-jwt",
            "inside <retry>",
        ),
        (
            format!(
                "<policies><inbound>{one}\n<wait for='any'><choose><when condition='@(((Jwt)context.Variables[\"x\"]).Issuer == \"y\")'/></choose></wait></inbound></policies>"
            ),
            6,
            "choose",
            "by the token's claims",
        ),
        (
            format!("<policies><inbound>{one}</inbound>"),
            1,
            "policies",
            "not closed",
        ),
        (
            format!("<!DOCTYPE x [<!ENTITY a 'b'>]>{one}"),
            1,
            "DOCTYPE",
            "entities are not expanded",
        ),
    ] {
        assert_refused(&document, line, name, remedy);
    }
    let two = refused(&format!(
        "<policies><inbound>\n{one}\n{one}</inbound></policies>"
    ));
    let lines: Vec<_> = two.iter().map(|(line, ..)| *line).collect();
    assert_eq!(lines, [2, 7]);
}

#[test]
fn expressions_of_other_policies_need_not_be_well_formed() {
    let one = policy("", "");
    let raw = format!(
        "<policies><inbound>{one}<set-variable name=\"x\" value=\"@(context.Request.Method == \"POST\" && 1 > 0)\" /><set-body>@(a && b)</set-body></inbound></policies>"
    );
    let converted = apim::read(&raw, &ReadOptions::new()).unwrap();
    let names: Vec<_> = converted
        .notes
        .iter()
        .map(|note| note.name.as_str())
        .collect();
    assert!(names.ends_with(&["set-variable", "set-body"]), "{names:?}");
    // Here an expression would affect the decision.
    let inside = refused(&policy("id=\"@(\"x\")\"", ""));
    let said = inside
        .iter()
        .any(|(line, _, remedy)| *line == 2 && remedy.contains("&quot;"));
    assert!(said, "{inside:?}");
}

/// The bug: such a policy was said to have no effect here, although the service then trusted what a client wrote.
#[test]
fn a_header_that_is_no_longer_set_may_come_from_the_client() {
    let one = policy("output-token-variable-name=\"jwt\"", "");
    let document = format!(
        "<policies><inbound>{one}
<set-header name=\"X-User\"><value>@(((Jwt)context.Variables[\"jwt\"]).Subject)</value></set-header>
<choose><when condition=\"@(true)\"><set-query-parameter name=\"a&#10;b\" /></when></choose>
<send-request><set-header name=\"X-Other\" /></send-request>
</inbound><outbound><set-header name=\"X-Answer\" /></outbound></policies>"
    );
    let converted = apim::read(&document, &ReadOptions::new()).unwrap();
    let told = |line| {
        let notes = converted.notes.iter().filter(|note| note.line == line);
        notes.map(ToString::to_string).collect::<Vec<_>>()
    };
    let [header] = &*told(6) else {
        panic!("{:?}", told(6));
    };
    assert!(
        header.contains("set-header: is not done here: a client's own header X-User now reaches")
    );
    let [choose, parameter] = &*told(7) else {
        panic!("{:?}", told(7));
    };
    assert!(choose.contains("has no effect here"), "{choose}");
    assert!(parameter.contains("set-query-parameter: is not done here"));
    assert_eq!(parameter.lines().count(), 1, "{parameter}");
    for line in [8, 9] {
        assert!(
            told(line)
                .iter()
                .all(|note| note.contains("has no effect here"))
        );
    }
    let variable = told(2);
    assert!(variable[0].contains("the gateway sends the user's id in x-auth-subject"));
}

/// The bug: with `--ignore-policy`, nothing said so for a header that the named policy contained, stood beside, or was.
#[test]
fn a_header_of_an_ignored_policy_may_come_from_the_client() {
    let header = "<set-header name=\"X-User\"><value>x</value></set-header>";
    let when = |condition: &str, inner: &str| {
        format!("<choose><when condition=\"{condition}\">{inner}</when></choose>")
    };
    let by_token = when("@(context.Variables[0] == jwt)", header);
    let beside = when("@(true)", &format!("<rate-limit/>{header}"));
    let told = |before: &str, policies: &str, ignored: &str| {
        let one = policy("", "");
        let document = format!("<policies><inbound>{before}{one}\n{policies}</inbound></policies>");
        let options = ReadOptions::new().ignore_policy(ignored);
        let notes = apim::read(&document, &options).unwrap().notes;
        let client = notes
            .iter()
            .filter(|it| it.text.contains("a client's own "));
        let client: Vec<_> = client.map(ToString::to_string).collect();
        assert!(
            notes.iter().any(|it| it.text.contains("as you asked")),
            "{notes:?}"
        );
        client
    };
    for (policies, ignored) in [
        (&*by_token, "choose"),
        (&*beside, "rate-limit"),
        (header, "set-header"),
        (&*when("@(true)", header), "set-header"),
    ] {
        let client = told("", policies, ignored);
        assert_eq!(client.len(), 1, "{policies}: {client:?}");
        assert!(
            client[0].contains("client's own header X-User now reaches"),
            "{client:?}"
        );
    }
    // The proxy writes the token, as the option says.
    let token = "<set-header name=\"authorization\"><value>x</value></set-header>";
    assert_eq!(told(token, "", "set-header"), [""; 0]);
    let other_message = format!("<return-response>{header}</return-response>");
    assert_eq!(told("", &other_message, "return-response"), [""; 0]);
}

#[test]
fn debug_output_of_options_contains_no_values() {
    let options = ReadOptions::new()
        .named_value("name", "top-secret")
        .certificate("id", "top-secret");
    let shown = format!("{options:?}");
    assert!(
        shown.contains("name") && !shown.contains("top-secret"),
        "{shown}"
    );
}

/// The bug: the policy was read, and the layer refused its settings.
#[test]
fn a_fifth_decryption_key_is_refused() {
    let read = |keys: &str| {
        let keys = format!("<decryption-keys>\n{keys}</decryption-keys>");
        let options = ReadOptions::new().certificate("cert", Recipient::new().pem());
        apim::read(&policy("", &keys), &options)
    };
    let key = "<key certificate-id='cert' />\n";
    assert!(read(&key.repeat(4)).is_ok());
    let error = read(&key.repeat(5)).unwrap_err();
    let [mistake] = error.mistakes() else {
        panic!("{error}");
    };
    assert_eq!((mistake.line, mistake.name.as_str()), (10, "key"));
    assert!(
        mistake
            .remedy
            .starts_with("is one more than the 4 that are allowed"),
        "{error}"
    );
}

#[test]
fn other_restricting_policies_are_refused_by_name_unless_ignored() {
    let one = policy("", "");
    let document = |inbound: &str, outbound: &str| {
        format!(
            "<policies><inbound>{one}\n{inbound}</inbound><outbound>{outbound}</outbound><on-error><return-response/></on-error></policies>"
        )
    };
    for name in [
        "ip-filter",
        "check-header",
        "validate-client-certificate",
        "rate-limit",
        "rate-limit-by-key",
        "quota",
        "quota-by-key",
        "limit-concurrency",
        "validate-content",
        "validate-parameters",
        "get-authorization-context",
        "llm-token-limit",
        "return-response",
        "mock-response",
        "include-fragment",
    ] {
        let flag = format!("--ignore-policy {name}");
        let direct = document(&format!("<{name} x='y'/>"), "");
        assert_refused(&direct, 6, name, &flag);
        let nested = document(
            &format!("<choose>\n<when condition='@(true)'>\n<{name}/></when></choose>"),
            "",
        );
        assert_refused(&nested, 8, name, &flag);
        read(&document("", &format!("<{name}/>")), &ReadOptions::new());

        for (document, ignored) in [(&direct, name), (&nested, name), (&nested, "choose")] {
            let options = ReadOptions::new().ignore_policy(ignored);
            let converted = apim::read(document, &options).unwrap();
            let asked = |note: &&apim::Note| note.text.contains("as you asked");
            let noted: Vec<_> = converted.notes.iter().filter(asked).collect();
            assert_eq!(noted.len(), 1, "{noted:?}");
            assert_eq!(noted[0].name, ignored);
        }
    }
    let several = document("<ip-filter/>\n<wait><rate-limit/><quota/></wait>", "");
    let names: Vec<_> = refused(&several)
        .into_iter()
        .map(|(_, name, _)| name)
        .collect();
    assert_eq!(names, ["ip-filter", "rate-limit", "quota"]);
    // Only policies beside it can be ignored, never a part of it.
    let options = ReadOptions::new().ignore_policy("validate-jwt");
    assert!(apim::read(&policy("clock-skew='x'", ""), &options).is_err());
}

/// The bug: in the format `rawxml`, two apostrophes in expressions made one tag of everything between them, so an `<ip-filter>` was skipped silently.
#[test]
fn a_tag_that_may_contain_others_is_refused() {
    let replaced =
        |text: &str| format!("<set-variable name=\"x\" value=\"@(a.Replace({text}, 1))\" />");
    let document = |between: &str, text: &str| {
        let around = replaced(text);
        let policy = policy("", "");
        format!("<policies><inbound>\n{around}\n{between}\n{around}\n{policy}</inbound></policies>")
    };
    let filter = "<ip-filter action=\"allow\"><address>10.0.0.1</address></ip-filter>";
    assert_refused(
        &document(filter, "&quot;&apos;&quot;"),
        3,
        "ip-filter",
        "restricts access",
    );
    for between in [filter, "<rate-limit calls=\"1\" renewal-period=\"1\" />"] {
        assert_refused(
            &document(between, "\"'\""),
            2,
            "set-variable",
            "not \"rawxml\"",
        );
    }
    // A type argument is no tag.
    let typed = "<set-variable name=\"x\" value=\"@(context.Variables.GetValueOrDefault<string>(\"y\"))\" />";
    read(&document(typed, "1"), &ReadOptions::new());
}

/// The bug: in the format `rawxml`, a comment, a CDATA section or an instruction that began in the text of an expression hid everything up to its end.
#[test]
fn an_expression_that_may_hide_tags_is_refused() {
    let document = |start: &str, end: &str| {
        let header = |text: &str| {
            format!(
                "<set-header name=\"X-A\"><value>\n @(\"{text}\" + context.RequestId)</value></set-header>"
            )
        };
        let (first, last, policy) = (header(start), header(end), policy("", ""));
        let filter = "<ip-filter action=\"allow\" />";
        format!("<policies><inbound>\n{first}\n{filter}\n{last}\n{policy}</inbound></policies>")
    };
    for (start, end) in [
        ("<!-- ", " -->"),
        ("<![CDATA[", "]]>"),
        ("<? ", " ?>"),
        ("<?xml ", " ?>"),
        ("<b><!-- ", " --></b>"),
    ] {
        let hidden = document(start, end);
        assert_refused(&hidden, 3, "value", "not \"rawxml\"");
    }
    assert_refused(&document("", ""), 4, "ip-filter", "restricts access");
    // Around an expression, or beside it, they hide nothing.
    let sound = "<!-- a --><set-body><!-- b --><![CDATA[@{ return \"<x>\"; }]]></set-body>";
    let policy = policy("", "");
    read(
        &format!("<policies><inbound>{policy}{sound}</inbound></policies>"),
        &ReadOptions::new(),
    );
}
