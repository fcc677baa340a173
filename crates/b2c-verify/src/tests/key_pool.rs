use super::support::*;
use crate::{Algorithm, AlgorithmSet, JwkSet, KeyPool};

fn parse(pool: &KeyPool, jwk: &str, algorithms: AlgorithmSet) -> JwkSet {
    let document = format!(r#"{{"keys":[{jwk}]}}"#);
    JwkSet::parse_in(pool, document.as_bytes(), algorithms).unwrap()
}

#[test]
fn one_key_of_two_tenants_is_kept_once_and_goes_with_the_last() {
    let pool = KeyPool::default();
    let ours = RsaSigner::ours().jwk(KID);
    let one = parse(&pool, &ours, AlgorithmSet::default());
    let two = parse(&pool, &ours, AlgorithmSet::default());
    assert_eq!(pool.len(), 1);
    drop(one);
    assert!(judge_with(&rules(), &good_token(), &two.keys()[0]).is_ok());
    drop(two);
    assert!(pool.is_empty());
}

#[test]
fn the_same_kid_with_another_key_is_another_key() {
    let pool = KeyPool::default();
    let ours = parse(&pool, &RsaSigner::ours().jwk(KID), AlgorithmSet::default());
    let theirs = parse(&pool, &RsaSigner::other().jwk(KID), AlgorithmSet::default());
    assert_eq!(pool.len(), 2);
    assert!(judge_with(&rules(), &good_token(), &ours.keys()[0]).is_ok());
    assert!(judge_with(&rules(), &good_token(), &theirs.keys()[0]).is_err());
}

#[test]
fn the_same_key_for_another_algorithm_is_another_key() {
    let pool = KeyPool::default();
    let jwk = RsaSigner::ours().jwk(KID);
    let of = |algorithm| parse(&pool, &jwk, AlgorithmSet::new([algorithm]));
    let (one, other) = (of(Algorithm::RS256), of(Algorithm::RS512));
    assert_eq!(pool.len(), 2);
    assert!(one.keys()[0].suits(Algorithm::RS256) && !one.keys()[0].suits(Algorithm::RS512));
    assert!(other.keys()[0].suits(Algorithm::RS512) && !other.keys()[0].suits(Algorithm::RS256));
}
