//! A client that hides nothing: it shows the bytes as they came.

use std::time::Duration;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// What came back before the connection ended.
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (this, value) = line.split_once(": ")?;
            this.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn declared_length(&self) -> usize {
        self.header("content-length").unwrap().parse().unwrap()
    }
}

pub(crate) async fn get(url: &str) -> Answer {
    send("GET", url, "").await
}

pub(crate) async fn send(method: &str, url: &str, json: &str) -> Answer {
    let mut stream = open(method, url, json).await;
    let mut bytes = Vec::new();
    let whole = timeout(PATIENCE, stream.read_to_end(&mut bytes));
    // A connection that breaks off ends the answer as well.
    whole.await.expect("the answer ends").ok();
    answer(&bytes)
}

/// The first bytes of an answer that does not end.
pub(crate) async fn get_some(url: &str, bytes: u64) -> Answer {
    let mut stream = open("GET", url, "").await.take(bytes);
    let mut some = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut some))
        .await
        .expect("that much comes")
        .unwrap();
    answer(&some)
}

/// A request whose answer nobody has read yet.
pub(crate) async fn open(method: &str, url: &str, json: &str) -> TcpStream {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let length = json.len();
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{json}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

fn answer(bytes: &[u8]) -> Answer {
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("a whole head");
    Answer {
        head: String::from_utf8(bytes[..end].to_vec()).unwrap(),
        body: bytes[end + 4..].to_vec(),
    }
}

/// Longer than anything here takes: it ends a test that would wait for ever.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
