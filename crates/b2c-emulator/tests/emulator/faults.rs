use std::{collections::BTreeSet, io::Read as _, time::Duration};

use b2c_emulator::{Emulator, Endpoint, Fault};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt as _, time::timeout};

use crate::{
    POLICY,
    client::{Answer, get, get_some, open},
};

#[tokio::test]
async fn each_fault_changes_the_answer_as_documented() {
    type Check = fn(&Answer, &[u8]) -> bool;
    let (tenant, url) = tenant_and_keys_url().await;
    let good = get(&url).await.body;
    let busy = Fault::Status {
        code: 429,
        retry_after: Some(7),
    };
    let drip = Fault::SlowDrip {
        bytes: 100,
        millis: 1,
    };
    let elsewhere = Fault::RedirectTo("https://elsewhere.example/".into());
    let cases: [(Fault, Check); 13] = [
        (busy, |answer, _| {
            answer.status() == 429
                && answer.header("retry-after") == Some("7")
                && answer.header("content-type") == Some("text/html")
        }),
        (broken(500), |answer, _| {
            answer.status() == 500 && answer.header("retry-after").is_none()
        }),
        (Fault::Delay { millis: 1 }, |answer, good| {
            answer.status() == 200 && answer.body == good
        }),
        (Fault::CutBody, |answer, good| {
            answer.declared_length() == good.len() && answer.body.len() < good.len()
        }),
        (Fault::TruncatedJson, |answer, good| {
            answer.declared_length() == answer.body.len()
                && answer.body.len() < good.len()
                && good.starts_with(&answer.body)
        }),
        (Fault::HtmlWith200, |answer, _| {
            answer.status() == 200
                && answer.header("content-type") == Some("text/html")
                && answer.body.starts_with(b"<html>")
        }),
        (Fault::WrongContentType, |answer, good| {
            answer.header("content-type") == Some("text/plain") && answer.body == good
        }),
        (Fault::HugeBody { bytes: 3 << 20 }, |answer, _| {
            answer.body.len() >= 3 << 20 && answer.json()["keys"].as_array().unwrap().len() == 1
        }),
        (drip, |answer, good| {
            answer.header("transfer-encoding") == Some("chunked") && answer.body.len() > good.len()
        }),
        (elsewhere, |answer, _| {
            answer.status() == 302
                && answer.header("location") == Some("https://elsewhere.example/")
        }),
        (Fault::EmptyObject, |answer, _| answer.body == b"{}"),
        (Fault::EmptyKeys, |answer, _| {
            answer.body == b"{\"keys\":[]}"
        }),
        (Fault::DeepNesting, |answer, _| {
            answer.body.iter().filter(|byte| **byte == b'[').count() == 100_000
        }),
    ];
    for (fault, check) in cases {
        tenant.fault(Endpoint::Keys, fault.clone());
        let answer = get(&url).await;
        assert!(check(&answer, &good), "{fault:?}: {}", answer.head);
    }
    tenant.heal();
    assert_eq!(get(&url).await.body, good);
}

