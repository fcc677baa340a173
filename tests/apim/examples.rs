//! The fourteen example policies of Microsoft's documentation: loaded and held to their decisions, or refused with a message that says what
//! to do. The how-to's own, number 8, are in `howto`; the certificate's, number 2, is in `inline_keys`.

use b2c_emulator::UrlForm;
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::*;
use crate::support::{API_ID, OTHER_API_ID, Recipient};

const SECRET: [u8; 32] = [42; 32];
const HOST: &str = "api.contoso.com";

fn secret_and_host() -> ReadOptions {
    ReadOptions::new()
        .named_value("jwt-signing-key", STANDARD.encode(SECRET))
        .host(HOST)
}

fn mistakes(document: &str, options: &ReadOptions) -> Vec<(usize, String, String)> {
    let error = apim::read(document, options).unwrap_err();
    let mistakes = error.mistakes().iter().cloned();
    mistakes
        .map(|mistake| (mistake.line, mistake.name, mistake.remedy))
        .collect()
}

fn names(document: &str, options: &ReadOptions) -> Vec<(usize, String)> {
    let mistakes = mistakes(document, options).into_iter();
    mistakes.map(|(line, name, _)| (line, name)).collect()
}

#[tokio::test]
async fn example_1_a_symmetric_key() {
    let world = World::start().await;
    let document = include_str!("policies/01-simple.xml");
    assert_eq!(
        names(document, &ReadOptions::new()),
        [(3, "key".into()), (6, "audience".into())]
    );
    let api = world.api(document, &secret_and_host()).await;
    let token = || world.token().issuer("http://contoso.com/").audience(HOST);
    assert_decisions(
        &api,
        [
            ("signed with the secret", token().sign_hs256(&SECRET), 200),
            (
                "without a key id",
                token().without_header("kid").sign_hs256(&SECRET),
                200,
            ),
            (
                "signed with another secret",
                token().sign_hs256(&[41; 32]),
                401,
            ),
            ("signed with a tenant's key", token().sign(), 401),
            ("unsigned", token().sign_with_none(), 401),
            (
                "another host",
                token().audience("contoso.com").sign_hs256(&SECRET),
                401,
            ),
            (
                "another issuer",
                token().issuer("http://contoso.com").sign_hs256(&SECRET),
                401,
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn example_3_entra_id_with_a_claim() {
    let world = World::start().await;
    let url = "https://login.microsoftonline.com/contoso.onmicrosoft.com/.well-known/openid-configuration";
    let document = include_str!("policies/03-entra-id.xml");
    assert!(document.contains(url));
    let document = document.replace(url, &world.tenant.metadata_url(POLICY));
    let api = world.api(&document, &ReadOptions::new()).await;
    let token = |id: &str| world.token().claim("id", id);
    assert_decisions(
        &api,
        [
            ("the claim", token("insert claim here").sign(), 200),
            ("another value", token("Insert claim here").sign(), 401),
            ("no claim", world.token().sign(), 401),
            (
                "another audience",
                token("insert claim here").audience(OTHER_API_ID).sign(),
                401,
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn example_4_no_audience_is_refused_unless_that_is_wanted() {
    let world = World::start().await;
    let url = "https://contoso.ciamlogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/.well-known/openid-configuration";
    let document = include_str!("policies/04-external-id.xml");
    assert!(document.contains(url));
    let document = document.replace(url, &world.tenant.metadata_url(POLICY));
    let refused = mistakes(&document, &ReadOptions::new());
    assert_eq!((refused[0].0, refused[0].1.as_str()), (1, "validate-jwt"));
    assert!(
        refused[0].2.contains("--danger-accept-any-audience"),
        "{refused:?}"
    );

    let any = ReadOptions::new().danger_accept_any_audience();
    let api = world.api(&document, &any).await;
    let token = || world.token().client_id(API_ID);
    assert_decisions(
        &api,
        [
            ("the client", token().audience(OTHER_API_ID).sign(), 200),
            ("without an audience", token().without("aud").sign(), 200),
            (
                "another client",
                token().client_id(OTHER_API_ID).sign(),
                401,
            ),
            ("no client", token().without("azp").sign(), 401),
            ("another issuer", token().issuer(OLD_ISSUER).sign(), 401),
        ],
    )
    .await;
}

#[tokio::test]
async fn example_5_b2c_at_its_old_host() {
    let world = World::start().await;
    let url = "https://login.microsoftonline.com/tfp/contoso.onmicrosoft.com/b2c_1_signin/v2.0/.well-known/openid-configuration";
    let document = include_str!("policies/05-b2c.xml");
    let converted = apim::read(document, &ReadOptions::new()).unwrap();
    assert_eq!(
        converted.settings.authorities[0].openid_config.as_deref(),
        Some(url)
    );
    assert!(
        converted
            .notes
            .iter()
            .any(|note| note.name == "openid-config")
    );

    let document = document.replace(url, &world.tenant.metadata_url_in(POLICY, UrlForm::Tfp));
    let api = world.api(&document, &ReadOptions::new()).await;
    let token = |id: &str| world.token().claim("id", id).sign();
    assert_decisions(
        &api,
        [
            ("the claim", token("insert claim here"), 200),
            ("another", token("x"), 401),
        ],
    )
    .await;
}

#[tokio::test]
async fn example_6_encrypted_tokens() {
    let world = World::start().await;
    let document = include_str!("policies/06-decryption-keys.xml");
    let unknown = names(document, &secret_and_host());
    assert_eq!(unknown, [(6, "certificate-id".into())]);
    let (ours, other) = (Recipient::new(), Recipient::new());
    let certificate = "my-certificate-in-api-management";
    let public = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";
    let refused = mistakes(
        document,
        &secret_and_host().certificate(certificate, public),
    );
    assert_eq!((refused.len(), refused[0].0), (1, 6));
    assert!(refused[0].2.contains("with the certificate's private key"));

    // As `openssl pkcs12` writes both into one file.
    let options = secret_and_host().certificate(certificate, format!("{public}{}", ours.pem()));
    let api = world.api(document, &options).await;
    let signed = |group: &str| {
        let token = world.token().issuer("contoso.com").audience(HOST);
        token.claim("group", group).sign_hs256(&SECRET)
    };
    assert_decisions(
        &api,
        [
            ("encrypted", ours.encrypt(&signed("finance"), "1"), 200),
            ("not encrypted", signed("logistics"), 200),
            (
                "for somebody else",
                other.encrypt(&signed("finance"), "1"),
                401,
            ),
            ("another group", ours.encrypt(&signed("sales"), "1"), 401),
        ],
    )
    .await;
}

#[tokio::test]
async fn example_7_a_choice_by_claims_is_refused_and_the_rest_can_be_had() {
    let world = World::start().await;
    let document = include_str!("policies/07-authorize-operations.xml");
    let refused = mistakes(document, &secret_and_host());
    assert_eq!(refused.len(), 1);
    assert_eq!((refused[0].0, refused[0].1.as_str()), (21, "choose"));
    assert!(refused[0].2.contains("<required-claims>"));

    let (before, rest) = document.split_once("<choose>").unwrap();
    let (_, after) = rest.split_once("</choose>").unwrap();
    let api = world
        .api(&format!("{before}{after}"), &secret_and_host())
        .await;
    let token = || world.token().issuer("contoso.com").audience(HOST);
    let groups = |groups: &[&str]| token().claim("group", groups.to_vec()).sign_hs256(&SECRET);
    assert_decisions(
        &api,
        [
            ("one of the groups", groups(&["sales", "logistics"]), 200),
            ("both", groups(&["finance", "logistics"]), 200),
            ("neither", groups(&["sales"]), 401),
            ("none", groups(&[]), 401),
            (
                "a string",
                token().claim("group", "finance").sign_hs256(&SECRET),
                200,
            ),
            (
                "a list in a string",
                token().claim("group", "finance,sales").sign_hs256(&SECRET),
                401,
            ),
            ("no claim", token().sign_hs256(&SECRET), 401),
        ],
    )
    .await;
}

#[tokio::test]
async fn example_9_the_audience_as_a_required_claim() {
    let world = World::start().await;
    let document = include_str!("policies/09-single-page-application.xml");
    let converted = apim::read(document, &ReadOptions::new()).unwrap();
    assert_eq!(converted.settings.audiences, [API_ID]);
    assert!(converted.settings.required_claims.is_empty());
    let noted: Vec<_> = converted
        .notes
        .iter()
        .map(|note| note.name.as_str())
        .collect();
    assert!(
        noted.contains(&"claim") && noted.contains(&"cors"),
        "{noted:?}"
    );

    let api = world.api(document, &ReadOptions::new()).await;
    let token = world.token();
    assert_decisions(
        &api,
        [
            ("the audience", token.clone().sign(), 200),
            (
                "among others",
                token.clone().audiences([OTHER_API_ID, API_ID]).sign(),
                200,
            ),
            ("another", token.clone().audience(OTHER_API_ID).sign(), 401),
            ("none", token.without("aud").sign(), 401),
        ],
    )
    .await;
}

#[tokio::test]
async fn example_10_issuers_of_both_versions() {
    let world = World::start().await;
    let url = "https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration";
    let document = include_str!("policies/10-entra-id-two-versions.xml");
    assert!(document.contains(url));
    let document = document.replace(url, &world.tenant.metadata_url(POLICY));
    let api = world.api(&document, &ReadOptions::new()).await;
    let tid = world.tenant.tenant_id();
    let issued = |issuer: String| world.token().issuer(issuer).sign();
    assert_decisions(
        &api,
        [
            (
                "version 1",
                issued(format!("https://sts.windows.net/{tid}/")),
                200,
            ),
            (
                "version 2",
                issued(format!("https://login.microsoftonline.com/{tid}/v2.0")),
                200,
            ),
            ("the metadata's own", world.token().sign(), 200),
            (
                "version 1 without a slash",
                issued(format!("https://sts.windows.net/{tid}")),
                401,
            ),
            (
                "version 2 with a slash",
                issued(format!("https://login.microsoftonline.com/{tid}/v2.0/")),
                401,
            ),
        ],
    )
    .await;
}

#[test]
fn example_11_several_validate_jwt_are_refused_each_with_its_line() {
    let document = include_str!("policies/11-pre-authorize-by-method.xml");
    let refused = mistakes(document, &ReadOptions::new());
    let lines: Vec<_> = refused
        .iter()
        .map(|(line, name, _)| (*line, name.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            (5, "validate-jwt"),
            (18, "validate-jwt"),
            (31, "validate-jwt")
        ]
    );
    for (parent, (_, _, remedy)) in ["when", "when", "otherwise"].iter().zip(&refused) {
        assert!(
            remedy.contains(&format!("inside <{parent}>")) && remedy.contains("its own document"),
            "{remedy}"
        );
    }
}

#[tokio::test]
async fn example_11_each_can_be_extracted() {
    let world = World::start().await;
    let document = include_str!("policies/11-pre-authorize-by-method.xml");
    let mut extracts = document.split("<validate-jwt").skip(1).map(|rest| {
        let (inner, _) = rest.split_once("</validate-jwt>").unwrap();
        format!("<validate-jwt{inner}</validate-jwt>")
    });
    let token = |claim: &str| world.token().claim(claim, true).sign();
    for (claim, other) in [("edit", "create"), ("create", "edit")] {
        let api = world
            .api(&extracts.next().unwrap(), &ReadOptions::new())
            .await;
        assert_decisions(
            &api,
            [
                ("the claim", token(claim), 200),
                ("as text", world.token().claim(claim, "true").sign(), 200),
                ("another claim", token(other), 401),
                ("not true", world.token().claim(claim, false).sign(), 401),
            ],
        )
        .await;
    }
    let api = world
        .api(&extracts.next().unwrap(), &ReadOptions::new())
        .await;
    assert_decisions(&api, [("any token", world.token().sign(), 200)]).await;
}

#[tokio::test]
async fn examples_12_and_13_are_loaded_and_say_what_is_left_out() {
    let world = World::start().await;
    for (document, noted) in [
        (
            include_str!("policies/12-parse-a-token.xml"),
            ["output-token-variable-name", "set-variable"],
        ),
        (
            include_str!("policies/13-custom-error.xml"),
            ["choose", "base"],
        ),
    ] {
        let converted = apim::read(document, &ReadOptions::new()).unwrap();
        for name in noted {
            assert!(
                converted.notes.iter().any(|note| note.name == name),
                "{name}"
            );
        }
        let api = world.api(document, &ReadOptions::new()).await;
        let other = world.token().audience(OTHER_API_ID);
        assert_decisions(
            &api,
            [
                ("ours", world.token().sign(), 200),
                ("another's", other.sign(), 401),
            ],
        )
        .await;
    }
}

#[tokio::test]
async fn example_14_a_scope_among_others() {
    let world = World::start().await;
    let url = "https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/.well-known/openid-configuration";
    let document = include_str!("policies/14-scope-with-separator.xml");
    assert!(document.contains(url));
    let document = document.replace(url, &world.tenant.metadata_url(POLICY));
    let api = world.api(&document, &ReadOptions::new()).await;
    let scopes = |scopes: &str| world.token().scope(scopes).sign();
    let listed = format!(
        "https://login.microsoftonline.com/{}/v2.0",
        world.tenant.tenant_id()
    );
    let listed = world
        .token()
        .scope("user_impersonation")
        .issuer(listed)
        .sign();
    assert_decisions(
        &api,
        [
            ("the scope", scopes("user_impersonation"), 200),
            ("among others", scopes("a user_impersonation b"), 200),
            ("of the listed issuer", listed, 200),
            ("a longer name", scopes("user_impersonation2"), 401),
            ("separated by commas", scopes("a,user_impersonation"), 401),
            ("no scope", world.token().without("scp").sign(), 401),
        ],
    )
    .await;
    let refused = api.get("/tasks", &scopes("a")).await;
    assert!(
        refused
            .challenge()
            .unwrap()
            .ends_with("scope=\"user_impersonation\"")
    );
    let token = scopes("user_impersonation");
    assert_eq!(
        get_from(&api, "/tasks", &[("authorization", &token)])
            .await
            .status,
        401
    );
}
