use std::net::SocketAddr;

use b2c_emulator::{Emulator, Endpoint, Fault};
use tokio::{io::AsyncReadExt as _, net::TcpStream, time::timeout};

use crate::{
    POLICY,
    client::{PATIENCE, get, open},
};

#[tokio::test]
async fn a_dropped_tenant_closes_its_port_and_its_connections() {
    let tenant = Emulator::start().await.unwrap();
    let address = address(&tenant);
    tenant.fault(Endpoint::Both, Fault::Hang);
    let waiting = waiting_request(&tenant).await;
    drop(tenant);
    breaks_off(waiting).await;
    is_refused(address).await;
}

#[tokio::test]
async fn a_suspended_tenant_refuses_connections_and_comes_back_at_the_same_port() {
    let mut tenant = Emulator::start().await.unwrap();
    let url = tenant.metadata_url(POLICY);
    tenant.fault(Endpoint::Both, Fault::Hang);
    let waiting = waiting_request(&tenant).await;
    let kids = tenant.published_kids(POLICY);

    tenant.suspend().await;
    tenant.suspend().await;
    breaks_off(waiting).await;
    is_refused(address(&tenant)).await;

    tenant.resume().await.unwrap();
    tenant.resume().await.unwrap();
    tenant.heal();
    assert_eq!(get(&url).await.status(), 200);
    assert_eq!(tenant.published_kids(POLICY), kids);
}

fn address(tenant: &Emulator) -> SocketAddr {
    let base = tenant.base_url();
    base.strip_prefix("http://").unwrap().parse().unwrap()
}

/// A request that the tenant has taken and does not answer.
async fn waiting_request(tenant: &Emulator) -> TcpStream {
    let stream = open("GET", &tenant.metadata_url(POLICY), "").await;
    timeout(PATIENCE, async {
        while tenant.requests().total() == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the request arrives");
    stream
}

async fn breaks_off(mut stream: TcpStream) {
    let mut bytes = Vec::new();
    let end = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    end.expect("the connection ends").ok();
    assert!(bytes.is_empty());
}

/// The port closes when the server's task is gone, which takes the scheduler a moment.
async fn is_refused(address: SocketAddr) {
    timeout(PATIENCE, async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the port closes");
}
