//! Encrypted tokens (RFC 7516): what is decrypted, what is refused, and that no refusal reveals why.

use aws_lc_rs::hmac;
use pem::{Pem, encode};

use super::{encrypting::*, support::*};
use crate::{
    AlgorithmSet, Credentials, DecryptionKey, DecryptionKeyError, DecryptionKeys,
    MAX_DECRYPTION_KEYS, MAX_TOKEN_BYTES, Part, Scratch, TokenError, UnverifiedToken,
};

#[test]
fn a_signed_token_comes_out_of_each_pair_of_algorithms_and_is_accepted() {
    let signed = good_token();
    for alg in ALGORITHMS {
        for enc in ENCRYPTIONS {
            for more in [
                "",
                r#","typ":"JWT","cty":"JWT""#,
                r#","cty":"application/jwt""#,
            ] {
                let sealed = seal(Recipient::ours(), alg, enc, more, signed.as_bytes());
                let inner = decrypt(&Recipient::ours().keys(), &sealed.token());
                let inner = inner.unwrap().unwrap();
                assert_eq!(inner, signed, "{alg} {enc} {more}");
                assert!(judge(&inner).is_ok());
            }
        }
    }
}

#[test]
fn unencrypted_tokens_are_not_decrypted() {
    let keys = Recipient::ours().keys();
    for text in [
        "abc",
        "a.b.c",
        "a.b.c.d",
        "a.b.c.d.e.f",
        ".b.c.d.e",
        &good_token(),
    ] {
        assert_eq!(decrypt(&keys, text), Ok(None), "{text}");
    }
    // Without keys, decryption does nothing, and the parser refuses the encrypted token.
    let sealed = seal(Recipient::ours(), "RSA-OAEP", "A256GCM", "", b"a.b.c").token();
    assert_eq!(decrypt(&DecryptionKeys::default(), &sealed), Ok(None));
    assert_eq!(judge(&sealed).err(), Some(TokenError::Encrypted));
}

#[test]
fn doubly_encrypted_tokens_are_refused() {
    let keys = Recipient::ours().keys();
    let once = seal(
        Recipient::ours(),
        "RSA-OAEP",
        "A128GCM",
        "",
        good_token().as_bytes(),
    );
    let twice = seal(
        Recipient::ours(),
        "RSA-OAEP",
        "A128GCM",
        "",
        once.token().as_bytes(),
    );
    let inner = decrypt(&keys, &twice.token()).unwrap().unwrap();
    assert_eq!(judge(&inner).err(), Some(TokenError::Encrypted));
    // Encryption for our key proves nothing about the origin.
    let forged = RsaSigner::other().sign(HEADER, &good_claims(""));
    let forged = seal(
        Recipient::ours(),
        "RSA-OAEP",
        "A128GCM",
        "",
        forged.as_bytes(),
    );
    let inner = decrypt(&keys, &forged.token()).unwrap().unwrap();
    assert_eq!(judge(&inner).err(), Some(TokenError::BadSignature));
    for content in [b"{}".as_slice(), &[0xff, 0, b'.'], b"a..b"] {
        let sealed = seal(Recipient::ours(), "RSA-OAEP", "A128GCM", "", content).token();
        let bearer = Credentials::from_bare(sealed.as_bytes()).unwrap();
        let inner = keys.decrypt(bearer).unwrap().unwrap();
        let parsed = UnverifiedToken::parse(
            inner.credentials(),
            AlgorithmSet::default(),
            &mut Scratch::default(),
        )
        .err();
        assert_eq!(parsed, Some(TokenError::Malformed(Part::Shape)));
    }
    let nothing = seal(Recipient::ours(), "RSA-OAEP", "A128GCM", "", b"").token();
    assert_eq!(
        decrypt(&keys, &nothing),
        Err(TokenError::Malformed(Part::Shape))
    );
}

