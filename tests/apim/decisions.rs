//! Policies beside `<validate-jwt>` that decide by the token, or may do so.

use super::*;

/// A document in which these policies follow the one that validates the token.
fn document(place: &str, after: &str) -> String {
    format!(
        "<policies><inbound><validate-jwt {place} output-token-variable-name=\"checked\">
<openid-config url=\"{B2C_HOST}/contoso.onmicrosoft.com/B2C_1_signupsignin1/v2.0/.well-known/openid-configuration\" />
<audiences><audience>api</audience></audiences></validate-jwt>
{after}
</inbound><outbound /></policies>"
    )
}

fn options() -> ReadOptions {
    let denied = "@(((Jwt)context.Variables[\"checked\"]).Id == null)";
    ReadOptions::new()
        .named_value("denied", denied)
        .named_value("token-header", "X-Token")
        .named_value("variable", "admin")
        .named_value("long", "x".repeat(4096))
}

/// The only mistake, which `--ignore-policy` must take away.
fn refused(place: &str, policies: &str, name: &str) -> String {
    let document = document(place, policies);
    let error = apim::read(&document, &options()).expect_err(policies);
    let [mistake] = error.mistakes() else {
        panic!("{error}");
    };
    assert_eq!(mistake.name, name, "{error}");
    let flag = format!("--ignore-policy {name}");
    assert!(mistake.remedy.contains(&flag), "{error}");
    read(&document, &options().ignore_policy(name));
    mistake.remedy.clone()
}

fn noted(place: &str, policies: &str) {
    let converted = apim::read(&document(place, policies), &options());
    assert!(converted.is_ok(), "{policies}: {converted:?}");
}

fn set(name: &str, value: &str) -> String {
    let value = value.replace('"', "&quot;").replace('<', "&lt;");
    format!("<set-variable name=\"{name}\" value=\"{value}\" />")
}

fn choose(condition: &str) -> String {
    let condition = condition.replace('"', "&quot;").replace('<', "&lt;");
    format!(
        "<choose><when condition=\"{condition}\"><rewrite-uri template=\"/forbidden\" /></when></choose>"
    )
}

const HEADER: &str = "header-name=\"Authorization\"";
const READ: &str = "@(!context.Variables.GetValueOrDefault<bool>(\"admin\"))";

/// The bug: such a policy was refused only if its condition contained `Jwt`; through a variable, it was said to have no effect.
#[test]
fn a_choice_by_the_token_is_refused_also_through_variables() {
    for (value, reason) in [
        (
            "@(((Jwt)context.Variables[\"checked\"]).Claims.ContainsKey(\"admin\"))",
            "the variable \"admin\", which depends on the token",
        ),
        (
            "@(context.Variables[\"checked\"].ToString() == \"x\")",
            "the variable \"admin\"",
        ),
        (
            "@(context.Request.Headers.GetValueOrDefault(\"Authorization\",\"\").AsJwt()?.Subject)",
            "the variable \"admin\"",
        ),
        (
            "@(context.Request.Headers[\"authorization\"][0].Length)",
            "the variable \"admin\"",
        ),
        ("{{denied}}", "the variable \"admin\""),
    ] {
        let remedy = refused(
            HEADER,
            &format!("{}{}", set("admin", value), choose(READ)),
            "choose",
        );
        assert!(remedy.contains(reason), "{remedy}");
    }
    // The order in the document does not matter, nor how many variables are between.
    let chain = [
        set("admin", "@(context.Variables[\"third\"])"),
        set("third", "@(context.Variables[\"second\"])"),
        set("second", "@(context.Variables[\"checked\"])"),
        choose(READ),
    ];
    refused(HEADER, &chain.concat(), "choose");
    for direct in [
        "@(((Jwt)context.Variables[\"x\"]).Id == \"y\")",
        "@(context.Variables[\"checked\"] == null)",
        "@(context.Request.Headers.ContainsKey(\"Authorization\"))",
        "@(context.Request.Certificate == null)",
        // The bug: these two were only noted.
        "@(context.Request?.Certificate == null)",
        "@(context.Request\n    . Certificate == null)",
        "{{denied}}",
    ] {
        refused(HEADER, &choose(direct), "choose");
        refused(
            HEADER,
            &format!("<wait>{}</wait>", choose(direct)),
            "choose",
        );
    }
    let raw = "<set-variable name=\"admin\" value=\"@(((Jwt)context.Variables[\"checked\"]).Claims[\"a\"])\" />
<choose><when condition=\"@((bool)context.Variables[\"admin\"] && 1 > 0)\" /></choose>";
    refused(HEADER, raw, "choose");
    let raw = raw
        .replace(" name=\"admin\"", "")
        .replace("\" />", "\" name=\"admin\" />");
    refused(HEADER, &raw, "choose");
}

