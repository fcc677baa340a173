use b2c_emulator::Https;
use tower_b2c_auth::{CertificateProblem, FetchError};

use super::{client_of, fetch, layer, tenant};
use crate::support::{API_ID, Api, POLICY, protected};

#[tokio::test]
async fn a_private_authority_is_trusted_by_the_users_client() {
    let tenant = tenant(Https::ephemeral()).await;
    let client = client_of(tenant.authority().unwrap());
    let api = Api::serve(protected(layer(&tenant, Some(client)))).await;
    let token = tenant.token(POLICY).audience(API_ID).sign();
    let answer = api.get("/tasks", &token).await;
    assert_eq!(
        (answer.status, &answer.body[..]),
        (200, "hello Alex Example")
    );
}

#[tokio::test]
async fn the_layers_own_client_does_not_trust_it() {
    let tenant = tenant(Https::ephemeral()).await;
    let untrusted = FetchError::Certificate(CertificateProblem::Untrusted);
    assert_eq!(fetch(&tenant, None).await, Err(untrusted));
    assert_eq!(
        untrusted.to_string(),
        "the identity provider's certificate cannot be trusted: no trusted certificate authority issued it; \
         for a private one, set fetch.ca_file or the variable SSL_CERT_FILE"
    );
    assert_eq!(tenant.requests().total(), 0, "nothing was asked");
    let api = Api::serve(protected(layer(&tenant, None))).await;
    let answer = api.get("/tasks", &tenant.token(POLICY).sign()).await;
    assert_eq!(
        answer.status, 503,
        "it cannot be said whether the token is good"
    );
}

#[tokio::test]
async fn an_authority_vouches_for_the_names_it_was_made_for_only() {
    let ours = b2c_emulator::CertificateAuthority::ephemeral(["elsewhere.example"]).unwrap();
    let names = ["localhost", "127.0.0.1"];
    let certificate = ours.issue(names, b2c_emulator::Validity::Now).unwrap();
    let tenant = tenant(Https::with_certificate(certificate)).await;
    let invalid = FetchError::Certificate(CertificateProblem::Invalid);
    assert_eq!(fetch(&tenant, Some(client_of(&ours))).await, Err(invalid));
}
