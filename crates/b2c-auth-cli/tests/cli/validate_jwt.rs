//! The three policies of Microsoft's how-to, run unchanged through `b2c-auth gateway --policy`, with the local tenant's URLs.

use b2c_emulator::{Emulator, IssuerForm, TokenBuilder};

use crate::support::{
    API as WEB_APP, POLICY, Running, TempFile, command, failed, gateway_command, request, status,
};

const SECOND_APP: &str = "11112222-bbbb-3333-cccc-4444dddd5555";
const BODY: &str =
    r#"{"statusCode":401,"message":"Unauthorized. Access token is missing or invalid."}"#;

fn policy(tenant: &Emulator, audiences: &[&str], issuers: &[String]) -> String {
    let list = |name: &str, values: &[String]| -> String {
        values
            .iter()
            .map(|value| format!("<{name}>{value}</{name}>"))
            .collect()
    };
    let audiences: Vec<String> = audiences
        .iter()
        .map(|&audience| audience.to_owned())
        .collect();
    format!(
        r#"<policies><inbound>
             <validate-jwt header-name="Authorization" failed-validation-httpcode="401"
                           failed-validation-error-message="Unauthorized. Access token is missing or invalid.">
               <openid-config url="{}" />
               <audiences>{}</audiences>
               <issuers>{}</issuers>
             </validate-jwt>
             <base />
           </inbound><backend><base /></backend><outbound><base /></outbound><on-error><base /></on-error></policies>"#,
        tenant.metadata_url(POLICY),
        list("audience", &audiences),
        list("issuer", issuers),
    )
}

