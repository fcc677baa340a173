//! Refuses the same encrypted token again and again, for an instruction counter around [`refuse`].
//!
//! `cost KIND RUNS`; what `KIND` does to a good token is in [`Kind`].

use std::{env, hint::black_box};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    encoding::{AsDer as _, Pkcs8V1Der},
    rsa::{KeySize, OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PrivateDecryptingKey},
};
use b2c_verify::{Credentials, DecryptionKey, DecryptionKeys, TokenError};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [kind, runs] = arguments.as_slice() else {
        panic!("cost KIND RUNS");
    };
    let runs: usize = runs.parse().expect("a number of runs");
    let ours = PrivateDecryptingKey::generate(KeySize::Rsa2048).expect("a key");
    let der: Pkcs8V1Der<'_> = ours.as_der().expect("a key in DER");
    let pem = pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()));
    let key = DecryptionKey::from_pem(None, &pem).expect("the same key");
    let keys = DecryptionKeys::new([key]).expect("one key");
    let token = kind_of(kind).token(&ours);
    for _ in 0..WARM_UP {
        let warm = keys.decrypt(black_box(credentials(&token)));
        assert_eq!(warm.unwrap_err(), TokenError::DecryptionFailed);
    }
    for _ in 0..runs {
        assert_eq!(
            refuse(&keys, credentials(&token)),
            TokenError::DecryptionFailed
        );
    }
}

/// What is counted.
#[inline(never)]
fn refuse(keys: &DecryptionKeys, token: Credentials<'_>) -> TokenError {
    keys.decrypt(black_box(token)).expect_err("a refusal")
}

enum Kind {
    /// The content key is right, and the tag is wrong.
    Tag,
    /// The encrypted key is of the right form, and holds no key.
    Key,
    /// It was encrypted for somebody else.
    Recipient,
    /// It holds a content key of another length.
    Length,
}

fn kind_of(name: &str) -> Kind {
    match name {
        "tag" => Kind::Tag,
        "key" => Kind::Key,
        "recipient" => Kind::Recipient,
        "length" => Kind::Length,
        _ => panic!("no such kind: {name}"),
    }
}

impl Kind {
    fn token(&self, ours: &PrivateDecryptingKey) -> String {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#);
        let content_key = [5; 32];
        let mut content = vec![b'x'; CONTENT_BYTES];
        let cipher = UnboundKey::new(&AES_256_GCM, &content_key).expect("a cipher");
        let tag = LessSafeKey::new(cipher)
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key([7; 12]),
                Aad::from(header.as_bytes()),
                &mut content,
            )
            .expect("a tag");
        let mut tag = tag.as_ref().to_vec();
        let encrypted_key = match self {
            Self::Tag => {
                tag[0] ^= 1;
                wrap(ours, &content_key)
            }
            Self::Key => {
                let mut encrypted = wrap(ours, &content_key);
                encrypted[255] ^= 1;
                encrypted
            }
            Self::Recipient => {
                let other = PrivateDecryptingKey::generate(KeySize::Rsa2048).expect("a key");
                // Below our modulus, which anybody with the public key can arrange.
                let mut encrypted = wrap(&other, &content_key);
                encrypted[0] = 0;
                encrypted
            }
            Self::Length => wrap(ours, &content_key[..16]),
        };
        let parts = [encrypted_key.as_slice(), &[7; 12], &content, &tag];
        let parts = parts.map(|part| URL_SAFE_NO_PAD.encode(part));
        format!("{header}.{}", parts.join("."))
    }
}

fn wrap(to: &PrivateDecryptingKey, content_key: &[u8]) -> Vec<u8> {
    let key = OaepPublicEncryptingKey::new(to.public_key()).expect("a public key");
    let mut encrypted = vec![0; key.ciphertext_size()];
    key.encrypt(&OAEP_SHA1_MGF1SHA1, content_key, &mut encrypted, None)
        .expect("an encrypted key");
    encrypted
}

fn credentials(token: &str) -> Credentials<'_> {
    Credentials::from_bare(token.as_bytes()).expect("a text")
}

/// By then, one-time work is done.
const WARM_UP: usize = 10;

/// About a signed token's length.
const CONTENT_BYTES: usize = 1500;
