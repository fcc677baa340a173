//! The command as a user runs it, and a client that speaks plain HTTP/1.1.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read, Write as _},
    net::TcpStream,
    path::PathBuf,
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use b2c_emulator::Emulator;
use tempfile::TempDir;
use tower_b2c_auth::{Clock as _, SystemClock};

/// The sign-in policy of the emulator's default tenant.
pub(crate) const POLICY: &str = "B2C_1_signupsignin1";
/// The client id of that tenant's first API.
pub(crate) const API: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";

/// A configuration for this tenant, with `top` above its tables. A slow machine may take long for the first fetch.
pub(crate) fn config(tenant: &Emulator, top: &str) -> String {
    format!(
        "audiences = [\"{API}\"]\n{top}\n[keys]\nfetch_timeout = \"1m\"\n[[authorities]]\nopenid_config = \"{}\"\n",
        tenant.metadata_url(POLICY)
    )
}

/// Replaces a file with a named pipe.
pub(crate) fn make_pipe(file: &TempFile) {
    fs::remove_file(file.path()).expect("it is there");
    let made = Command::new("mkfifo").arg(file.path()).status();
    assert!(made.expect("mkfifo is there").success());
}

/// A running command; it is stopped however the test ends.
pub(crate) struct Running {
    child: Child,
    out: Option<Lines>,
    errors: Lines,
}

impl Running {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::spawn(&mut command(arguments))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        Self::spawn_into(command, Stdio::piped())
    }

    /// With its output somewhere else.
    pub(crate) fn spawn_into(command: &mut Command, out: Stdio) -> Self {
        let mut child = command
            .stdout(out)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let out = child.stdout.take().map(Lines::of);
        let errors = Lines::of(child.stderr.take().expect("its errors are piped"));
        Self { child, out, errors }
    }

    /// The rest of the next line that begins like this; the lines before it are passed over.
    pub(crate) fn line(&mut self, start: &str) -> String {
        let out = self.out.as_ref().expect("its output is piped");
        let line = out.next(start, |line| line.starts_with(start));
        line.strip_prefix(start)
            .unwrap_or_default()
            .trim()
            .to_owned()
    }

    /// The URL of a gateway.
    pub(crate) fn url(&mut self) -> String {
        self.line("gateway listening on ")
    }

    /// The next line of its log that has this text.
    pub(crate) fn log(&mut self, text: &str) -> String {
        self.errors.next(text, |line| line.contains(text))
    }

    pub(crate) fn signal(&self, name: &str) {
        // The shell's builtin: not every machine has the program.
        let kill = format!("kill {name} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &kill]).status();
        assert!(status.expect("there is a shell").success());
    }

    /// What it reads, if the command was given a pipe.
    pub(crate) fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("a pipe")
    }

    pub(crate) fn wait(mut self) -> ExitStatus {
        self.child.wait().expect("it ends")
    }

    /// The rest of what it reports, once it has ended.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let errors = self.errors.0.iter().collect();
        (self.child.wait().expect("it ends"), errors)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The lines of a stream, as they come.
struct Lines(Receiver<String>);

/// How long a test waits for a line. Only one that fails waits this long.
const PATIENCE: Duration = Duration::from_secs(120);

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Self {
        let (sender, lines) = channel();
        thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = String::new();
            while stream.read_line(&mut line).expect("text") > 0 {
                // Nobody waits for lines after the test.
                sender.send(std::mem::take(&mut line)).ok();
            }
        });
        Self(lines)
    }

    fn next(&self, what: &str, is_it: impl Fn(&str) -> bool) -> String {
        let mut passed = String::new();
        let clock = SystemClock::default();
        let left = || PATIENCE.saturating_sub(clock.elapsed());
        while let Ok(line) = self.0.recv_timeout(left()) {
            if is_it(&line) {
                return line.trim().to_owned();
            }
            passed += &line;
        }
        panic!("no line with {what:?}; passed over: {passed}");
    }
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_b2c-auth"));
    command.args(arguments);
    command
}

/// A gateway on a free port, with the settings in this file: TOML, or a `validate-jwt` document in XML.
pub(crate) fn gateway_command(settings: &TempFile) -> Command {
    let option = match settings.path().ends_with(".xml") {
        true => "--policy",
        false => "--config",
    };
    let arguments = [
        "gateway",
        option,
        settings.path(),
        "--listen",
        "127.0.0.1:0",
    ];
    command(&arguments)
}

/// The exit status and the errors of a command that ends by itself.
pub(crate) fn failed(command: &mut Command) -> (Option<i32>, String) {
    let output = command.output().expect("the command runs");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), errors)
}

/// The whole answer as text.
pub(crate) fn request(method: &str, url: &str, headers: &[&str]) -> String {
    let rest = url.strip_prefix("http://").expect("a plain URL");
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host).expect("the port is open");
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    // Writing and reading may fail if the answer comes before the request is sent.
    let head = format!(
        "{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: 0\r\n{headers}\r\n"
    );
    stream.write_all(head.as_bytes()).ok();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).ok();
    String::from_utf8(response).expect("text")
}

/// Empty if there was no answer: the gateway closes a connection on which the head of a request takes more than five seconds.
pub(crate) fn status(response: &str) -> &str {
    response.split(' ').nth(1).unwrap_or_default()
}

/// A file that is deleted after the test, in a folder of its own.
pub(crate) struct TempFile {
    path: PathBuf,
    _folder: TempDir,
}

impl TempFile {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a temporary file can be written");
        Self {
            path,
            _folder: folder,
        }
    }

    pub(crate) fn path(&self) -> &str {
        self.path.to_str().expect("a path in text")
    }
}