#[test]
fn a_choice_by_the_place_of_the_token_is_refused() {
    let cookie = "token-value=\"@(context.Request.Headers.GetValueOrDefault(&quot;Cookie&quot;,&quot;&quot;).Split(';').Select(c => c.Trim()).FirstOrDefault(c => c.StartsWith(&quot;token=&quot;))?.Substring(6))\"";
    for (place, condition) in [
        (
            "header-name=\"x-token\"",
            "@(context.Request.Headers[\"X-Token\"][0] == \"a\")",
        ),
        (
            "query-parameter-name=\"t\"",
            "@(context.Request.Url.Query[\"t\"][0] == \"a\")",
        ),
        (
            cookie,
            "@(context.Request.Headers[\"Cookie\"].Any(c => c.StartsWith(\"token=\")))",
        ),
    ] {
        refused(place, &choose(condition), "choose");
        noted(HEADER, &choose(condition));
    }
}

/// The bug: a `<choose>` on the answer of a service that decides about requests was only noted.
#[test]
fn a_choice_by_another_service_is_refused() {
    let send = "<send-request mode=\"new\" response-variable-name=\"decision\"><set-url>https://x.example</set-url></send-request>";
    let status = "@(((IResponse)context.Variables[\"decision\"]).StatusCode != 200)";
    let remedy = refused(HEADER, &format!("{send}{}", choose(status)), "choose");
    assert!(
        remedy.contains("\"decision\", which depends on the answer to a <send-request>"),
        "{remedy}"
    );
    let between = [send.to_owned(), set("admin", status), choose(READ)].concat();
    refused(HEADER, &between, "choose");
    let cached = "<cache-lookup-value key=\"@(context.Request.Headers[&quot;Authorization&quot;][0])\" variable-name=\"admin\" />";
    refused(HEADER, &format!("{cached}{}", choose(READ)), "choose");
}

/// The bug: a named value inside a string, or in the name of a variable, hid what the condition read.
#[test]
fn a_choice_by_the_token_is_refused_also_through_named_values() {
    let place = "header-name=\"{{token-header}}\"";
    for header in ["{{token-header}}", "{{ token-header }}"] {
        let condition = format!("@(context.Request.Headers[\"{header}\"][0] == \"a\")");
        refused(place, &choose(&condition), "choose");
    }
    let token = "@(context.Variables[\"checked\"])";
    let read = READ.replace("admin", "{{variable}}");
    for policies in [
        [set("{{variable}}", token), choose(READ)],
        [set("admin", token), choose(&read)],
        [
            set("{{missing}}", token),
            choose(&READ.replace("admin", "{{missing}}")),
        ],
    ] {
        refused(HEADER, &policies.concat(), "choose");
    }
    let raw = format!("<set-variable value=\"{token}\" name=\"{{{{variable}}}}\" />");
    refused(HEADER, &format!("{raw}{}", choose(READ)), "choose");
}

#[test]
fn an_expression_with_too_many_named_values_is_refused() {
    let set = |times| set("x", &format!("@(\"{}\")", "{{long}}".repeat(times)));
    noted(HEADER, &set(4));
    let remedy = refused(HEADER, &set(5), "set-variable");
    assert!(remedy.contains("16384 bytes"), "{remedy}");
}

#[test]
fn a_choice_by_something_else_is_only_noted() {
    let token = set("admin", "@(context.Variables[\"checked\"])");
    for policies in [
        choose("@(context.Request.Method == \"GET\")"),
        choose("@(context.Deployment.Certificates[\"own\"] == null)"),
        // Of the policies inside, those that decide are refused themselves.
        "<choose><when condition=\"@(true)\"><set-header name=\"Authorization\"><value>@(\"Bearer \" + context.Variables[\"checked\"])</value></set-header></when></choose>".to_owned(),
        format!("{token}{}", choose("@(context.Variables.ContainsKey(\"other\"))")),
        format!("{token}{}", choose("@(context.Request.Method == \"admin\")")),
        format!("{}{}", set("admin", "jwt"), choose(READ)),
        format!("{}{}", set("admin", "@(context.Request.Method)"), choose(READ)),
    ] {
        noted(HEADER, &policies);
    }
}

/// The bug: a policy that ends the request with an exception was said to have no effect.
#[test]
fn an_expression_that_throws_is_refused() {
    let throws =
        "@{ if (context.Request.Method == \"POST\") throw new Exception(\"no\"); return \"\"; }";
    let escaped = throws.replace('"', "&quot;");
    for (policy, name) in [
        (set("x", throws), "set-variable"),
        (
            set("x", "@(context.Variables[\"y\"] ?? throw new Exception())"),
            "set-variable",
        ),
        (
            format!("<set-header name=\"x\"><value>{throws}</value></set-header>"),
            "set-header",
        ),
        (format!("<set-body>{throws}</set-body>"), "set-body"),
        (
            format!("<trace source=\"x\"><message>{throws}</message></trace>"),
            "trace",
        ),
        (format!("<wait>{}</wait>", set("x", throws)), "set-variable"),
        (choose(throws), "choose"),
        (
            format!("<retry condition=\"{escaped}\"><set-method>GET</set-method></retry>"),
            "retry",
        ),
    ] {
        let remedy = refused(HEADER, &policy, name);
        assert!(remedy.contains("throw"), "{remedy}");
    }
    noted(HEADER, &set("x", "@(context.Variables[\"throws\"])"));
    noted(HEADER, &set("x", "throw"));
}

