//! The port closes over HTTP, and opens again.

use std::{net::TcpStream, time::Duration};

use b2c_emulator::{Emulator, Endpoint, Fault};

use crate::{
    POLICY,
    client::{get, send},
};

#[tokio::test]
async fn the_port_is_closed_for_a_while_and_comes_back() {
    let tenant = Emulator::builder().control(true).start().await.unwrap();
    let url = format!("{}/emulator/suspend", tenant.base_url());
    let answer = send("POST", &url, r#"{"millis":300}"#).await;
    assert_eq!(answer.status(), 202, "who ordered it is answered");
    let address = tenant.base_url().replace("http://", "");
    while TcpStream::connect(&address).is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    while TcpStream::connect(&address).is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(get(&tenant.metadata_url(POLICY)).await.status(), 200);
}

#[tokio::test]
async fn sign_in_and_token_endpoint_misbehave_too() {
    let tenant = Emulator::start().await.unwrap();
    let base = format!(
        "{}/contoso.onmicrosoft.com/{POLICY}/oauth2/v2.0",
        tenant.base_url()
    );
    let down = Fault::Status {
        code: 503,
        retry_after: Some(7),
    };
    let statuses = async || {
        let mut statuses = vec![get(&tenant.metadata_url(POLICY)).await.status()];
        for page in ["authorize", "token"] {
            statuses.push(get(&format!("{base}/{page}")).await.status());
        }
        statuses
    };
    assert_eq!(statuses().await, [200, 400, 405]);
    tenant.fault(Endpoint::Token, down.clone());
    assert_eq!(statuses().await, [200, 400, 503]);
    tenant.fault(Endpoint::All, down);
    assert_eq!(statuses().await, [503, 503, 503]);
    tenant.heal_endpoint(Endpoint::Both);
    assert_eq!(statuses().await, [200, 503, 503]);
    tenant.heal();
    assert_eq!(statuses().await, [200, 400, 405]);
    assert_eq!(
        (tenant.requests().authorize(), tenant.requests().token()),
        (5, 5)
    );
}
