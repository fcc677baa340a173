//! The command as a user runs it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, ChildStdout, Command, Stdio},
};

/// A running command; it is stopped however the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn start(arguments: &[&str]) -> (Running, BufReader<ChildStdout>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_b2c-auth"))
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let out = BufReader::new(child.stdout.take().expect("its output is piped"));
    (Running(child), out)
}

fn line_with<'a>(lines: &'a [String], start: &str) -> &'a str {
    lines
        .iter()
        .find_map(|line| line.strip_prefix(start))
        .expect("the line is printed")
        .trim()
}

fn request(method: &str, url: &str) -> String {
    let rest = url.strip_prefix("http://").expect("a plain URL");
    let (host, path) = rest.split_once('/').expect("a path");
    let mut stream = TcpStream::connect(host).expect("the port is open");
    write!(stream, "{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").expect("the request is sent");
    let mut response = String::new();
    stream
        .read_to_string(&mut response)
        .expect("the response is read");
    response
}

#[test]
fn it_prints_urls_that_answer_and_a_token() {
    let (_running, out) = start(&[
        "emulator",
        "--tenant",
        "fabrikam",
        "--policy",
        "B2C_1_one",
        "--policy",
        "B2C_1A_two",
        "--scope",
        "tasks.read",
    ]);
    let lines: Vec<String> = out
        .lines()
        .map(|line| line.expect("text"))
        .take_while(|line| !line.starts_with("curl"))
        .collect();

    let metadata = line_with(&lines, "metadata ");
    let response = request("GET", metadata);
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    assert!(
        response.contains(&format!("\"issuer\":\"{}\"", line_with(&lines, "issuer "))),
        "{response}"
    );
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.starts_with("metadata "))
            .count(),
        2
    );
    assert_eq!(line_with(&lines, "TOKEN=").split('.').count(), 3);

    let control = line_with(&lines, "control ");
    assert!(request("POST", &format!("{control}rotate")).starts_with("HTTP/1.1 200"));
    assert!(request("GET", &format!("{control}requests")).contains("\"b2c_1_one\":1"));
}

#[test]
fn it_stays_on_this_machine() {
    let output = Command::new(env!("CARGO_BIN_EXE_b2c-auth"))
        .args(["emulator", "--listen", "0.0.0.0:0"])
        .output()
        .expect("the command runs");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "b2c-auth: the emulator listens on loopback addresses only\n"
    );
}
