//! Metadata and key sets in the shapes that Microsoft's tenants publish, with values made here.

use b2c_emulator::SigningKey;
use b2c_verify::{AlgorithmSet, JwkSet, ProviderMetadata};
use serde_json::{Value, json};

const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

/// A B2C metadata document at this base, whose URLs name the policy in the path or in the query.
fn b2c_metadata(base: &str, issuer: &str, suffix: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize{suffix}"),
        "token_endpoint": format!("{base}/oauth2/v2.0/token{suffix}"),
        "end_session_endpoint": format!("{base}/oauth2/v2.0/logout{suffix}"),
        "jwks_uri": format!("{base}/discovery/v2.0/keys{suffix}"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code", "code id_token", "id_token token"],
        "scopes_supported": ["openid"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["name", "emails", "tfp", "sub", "iss", "iat", "exp", "aud", "acr", "nonce", "auth_time"]
    })
}

#[test]
fn metadata_of_every_shape_is_read() {
    let tenant = "contoso.onmicrosoft.com";
    let documents = [
        b2c_metadata(
            &format!("https://contoso.b2clogin.com/{tenant}/b2c_1_signupsignin1"),
            &format!("https://contoso.b2clogin.com/{TENANT}/v2.0/"),
            "",
        ),
        b2c_metadata(
            &format!("https://contoso.b2clogin.com/{tenant}"),
            &format!("https://contoso.b2clogin.com/tfp/{TENANT}/b2c_1a_mfa/v2.0/"),
            "?p=b2c_1a_mfa",
        ),
        b2c_metadata(
            &format!("https://login.contoso.com/{TENANT}"),
            &format!("https://login.contoso.com/{TENANT}/v2.0/"),
            "?p=b2c_1_signupsignin1",
        ),
        // External ID: the issuer's host is the tenant's id.
        json!({
            "issuer": format!("https://{TENANT}.ciamlogin.com/{TENANT}/v2.0"),
            "jwks_uri": format!("https://contoso.ciamlogin.com/{TENANT}/discovery/v2.0/keys"),
            "token_endpoint": format!("https://contoso.ciamlogin.com/{TENANT}/oauth2/v2.0/token"),
            "kerberos_endpoint": format!("https://contoso.ciamlogin.com/{TENANT}/kerberos"),
            "tenant_region_scope": null,
            "cloud_instance_name": "microsoftonline.com",
            "http_logout_supported": true
        }),
    ];
    for document in documents {
        let metadata = ProviderMetadata::parse(document.to_string().as_bytes()).unwrap();
        assert_eq!(metadata.issuer(), document["issuer"]);
        assert_eq!(metadata.jwks_uri(), document["jwks_uri"]);
    }
}

#[test]
fn every_key_of_every_shape_is_usable() {
    let keys: Vec<_> = (0..4).map(|_| SigningKey::generate().unwrap()).collect();
    let jwk = |key: &SigningKey, more: Value| {
        let mut jwk = key.public_jwk();
        let members = jwk.as_object_mut().unwrap();
        // None of the tenants says which algorithm a key is for.
        members.remove("alg");
        members.extend(more.as_object().unwrap().clone());
        jwk
    };
    let user_flow = vec![jwk(&keys[0], json!({ "nbf": 1_493_763_266 }))];
    let in_rotation = keys
        .iter()
        .map(|key| jwk(key, json!({ "nbf": 1_493_763_266 })));
    // Entra ID and External ID, with a certificate that nobody reads here.
    let entra = keys.iter().take(2).map(|key| {
        let more = json!({
            "x5t": key.kid(),
            "x5c": ["MIIC/TCCAeWgAwIBAgIIUd7j/OIahkYwDQYJKoZIhvcNAQELBQAwLTErMCkGA1UE"],
            "issuer": format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
            "cloud_instance_name": "microsoftonline.com"
        });
        jwk(key, more)
    });
    for published in [user_flow, in_rotation.collect(), entra.collect()] {
        let kids: Vec<_> = published.iter().map(|key| key["kid"].as_str()).collect();
        let document = json!({ "keys": published }).to_string();
        let set = JwkSet::parse(document.as_bytes(), AlgorithmSet::default()).unwrap();
        let usable: Vec<_> = set.keys().iter().map(|key| key.kid()).collect();
        assert_eq!(usable, kids, "{:?}", set.skipped());
    }
}
