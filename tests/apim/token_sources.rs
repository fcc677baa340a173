//! Tokens outside `Authorization: Bearer`.

use super::*;

fn policy(attributes: &str) -> String {
    format!(
        r#"<validate-jwt {attributes}>
            <openid-config url="{B2C_HOST}/contoso.onmicrosoft.com/B2C_1_signupsignin1/v2.0/.well-known/openid-configuration" />
            <audiences><audience>00001111-aaaa-2222-bbbb-3333cccc4444</audience></audiences>
        </validate-jwt>"#
    )
}

#[tokio::test]
async fn another_header_holds_the_bare_token() {
    let world = World::start().await;
    let document = policy(r#"header-name="X-Token" require-scheme="Bearer""#);
    let api = world.api(&document, &ReadOptions::new()).await;
    let token = world.token().sign();
    let bearer = format!("Bearer {token}");
    for (headers, status) in [
        (vec![("x-token", token.as_str())], 200),
        (vec![("x-token", bearer.as_str())], 401),
        (vec![("authorization", bearer.as_str())], 401),
        (
            vec![("x-token", token.as_str()), ("x-token", token.as_str())],
            401,
        ),
        (vec![], 401),
    ] {
        assert_eq!(
            get_from(&api, "/tasks", &headers).await.status,
            status,
            "{}",
            headers.len()
        );
    }
}

#[tokio::test]
async fn a_query_parameter_holds_the_token() {
    let world = World::start().await;
    let document = policy(r#"query-parameter-name="access_token""#);
    let api = world.api(&document, &ReadOptions::new()).await;
    let token = world.token().sign();
    let encoded = token.replace('.', "%2E");
    let bearer = format!("Bearer {token}");
    for (path, headers, status) in [
        (format!("/tasks?x=1&access_token={token}"), vec![], 200),
        (format!("/tasks?access_token={encoded}"), vec![], 200),
        (
            format!("/tasks?access_token={token}&access_token={token}"),
            vec![],
            401,
        ),
        (format!("/tasks?token={token}"), vec![], 401),
        (
            "/tasks".into(),
            vec![("authorization", bearer.as_str())],
            401,
        ),
    ] {
        assert_eq!(
            get_from(&api, &path, &headers).await.status,
            status,
            "{}",
            path.len()
        );
    }
}

#[tokio::test]
async fn require_scheme_makes_a_bare_token_no_token() {
    let world = World::start().await;
    let document = policy(r#"header-name="authorization" require-scheme="bearer""#);
    let api = world.api(&document, &ReadOptions::new()).await;
    let token = world.token().sign();
    assert_eq!(api.get("/tasks", &token).await.status, 200);
    let bare = get_from(&api, "/tasks", &[("authorization", &token)]).await;
    assert_eq!(
        (bare.status, bare.body.as_str()),
        (401, "{\"statusCode\":401,\"message\":\"JWT not present.\"}")
    );
}

#[tokio::test]
async fn a_cookie_can_hold_the_token_also_while_keys_are_fetched() {
    let world = World::start().await;
    let mut settings = world.settings(
        &policy(r#"header-name="Authorization""#),
        &ReadOptions::new(),
    );
    settings.token = Settings::from_toml("token = { cookie = 'session' }")
        .unwrap()
        .token;
    let api = world.serve(settings).await;
    let token = world.token().sign();
    let good = format!("a=b; session={token}");
    // The first one waits for the keys, the second one does not.
    for _ in 0..2 {
        assert_eq!(
            get_from(&api, "/tasks", &[("cookie", &good)]).await.status,
            200
        );
    }
    let twice = format!("{good}; session={token}");
    assert_eq!(
        get_from(&api, "/tasks", &[("cookie", &twice)]).await.status,
        401
    );
    assert_eq!(api.get("/tasks", &token).await.status, 401);
}

#[tokio::test]
async fn an_expression_that_names_a_place_is_read_as_that_place() {
    let world = World::start().await;
    let token = world.token().sign();
    let bearer = format!("Bearer {token}");
    let cookie = format!("a=b; session={token}");
    let headers = |text: &str| format!("context.Request.Headers.GetValueOrDefault({text},\"\")");
    let authorization = headers("\"Authorization\"");
    let in_cookie = headers("\"Cookie\"")
        + ".Split(';').Select(c => c.Trim()).FirstOrDefault(c => c.StartsWith(\"session=\"))?.Substring(8)";
    for (expression, header, status) in [
        (authorization.clone(), ("authorization", &token), 200),
        (
            format!("{authorization}.Replace(\"Bearer \", \"\")"),
            ("authorization", &bearer),
            200,
        ),
        (
            format!("{authorization}.Split(' ').Last()"),
            ("x-token", &token),
            401,
        ),
        (headers("\"X-Token\""), ("x-token", &token), 200),
        (headers("\"X-Token\""), ("x-token", &bearer), 401),
        (in_cookie.clone(), ("cookie", &cookie), 200),
        (in_cookie, ("cookie", &token), 401),
    ] {
        let value = escaped(&expression);
        let document = policy(&format!("token-value=\"@({value})\""));
        let api = world.api(&document, &ReadOptions::new()).await;
        let (name, content) = header;
        let answer = get_from(&api, "/tasks", &[(name, content)]).await;
        assert_eq!(answer.status, status, "{expression} {name}");
    }
}

/// The bug: the braces became the parameter's name, so every request was refused.
#[test]
fn an_expression_with_a_named_value_is_refused() {
    let options = ReadOptions::new().named_value("parameter", "access_token");
    for part in ["Url.Query", "OriginalUrl.Query", "Headers"] {
        let value = format!("context.Request.{part}.GetValueOrDefault(\"{{{{parameter}}}}\",\"\")");
        let document = policy(&format!("\ntoken-value=\"@({})\"", escaped(&value)));
        let error = apim::read(&document, &options).unwrap_err();
        let [mistake] = error.mistakes() else {
            panic!("{error}");
        };
        assert_eq!((mistake.line, mistake.name.as_str()), (2, "token-value"));
        let right = "use header-name or query-parameter-name, which may contain named values";
        assert!(mistake.remedy.ends_with(right), "{error}");
    }
    let document = policy("query-parameter-name=\"{{parameter}}\"");
    let settings = read(&document, &options);
    assert_eq!(settings.token.query.as_deref(), Some("access_token"));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('>', "&gt;")
}
