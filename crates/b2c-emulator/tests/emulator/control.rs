use b2c_emulator::{Emulator, IssuerForm};
use serde_json::json;

use crate::{
    POLICY,
    client::{get, send},
    tokens::{claims, served_jwk, verify},
};

#[tokio::test]
async fn control_endpoints_are_off_by_default() {
    let tenant = Emulator::start().await.unwrap();
    for (method, path) in PATHS {
        let url = format!("{}{path}", tenant.base_url());
        assert_eq!(send(method, &url, "{}").await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn faults_can_be_set_limited_and_ended() {
    let tenant = controlled().await;
    let url = format!("{}/emulator/faults", tenant.base_url());
    let metadata = tenant.metadata_url(POLICY);
    let broken = json!({ "status": { "code": 503 } });
    let orders = [
        json!({ "endpoint": "metadata", "fault": broken }),
        json!({ "endpoint": "both", "fault": broken, "times": 1 }),
        json!({ "endpoint": "metadata", "fault": broken, "policy": POLICY }),
    ];
    for order in orders {
        assert_eq!(send("POST", &url, &order.to_string()).await.status(), 204);
        assert_eq!(get(&metadata).await.status(), 503, "{order}");
        if order.get("times").is_none() {
            assert_eq!(get(&metadata).await.status(), 503, "{order}");
            assert_eq!(send("DELETE", &url, "").await.status(), 204);
        }
        assert_eq!(get(&metadata).await.status(), 200, "{order}");
    }
}

/// The bug: it was called `html_with200`.
#[tokio::test]
async fn the_html_fault_is_called_html_with_200() {
    let tenant = controlled().await;
    let url = format!("{}/emulator/faults", tenant.base_url());
    let metadata = tenant.metadata_url(POLICY);
    let order = json!({ "endpoint": "metadata", "fault": "html_with_200" });
    assert_eq!(send("POST", &url, &order.to_string()).await.status(), 204);
    let answer = get(&metadata).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.body.first(), Some(&b'<'));
}

#[tokio::test]
async fn malformed_control_requests_are_refused() {
    let tenant = controlled().await;
    let cases = [
        (
            "faults",
            json!({ "endpoint": "keys", "fault": "no_such_fault" }),
            422,
        ),
        (
            "faults",
            json!({ "endpoint": "nowhere", "fault": "hang" }),
            422,
        ),
        (
            "faults",
            json!({ "endpoint": "keys", "fault": "hang", "time": 1 }),
            422,
        ),
        (
            "faults",
            json!({ "endpoint": "keys", "fault": "hang", "policy": "B2C_1_other" }),
            404,
        ),
        ("tokens", json!({ "policy": "B2C_1_other" }), 404),
    ];
    for (path, order, status) in cases {
        let url = format!("{}/emulator/{path}", tenant.base_url());
        let answer = send("POST", &url, &order.to_string()).await;
        assert_eq!(answer.status(), status, "{order}");
    }
    assert_eq!(get(&tenant.metadata_url(POLICY)).await.status(), 200);
}

/// The bug: they were answered with 404 and nothing else.
#[tokio::test]
async fn an_unknown_policy_or_key_is_answered_with_the_known_ones() {
    let tenant = controlled().await;
    let kid = tenant.signing_key(POLICY).kid().to_owned();
    let fault = json!({ "endpoint": "keys", "fault": "hang", "policy": "B2C_1_other" });
    for (path, order, expected) in [
        (
            "faults",
            fault,
            format!("the tenant contoso has no policy B2C_1_other, only {POLICY}, "),
        ),
        (
            "keys/nope/sign",
            json!({}),
            format!("the tenant contoso publishes no key nope, only {kid}"),
        ),
    ] {
        let url = format!("{}/emulator/{path}", tenant.base_url());
        let answer = send("POST", &url, &order.to_string()).await;
        assert_eq!(answer.status(), 404, "{path}");
        let text = String::from_utf8(answer.body).unwrap();
        assert!(text.contains(&expected), "{path}: {text}");
    }
}

/// The bug: any number was taken. Those below 100 and above 999 were served as 500, and those from 100 to 199 broke the connection.
#[tokio::test]
async fn a_fault_has_a_status_code_that_a_response_can_have() {
    let tenant = controlled().await;
    let url = format!("{}/emulator/faults", tenant.base_url());
    for (code, status) in [
        (0, 422),
        (99, 422),
        (101, 422),
        (199, 422),
        (200, 204),
        (599, 204),
        (600, 422),
        (9999, 422),
    ] {
        let order = json!({ "endpoint": "keys", "fault": { "status": { "code": code } } });
        let answer = send("POST", &url, &order.to_string()).await;
        assert_eq!(answer.status(), status, "{code}");
        let text = String::from_utf8(answer.body).unwrap();
        let says = text.contains(&format!("from 200 to 599, not {code}"));
        assert_eq!(says, status == 422, "{text}");
    }
}

#[tokio::test]
async fn keys_can_be_rotated_and_requests_are_counted() {
    let tenant = controlled().await;
    let base = tenant.base_url();
    let answer = send("POST", &format!("{base}/emulator/rotate"), "").await;
    let kid = answer.json()["kid"].as_str().unwrap().to_owned();
    assert_eq!(tenant.signing_key(POLICY).kid(), kid);
    assert_eq!(tenant.published_kids(POLICY).len(), 2);

    get(&tenant.metadata_url(POLICY)).await;
    let requests = get(&format!("{base}/emulator/requests")).await.json();
    let policy = POLICY.to_ascii_lowercase();
    assert_eq!(requests["metadata"], json!({ policy: 1 }));
    assert_eq!(requests["keys"], json!({}));
    assert_eq!(requests["last"][0]["status"], 200);
}

#[tokio::test]
async fn a_token_is_made_to_order() {
    let tenant = controlled().await;
    let url = format!("{}/emulator/tokens", tenant.base_url());
    let order = json!({
        "policy": POLICY,
        "audience": "my-api",
        "scope": "tasks.read",
        "claims": { "extension_level": 3 },
    });
    let answer = send("POST", &url, &order.to_string()).await.json();
    let token = answer["access_token"].as_str().unwrap();
    let issuer = tenant.issuer(&IssuerForm::Default);
    let verified = verify(token, &served_jwk(&tenant).await, &issuer).unwrap();
    assert_eq!(verified["scp"], "tasks.read");
    assert_eq!(verified["extension_level"], 3);

    let plain = send("POST", &url, "{}").await.json();
    let plain = claims(plain["access_token"].as_str().unwrap());
    assert_eq!(plain["tfp"], POLICY);
}

/// Begins with the page itself, at the URL that the command prints as `control`, with a slash at the end.
#[tokio::test]
async fn every_request_that_the_page_lists_is_served() {
    let tenant = controlled().await;
    let page = get(&format!("{}/emulator/", tenant.base_url())).await;
    assert_eq!(page.status(), 200);
    let page = String::from_utf8(page.body).unwrap();
    let (_, listed) = page.split_once("id=\"over-http\"").unwrap();
    let mut routes = 0;
    for row in listed.split("data-label=\"Request\">").skip(1) {
        let (method, rest) = row.split_once(' ').unwrap();
        let path = rest.strip_prefix("<code>").unwrap();
        let (path, _) = path.split_once('<').unwrap();
        let url = format!("{}{}", tenant.base_url(), path.replace("{kid}", "none"));
        let body = if path.ends_with("suspend") { "" } else { "{}" };
        let status = send(method, &url, body).await.status();
        let is_there = status != 405 && (status != 404 || path.contains("{kid}"));
        assert!(is_there, "{method} {path}: {status}");
        routes += 1;
    }
    assert!(routes > 10, "{routes}");
}

async fn controlled() -> Emulator {
    Emulator::builder().control(true).start().await.unwrap()
}

const PATHS: [(&str, &str); 5] = [
    ("POST", "/emulator/faults"),
    ("DELETE", "/emulator/faults"),
    ("POST", "/emulator/rotate"),
    ("GET", "/emulator/requests"),
    ("POST", "/emulator/tokens"),
];
