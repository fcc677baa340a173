use crate::{MAX_METADATA_VALUE_BYTES, MetadataError, ProviderMetadata};

fn document(issuer: &str, jwks_uri: &str) -> String {
    format!(
        r#"{{"issuer":{issuer},"authorization_endpoint":"x","jwks_uri":{jwks_uri},"claims_supported":["a",1,{{}}]}}"#
    )
}

#[test]
fn issuer_and_jwks_uri_are_read_and_the_rest_is_ignored() {
    let metadata = ProviderMetadata::parse(
        document(
            r#""https:\/\/a.example/""#,
            r#""https://b.example/keys?p=x""#,
        )
        .as_bytes(),
    )
    .unwrap();
    assert_eq!(
        (metadata.issuer(), metadata.jwks_uri()),
        ("https://a.example/", "https://b.example/keys?p=x")
    );
}

#[test]
fn documents_without_a_usable_issuer_or_key_address_are_refused() {
    let text = |length| format!("\"{}\"", "x".repeat(length));
    let (good, long, longest) = (
        text(1),
        text(MAX_METADATA_VALUE_BYTES + 1),
        text(MAX_METADATA_VALUE_BYTES),
    );
    for (document, expected) in [
        (document(&longest, &longest), None),
        ("{}".into(), Some(MetadataError::MissingIssuer)),
        (
            r#"{"jwks_uri":"x"}"#.into(),
            Some(MetadataError::MissingIssuer),
        ),
        (
            r#"{"issuer":"x"}"#.into(),
            Some(MetadataError::MissingJwksUri),
        ),
        (document("\"\"", &good), Some(MetadataError::InvalidIssuer)),
        (document("null", &good), Some(MetadataError::InvalidIssuer)),
        (
            document("[\"x\"]", &good),
            Some(MetadataError::InvalidIssuer),
        ),
        (document(&long, &good), Some(MetadataError::InvalidIssuer)),
        (document(&good, "\"\""), Some(MetadataError::InvalidJwksUri)),
        (document(&good, "1"), Some(MetadataError::InvalidJwksUri)),
        (document(&good, &long), Some(MetadataError::InvalidJwksUri)),
        ("".into(), Some(MetadataError::Malformed)),
        ("[]".into(), Some(MetadataError::Malformed)),
        ("<html></html>".into(), Some(MetadataError::Malformed)),
        (
            r#"{"issuer":"x","jwks_uri":"x""#.into(),
            Some(MetadataError::Malformed),
        ),
        (
            r#"{"issuer":"x","jwks_uri":"x"}x"#.into(),
            Some(MetadataError::Malformed),
        ),
        (
            r#"{"issuer":"x","issuer":"x","jwks_uri":"x"}"#.into(),
            Some(MetadataError::Malformed),
        ),
        (
            r#"{"issuer":"x","jwks_uri":"x","jwks\u005furi":"y"}"#.into(),
            Some(MetadataError::Malformed),
        ),
    ] {
        assert_eq!(
            ProviderMetadata::parse(document.as_bytes()).err(),
            expected,
            "{document:.100}"
        );
    }
    assert_eq!(
        ProviderMetadata::parse(b"{\"issuer\":\"\xff\",\"jwks_uri\":\"x\"}").err(),
        Some(MetadataError::Malformed)
    );
}
