//! Documents of real tenants, where somebody has put them beside this checkout: `../shared/facts/samples`.

use std::{fs, path::Path};

use b2c_verify::{AlgorithmSet, JwkSet, JwkSetError, ProviderMetadata};

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/facts/samples");
/// Samples that have words in the place of the numbers of their keys.
const SHAPE_ONLY: [&str; 1] = ["jwks-entra-shape.json"];

#[test]
fn metadata_of_real_tenants_is_read() {
    for (name, document) in samples("discovery-") {
        let json: serde_json::Value = serde_json::from_slice(&document).unwrap();
        let metadata = ProviderMetadata::parse(&document);
        let metadata = metadata.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            metadata.issuer(),
            json["issuer"].as_str().unwrap(),
            "{name}"
        );
        assert_eq!(
            metadata.jwks_uri(),
            json["jwks_uri"].as_str().unwrap(),
            "{name}"
        );
    }
}

#[test]
fn every_key_of_real_tenants_is_usable() {
    for (name, document) in samples("jwks-") {
        let json: serde_json::Value = serde_json::from_slice(&document).unwrap();
        let published: Vec<_> = json["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["kid"].as_str())
            .collect();
        let set = JwkSet::parse(&document, AlgorithmSet::default());
        if SHAPE_ONLY.contains(&&*name) {
            assert_eq!(set.unwrap_err(), JwkSetError::NoUsableKeys, "{name}");
            continue;
        }
        let set = set.unwrap_or_else(|error| panic!("{name}: {error}"));
        let usable: Vec<_> = set.keys().iter().map(|key| key.kid()).collect();
        assert_eq!(usable, published, "{name}: {:?}", set.skipped());
    }
}

/// The JSON files whose name begins so; none where there are no samples.
#[expect(clippy::print_stdout, reason = "the test says that it tested nothing")]
fn samples(prefix: &str) -> Vec<(String, Vec<u8>)> {
    if !Path::new(SAMPLES).exists() {
        println!("nothing is tested: there are no samples beside this checkout");
        return Vec::new();
    }
    let files = fs::read_dir(SAMPLES).unwrap().map(|entry| entry.unwrap());
    let wanted = files.filter(|file| {
        let name = file.file_name().into_string().unwrap();
        name.starts_with(prefix) && name.ends_with(".json")
    });
    let found: Vec<_> = wanted
        .map(|file| {
            (
                file.file_name().into_string().unwrap(),
                fs::read(file.path()).unwrap(),
            )
        })
        .collect();
    assert_ne!(
        found.len(),
        0,
        "the samples are there, but none begins with {prefix}"
    );
    found
}
