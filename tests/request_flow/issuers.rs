//! The forms of metadata URLs and issuers, and several audiences.

use b2c_emulator::{Emulator, IssuerForm, UrlForm};
use tower_b2c_auth::{
    AuthorityBuilder, AuthoritySettings, B2cAuthBuilder, B2cAuthLayer, B2cTenant, b2c,
    from_metadata,
};

use crate::support::{API_ID, Api, OTHER_API_ID, POLICY, layer_for, protected};

#[tokio::test]
async fn each_form_of_the_metadata_url_leads_to_the_keys() {
    let tenant = Emulator::start().await.unwrap();
    let domain = format!("{}.onmicrosoft.com", tenant.tenant());
    let token = tenant.token(POLICY).sign();
    for form in [UrlForm::Path, UrlForm::Query, UrlForm::Tfp] {
        let url = tenant.metadata_url_in(POLICY, form);
        let by_id = url.replace(&domain, tenant.tenant_id());
        let in_lower_case = url.replace(POLICY, &POLICY.to_lowercase());
        for url in [by_id, in_lower_case, url] {
            let auth = B2cAuthLayer::builder()
                .authority(from_metadata(&url))
                .audience(API_ID);
            assert_eq!(status(auth, &token).await, 200, "{url}");
        }
    }
    assert_eq!(
        (tenant.requests().metadata(), tenant.requests().keys()),
        (9, 9)
    );
}

#[test]
fn tenant_and_policy_name_the_metadata_without_any_fetch() {
    let url = |authority: AuthorityBuilder<B2cTenant>| {
        let auth = B2cAuthLayer::builder()
            .authority(authority)
            .audience(API_ID);
        let health = auth.build().unwrap().health();
        let urls = health.authorities().iter();
        urls.map(|one| one.openid_config.clone().unwrap())
            .collect::<Vec<_>>()
    };
    let document = |host: &str, policy: &str| {
        format!(
            "https://{host}/contoso.onmicrosoft.com/{policy}/v2.0/.well-known/openid-configuration"
        )
    };
    let both = b2c("contoso").policy("B2C_1_in").policy("B2C_1A_mfa");
    let own = both.clone().custom_domain("login.contoso.com");
    for (auth, host) in [(both, "contoso.b2clogin.com"), (own, "login.contoso.com")] {
        assert_eq!(
            url(auth),
            [document(host, "B2C_1_in"), document(host, "B2C_1A_mfa")]
        );
    }
}

#[tokio::test]
async fn each_form_of_the_issuer_is_accepted_where_the_metadata_names_it() {
    // B2C writes the policy in lower case there.
    let tfp = IssuerForm::Tfp(POLICY.to_lowercase());
    let legacy_tfp = IssuerForm::LegacyTfp(POLICY.to_lowercase());
    let forms = [IssuerForm::Default, tfp, IssuerForm::Legacy, legacy_tfp];
    for named in &forms {
        let tenant = Emulator::builder()
            .issuer_form(named.clone())
            .start()
            .await
            .unwrap();
        let auth = match named {
            IssuerForm::Default | IssuerForm::Tfp(_) => layer_for(&tenant),
            // Its host is not the metadata's, so it has to be configured.
            _ => layer_for(&tenant).issuer(tenant.issuer(named)),
        };
        let api = Api::serve(protected(auth.build().unwrap())).await;
        for form in &forms {
            let token = tenant.token(POLICY).issuer(tenant.issuer(form)).sign();
            let expected = if form == named { 200 } else { 401 };
            let status = api.get("/tasks", &token).await.status;
            assert_eq!(
                status, expected,
                "{form:?} where the metadata names {named:?}"
            );
        }
    }
}

#[tokio::test]
async fn metadata_that_names_an_issuer_of_another_host_is_not_believed() {
    let builder = Emulator::builder().issuer_form(IssuerForm::Legacy);
    let tenant = builder.start().await.unwrap();
    // No metadata could make this issuer the authority's, so the token is refused. With an issuer that the metadata could name, the answer is 503.
    let token = tenant.token(POLICY).sign();
    assert_eq!(status(layer_for(&tenant), &token).await, 401);
    let fitting = tenant.issuer(&IssuerForm::Default);
    let token = tenant.token(POLICY).issuer(fitting).sign();
    assert_eq!(status(layer_for(&tenant), &token).await, 503);
    assert_eq!(tenant.requests().keys(), 0);
}

#[tokio::test]
async fn an_issuer_besides_the_metadatas_own_is_accepted_with_the_same_keys_where_it_is_configured()
{
    let tenant = Emulator::start().await.unwrap();
    let legacy = tenant.issuer(&IssuerForm::Legacy);
    let token = tenant.token(POLICY).issuer(&legacy).sign();
    assert_eq!(status(layer_for(&tenant), &token).await, 401);
    assert_eq!(
        status(layer_for(&tenant).issuer(&legacy), &token).await,
        200
    );
    let own = tenant.token(POLICY).sign();
    assert_eq!(status(layer_for(&tenant).issuer(&legacy), &own).await, 200);
}

#[tokio::test]
async fn tokens_of_several_applications_are_accepted() {
    let tenant = Emulator::start().await.unwrap();
    let auth = layer_for(&tenant).audience(OTHER_API_ID);
    let api = Api::serve(protected(auth.build().unwrap())).await;
    for (audience, expected) in [(API_ID, 200), (OTHER_API_ID, 200), ("third", 401)] {
        let token = tenant.token(POLICY).audience(audience).sign();
        assert_eq!(
            api.get("/tasks", &token).await.status,
            expected,
            "{audience}"
        );
    }
}

#[tokio::test]
async fn audiences_of_an_authority_hold_for_it_alone() {
    let ours = Emulator::start().await.unwrap();
    let other_id = "bbbbcccc-1111-dddd-2222-eeee3333ffff";
    let builder = Emulator::builder().tenant("fabrikam").tenant_id(other_id);
    let theirs = builder
        .signing_key(ours.signing_key(POLICY))
        .start()
        .await
        .unwrap();
    let authority = |tenant: &Emulator, audience: &str| AuthoritySettings {
        audiences: vec![audience.into()],
        ..AuthoritySettings::openid_config(tenant.metadata_url(POLICY))
    };
    let auth = B2cAuthLayer::builder()
        .authority(authority(&ours, API_ID))
        .authority(authority(&theirs, OTHER_API_ID));
    let api = Api::serve(protected(auth.build().unwrap())).await;
    for (tenant, audience, expected) in [
        (&ours, API_ID, 200),
        (&theirs, OTHER_API_ID, 200),
        (&ours, OTHER_API_ID, 401),
        (&theirs, API_ID, 401),
    ] {
        let token = tenant.token(POLICY).audience(audience).sign();
        let status = api.get("/tasks", &token).await.status;
        assert_eq!(status, expected, "{} for {audience}", tenant.tenant());
    }
}

async fn status(auth: B2cAuthBuilder, token: &str) -> u16 {
    let api = Api::serve(protected(auth.build().unwrap())).await;
    api.get("/tasks", token).await.status
}
