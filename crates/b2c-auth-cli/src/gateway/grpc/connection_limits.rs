//! Tests: how long the gRPC server waits for its calls when it is stopped.

use std::{io::Write as _, sync::Arc, time::Duration};

use clap::Parser as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::serve;
use crate::{
    cli::{Cli, Command},
    gateway::{
        listen::Protocol,
        state::Gateway,
        test_server::{TestServer, within_patience},
    },
};

#[tokio::test]
async fn a_running_call_has_ten_seconds_to_finish_after_the_stop() {
    let mut server = start().await;
    let client = stop_during_a_call(&mut server).await;
    assert!(!server.serving.is_finished());
    server.clock.advance(Duration::from_secs(10));
    within_patience(server.serving).await.unwrap();
    drop(client);
}

#[tokio::test]
async fn the_stop_waits_no_longer_than_for_the_running_call() {
    let mut server = start().await;
    let mut client = stop_during_a_call(&mut server).await;
    // A message of zero bytes, which ends the call.
    client.send(DATA, END_STREAM, CALL, &[0; 5]).await;
    let answer = client.next(HEADERS).await;
    assert_eq!(answer.stream, CALL);
    within_patience(server.serving).await.unwrap();
}

/// Serves gRPC, as the gateway does.
async fn start() -> TestServer {
    TestServer::start(None, Protocol::Http2, |listener, stop, timer| {
        serve(listener, gateway(), Arc::default(), stop, timer)
    })
    .await
}

/// Begins a call whose message is missing, and stops the server. Returns when the server waits for that call alone.
async fn stop_during_a_call(server: &mut TestServer) -> Client {
    let mut client = Client::start_a_call(server.connect().await).await;
    server.stop.send_replace(true);
    assert_eq!(server.next_sleep().await, Duration::from_secs(10));
    // The server says that it takes no more calls, and asks whether any is on its way (RFC 9113 §6.8).
    let ping = client.next(PING).await;
    client.send(PING, ACK, 0, &ping.payload).await;
    let last = client.next(GOAWAY).await;
    assert_eq!(last.payload.first_chunk(), Some(&CALL.to_be_bytes()));
    client
}

/// A client that speaks as much of HTTP/2 as the tests need.
struct Client(TcpStream);

struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

impl Client {
    /// Sends the headers of a call, and waits until the server has read them.
    async fn start_a_call(connection: TcpStream) -> Self {
        let mut client = Self(connection);
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        client.0.write_all(preface).await.unwrap();
        client.send(SETTINGS, 0, 0, &[]).await;
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
        client.send(HEADERS, END_HEADERS, CALL, &headers).await;
        client.send(PING, 0, 0, &[0; 8]).await;
        let pong = client.next(PING).await;
        assert_eq!(pong.flags, ACK);
        client
    }

    /// A frame of HTTP/2 (RFC 9113 §4.1).
    async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
        let stream = stream.to_be_bytes();
        let head = [&[0], &length[..], &[kind, flags], &stream].concat();
        self.0.write_all(&[&head, payload].concat()).await.unwrap();
    }

    /// The next frame of this kind. Panics on a frame that ends the call.
    async fn next(&mut self, kind: u8) -> Frame {
        loop {
            let frame = within_patience(self.read()).await;
            assert_ne!(frame.kind, RST_STREAM);
            let is_first_goodbye = frame.kind == GOAWAY && frame.payload.starts_with(&NO_LIMIT);
            if frame.kind == kind && !is_first_goodbye {
                return frame;
            }
            assert!(
                [SETTINGS, WINDOW_UPDATE, GOAWAY].contains(&frame.kind),
                "{}",
                frame.kind
            );
        }
    }

    async fn read(&mut self) -> Frame {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await.unwrap();
        let [_, high, low, kind, flags, stream @ ..] = head;
        let mut payload = vec![0; u16::from_be_bytes([high, low]).into()];
        self.0.read_exact(&mut payload).await.unwrap();
        Frame {
            kind,
            flags,
            stream: u32::from_be_bytes(stream),
            payload,
        }
    }
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;

const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

/// The stream of the only call.
const CALL: u32 = 1;
/// The last stream id in the first GOAWAY, a warning that does not end any stream yet (RFC 9113 §6.8).
const NO_LIMIT: [u8; 4] = [0x7f, 0xff, 0xff, 0xff];

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
