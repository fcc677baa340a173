use b2c_emulator::{CertificateAuthority, Https, Validity};
use tower_b2c_auth::{CertificateProblem, FetchError};

use super::{client_of, fetch, tenant};

/// What the layer says of a certificate for these names, issued by an authority it trusts.
async fn told(names: &[&str], validity: Validity) -> Result<(), FetchError> {
    let authority =
        CertificateAuthority::ephemeral(["localhost", "127.0.0.1", "other.example"]).unwrap();
    let certificate = authority.issue(names.iter().copied(), validity).unwrap();
    let tenant = tenant(Https::with_certificate(certificate)).await;
    fetch(&tenant, Some(client_of(&authority))).await
}

#[tokio::test]
async fn a_good_certificate_is_accepted_and_each_bad_one_refused_with_its_fault() {
    use CertificateProblem::{Expired, NotYetValid, WrongName};
    assert_eq!(told(&["localhost"], Validity::Now).await, Ok(()));
    for (names, validity, problem) in [
        (["localhost"], Validity::Expired, Expired),
        (["localhost"], Validity::Future, NotYetValid),
        (["other.example"], Validity::Now, WrongName),
    ] {
        let told = told(&names, validity).await;
        assert_eq!(told, Err(FetchError::Certificate(problem)));
    }
}

/// The bug: an authority for names of one kind, DNS names or IP addresses, was trusted for all names of the other kind.
#[tokio::test]
async fn an_authority_is_trusted_for_no_names_of_a_kind_that_it_has_none_of() {
    let both = ["localhost", "127.0.0.1"];
    for (own, is_good) in [(&both[..], true), (&both[..1], false), (&both[1..], false)] {
        let authority = CertificateAuthority::ephemeral(own.iter().copied()).unwrap();
        let certificate = authority.issue(both, Validity::Now).unwrap();
        let tenant = tenant(Https::with_certificate(certificate)).await;
        let told = fetch(&tenant, Some(client_of(&authority))).await;
        assert_eq!(told.is_ok(), is_good, "{own:?}: {told:?}");
    }
}

#[tokio::test]
async fn a_key_of_another_authority_with_the_same_name_is_no_good() {
    let names = ["localhost", "127.0.0.1"];
    let [trusted, other] = [(); 2].map(|()| CertificateAuthority::ephemeral(names).unwrap());
    let certificate = other.issue(names, Validity::Now).unwrap();
    let tenant = tenant(Https::with_certificate(certificate)).await;
    let told = fetch(&tenant, Some(client_of(&trusted))).await;
    assert!(
        matches!(
            told,
            Err(FetchError::Certificate(
                CertificateProblem::Untrusted | CertificateProblem::Invalid
            ))
        ),
        "{told:?}"
    );
}