/// Each token with the status it must get.
fn judged(policy: &str, tokens: Vec<(TokenBuilder, &str)>) {
    let file = TempFile::new("policy.xml", policy);
    let mut running = Running::spawn(&mut gateway_command(&file));
    let listen = running.url();
    for (number, (token, expected)) in tokens.into_iter().enumerate() {
        let token = token.sign();
        for header in [
            format!("Authorization: Bearer {token}"),
            format!("Authorization: {token}"),
        ] {
            let response = request("GET", &listen, &[&header]);
            assert_eq!(status(&response), expected, "token {number}: {response}");
            if expected == "401" {
                assert!(response.ends_with(BODY), "{response}");
                assert!(
                    response.contains("content-type: application/json\r\n"),
                    "{response}"
                );
                assert!(
                    response.contains("www-authenticate: Bearer error=\"invalid_token\""),
                    "{response}"
                );
            }
        }
    }
    let missing = request("GET", &listen, &[]);
    assert_eq!(status(&missing), "401");
    assert!(
        missing.ends_with(BODY) && missing.contains("www-authenticate: Bearer\r\n"),
        "{missing}"
    );
    let two = request(
        "GET",
        &listen,
        &["Authorization: Bearer a", "Authorization: Bearer b"],
    );
    assert_eq!(status(&two), "401", "one status for every refusal");
    assert!(two.ends_with(BODY), "{two}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_application_and_one_issuer() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let issuer = tenant.issuer(&IssuerForm::Default);
    let token = || tenant.token(POLICY).audience(WEB_APP);
    let tokens = vec![
        (token(), "200"),
        (tenant.id_token(POLICY).audience(WEB_APP), "200"),
        (token().audience(SECOND_APP), "401"),
        (token().issuer(tenant.issuer(&IssuerForm::Legacy)), "401"),
        (token().issuer(issuer.trim_end_matches('/')), "401"),
        (token().issued_at(1_500_000_000), "401"),
        (token().without("exp"), "401"),
        (
            token().key(&b2c_emulator::SigningKey::generate().expect("a key")),
            "401",
        ),
    ];
    judged(&policy(&tenant, &[WEB_APP], &[issuer]), tokens);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_applications() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let tokens = vec![
        (tenant.token(POLICY).audience(WEB_APP), "200"),
        (tenant.token(POLICY).audience(SECOND_APP), "200"),
        (tenant.token(POLICY).audience("another"), "401"),
    ];
    let issuers = [tenant.issuer(&IssuerForm::Default)];
    judged(&policy(&tenant, &[WEB_APP, SECOND_APP], &issuers), tokens);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_migration_with_both_issuers_and_two_audiences() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let legacy = tenant.issuer(&IssuerForm::Legacy);
    let mut tokens = Vec::new();
    for audience in [WEB_APP, SECOND_APP] {
        tokens.push((tenant.token(POLICY).audience(audience), "200"));
        tokens.push((
            tenant.token(POLICY).audience(audience).issuer(&legacy),
            "200",
        ));
    }
    tokens.push((
        tenant.token(POLICY).issuer(legacy.trim_end_matches('/')),
        "401",
    ));
    tokens.push((
        tenant.token(POLICY).audience("another").issuer(&legacy),
        "401",
    ));
    let issuers = [tenant.issuer(&IssuerForm::Default), legacy];
    judged(&policy(&tenant, &[WEB_APP, SECOND_APP], &issuers), tokens);
}

#[test]
fn unsupported_attributes_are_reported_at_start() {
    let file = TempFile::new(
        "unsigned.xml",
        "<validate-jwt header-name=\"Authorization\"\n  require-signed-tokens=\"false\" colour=\"blue\">\n</validate-jwt>",
    );
    let (code, errors) = failed(&mut gateway_command(&file));
    assert_eq!(code, Some(1));
    assert!(
        errors.contains("require-signed-tokens") && errors.contains("colour"),
        "{errors}"
    );
}

#[test]
fn a_policy_is_converted_to_settings_that_the_gateway_takes() {
    let file = TempFile::new(
        "convert.xml",
        r#"<validate-jwt header-name="Authorization" require-scheme="Bearer"><openid-config url="https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_x/v2.0/.well-known/openid-configuration" /><audiences><audience>{{client}}</audience></audiences></validate-jwt>"#,
    );
    let output = command(&["convert", file.path(), "--named-value", "client=my-api"])
        .output()
        .expect("the command runs");
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let toml = String::from_utf8(output.stdout).expect("text");
    let settings = tower_b2c_auth::Settings::from_toml(&toml).expect("settings");
    assert_eq!(settings.audiences, ["my-api"]);
    assert!(
        tower_b2c_auth::B2cAuthBuilder::from(settings)
            .build()
            .is_ok()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn for_nginx_the_true_answer_is_in_headers() {
    let mut tenant = Emulator::start().await.expect("the tenant starts");
    let document = policy(&tenant, &[WEB_APP], &[tenant.issuer(&IssuerForm::Default)]);
    let document = document.replace("httpcode=\"401\"", "httpcode=\"400\"");
    let file = TempFile::new("nginx.xml", &document);
    let token = tenant.token(POLICY).audience(WEB_APP).sign();
    tenant.suspend().await;
    let mut running = Running::spawn(gateway_command(&file).arg("--nginx"));
    let listen = running.url();
    let ask = |token: &str| request("GET", &listen, &[&format!("Authorization: Bearer {token}")]);

    let cold = ask(&token);
    assert_eq!(status(&cold), "403");
    assert!(
        cold.contains("x-auth-status: 503\r\n") && cold.contains("retry-after: "),
        "{cold}"
    );
    let refused = ask("nonsense");
    assert_eq!(status(&refused), "403");
    assert!(refused.contains("x-auth-status: 400\r\n"), "{refused}");
    let body = format!("x-auth-body: {}\r\n", BODY.replace("401", "400"));
    assert!(
        refused.contains(&body) && refused.ends_with("\r\n\r\n"),
        "{refused}"
    );
    assert!(
        refused.contains("x-auth-challenge: Bearer error="),
        "{refused}"
    );

    tenant.resume().await.expect("the port is still free");
    running.log("keys fetched");
    let yes = ask(&token);
    assert_eq!(status(&yes), "200", "{yes}");
    assert!(!yes.contains("x-auth-status"), "{yes}");
}
