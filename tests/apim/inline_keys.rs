//! Inline keys: a certificate, RSA numbers, secrets; none is mistaken for another.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use pem::Pem;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, SigningKey as _};
use tower_b2c_auth::{AuthoritySettings, InlineKey};

use super::*;
use crate::support::API_ID;

const ISSUER: &str = "http://contoso.com/";
const HOST: &str = "api.contoso.com";

/// A key with its certificate in PEM.
fn certified() -> (KeyPair, String) {
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let params = CertificateParams::new(["contoso.com".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let pem = pem::encode(&Pem::new("CERTIFICATE", certificate.der().as_ref()));
    (key, pem)
}

fn signed(token: TokenBuilder, key: &KeyPair) -> String {
    let input = token.signing_input();
    let signature = key.sign(input.as_bytes()).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn inline(keys: Vec<InlineKey>, issuer: &str) -> AuthoritySettings {
    AuthoritySettings {
        issuers: vec![issuer.into()],
        keys,
        ..AuthoritySettings::default()
    }
}

fn secret(secret: &[u8]) -> InlineKey {
    InlineKey {
        secret: Some(STANDARD.encode(secret).into()),
        ..InlineKey::default()
    }
}

#[tokio::test]
async fn example_2_a_certificate() {
    let world = World::start().await;
    let document = include_str!("policies/02-certificate.xml");
    let unknown = apim::read(document, &ReadOptions::new().host(HOST)).unwrap_err();
    assert_eq!(
        (
            unknown.mistakes()[0].line,
            unknown.mistakes()[0].name.as_str()
        ),
        (3, "certificate-id")
    );

    let (key, certificate) = certified();
    let (other_key, _) = certified();
    let options = ReadOptions::new()
        .host(HOST)
        .certificate("my-rsa-cert", &certificate);
    let api = world.api(document, &options).await;
    let token = || world.token().issuer(ISSUER).audience(HOST);
    assert_decisions(
        &api,
        [
            ("signed with its key", signed(token(), &key), 200),
            (
                "without a key id",
                signed(token().without_header("kid"), &key),
                200,
            ),
            ("another key", signed(token(), &other_key), 401),
            (
                "the certificate as a secret",
                token().sign_hs256(certificate.as_bytes()),
                401,
            ),
            (
                "another issuer",
                signed(token().issuer("http://contoso.com"), &key),
                401,
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn rsa_numbers_with_an_id_are_for_tokens_that_name_it() {
    let world = World::start().await;
    let jwk = world.tenant.signing_key(POLICY).public_jwk();
    let text = |name: &str| jwk[name].as_str().unwrap().to_owned();
    let document = format!(
        r#"<validate-jwt header-name="Authorization">
            <issuer-signing-keys><key id="{}" n="{}" e="{}" /></issuer-signing-keys>
            <audiences><audience>{API_ID}</audience></audiences>
            <issuers><issuer>{ISSUER}</issuer></issuers>
        </validate-jwt>"#,
        text("kid"),
        text("n"),
        text("e"),
    );
    let api = world.api(&document, &ReadOptions::new()).await;
    let token = || world.token().issuer(ISSUER);
    assert_decisions(
        &api,
        [
            ("its id", token().sign(), 200),
            ("another id", token().kid("other").sign(), 401),
            ("no id", token().without_header("kid").sign(), 401),
            ("a tenant's issuer", world.token().sign(), 401),
        ],
    )
    .await;
}

#[tokio::test]
async fn secrets_and_public_keys_are_never_confused() {
    let world = World::start().await;
    let shared = [9; 64];
    let mut settings = Settings {
        audiences: vec![API_ID.into()],
        authorities: vec![
            AuthoritySettings::openid_config(world.tenant.metadata_url(POLICY)),
            inline(vec![secret(&shared)], "contoso.com"),
        ],
        ..Settings::default()
    };
    // With a legacy issuer, whose tokens are signed with the tenant's keys.
    settings.migration = Some(tower_b2c_auth::MigrationSettings::from_issuer(OLD_ISSUER));
    let api = world.serve(settings).await;
    let ours = || world.token().issuer("contoso.com");
    let public = world.tenant.signing_key(POLICY);
    assert_decisions(
        &api,
        [
            ("the tenant's", world.token().sign(), 200),
            (
                "the tenant's old issuer",
                world.token().issuer(OLD_ISSUER).sign(),
                200,
            ),
            ("the secret's", ours().sign_hs256(&shared), 200),
            (
                "the tenant's key for the secret's issuer",
                ours().sign(),
                401,
            ),
            (
                "the secret for the tenant's issuer",
                world.token().sign_hs256(&shared),
                401,
            ),
            (
                "the secret for the old issuer",
                world.token().issuer(OLD_ISSUER).sign_hs256(&shared),
                401,
            ),
            (
                "the public key as a secret",
                world.token().sign_hs256(public.public_key_pem().as_bytes()),
                401,
            ),
            (
                "the public key in DER as a secret",
                world.token().sign_hs256(&public.public_key_der()),
                401,
            ),
            (
                "the public key as the other's secret",
                ours().sign_hs256(public.public_key_pem().as_bytes()),
                401,
            ),
        ],
    )
    .await;
}

/// The bug: with only one `<openid-config>`, no note said that the keys were kept apart.
#[tokio::test]
async fn keys_beside_metadata_are_for_the_listed_issuers() {
    let world = World::start().await;
    let (key, certificate) = certified();
    let shared = [9; 32];
    let options = ReadOptions::new()
        .certificate("old", &certificate)
        .named_value("secret", STANDARD.encode(shared));
    let policy = |keys: &str, issuer: &str| {
        format!(
            r#"<validate-jwt header-name="Authorization">
            <openid-config url="{}" />
            <issuer-signing-keys>{keys}</issuer-signing-keys>
            <audiences><audience>{API_ID}</audience></audiences>
            <issuers><issuer>{issuer}</issuer></issuers>
        </validate-jwt>"#,
            world.tenant.metadata_url(POLICY)
        )
    };
    let own = world.tenant.issuer(&b2c_emulator::IssuerForm::Default);
    let (cert, secret) = ("<key certificate-id=\"old\" />", "<key>{{secret}}</key>");
    let noted = |document: &str| -> Vec<(usize, bool)> {
        let converted = apim::read(document, &options).unwrap();
        let notes = converted.notes.into_iter();
        let notes = notes.filter(|note| note.text.contains("API Management accepts the"));
        notes
            .map(|note| (note.line, note.text.contains("danger_pool_issuers")))
            .collect()
    };
    // The three statuses are those of a token that the inline key signed for the metadata's issuer, of one that it signed for the listed issuer, and of one
    // that the tenant's key signed for the listed issuer.
    for (keys, issuer, notes, decisions) in [
        (
            cert,
            OLD_ISSUER,
            vec![(2, true), (3, false)],
            [401, 200, 200],
        ),
        (cert, ISSUER, vec![(2, true), (3, false)], [401, 200, 401]),
        (cert, &*own, vec![(2, true), (3, false)], [200, 200, 200]),
        (secret, OLD_ISSUER, vec![(3, false)], [401, 200, 200]),
        (
            secret,
            "https://contoso.com/",
            vec![(3, false)],
            [401, 200, 200],
        ),
    ] {
        let document = policy(keys, issuer);
        assert_eq!(noted(&document), notes, "{keys} {issuer}");
        let api = world.api(&document, &options).await;
        let inline = |token: TokenBuilder| match keys == cert {
            true => signed(token, &key),
            false => token.sign_hs256(&shared),
        };
        let [for_metadata, for_listed, by_tenant] = decisions;
        let listed = || world.token().issuer(issuer);
        assert_decisions(
            &api,
            [
                (issuer, inline(world.token()), for_metadata),
                (issuer, inline(listed()), for_listed),
                (issuer, listed().sign(), by_tenant),
                ("the tenant's own", world.token().sign(), 200),
            ],
        )
        .await;
    }
}

#[test]
fn mistakes_in_keys_are_reported_without_showing_them() {
    let (_, certificate) = certified();
    let base = |authority: AuthoritySettings| Settings {
        audiences: vec![API_ID.into()],
        authorities: vec![authority],
        ..Settings::default()
    };
    let with_metadata = AuthoritySettings {
        keys: vec![secret(&[9; 32])],
        issuers: vec!["contoso.com".into()],
        ..AuthoritySettings::openid_config("https://contoso.b2clogin.com/x")
    };
    let public = InlineKey {
        certificate: Some(certificate),
        ..InlineKey::default()
    };
    let named = InlineKey {
        id: Some("k".into()),
        ..secret(b"short and secret")
    };
    for (authority, field) in [
        (inline(vec![named], "contoso.com"), "authorities[0].keys[0]"),
        (
            inline(vec![secret(&[9; 32]), public], "contoso.com"),
            "authorities[0].keys",
        ),
        (
            inline(vec![InlineKey::default()], "contoso.com"),
            "authorities[0].keys[0]",
        ),
        (
            inline(vec![secret(&[9; 32])], " "),
            "authorities[0].issuers",
        ),
        (with_metadata, "authorities[0].keys"),
    ] {
        let error = B2cAuthLayer::from_settings(base(authority.clone())).unwrap_err();
        let fields: Vec<_> = error
            .mistakes()
            .iter()
            .map(|mistake| mistake.field.as_str())
            .collect();
        assert!(fields.contains(&field), "{fields:?}");
        let shown = format!("{error} {error:?} {authority:?}");
        let secret = STANDARD.encode(b"short and secret");
        assert!(
            !shown.contains(&secret) && !shown.contains("short and secret"),
            "{shown}"
        );
    }
}

#[test]
fn an_authority_may_do_without_an_audience_only_if_it_says_so() {
    let any = |authority: AuthoritySettings| AuthoritySettings {
        danger_accept_any_audience: true,
        ..authority
    };
    let authority = AuthoritySettings::openid_config("https://contoso.b2clogin.com/x");
    let build = |audiences: &[&str], authorities: Vec<AuthoritySettings>| {
        let settings = Settings {
            audiences: audiences.iter().map(|&audience| audience.into()).collect(),
            authorities,
            ..Settings::default()
        };
        let built = B2cAuthLayer::from_settings(settings);
        built.err().map(|error| error.mistakes()[0].field.clone())
    };
    assert_eq!(build(&[], vec![any(authority.clone())]), None);
    assert_eq!(
        build(&[], vec![authority.clone()]).as_deref(),
        Some("audiences")
    );
    assert_eq!(
        build(&[], vec![any(authority.clone()), authority.clone()]).as_deref(),
        Some("audiences")
    );
    let contradiction = build(&[API_ID], vec![any(authority)]);
    assert_eq!(
        contradiction.as_deref(),
        Some("authorities[0].danger_accept_any_audience")
    );
}
