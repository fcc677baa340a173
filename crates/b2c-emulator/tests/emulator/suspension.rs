//! The port that an HTTP request closes for a while, and faults of the sign-in and the token endpoint.

use b2c_emulator::{Emulator, Endpoint, Fault};
use tokio::{io::AsyncReadExt as _, net::TcpStream, time::timeout};

use crate::{
    POLICY,
    client::{PATIENCE, get, send},
};

#[tokio::test]
async fn the_port_is_closed_for_a_while_and_comes_back() {
    let tenant = Emulator::builder().control(true).start().await.unwrap();
    let address = tenant.base_url().replace("http://", "");
    let mut idle = TcpStream::connect(&address).await.unwrap();
    let url = format!("{}/emulator/suspend", tenant.base_url());
    let answer = send("POST", &url, r#"{"millis":20}"#).await;
    assert_eq!(answer.status(), 202, "who ordered it is answered");
    // All other connections break off.
    let read = timeout(PATIENCE, idle.read(&mut [0; 1])).await;
    assert!(!matches!(read.expect("it ends"), Ok(1)));
    let open = async {
        while TcpStream::connect(&address).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, open).await.expect("it opens again");
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