/// RFC 7516 §11.5: whatever is wrong with the key or the content, the refusal is the same.
#[test]
fn every_tampered_part_is_refused_with_the_same_error() {
    let keys = Recipient::ours().keys();
    for alg in ALGORITHMS {
        for enc in ENCRYPTIONS {
            let good = seal(Recipient::ours(), alg, enc, "", b"a.b.c");
            let refused = |change: &dyn Fn(&mut Parts)| {
                let mut parts = good.clone();
                change(&mut parts);
                assert_ne!(parts.token(), good.token());
                let outcome = decrypt(&keys, &parts.token());
                assert_eq!(outcome, Err(TokenError::DecryptionFailed), "{alg} {enc}");
            };
            for at in [0, 1, 100, 254, 255] {
                refused(&|parts| parts.encrypted_key[at] ^= 1);
            }
            for at in 0..good.iv.len() {
                refused(&|parts| parts.iv[at] ^= 1);
            }
            for at in 0..good.ciphertext.len() {
                refused(&|parts| parts.ciphertext[at] ^= 1);
            }
            for at in 0..good.tag.len() {
                refused(&|parts| parts.tag[at] ^= 1);
            }
            let other_enc = if enc == "A256GCM" {
                "A128CBC-HS256"
            } else {
                "A256GCM"
            };
            let header =
                |enc: &str, more: &str| b64(format!(r#"{{"alg":"{alg}","enc":"{enc}"{more}}}"#));
            refused(&|parts| parts.header = header(enc, r#","x":1"#));
            refused(&|parts| parts.header = header(other_enc, ""));
            refused(&|parts| parts.encrypted_key.clear());
            refused(&|parts| parts.encrypted_key.truncate(255));
            refused(&|parts| parts.encrypted_key.push(0));
            refused(&|parts| parts.encrypted_key = vec![0; 256]);
            refused(&|parts| parts.encrypted_key = vec![0xff; 256]);
            refused(&|parts| parts.iv.truncate(parts.iv.len() - 1));
            refused(&|parts| parts.iv.clear());
            refused(&|parts| parts.ciphertext.clear());
            refused(&|parts| parts.ciphertext.truncate(parts.ciphertext.len() - 1));
            refused(&|parts| parts.tag.truncate(parts.tag.len() - 1));
            refused(&|parts| parts.tag.truncate(parts.tag.len() / 2));
            refused(&|parts| parts.tag.clear());
            // The right content key encrypted for another recipient, and a content key of another length encrypted for us.
            let wrapped = wrap(Recipient::other(), alg, &content_key(enc));
            refused(&|parts| parts.encrypted_key.clone_from(&wrapped));
            for length in [0, 15, 31, 33, 63] {
                let key = &[content_key(enc), vec![0; 64]].concat()[..length];
                let wrapped = wrap(Recipient::ours(), alg, key);
                refused(&|parts| parts.encrypted_key.clone_from(&wrapped));
            }
        }
    }
}

/// Even under a valid tag, bad padding must not give an error of its own: that would be a padding oracle.
#[test]
fn bad_padding_under_a_valid_tag_gives_the_same_error() {
    let keys = Recipient::ours().keys();
    let mut parts = seal(Recipient::ours(), "RSA-OAEP", "A128CBC-HS256", "", b"a.b.c");
    // With a single block, changing the IV's last byte changes the padding's last byte.
    parts.iv[15] ^= 0x80;
    let aad = parts.header.as_bytes();
    let bits = 8 * u64::try_from(aad.len()).unwrap();
    let signed = [aad, &parts.iv, &parts.ciphertext, &bits.to_be_bytes()].concat();
    let mac = hmac::Key::new(hmac::HMAC_SHA256, &content_key("A128CBC-HS256")[..16]);
    parts.tag = hmac::sign(&mac, &signed).as_ref()[..16].to_vec();
    assert_eq!(
        decrypt(&keys, &parts.token()),
        Err(TokenError::DecryptionFailed)
    );
}

#[test]
fn other_algorithms_and_headers_are_refused_before_a_key_is_used() {
    let keys = Recipient::ours().keys();
    let judge = |header: &str| {
        let token = format!("{}.{}.AAAA.AAAA.AAAA", b64(header), b64([1; 256]));
        decrypt(&keys, &token).unwrap_err()
    };
    let header = |alg: &str, enc: &str, more: &str| {
        judge(&format!(r#"{{"alg":"{alg}","enc":"{enc}"{more}}}"#))
    };
    for alg in [
        "RSA1_5",
        "dir",
        "A128KW",
        "ECDH-ES",
        "PBES2-HS256+A128KW",
        "RSA-OAEP-512",
        "rsa-oaep",
        "RS256",
        "none",
    ] {
        assert_eq!(
            header(alg, "A256GCM", ""),
            TokenError::UnsupportedAlgorithm,
            "{alg}"
        );
    }
    for enc in ["A192GCM", "A192CBC-HS384", "a256gcm", "none", ""] {
        assert_eq!(
            header("RSA-OAEP", enc, ""),
            TokenError::UnsupportedAlgorithm,
            "{enc}"
        );
    }
    let good = |more: &str| header("RSA-OAEP", "A256GCM", more);
    for (more, expected) in [
        (r#","zip":"DEF""#, TokenError::UnsupportedType),
        (r#","zip":null"#, TokenError::UnsupportedType),
        (r#","cty":"text/plain""#, TokenError::UnsupportedType),
        (r#","typ":"JOSE""#, TokenError::UnsupportedType),
        (r#","crit":["exp"],"exp":1"#, TokenError::CriticalHeader),
        (
            r#","alg":"RSA-OAEP""#,
            TokenError::DuplicateMember(Part::Header),
        ),
        (r#","kid":"""#, TokenError::Malformed(Part::Header)),
        (r#","kid":7"#, TokenError::Malformed(Part::Header)),
        ("", TokenError::DecryptionFailed),
    ] {
        assert_eq!(good(more), expected, "{more}");
    }
    assert_eq!(
        judge(r#"{"enc":"A256GCM"}"#),
        TokenError::UnsupportedAlgorithm
    );
    assert_eq!(
        judge(r#"{"alg":"RSA-OAEP"}"#),
        TokenError::UnsupportedAlgorithm
    );
    assert_eq!(
        judge(r#"{"alg":1,"enc":"A256GCM"}"#),
        TokenError::Malformed(Part::Header)
    );
    assert_eq!(judge("[]"), TokenError::Malformed(Part::Header));
}

#[test]
fn sizes_are_bounded_before_a_key_is_used() {
    let keys = Recipient::ours().keys();
    let good = seal(Recipient::ours(), "RSA-OAEP", "A256GCM", "", b"a.b.c");
    let malformed = Err(TokenError::Malformed(Part::Encryption));
    for change in [
        (|parts: &mut Parts| parts.encrypted_key = vec![1; 513]) as fn(&mut Parts),
        |parts| parts.iv = vec![1; 17],
        |parts| parts.tag = vec![1; 33],
    ] {
        let mut parts = good.clone();
        change(&mut parts);
        assert_eq!(decrypt(&keys, &parts.token()), malformed);
    }
    for wrong in ["!", "A", "AAB", "AA=="] {
        let parts: Vec<_> = good.token().split('.').map(str::to_owned).collect();
        for at in 1..5 {
            let mut parts = parts.clone();
            parts[at] = wrong.to_owned();
            assert_eq!(decrypt(&keys, &parts.join(".")), malformed, "{wrong} {at}");
        }
    }
    let large = seal(
        Recipient::ours(),
        "RSA-OAEP",
        "A256GCM",
        "",
        &vec![b'.'; MAX_TOKEN_BYTES],
    );
    assert_eq!(decrypt(&keys, &large.token()), Err(TokenError::TooLarge));
}

#[test]
fn the_named_key_is_tried_and_all_if_none_is_named() {
    let (ours, other) = (Recipient::ours(), Recipient::other());
    let keys = |one: Option<&str>, two: Option<&str>| {
        DecryptionKeys::new([other.key(one), ours.key(two)]).unwrap()
    };
    let named = |kid: &str| {
        seal(
            ours,
            "RSA-OAEP",
            "A256GCM",
            &format!(r#","kid":"{kid}""#),
            b"a.b.c",
        )
        .token()
    };
    let unnamed = seal(ours, "RSA-OAEP", "A256GCM", "", b"a.b.c").token();
    let content = Ok(Some("a.b.c".to_owned()));
    assert_eq!(decrypt(&keys(Some("1"), Some("2")), &named("2")), content);
    assert_eq!(decrypt(&keys(Some("1"), Some("2")), &named("3")), content);
    assert_eq!(decrypt(&keys(Some("1"), Some("2")), &unnamed), content);
    assert_eq!(decrypt(&keys(None, None), &named("2")), content);
    // `kid` names the wrong key, and no other is tried.
    assert_eq!(
        decrypt(&keys(Some("1"), Some("2")), &named("1")),
        Err(TokenError::DecryptionFailed)
    );
}

#[test]
fn a_key_is_one_unprotected_rsa_private_key_of_a_sensible_size() {
    let ours = Recipient::ours();
    let read = |text: &str| DecryptionKey::from_pem(None, text).map(|_| ());
    let pem = ours.pem();
    // PKCS #8 wraps PKCS #1 in 26 bytes for an RSA key of this size.
    let pkcs1 = encode(&Pem::new("RSA PRIVATE KEY", &ours.pkcs8()[26..]));
    assert_eq!(read(&pem), Ok(()));
    assert_eq!(read(&pkcs1), Ok(()));
    let key = DecryptionKeys::new([DecryptionKey::from_pem(None, &pkcs1).unwrap()]).unwrap();
    let sealed = seal(ours, "RSA-OAEP-256", "A128CBC-HS256", "", b"a.b.c").token();
    assert_eq!(decrypt(&key, &sealed), Ok(Some("a.b.c".to_owned())));

    let certificate = encode(&Pem::new("CERTIFICATE", vec![1, 2, 3]));
    // As `openssl pkcs12` writes it.
    let attributes = format!("Bag Attributes\n    friendlyName: x\n{certificate}\n{pem}");
    assert_eq!(read(&attributes), Ok(()));
    for (text, expected) in [
        ("", DecryptionKeyError::Pem),
        (certificate.as_str(), DecryptionKeyError::Pem),
        (&format!("{pem}{pem}"), DecryptionKeyError::Pem),
        (&pem.repeat(50), DecryptionKeyError::Pem),
        (
            "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----",
            DecryptionKeyError::Pem,
        ),
        (
            &encode(&Pem::new("ENCRYPTED PRIVATE KEY", ours.pkcs8())),
            DecryptionKeyError::Encrypted,
        ),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n",
            DecryptionKeyError::Encrypted,
        ),
        (
            &encode(&Pem::new("PRIVATE KEY", vec![1, 2, 3])),
            DecryptionKeyError::Key,
        ),
        (
            &encode(&Pem::new("EC PRIVATE KEY", vec![1, 2, 3])),
            DecryptionKeyError::Key,
        ),
        (
            &encode(&Pem::new("RSA PRIVATE KEY", ours.pkcs8())),
            DecryptionKeyError::Key,
        ),
    ] {
        assert_eq!(read(text), Err(expected), "{text:.60}");
    }
    assert!(DecryptionKey::from_pem(Some(&"k".repeat(256)), &pem).is_ok());
    for kid in ["", &"k".repeat(257)] {
        let key = DecryptionKey::from_pem(Some(kid), &pem);
        assert_eq!(key.unwrap_err(), DecryptionKeyError::KeyId);
    }
    let many = |count| DecryptionKeys::new((0..count).map(|_| ours.key(None)));
    assert!(many(MAX_DECRYPTION_KEYS).is_ok());
    assert_eq!(
        many(MAX_DECRYPTION_KEYS + 1).unwrap_err(),
        DecryptionKeyError::TooMany
    );
}

#[test]
fn debug_output_shows_neither_keys_nor_content() {
    let keys = DecryptionKeys::new([Recipient::ours().key(Some("one"))]).unwrap();
    assert_eq!(
        format!("{keys:?}"),
        r#"DecryptionKeys([DecryptionKey { kid: Some("one"), .. }])"#
    );
    let sealed = seal(Recipient::ours(), "RSA-OAEP", "A256GCM", "", b"a.b.c").token();
    let token = keys
        .decrypt(Credentials::from_bare(sealed.as_bytes()).unwrap())
        .unwrap();
    assert_eq!(format!("{token:?}"), "Some(DecryptedToken(<5 bytes>))");
}
