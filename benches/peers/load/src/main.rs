//! Requests over connections that stay open: `load PORT TOKENS CONNECTIONS REQUESTS [SKIP]` prints requests per second.
//!
//! The tokens of the file are sent in turn; without tokens (`-`), requests have no credentials. Whatever is not 200 ends the run.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [port, tokens, connections, requests] = &arguments[..4] else { panic!("PORT TOKENS CONNECTIONS REQUESTS") };
    let port: u16 = port.parse().expect("a port");
    let connections: usize = connections.parse().expect("a number of connections");
    let total: usize = requests.parse().expect("a number of requests");
    let head = "GET / HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: */*\r\n";
    let requests: Arc<Vec<Vec<u8>>> = Arc::new(if tokens == "-" {
        vec![format!("{head}\r\n").into_bytes()]
    } else {
        let text = std::fs::read_to_string(tokens).expect("the tokens");
        text.lines().map(|token| format!("{head}authorization: Bearer {token}\r\n\r\n").into_bytes()).collect()
    });
    let next = Arc::new(AtomicUsize::new(0));
    let threads = 2;
    let start = Instant::now();
    let workers: Vec<_> = (0..threads)
        .map(|_| {
            let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(async {
                    let each = (0..connections / threads).map(|_| tokio::spawn(connection(port, Arc::clone(&requests), Arc::clone(&next), total)));
                    let each: Vec<_> = each.collect();
                    for connection in each {
                        connection.await.expect("a connection");
                    }
                });
            })
        })
        .collect();
    for worker in workers {
        worker.join().expect("a worker");
    }
    println!("{:.0}", total as f64 / start.elapsed().as_secs_f64());
}

async fn connection(port: u16, requests: Arc<Vec<Vec<u8>>>, next: Arc<AtomicUsize>, total: usize) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the server");
    stream.set_nodelay(true).expect("no delay");
    let mut buffer = vec![0; 8192];
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        if at >= total {
            return;
        }
        stream.write_all(&requests[at % requests.len()]).await.expect("to send");
        let mut filled = 0;
        while !is_complete(&buffer[..filled]) {
            let read = stream.read(&mut buffer[filled..]).await.expect("an answer");
            assert!(read > 0, "the server closed the connection");
            filled += read;
        }
    }
}

/// Whether the whole answer is there. All servers here say its length.
fn is_complete(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = std::str::from_utf8(&answer[..end]).expect("a head");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let lengths = head.lines().filter_map(|line| line.split_once(": ")).find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = lengths.expect("a length").1.parse().expect("a number");
    answer.len() >= end + 4 + length
}