/// The bug: where the token decides what the service gets, the policy was said to have no effect.
#[test]
fn a_request_that_the_token_changes_is_refused() {
    let own = "@(&quot;/users/&quot; + ((Jwt)context.Variables[&quot;checked&quot;]).Subject)";
    for (policy, name) in [
        (format!("<rewrite-uri template=\"{own}\" />"), "rewrite-uri"),
        (
            format!("<set-backend-service base-url=\"{own}\" />"),
            "set-backend-service",
        ),
        (format!("<set-body>{own}</set-body>"), "set-body"),
        // The bug: these two were only noted.
        (
            format!("<find-and-replace from=\"me\" to=\"{own}\" />"),
            "find-and-replace",
        ),
        (
            format!(
                "<xsl-transform><parameter name=\"user\">{own}</parameter><xsl:stylesheet /></xsl-transform>"
            ),
            "xsl-transform",
        ),
    ] {
        refused(HEADER, &policy, name);
    }
    noted(HEADER, "<rewrite-uri template=\"/users\" />");
    noted(
        HEADER,
        "<set-backend-service base-url=\"@(context.Request.Method)\" />",
    );
}

/// The bug: if a variable depended on the token and on the answer to a `<send-request>`, the order in the document decided whether the policy was refused.
#[test]
fn a_request_that_another_service_changes_is_refused() {
    let id = set("id", "@(((Jwt)context.Variables[\"checked\"]).Subject)");
    let send = "<send-request response-variable-name=\"profile\"><set-url>https://x.example</set-url></send-request>";
    let rewrite = |path: &str| {
        let path = path.replace('"', "&quot;");
        format!("<rewrite-uri template=\"@({path})\" />")
    };
    let (of_id, of_profile) = (
        "context.Variables[\"id\"]",
        "context.Variables[\"profile\"]",
    );
    let either = format!("{of_id} + {of_profile}");
    let path = set("path", &format!("@({either})"));
    let of_path = rewrite("context.Variables[\"path\"]");
    for policies in [
        [&id, send, &path, &of_path].concat(),
        [send, &id, &path, &of_path].concat(),
        [&id, send, &rewrite(&either)].concat(),
        [&id, send, &rewrite(&format!("{of_profile} + {of_id}"))].concat(),
        // The bug: this was only noted.
        [send, &rewrite(of_profile)].concat(),
    ] {
        refused(HEADER, &policies, "rewrite-uri");
    }
    let header = format!("<set-header name=\"X-A\"><value>@({of_profile})</value></set-header>");
    noted(HEADER, &[send, &header].concat());
}

/// The bug: a document of thousands of misspelt names took seconds.
#[test]
fn only_the_first_misspelt_names_get_a_guess() {
    let document = document(HEADER, &"<ip-filters />".repeat(50));
    let error = apim::read(&document, &options()).unwrap_err();
    let mistakes = error.mistakes().iter();
    let guesses = mistakes.filter(|it| it.remedy.contains("did you mean ip-filter?"));
    assert_eq!((error.mistakes().len(), guesses.count()), (50, 20));
}

/// The bug: a policy that this version does not know was ignored, though it may restrict access.
#[test]
fn a_policy_with_an_unknown_name_is_refused() {
    for (policies, name, expected) in [
        ("<foo-bar />", "foo-bar", "is not a known policy"),
        (
            "<validate-jwt-foo />",
            "validate-jwt-foo",
            "did you mean validate-jwt?",
        ),
        (
            "<ip-filters><address>1.2.3.4</address></ip-filters>",
            "ip-filters",
            "did you mean ip-filter?",
        ),
        (
            "<wait><foo-bar /></wait>",
            "foo-bar",
            "--ignore-policy foo-bar",
        ),
        (
            "<choose><when condition=\"@(true)\"><foo-bar /></when></choose>",
            "foo-bar",
            "known",
        ),
        (
            "<choose><otherwise><retry><foo-bar /></retry></otherwise></choose>",
            "foo-bar",
            "known",
        ),
    ] {
        let remedy = refused(HEADER, policies, name);
        assert!(remedy.contains(expected), "{remedy}");
    }
    // Within other policies, elements have any name, and after the answer no policy restricts access.
    noted(
        HEADER,
        "<set-body><foo-bar>1</foo-bar></set-body><cors><allowed-origins /></cors>",
    );
    let outbound = document(HEADER, "").replace("<outbound />", "<outbound><foo-bar /></outbound>");
    read(&outbound, &options());
}
