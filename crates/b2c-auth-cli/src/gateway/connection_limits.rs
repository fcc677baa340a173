//! Tests: how long a client may take, and how much it may send, over real sockets and with a timer that stands still.

use std::{future::pending, time::Duration};

use axum::Router;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::{mpsc, watch},
};

use super::{
    listen::{Certificate, Protocol},
    server::serve,
    test_server::{TestServer, within_patience},
};

#[tokio::test]
async fn a_client_has_five_seconds_for_the_head_of_a_request() {
    let mut server = start(None, Router::new()).await;
    let mut client = server.connect().await;
    client.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    assert_eq!(server.next_sleep().await, Duration::from_secs(5));
    server.clock.advance(Duration::from_millis(4_999));
    client.write_all(b"host: a\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    within_patience(client.read_exact(&mut answer))
        .await
        .unwrap();
    assert_eq!(&answer, b"HTTP/1.1 404");

    // More of the next head does not give it more time.
    client.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    assert_eq!(server.next_sleep().await, Duration::from_secs(5));
    server.clock.advance(Duration::from_secs(3));
    client.write_all(b"host: a\r\n").await.unwrap();
    server.clock.advance(Duration::from_secs(2));
    until_closed(client).await;
}

#[tokio::test]
async fn a_head_has_64_kib_or_twice_that_if_it_comes_fast() {
    let server = start(None, Router::new()).await;
    for (padding, is_read) in [(60 * 1024, true), (2 * 64 * 1024, false)] {
        let mut client = server.connect().await;
        let padding = "x".repeat(padding);
        let head =
            format!("GET / HTTP/1.1\r\nhost: a\r\npadding: {padding}\r\nconnection: close\r\n\r\n");
        // The server closes the connection without reading the rest of an oversized head, so the rest and the answer may be lost.
        client.write_all(head.as_bytes()).await.ok();
        let mut answer = Vec::new();
        within_patience(client.read_to_end(&mut answer)).await.ok();
        assert_eq!(
            answer.starts_with(b"HTTP/1.1 404"),
            is_read,
            "{}",
            padding.len()
        );
    }
}

#[tokio::test]
async fn a_client_has_five_seconds_for_the_tls_handshake() {
    let mut server = start(Some(certificate()), Router::new()).await;
    let mut client = server.connect().await;
    // The first byte of a record with a handshake message. The rest never comes.
    client.write_all(&[22]).await.unwrap();
    assert_eq!(server.next_sleep().await, Duration::from_secs(5));
    server.clock.advance(Duration::from_secs(5));
    until_closed(client).await;
}

#[tokio::test]
async fn running_requests_have_ten_seconds_to_finish_after_the_stop() {
    let (started, mut starts) = mpsc::unbounded_channel();
    let hanging = Router::new().fallback(async move || {
        started.send(()).unwrap();
        pending::<()>().await;
    });
    let mut server = start(None, hanging).await;
    let mut client = server.connect().await;
    let request = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    client.write_all(request).await.unwrap();
    within_patience(starts.recv()).await.unwrap();
    assert_eq!(
        server.next_sleep().await,
        Duration::from_secs(5),
        "the head"
    );

    server.stop.send_replace(true);
    assert_eq!(server.next_sleep().await, Duration::from_secs(10));
    server.clock.advance(Duration::from_secs(10));
    within_patience(server.serving).await.unwrap();
}

#[tokio::test]
async fn the_stop_waits_no_longer_than_for_the_running_requests() {
    let (started, mut starts) = mpsc::unbounded_channel();
    let (finish, finished) = watch::channel(false);
    let slow = Router::new().fallback(async move || {
        started.send(()).unwrap();
        finished
            .clone()
            .wait_for(|finished| *finished)
            .await
            .unwrap();
    });
    let mut server = start(None, slow).await;
    let mut client = server.connect().await;
    let request = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    client.write_all(request).await.unwrap();
    within_patience(starts.recv()).await.unwrap();

    server.stop.send_replace(true);
    while server.next_sleep().await != Duration::from_secs(10) {}
    finish.send_replace(true);
    let mut answer = String::new();
    within_patience(client.read_to_string(&mut answer))
        .await
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    within_patience(server.serving).await.unwrap();
}

/// Serves HTTP, as the gateway does.
async fn start(certificate: Option<Certificate>, router: Router) -> TestServer {
    TestServer::start(certificate, Protocol::Http1, |listener, stop, timer| {
        serve(listener, router, stop, timer)
    })
    .await
}

/// Returns when the server closes the connection.
async fn until_closed(mut client: TcpStream) {
    // If bytes are left unread, closing resets the connection, which is an error here.
    within_patience(client.read_to_end(&mut Vec::new()))
        .await
        .ok();
}

fn certificate() -> Certificate {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, what: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        std::fs::write(&file, pem::encode(&pem::Pem::new(what, bytes))).unwrap();
        file
    };
    let certificate = write("certificate.pem", "CERTIFICATE", cert.der());
    let key = write("key.pem", "PRIVATE KEY", &signing_key.serialize_der());
    Certificate::read(certificate, key).unwrap()
}
