use super::support::*;
use crate::{Algorithm, AlgorithmSet, JwkSet, JwkSetError, MAX_KEYS, MAX_KID_BYTES, SkipReason};

fn parse(document: &str) -> Result<JwkSet, JwkSetError> {
    JwkSet::parse(document.as_bytes(), AlgorithmSet::default())
}

fn set(entries: &[&str]) -> String {
    format!(r#"{{"keys":[{}]}}"#, entries.join(","))
}

/// Our key's JWK with one member written differently, or added.
fn with(member: &str) -> String {
    let jwk = RsaSigner::ours().jwk("odd");
    let name = member.split_once(':').unwrap().0;
    match jwk.split_once(&format!("{name}:")) {
        None => jwk.replacen('{', &format!("{{{member},"), 1),
        Some((before, after)) => {
            let rest = after.trim_start_matches(|character| character != ',' && character != '}');
            format!("{before}{member}{rest}")
        }
    }
}

fn without(name: &str) -> String {
    RsaSigner::ours()
        .jwk("odd")
        .replacen(&format!(r#""{name}":"#), r#""unused":"#, 1)
}

#[test]
fn b2c_key_sets_have_no_alg_and_verify_rs256() {
    let set = parse(&set(&[&RsaSigner::ours().jwk(KID)])).unwrap();
    assert_eq!(set.skipped(), []);
    assert_eq!(set.keys()[0].kid(), Some(KID));
    assert!(judge_with(&rules(), &good_token(), &set.keys()[0]).is_ok());
}

#[test]
fn entries_that_cannot_be_used_are_skipped_and_the_good_one_stays() {
    let good = RsaSigner::ours().jwk("good");
    let short = b64([0xff; 128]);
    let even = b64([0xfe; 256]);
    let deep = with(&format!(r#""x":{}{}"#, "[".repeat(33), "]".repeat(33)));
    for (entry, reason) in [
        ("1".into(), SkipReason::Malformed),
        ("null".into(), SkipReason::Malformed),
        ("[]".into(), SkipReason::Malformed),
        (r#""text""#.into(), SkipReason::Malformed),
        ("{}".into(), SkipReason::Malformed),
        (with(r#""kty":1"#), SkipReason::Malformed),
        (with(r#""kid":1"#), SkipReason::Malformed),
        (with(r#""kid":null"#), SkipReason::Malformed),
        (with(r#""alg":1"#), SkipReason::Malformed),
        (r#"{"kty":"RSA","kty":"RSA"}"#.into(), SkipReason::Malformed),
        (
            r#"{"kty":"RSA","\u006bty":"RSA"}"#.into(),
            SkipReason::Malformed,
        ),
        (r#"{"kty":"\ud800"}"#.into(), SkipReason::Malformed),
        (deep, SkipReason::Malformed),
        (with(r#""kty":"OKP""#), SkipReason::UnsupportedType),
        (with(r#""kty":"rsa""#), SkipReason::UnsupportedType),
        (with(r#""kty":"AKP""#), SkipReason::UnsupportedType),
        (
            r#"{"kty":"oct","kid":"odd","k":"AAAA"}"#.into(),
            SkipReason::Symmetric,
        ),
        (with(r#""d":"AAAA""#), SkipReason::Private),
        (with(r#""p":"AAAA""#), SkipReason::Private),
        (with(r#""oth":[]"#), SkipReason::Private),
        (with(r#""use":"enc""#), SkipReason::NotForSignatures),
        (with(r#""use":"SIG""#), SkipReason::NotForSignatures),
        (with(r#""use":null"#), SkipReason::Malformed),
        (
            with(r#""key_ops":["encrypt"]"#),
            SkipReason::NotForVerifying,
        ),
        (with(r#""key_ops":[]"#), SkipReason::NotForVerifying),
        (with(r#""key_ops":"verify""#), SkipReason::Malformed),
        (without("kid"), SkipReason::MissingKeyId),
        (with(r#""kid":"""#), SkipReason::MissingKeyId),
        (
            with(&format!(r#""kid":"{}""#, "k".repeat(MAX_KID_BYTES + 1))),
            SkipReason::KeyIdTooLong,
        ),
        (with(r#""alg":"RS512""#), SkipReason::Algorithm),
        (with(r#""alg":"HS256""#), SkipReason::Algorithm),
        (with(r#""alg":"none""#), SkipReason::Algorithm),
        (with(r#""alg":"RSA-OAEP""#), SkipReason::Algorithm),
        (without("n"), SkipReason::Modulus),
        (with(r#""n":"""#), SkipReason::Modulus),
        (with(r#""n":1"#), SkipReason::Modulus),
        (with(r#""n":"not base64!""#), SkipReason::Modulus),
        (
            with(&format!(r#""n":"{}""#, b64(RsaSigner::ours().n()) + "==")),
            SkipReason::Modulus,
        ),
        (with(&format!(r#""n":"{short}""#)), SkipReason::Modulus),
        (with(&format!(r#""n":"{even}""#)), SkipReason::Modulus),
        (
            with(&format!(r#""n":"{}""#, "_".repeat(100_000))),
            SkipReason::Modulus,
        ),
        (without("e"), SkipReason::Exponent),
        (with(r#""e":"AQ""#), SkipReason::Exponent),
        (with(r#""e":"Ag""#), SkipReason::Exponent),
        (with(r#""e":"AAAA""#), SkipReason::Exponent),
        (with(r#""e":"""#), SkipReason::Exponent),
        (with(r#""e":65537"#), SkipReason::Exponent),
        (
            r#"{"kty":"EC","kid":"odd","crv":"P-256"}"#.into(),
            SkipReason::Point,
        ),
        (
            r#"{"kty":"EC","kid":"odd","crv":"P-521","x":"AAAA","y":"AAAA"}"#.into(),
            SkipReason::Point,
        ),
        (
            format!(
                r#"{{"kty":"EC","kid":"odd","crv":"P-256","x":"{0}","y":"{0}"}}"#,
                b64([1; 32])
            ),
            SkipReason::Point,
        ),
        (
            format!(
                r#"{{"kty":"EC","kid":"odd","crv":"P-256","x":"{0}","y":"{0}"}}"#,
                b64([1; 48])
            ),
            SkipReason::Point,
        ),
    ] {
        for (position, entries) in [[entry.as_str(), &good], [&good, entry.as_str()]]
            .into_iter()
            .enumerate()
        {
            let set = parse(&set(&entries)).unwrap();
            assert_eq!(set.keys().len(), 1, "{entry:.200}");
            assert_eq!(set.keys()[0].kid(), Some("good"));
            assert_eq!(set.skipped().len(), 1);
            assert_eq!(
                (set.skipped()[0].position, set.skipped()[0].reason),
                (position, reason),
                "{entry:.200}"
            );
        }
        assert_eq!(
            parse(&set(&[&entry])).err(),
            Some(JwkSetError::NoUsableKeys)
        );
    }
}

#[test]
fn a_point_that_is_fine_is_skipped_where_its_algorithm_is_not_allowed() {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    };
    for (curve, of_curve, signing, length) in [
        (
            "P-256",
            Algorithm::ES256,
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            32,
        ),
        (
            "P-384",
            Algorithm::ES384,
            &ECDSA_P384_SHA384_FIXED_SIGNING,
            48,
        ),
    ] {
        let pair = EcdsaKeyPair::generate(signing).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(length);
        let jwk = |x: &[u8], y: &[u8]| {
            let (x, y) = (b64(x), b64(y));
            format!(r#"{{"kty":"EC","kid":"ec","crv":"{curve}","x":"{x}","y":"{y}"}}"#)
        };
        let rsa = RsaSigner::ours().jwk("rsa");
        let document = set(&[&jwk(x, y), &rsa]);
        assert_eq!(
            parse(&document).unwrap().skipped()[0].reason,
            SkipReason::Algorithm
        );
        let both = AlgorithmSet::new([Algorithm::RS256, of_curve]);
        let read = JwkSet::parse(document.as_bytes(), both).unwrap();
        assert!(read.keys()[0].suits(of_curve) && !read.keys()[0].suits(Algorithm::RS256));
        assert!(read.keys()[1].suits(Algorithm::RS256) && !read.keys()[1].suits(of_curve));

        for (x, y) in [(x, &y[1..]), (&x[1..], y)] {
            let short = set(&[&jwk(x, y), &rsa]);
            let read = JwkSet::parse(short.as_bytes(), both).unwrap();
            assert_eq!(read.skipped()[0].reason, SkipReason::Point);
        }
    }
}

#[test]
fn members_that_are_right_or_unknown_do_no_harm() {
    for member in [
        r#""alg":"RS256""#,
        r#""use":"sig""#,
        r#""key_ops":["verify"]"#,
        r#""key_ops":["sign","verify"]"#,
        r#""x5c":["AAAA"]"#,
        r#""x5t":"AAAA""#,
        r#""nbf":"yesterday""#,
        r#""something":{"new":[1]}"#,
    ] {
        assert_eq!(
            parse(&set(&[&with(member)])).unwrap().keys().len(),
            1,
            "{member}"
        );
    }
    assert_eq!(parse(&set(&[&without("use")])).unwrap().keys().len(), 1);
    let beside = format!(
        r#" {{ "issuer" : "x", "keys" : [ {} ], "more": [1,{{}}] }} "#,
        RsaSigner::ours().jwk("k")
    );
    assert_eq!(parse(&beside).unwrap().keys().len(), 1);
}

#[test]
fn one_id_stands_for_one_key() {
    let (ours, other) = (
        RsaSigner::ours().jwk("same"),
        RsaSigner::other().jwk("same"),
    );
    let good = RsaSigner::ours().jwk("good");

    let twice = parse(&set(&[&ours, &good, &ours])).unwrap();
    assert_eq!(
        twice
            .keys()
            .iter()
            .map(|key| key.kid().unwrap())
            .collect::<Vec<_>>(),
        ["same", "good"]
    );
    assert_eq!(twice.skipped(), []);

    for entries in [
        [&ours, &good, &other, &ours],
        [&other, &ours, &ours, &good],
        [&good, &ours, &ours, &other],
    ] {
        let set = parse(&set(&entries.map(String::as_str))).unwrap();
        assert_eq!(
            set.keys()
                .iter()
                .map(|key| key.kid().unwrap())
                .collect::<Vec<_>>(),
            ["good"]
        );
        assert_eq!(set.skipped().len(), 3);
        assert!(
            set.skipped()
                .iter()
                .all(|key| key.reason == SkipReason::Ambiguous)
        );
        assert!(set.skipped().is_sorted_by_key(|key| key.position));
    }
    assert_eq!(
        parse(&set(&[&ours, &other])).err(),
        Some(JwkSetError::NoUsableKeys)
    );
}

#[test]
fn documents_that_are_not_key_sets_are_refused() {
    let good = set(&[&RsaSigner::ours().jwk("good")]);
    for document in [
        "",
        " ",
        "{}",
        "null",
        "[]",
        "<!DOCTYPE html><html></html>",
        r#"{"keys":null}"#,
        r#"{"keys":{}}"#,
        r#"{"keys":"x"}"#,
        r#"{"keys":1}"#,
        r#"{"Keys":[]}"#,
        &good[..good.len() - 1],
        &good[..good.len() / 2],
        &format!("{good}{good}"),
        &format!("\u{feff}{good}"),
        &good.replacen('{', r#"{"keys":[],"#, 1),
    ] {
        assert_eq!(
            parse(document).err(),
            Some(JwkSetError::Malformed),
            "{document:.100}"
        );
    }
    assert_eq!(
        JwkSet::parse(b"{\"keys\":[\"\xff\"]}", AlgorithmSet::default()).err(),
        Some(JwkSetError::Malformed)
    );
    assert_eq!(
        parse(r#"{"keys":[]}"#).err(),
        Some(JwkSetError::NoUsableKeys)
    );
}

#[test]
fn the_number_of_entries_is_limited() {
    let many = |count: usize| {
        (0..count)
            .map(|index| RsaSigner::ours().jwk(&format!("k{index}")))
            .collect::<Vec<_>>()
    };
    let parse = |entries: Vec<String>| {
        parse(&set(&entries
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()))
    };
    assert_eq!(parse(many(MAX_KEYS)).unwrap().into_keys().len(), MAX_KEYS);
    assert_eq!(
        parse(many(MAX_KEYS + 1)).err(),
        Some(JwkSetError::TooManyKeys)
    );
    assert_eq!(
        parse(vec!["1".into(); 10_000]).err(),
        Some(JwkSetError::TooManyKeys)
    );
}

#[test]
fn ids_of_skipped_keys_are_escaped_and_truncated() {
    let entries = [
        r#"{"kty":"x","kid":"a\n\u001b[31m\"ä"}"#,
        &format!(r#"{{"kty":"x","kid":"{}"}}"#, "k".repeat(9999)),
    ];
    let set = parse(&set(&[
        entries[0],
        entries[1],
        &RsaSigner::ours().jwk("good"),
    ]))
    .unwrap();
    assert_eq!(
        set.skipped()[0].to_string(),
        r#"key 0 ("a\n\u{1b}[31m\"\u{e4}"): an unsupported key type"#
    );
    assert_eq!(
        set.skipped()[1].kid.as_deref(),
        Some("k".repeat(64).as_str())
    );
}

#[test]
fn the_issuer_that_an_entry_names_stays_with_the_key() {
    let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
    for (member, expected) in [
        (format!(r#""issuer":"{template}""#), Some(template)),
        (
            format!(r#""issuer":"{}""#, template.replace('/', "\\/")),
            Some(template),
        ),
        (r#""issuer":"""#.to_owned(), Some("")),
        // It names no tenant, but it is not absent either.
        (r#""issuer":["x"]"#.to_owned(), Some(r#"["x"]"#)),
        (r#""unused":1"#.to_owned(), None),
    ] {
        let key = parse(&set(&[&with(&member)]))
            .unwrap()
            .into_keys()
            .remove(0);
        assert_eq!(key.issuer(), expected, "{member}");
        let again = parse(&set(&[&key.to_jwk().unwrap()])).unwrap();
        assert_eq!(again.keys()[0].issuer(), expected, "{member}");
    }
}
