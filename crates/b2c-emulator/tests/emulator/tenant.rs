use b2c_emulator::{Emulator, EmulatorError, IssuerForm, KeySharing, UrlForm};
use serde_json::json;

use crate::{POLICY, client::get, tokens::claims};

#[tokio::test]
async fn each_form_of_url_answers_in_its_own_style() {
    let tenant = Emulator::start().await.unwrap();
    let base = tenant.base_url();
    let guid = tenant.tenant_id().to_owned();
    let policy = POLICY.to_ascii_lowercase();
    for form in [UrlForm::Path, UrlForm::Query, UrlForm::Tfp] {
        for domain in ["contoso.onmicrosoft.com", &guid] {
            let url = tenant
                .metadata_url_in(POLICY, form)
                .replace("contoso.onmicrosoft.com", domain);
            let answer = get(&url).await;
            assert_eq!(answer.status(), 200, "{url}");
            assert_eq!(
                answer.header("content-type"),
                Some("application/json; charset=utf-8")
            );
            let document = answer.json();
            assert_eq!(document["issuer"], tenant.issuer(&IssuerForm::Default));
            let keys = match form {
                UrlForm::Path => format!("{base}/{domain}/{policy}/discovery/v2.0/keys"),
                UrlForm::Query => format!("{base}/{domain}/discovery/v2.0/keys?p={policy}"),
                UrlForm::Tfp => format!("{base}/tfp/{domain}/{policy}/discovery/v2.0/keys"),
            };
            assert_eq!(document["jwks_uri"], keys, "{url}");
            assert_eq!(get(&keys).await.json()["keys"].as_array().unwrap().len(), 1);
        }
    }
}

#[tokio::test]
async fn policies_are_found_whatever_their_case_and_others_are_not() {
    let tenant = Emulator::start().await.unwrap();
    let url = tenant.metadata_url(POLICY);
    let cases = [
        (url.clone(), 200),
        (url.replace(POLICY, &POLICY.to_ascii_uppercase()), 200),
        (format!("{url}?x-client-SKU=rust&x-client-Ver=1"), 200),
        (url.replace(POLICY, "B2C_1_other"), 404),
        (url.replace("contoso.", "fabrikam."), 404),
        (url.replace(&format!("/{POLICY}"), ""), 404),
        (url.replace("/v2.0", ""), 404),
        (format!("{}/", tenant.base_url()), 404),
    ];
    for (url, status) in cases {
        let answer = get(&url).await;
        assert_eq!(answer.status(), status, "{url}");
        if status == 404 {
            assert_eq!(answer.header("content-type"), Some("text/html"), "{url}");
        }
    }
}

#[tokio::test]
async fn keys_have_the_shape_of_b2c() {
    let tenant = Emulator::start().await.unwrap();
    let metadata = get(&tenant.metadata_url(POLICY)).await.json();
    let answer = get(metadata["jwks_uri"].as_str().unwrap()).await;
    assert_eq!(answer.header("cache-control"), Some("private"));
    assert_eq!(answer.header("etag"), None);
    let keys = answer.json();
    let mut members: Vec<_> = keys["keys"][0].as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(members, ["e", "kid", "kty", "n", "nbf", "use"]);
    assert_eq!(
        keys,
        json!({ "keys": [tenant.signing_key(POLICY).public_jwk()] })
    );
}

#[tokio::test]
async fn issuers_have_the_guid_and_a_slash_at_the_end() {
    let tenant = Emulator::start().await.unwrap();
    let (base, guid) = (tenant.base_url(), tenant.tenant_id());
    let legacy = "https://login.microsoftonline.com";
    let one = || "b2c_1_one".to_owned();
    let cases = [
        (IssuerForm::Default, format!("{base}/{guid}/v2.0/")),
        (
            IssuerForm::Tfp(one()),
            format!("{base}/tfp/{guid}/b2c_1_one/v2.0/"),
        ),
        (IssuerForm::Legacy, format!("{legacy}/{guid}/v2.0/")),
        (
            IssuerForm::LegacyTfp(one()),
            format!("{legacy}/tfp/{guid}/b2c_1_one/v2.0/"),
        ),
    ];
    for (form, issuer) in cases {
        assert_eq!(tenant.issuer(&form), issuer);
    }
}

#[tokio::test]
async fn the_chosen_issuer_form_is_in_metadata_and_tokens() {
    let tenant = Emulator::builder()
        .issuer_form(IssuerForm::Tfp(String::new()))
        .start()
        .await
        .unwrap();
    let expected = tenant.issuer(&IssuerForm::Tfp(POLICY.to_owned()));
    let metadata = get(&tenant.metadata_url(POLICY)).await.json();
    assert_eq!(metadata["issuer"], expected);
    assert_eq!(claims(&tenant.token(POLICY).sign())["iss"], expected);
}

#[tokio::test]
async fn requests_are_counted_by_endpoint_and_policy() {
    let tenant = Emulator::builder()
        .policy("B2C_1_one")
        .policy("B2C_1A_two")
        .start()
        .await
        .unwrap();
    assert_eq!(tenant.requests().total(), 0);
    let one = get(&tenant.metadata_url("B2C_1_one")).await.json();
    get(&tenant.metadata_url_in("b2c_1_ONE", UrlForm::Query)).await;
    get(&tenant.metadata_url("B2C_1A_two")).await;
    get(one["jwks_uri"].as_str().unwrap()).await;
    get(&tenant.metadata_url("B2C_1_unknown")).await;

    let requests = tenant.requests();
    assert_eq!((requests.metadata(), requests.keys()), (3, 1));
    assert_eq!(requests.total(), 4);
    assert_eq!(requests.metadata_of("B2C_1_one"), 2);
    assert_eq!(requests.keys_of("b2c_1_one"), 1);
    assert_eq!(requests.keys_of("B2C_1A_two"), 0);
    assert_eq!(requests.metadata_of("B2C_1_unknown"), 0);
}

#[tokio::test]
async fn policies_share_a_key_or_have_their_own() {
    for (sharing, same) in [(KeySharing::Shared, true), (KeySharing::PerPolicy, false)] {
        let tenant = Emulator::builder()
            .policy("B2C_1_one")
            .policy("B2C_1A_two")
            .key_sharing(sharing)
            .start()
            .await
            .unwrap();
        let kids = tenant.published_kids("B2C_1_one");
        assert_eq!(kids == tenant.published_kids("B2C_1A_two"), same);
    }
}

#[tokio::test]
async fn unrelated_tenants_can_sign_with_one_key() {
    let first = Emulator::start().await.unwrap();
    let second = Emulator::builder()
        .tenant("fabrikam")
        .signing_key(first.signing_key(POLICY))
        .start()
        .await
        .unwrap();
    assert_eq!(first.published_kids(POLICY), second.published_kids(POLICY));
    assert_ne!(
        first.issuer(&IssuerForm::Default),
        second.issuer(&IssuerForm::Default)
    );
}

#[tokio::test]
async fn the_emulator_listens_on_loopback_only() {
    let public = || Emulator::builder().listen(([0, 0, 0, 0], 0).into());
    // Also without a socket, because `resume` would bind this address.
    for refused in [public().start().await, public().without_socket()] {
        let refused = refused.unwrap_err();
        assert!(matches!(refused, EmulatorError::NotLoopback), "{refused:?}");
    }
}
