use aws_lc_rs::{
    encoding::{AsDer as _, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use pem::{Pem, encode};
use rcgen::{
    CertificateParams, KeyPair as CertificateKey, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
    PKCS_ECDSA_P521_SHA512, PKCS_ED25519, PKCS_RSA_SHA256, PublicKeyData as _, SignatureAlgorithm,
};

use crate::{Algorithm, AlgorithmSet, KeyError, VerificationKey};

fn all() -> AlgorithmSet {
    AlgorithmSet::new([Algorithm::RS256, Algorithm::ES256, Algorithm::ES384])
}

fn read(text: &str) -> Result<VerificationKey, KeyError> {
    VerificationKey::from_pem(Some("k"), text, all())
}

fn section(tag: &str, contents: &[u8]) -> String {
    encode(&Pem::new(tag, contents))
}

fn certificate(kind: &'static SignatureAlgorithm) -> (CertificateKey, String) {
    let key = CertificateKey::generate_for(kind).unwrap();
    let params = CertificateParams::new(["contoso.example".to_owned()]).unwrap();
    let text = section("CERTIFICATE", params.self_signed(&key).unwrap().der());
    (key, text)
}

#[test]
fn a_certificate_a_public_key_and_its_numbers_are_one_key() {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let public = pair.public_key();
    let numbers = VerificationKey::rsa(
        None,
        public.modulus().big_endian_without_leading_zero(),
        public.exponent().big_endian_without_leading_zero(),
        all(),
    )
    .unwrap();
    let spki: PublicKeyX509Der<'_> = public.as_der().unwrap();
    let spki = encode(&Pem::new("PUBLIC KEY", spki.as_ref()));
    let pkcs1 = encode(&Pem::new("RSA PUBLIC KEY", public.as_ref()));
    for text in [&spki, &pkcs1] {
        let key = read(text).unwrap();
        assert!(key.same_material(&numbers));
        assert!(key.suits(Algorithm::RS256) && !key.suits(Algorithm::ES256));
    }

    for (kind, algorithm) in [
        (&PKCS_RSA_SHA256, Algorithm::RS256),
        (&PKCS_ECDSA_P256_SHA256, Algorithm::ES256),
        (&PKCS_ECDSA_P384_SHA384, Algorithm::ES384),
    ] {
        let (pair, text) = certificate(kind);
        let key = read(&text).unwrap();
        assert!(key.suits(algorithm), "{algorithm}");
        assert!(key.same_material(
            &read(&section("PUBLIC KEY", &pair.subject_public_key_info())).unwrap()
        ));
        assert_eq!(key.kid(), Some("k"));
    }
}

#[test]
fn texts_without_exactly_one_public_key_are_refused() {
    let (pair, text) = certificate(&PKCS_ECDSA_P256_SHA256);
    let private = section("PRIVATE KEY", &pair.serialize_der());
    let small = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let small = small.public_key().as_ref();
    let public = pair.subject_public_key_info();
    let off_curve = [&public[..64], &[0; 27]].concat();
    let der = pem::parse(&text).unwrap().into_contents();
    let cases = [
        ("nothing", String::new(), KeyError::Pem),
        ("text", "MIIB".into(), KeyError::Pem),
        ("two", format!("{text}{text}"), KeyError::Pem),
        (
            "a request",
            section("CERTIFICATE REQUEST", &der),
            KeyError::Pem,
        ),
        ("its private key", private.clone(), KeyError::Private),
        (
            "with its private key",
            format!("{text}{}", private),
            KeyError::Private,
        ),
        (
            "too long",
            format!("{text}{}", " ".repeat(64 * 1024)),
            KeyError::Pem,
        ),
        (
            "no certificate",
            section("CERTIFICATE", b"abc"),
            KeyError::Der,
        ),
        (
            "a certificate cut short",
            section("CERTIFICATE", &der[..der.len() - 1]),
            KeyError::Der,
        ),
        (
            "a key cut short",
            section("RSA PUBLIC KEY", &small[..small.len() - 1]),
            KeyError::Der,
        ),
        (
            "no point",
            section("PUBLIC KEY", &off_curve),
            KeyError::Point,
        ),
        (
            "another curve",
            certificate(&PKCS_ECDSA_P521_SHA512).1,
            KeyError::Der,
        ),
        ("another kind", certificate(&PKCS_ED25519).1, KeyError::Der),
    ];
    for (name, text, expected) in cases {
        assert_eq!(read(&text).err(), Some(expected), "{name}");
    }
    let rs256 = VerificationKey::from_pem(None, &text, AlgorithmSet::default());
    assert_eq!(rs256.err(), Some(KeyError::NoAlgorithm));
}
