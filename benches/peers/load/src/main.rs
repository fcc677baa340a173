//! Requests to several servers in turns, over connections that stay open: `load TOKENS CONNECTIONS REQUESTS ROUNDS PORT ...`
//!
//! In each round, each server gets `REQUESTS` requests, one server after the other: what slows the machine down for a moment slows all of them. The tokens
//! of the file are sent in turn, to each server the same. Prints a line for each server: its requests per second in each round. Whatever is not 200 ends the
//! run.

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
    task::JoinSet,
};

struct Server {
    idle: Vec<TcpStream>,
    /// The number of the next request.
    next: Arc<AtomicUsize>,
    rates: Vec<f64>,
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [tokens, connections, requests, rounds, ports @ ..] = arguments.as_slice() else {
        panic!("TOKENS CONNECTIONS REQUESTS ROUNDS PORT ...")
    };
    let number = |text: &String| text.parse::<usize>().expect("a number");
    let (connections, requests, rounds) = (number(connections), number(requests), number(rounds));
    let tokens = std::fs::read_to_string(tokens).expect("the tokens");
    let request = |token| format!("GET / HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: */*\r\nauthorization: Bearer {token}\r\n\r\n");
    let texts: Arc<Vec<String>> = Arc::new(tokens.lines().map(request).collect());

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        tokio::spawn(stay_awake());
        let mut servers = Vec::new();
        for port in ports {
            servers.push(Server::connect(number(port), connections).await);
        }
        for _ in 0..rounds {
            for server in &mut servers {
                server.round(&texts, requests).await;
            }
        }
        for server in servers {
            let rates: Vec<_> = server.rates.iter().map(|rate| format!("{rate:.0}")).collect();
            println!("{}", rates.join(" "));
        }
    });
}

/// Keeps this program from sleeping. Otherwise the servers would have to wake it, a slower one more often than a faster one.
async fn stay_awake() {
    loop {
        tokio::task::yield_now().await;
    }
}

impl Server {
    async fn connect(port: usize, connections: usize) -> Self {
        let mut idle = Vec::new();
        for _ in 0..connections {
            let stream = TcpStream::connect(format!("127.0.0.1:{port}")).await.expect("the server");
            stream.set_nodelay(true).expect("no delay");
            idle.push(stream);
        }
        Self { idle, next: Arc::default(), rates: Vec::new() }
    }

    async fn round(&mut self, texts: &Arc<Vec<String>>, requests: usize) {
        let end = (self.rates.len() + 1) * requests;
        let start = Instant::now();
        let mut busy = JoinSet::new();
        for stream in self.idle.drain(..) {
            busy.spawn(exchange(stream, Arc::clone(texts), Arc::clone(&self.next), end));
        }
        self.idle = busy.join_all().await;
        self.rates.push(requests as f64 / start.elapsed().as_secs_f64());
        // Each connection took one number beyond the last request.
        self.next.store(end, Ordering::Relaxed);
    }
}

/// Sends whatever number is next and waits for its answer, up to `end`.
async fn exchange(mut stream: TcpStream, texts: Arc<Vec<String>>, next: Arc<AtomicUsize>, end: usize) -> TcpStream {
    let mut buffer = vec![0; 8192];
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        if at >= end {
            return stream;
        }
        stream.write_all(texts[at % texts.len()].as_bytes()).await.expect("to send");
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
