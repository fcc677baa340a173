//! Tests: how long the gRPC server waits for its calls when it is stopped.

use std::{io::Write as _, sync::Arc, time::Duration};

use clap::Parser as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::watch,
};

use super::serve;
use crate::{
    cli::{Cli, Command},
    gateway::{
        listen::{Opener, Protocol},
        manual_timer::{ManualTimer, within_patience},
        state::Gateway,
    },
};

#[tokio::test]
async fn running_calls_have_ten_seconds_to_finish_after_the_stop() {
    let address = "127.0.0.1:0".parse().unwrap();
    let mut opener = Opener::new(None);
    let opened = opener.open("test", "--grpc-listen", &address, Some(Protocol::Http2));
    let listener = opened.await.unwrap().pop().unwrap();
    let url = listener.url().unwrap();
    let stop = watch::Sender::new(false);
    let (timer, clock, mut sleeps) = ManualTimer::new();
    let serving = serve(listener, gateway(), Arc::default(), stop.subscribe(), timer);
    let serving = tokio::spawn(serving);

    let (_, address) = url.split_once("://").unwrap();
    let mut client = TcpStream::connect(address).await.unwrap();
    within_patience(start_a_call(&mut client)).await;
    stop.send_replace(true);
    let limit = within_patience(sleeps.recv()).await;
    assert_eq!(limit, Some(Duration::from_secs(10)));
    assert!(!serving.is_finished());
    clock.advance(Duration::from_secs(10));
    within_patience(serving).await.unwrap();
}

/// Sends the headers of a call whose message never comes, and waits until the server has read them.
async fn start_a_call(client: &mut TcpStream) {
    const HEADERS: u8 = 1;
    const SETTINGS: u8 = 4;
    const PING: u8 = 6;
    const END_HEADERS: u8 = 4;
    const ACK: u8 = 1;
    // HPACK: two entries of the static table, then names from it with literal values.
    let mut headers = vec![0x83, 0x86];
    for (name, value) in [
        (&[0x04][..], "/envoy.service.auth.v3.Authorization/Check"),
        (&[0x01], "localhost"),
        (&[0x0f, 0x10], "application/grpc"),
    ] {
        headers.extend(name);
        headers.push(value.len().try_into().unwrap());
        headers.extend(value.as_bytes());
    }
    let mut sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    sent.extend(frame(SETTINGS, 0, 0, &[]));
    sent.extend(frame(HEADERS, END_HEADERS, 1, &headers));
    sent.extend(frame(PING, 0, 0, &[0; 8]));
    client.write_all(&sent).await.unwrap();
    loop {
        let mut head = [0; 9];
        client.read_exact(&mut head).await.unwrap();
        let [_, high, low, kind, flags, ..] = head;
        let mut rest = vec![0; u16::from_be_bytes([high, low]).into()];
        client.read_exact(&mut rest).await.unwrap();
        if (kind, flags) == (PING, ACK) {
            return;
        }
    }
}

/// A frame of HTTP/2 (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    let stream = stream.to_be_bytes();
    let head = [&[0], &length[..], &[kind, flags], &stream];
    [head.concat().as_slice(), payload].concat()
}

/// A gateway that fetches nothing.
fn gateway() -> Gateway {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(
        file,
        "audiences = 'api'\n[[authorities]]\ntenant = 'contoso'\npolicy = 'B2C_1_a'\n"
    )
    .unwrap();
    let path = file.path().to_str().unwrap();
    let arguments = [
        "b2c-auth",
        "gateway",
        "--config",
        path,
        "--grpc-listen",
        "127.0.0.1:0",
    ];
    let Command::Gateway(arguments) = Cli::parse_from(arguments).command else {
        unreachable!("it is the gateway");
    };
    Gateway::new(&arguments, None, None).unwrap()
}
