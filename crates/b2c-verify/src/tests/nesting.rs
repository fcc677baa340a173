//! Deeply nested text, up to a hundred thousand levels, on a stack of 128 KiB.

use std::thread;

use super::support::*;
use crate::{
    AlgorithmSet, JwkSet, JwkSetError, MAX_NESTING, Part, ProviderMetadata, SkipReason, TokenError,
};

fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    thread::Builder::new()
        .stack_size(128 * 1024)
        .spawn(test)
        .unwrap()
        .join()
        .unwrap();
}

/// Arrays, objects, and both in turn, closed and not.
fn bombs(depth: usize) -> [String; 4] {
    [
        "[".repeat(depth) + &"]".repeat(depth),
        r#"{"a":"#.repeat(depth) + "1" + &"}".repeat(depth),
        r#"[{"a":"#.repeat(depth / 2) + "1" + &"}]".repeat(depth / 2),
        "[".repeat(depth),
    ]
}

#[test]
fn depth_in_claims_and_headers_is_refused() {
    on_a_small_stack(|| {
        // As deep as fits into the largest token.
        for bomb in bombs(1800) {
            let claims = good_claims(&format!(r#","x":{bomb}"#));
            assert_eq!(
                validate_claims(&rules(), &claims),
                Err(TokenError::Malformed(Part::Claims))
            );
            let token = format!(
                "{}.e30.AAAA",
                b64(format!(r#"{{"alg":"RS256","x":{bomb}}}"#))
            );
            assert_eq!(
                judge(&token).err(),
                Some(TokenError::Malformed(Part::Header))
            );
        }
    });
}

#[test]
fn nesting_is_counted_outside_strings_and_up_to_the_limit() {
    for (json, expected) in [
        ("[".repeat(MAX_NESTING) + &"]".repeat(MAX_NESTING), Ok(())),
        (
            "[".repeat(MAX_NESTING + 1) + &"]".repeat(MAX_NESTING + 1),
            Err(TokenError::Malformed(Part::Claims)),
        ),
        (format!("[1,{}]", "[[]],".repeat(500) + "1"), Ok(())),
        (format!("[1,\"\\\"{}\"]", "[".repeat(500)), Ok(())),
        (format!("\"{}\"", "{".repeat(500)), Ok(())),
    ] {
        assert_eq!(
            validate_claims(&rules(), &good_claims(&format!(r#","x":{json}"#))),
            expected,
            "{json:.60}"
        );
    }
}

#[test]
fn a_deeply_nested_key_is_skipped_and_other_nesting_is_ignored() {
    on_a_small_stack(|| {
        let good = RsaSigner::ours().jwk("good");
        for bomb in bombs(100_000) {
            let closed = bomb.ends_with([']', '}']);
            let parse =
                |document: String| JwkSet::parse(document.as_bytes(), AlgorithmSet::default());

            let inside = parse(format!(
                r#"{{"keys":[{{"kty":"RSA","kid":"deep","x":{bomb}}},{good}]}}"#
            ));
            let instead = parse(format!(r#"{{"keys":[{bomb},{good}]}}"#));
            let beside = parse(format!(r#"{{"x":{bomb},"keys":[{good}]}}"#));
            for set in [&inside, &instead, &beside] {
                assert_eq!(
                    set.as_ref().err(),
                    (!closed).then_some(&JwkSetError::Malformed)
                );
            }
            if closed {
                assert_eq!(inside.unwrap().skipped()[0].reason, SkipReason::Malformed);
                assert_eq!(instead.unwrap().keys().len(), 1);
                assert_eq!(beside.unwrap().keys().len(), 1);
            }
        }
    });
}

#[test]
fn depth_in_metadata_is_ignored_or_refused() {
    on_a_small_stack(|| {
        for bomb in bombs(100_000) {
            let metadata = ProviderMetadata::parse(
                format!(r#"{{"issuer":"a","x":{bomb},"jwks_uri":"b"}}"#).as_bytes(),
            );
            assert_eq!(metadata.is_ok(), bomb.ends_with([']', '}']));
            assert!(
                ProviderMetadata::parse(
                    format!(r#"{{"issuer":{bomb},"jwks_uri":"b"}}"#).as_bytes()
                )
                .is_err()
            );
            assert!(ProviderMetadata::parse(bomb.as_bytes()).is_err());
        }
    });
}