/// The bug: the answer was 200, whatever the good one was, so a refusal looked like success and a redirect led nowhere.
#[tokio::test]
async fn a_fault_of_the_body_keeps_the_status_and_the_headers() {
    let tenant = Emulator::start().await.unwrap();
    let url = format!(
        "{}/contoso.onmicrosoft.com/{POLICY}/oauth2/v2.0/authorize?client_id=11112222-bbbb-3333-cccc-4444dddd5555&redirect_uri=http://localhost:3000/",
        tenant.base_url()
    );
    for fault in [
        Fault::CutBody,
        Fault::TruncatedJson,
        Fault::WrongContentType,
        Fault::HugeBody { bytes: 1 },
        Fault::SlowDrip {
            bytes: 100,
            millis: 1,
        },
    ] {
        tenant.fault(Endpoint::Authorize, fault.clone());
        let answer = get(&url).await;
        assert_eq!(answer.status(), 303, "{fault:?}");
        let location = answer.header("location").unwrap();
        assert!(
            location.starts_with("http://localhost:3000/?error="),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn a_redirect_loop_leads_back_to_the_same_url() {
    let (tenant, url) = tenant_and_keys_url().await;
    tenant.fault(Endpoint::Keys, Fault::RedirectLoop);
    let answer = get(&url).await;
    let location = answer.header("location").unwrap();
    assert_eq!(format!("{}{location}", tenant.base_url()), url);
}

#[tokio::test]
async fn an_endless_body_goes_on() {
    let (tenant, url) = tenant_and_keys_url().await;
    tenant.fault(Endpoint::Keys, Fault::EndlessBody);
    let answer = get_some(&url, 8 << 20).await;
    assert!(answer.header("content-length").is_none());
    assert!(answer.body.len() > 7 << 20);
}

#[tokio::test]
async fn a_hanging_endpoint_takes_the_request_and_sends_nothing() {
    let (tenant, url) = tenant_and_keys_url().await;
    tenant.fault(Endpoint::Keys, Fault::Hang);
    let mut stream = open("GET", &url, "").await;
    let silence = timeout(Duration::from_millis(50), stream.read_u8());
    assert!(silence.await.is_err());
}

#[tokio::test]
async fn a_compressed_bomb_is_small_on_the_wire_and_large_in_memory() {
    let (tenant, url) = tenant_and_keys_url().await;
    tenant.fault(Endpoint::Keys, Fault::CompressedBomb);
    let answer = get(&url).await;
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert!(answer.body.len() < 1 << 20, "{}", answer.body.len());
    let mut unpacked = flate2::read::GzDecoder::new(answer.body.as_slice());
    let mut block = [0; 1 << 16];
    let mut total = 0;
    while let Ok(read @ 1..) = unpacked.read(&mut block) {
        total += read;
    }
    assert!(total > 64 << 20, "{total}");
}

#[tokio::test]
async fn other_entries_stand_beside_the_good_key() {
    let (tenant, url) = tenant_and_keys_url().await;
    let good = tenant.signing_key(POLICY).public_jwk();
    let cases = [
        (Fault::EcBesideGood, json!(["EC", "RSA"])),
        (Fault::OctBesideGood, json!(["oct", "RSA"])),
        (Fault::UnknownBesideGood, json!(["LATTICE", null, "RSA"])),
    ];
    for (fault, kinds) in cases {
        tenant.fault(Endpoint::Keys, fault);
        let keys = keys(&url).await;
        let found: Vec<_> = keys.iter().map(|key| key["kty"].clone()).collect();
        assert_eq!(Value::Array(found), kinds);
        assert_eq!(keys.last(), Some(&good));
    }
}

#[tokio::test]
async fn bad_entries_take_the_place_of_the_good_key() {
    type Check = fn(&Value) -> bool;
    let (tenant, url) = tenant_and_keys_url().await;
    let good = tenant.signing_key(POLICY).public_jwk();
    let cases: [(Fault, Check); 5] = [
        (Fault::UseEnc, |key| key["use"] == "enc"),
        (Fault::ExponentOne, |key| {
            decoded(&key["e"]) == Some(vec![1])
        }),
        (Fault::BrokenModulus, |key| decoded(&key["n"]).is_none()),
        (Fault::PrivateMembers, |key| key["d"].is_string()),
        (Fault::SmallKey, |key| {
            let modulus = decoded(&key["n"]).unwrap();
            modulus.len() == 128 && modulus[0] >= 0x80 && modulus[127] % 2 == 1
        }),
    ];
    for (fault, check) in cases {
        tenant.fault(Endpoint::Keys, fault.clone());
        let keys = keys(&url).await;
        assert_eq!(keys.len(), 1, "{fault:?}");
        assert_eq!(keys[0]["kid"], good["kid"], "{fault:?}");
        assert!(check(&keys[0]), "{fault:?}");
        assert_ne!(keys[0], good);
    }
}

#[tokio::test]
async fn one_kid_can_stand_for_one_key_or_for_two() {
    let (tenant, url) = tenant_and_keys_url().await;
    for same_material in [true, false] {
        tenant.fault(Endpoint::Keys, Fault::DuplicateKid { same_material });
        let keys = keys(&url).await;
        assert_eq!(keys.len(), 2);
        assert_eq!(keys[0]["kid"], keys[1]["kid"]);
        assert_eq!(keys[0]["n"] == keys[1]["n"], same_material);
    }
}

#[tokio::test]
async fn too_many_keys_all_have_different_ids() {
    let (tenant, url) = tenant_and_keys_url().await;
    tenant.fault(Endpoint::Keys, Fault::TooManyKeys);
    let keys = keys(&url).await;
    let kids: BTreeSet<_> = keys.iter().map(|key| key["kid"].to_string()).collect();
    assert_eq!((keys.len(), kids.len()), (300, 300));
}

#[tokio::test]
async fn subsets_are_fixed_or_flap() {
    let (tenant, url) = tenant_and_keys_url().await;
    let old = tenant.signing_key(POLICY).public_jwk();
    let new = tenant.rotate().unwrap();
    tenant.fault(Endpoint::Keys, Fault::Subset(vec![new.kid().to_owned()]));
    for _ in 0..2 {
        assert_eq!(keys(&url).await, [new.public_jwk()]);
    }
    tenant.fault(Endpoint::Keys, Fault::FlappingSubsets);
    let seen = [keys(&url).await, keys(&url).await, keys(&url).await];
    assert_eq!(seen[0], seen[2]);
    assert!(seen.contains(&vec![old]) && seen.contains(&vec![new.public_jwk()]));
}

#[tokio::test]
async fn metadata_can_name_other_keys_and_another_issuer() {
    let tenant = Emulator::start().await.unwrap();
    let url = tenant.metadata_url(POLICY);
    let good = get(&url).await.json();
    let elsewhere = "https://elsewhere.example/";
    let cases = [
        (Fault::ForeignJwksUri(elsewhere.into()), "jwks_uri"),
        (Fault::ChangedIssuer(elsewhere.into()), "issuer"),
    ];
    for (fault, member) in cases {
        tenant.fault(Endpoint::Metadata, fault);
        let mut document = get(&url).await.json();
        assert_eq!(document[member], elsewhere);
        document[member] = good[member].clone();
        assert_eq!(document, good);
    }
}

#[tokio::test]
async fn a_fault_stays_at_its_endpoint_and_ends_after_its_times() {
    let (tenant, keys) = tenant_and_keys_url().await;
    let metadata = tenant.metadata_url(POLICY);
    tenant.fault_times(Endpoint::Keys, broken(500), 2);
    assert_eq!(get(&metadata).await.status(), 200);
    for status in [500, 500, 200] {
        assert_eq!(get(&keys).await.status(), status);
    }
    tenant.fault(Endpoint::Both, broken(502));
    assert_eq!(get(&metadata).await.status(), 502);
    assert_eq!(get(&keys).await.status(), 502);
}

#[tokio::test]
async fn the_latest_fault_counts_and_the_one_before_comes_back_after_it() {
    let (tenant, keys) = tenant_and_keys_url().await;
    tenant.fault(Endpoint::Both, broken(502));
    tenant.fault_times(Endpoint::Keys, broken(503), 1);
    for status in [503, 502] {
        assert_eq!(get(&keys).await.status(), status);
    }
    tenant.fault(Endpoint::Keys, broken(503));
    tenant.fault(Endpoint::Both, broken(504));
    assert_eq!(get(&keys).await.status(), 504);
}

#[tokio::test]
async fn one_endpoint_heals_while_the_other_stays_ill() {
    let (tenant, keys) = tenant_and_keys_url().await;
    let metadata = tenant.metadata_url(POLICY);
    tenant.fault(Endpoint::Both, broken(500));
    tenant.heal_endpoint(Endpoint::Keys);
    assert_eq!(get(&keys).await.status(), 200);
    assert_eq!(get(&metadata).await.status(), 500);
    tenant.heal_endpoint(Endpoint::Both);
    assert_eq!(get(&metadata).await.status(), 200);
}

#[tokio::test]
async fn a_fault_of_one_policy_leaves_the_others_alone() {
    let tenant = Emulator::builder()
        .policy("B2C_1_one")
        .policy("B2C_1A_two")
        .start()
        .await
        .unwrap();
    tenant.fault_of("b2c_1_ONE", Endpoint::Metadata, broken(500));
    assert_eq!(get(&tenant.metadata_url("B2C_1_one")).await.status(), 500);
    assert_eq!(get(&tenant.metadata_url("B2C_1A_two")).await.status(), 200);
    tenant.heal();
    assert_eq!(get(&tenant.metadata_url("B2C_1_one")).await.status(), 200);
}

async fn tenant_and_keys_url() -> (Emulator, String) {
    let tenant = Emulator::start().await.unwrap();
    let metadata = get(&tenant.metadata_url(POLICY)).await.json();
    let url = metadata["jwks_uri"].as_str().unwrap().to_owned();
    (tenant, url)
}

async fn keys(url: &str) -> Vec<Value> {
    get(url).await.json()["keys"].as_array().unwrap().clone()
}

fn decoded(member: &Value) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(member.as_str()?).ok()
}

fn broken(code: u16) -> Fault {
    Fault::Status {
        code,
        retry_after: None,
    }
}
