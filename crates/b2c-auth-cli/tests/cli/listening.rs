//! Where the gateway listens: Unix sockets, several addresses, TLS, and what systemd passes.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    os::{
        fd::OwnedFd,
        unix::net::{UnixDatagram, UnixStream},
    },
    process::{Command, Stdio},
};

use b2c_emulator::Emulator;
use rcgen::{CertificateParams, CertifiedKey, KeyPair, date_time_ymd, generate_simple_self_signed};
use reqwest::Certificate;

use crate::support::{
    Running, TempFile, command, config, failed, gateway_command, request, status,
};

async fn tenant() -> (Emulator, TempFile) {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("listening.toml", &config(&tenant, ""));
    (tenant, file)
}

fn ask_unix(path: &str) -> String {
    let mut stream = UnixStream::connect(path).expect("the socket is open");
    let head = "GET / HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unix_sockets_and_ports_at_once_and_a_stale_socket_is_replaced() {
    let (_tenant, file) = tenant().await;
    let socket = TempFile::new("gateway.sock", "");
    let address = format!("unix:{}", socket.path());
    let start = || {
        Running::start(&[
            "gateway",
            "--config",
            file.path(),
            "--listen",
            &address,
            "--listen",
            "127.0.0.1:0",
        ])
    };
    let (code, told) = {
        let output = command(&["gateway", "--config", file.path(), "--listen", &address]).output();
        let output = output.expect("the command runs");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    assert_eq!(code, Some(1), "a file that is no socket stays: {told}");
    assert!(
        told.contains(&format!("cannot listen on {address} (--listen)")),
        "{told}"
    );

    fs::remove_file(socket.path()).expect("it is there");
    let mut running = start();
    running.line("gateway listening on unix:");
    let url = running.url();
    assert_eq!(status(&ask_unix(socket.path())), "401");
    assert_eq!(status(&request("GET", &url, &[])), "401");
    running.signal("-KILL");
    running.wait();
    assert!(
        fs::exists(socket.path()).expect("it can be asked"),
        "it had no time to tidy up"
    );

    let mut running = start();
    running.line("gateway listening on unix:");
    assert_eq!(status(&ask_unix(socket.path())), "401");
    running.signal("-INT");
    assert_eq!(running.wait().code(), Some(0));
    assert!(
        !fs::exists(socket.path()).expect("it can be asked"),
        "it has tidied up"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_with_a_certificate_that_is_read_again() {
    let (_tenant, file) = tenant().await;
    let certificate = TempFile::new("certificate.pem", "");
    let key = TempFile::new("key.pem", "");
    let issue = || {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let text = |name: &str, bytes: &[u8]| pem::encode(&pem::Pem::new(name, bytes));
        let public = text("CERTIFICATE", cert.der());
        fs::write(certificate.path(), &public).expect("it can be written");
        let private = text("PRIVATE KEY", &signing_key.serialize_der());
        fs::write(key.path(), private).expect("it can be written");
        Certificate::from_pem(public.as_bytes()).expect("a certificate")
    };
    let mut command = gateway_command(&file);
    command.args(["--admin-listen", "127.0.0.1:0", "--tls-key", key.path()]);
    command.args(["--tls-certificate", certificate.path()]);
    let (code, told) = failed(&mut command);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("contains no PEM certificate"), "{told}");

    issue();
    let old_key = fs::read(key.path()).expect("it is there");
    issue();
    fs::write(key.path(), old_key).expect("it can be written");
    let (code, told) = failed(&mut command);
    assert_eq!(code, Some(1), "{told}");
    // The bug: "keys may not be consistent: KeyMismatch".
    let mismatch = format!(
        "is not the key of the certificate in {}",
        certificate.path()
    );
    assert!(told.contains(&mismatch), "{told}");

    let first = issue();
    let mut running = Running::spawn(&mut command);
    let url = running.url();
    assert!(running.line("admin listening on ").starts_with("http://"));
    let url = url.replace("https://127.0.0.1", "https://localhost");
    let ask = async |trusted: &Certificate| {
        let client = reqwest::Client::builder()
            .tls_certs_only([trusted.clone()])
            .no_proxy()
            .build()
            .expect("a client");
        client
            .get(&url)
            .send()
            .await
            .map(|answer| answer.status().as_u16())
    };
    assert_eq!(ask(&first).await.expect("an answer"), 401);

    let second = issue();
    running.signal("-HUP");
    running.log("certificate reloaded");
    assert_eq!(ask(&second).await.expect("an answer"), 401);
    assert!(
        ask(&first).await.is_err(),
        "the first one is not used any longer"
    );

    fs::write(key.path(), "nonsense").expect("it can be written");
    running.signal("-HUP");
    running.log("the old certificate stays in force: ");
    assert_eq!(ask(&second).await.expect("an answer"), 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_systemd_it_takes_the_socket_and_tells_how_it_is() {
    let (_tenant, file) = tenant().await;
    let socket = TempFile::new("notify.sock", "");
    fs::remove_file(socket.path()).expect("it is there");
    let notified = UnixDatagram::bind(socket.path()).expect("a socket");
    let next = || {
        let mut text = [0; 256];
        let read = notified.recv(&mut text).expect("a message");
        String::from_utf8_lossy(&text[..read]).trim().to_owned()
    };
    let passed = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", passed.local_addr().expect("its address"));

    // The process id is known only once the process runs, so a shell sets the variables.
    let script = "exec 3<&0 </dev/null; LISTEN_PID=$$ WATCHDOG_PID=$$ exec \"$0\" \"$@\"";
    let mut shell = Command::new("sh");
    shell
        .args(["-c", script, env!("CARGO_BIN_EXE_b2c-auth")])
        .args([
            "gateway",
            "--config",
            file.path(),
            "--listen",
            "systemd",
            "--drain",
            "0s",
        ])
        .envs([("LISTEN_FDS", "1"), ("WATCHDOG_USEC", "100000")])
        .env("NOTIFY_SOCKET", socket.path())
        .stdin(Stdio::from(OwnedFd::from(passed)));
    let mut running = Running::spawn(&mut shell);
    assert_eq!(running.url(), url);
    assert_eq!(next(), "READY=1");
    assert_eq!((next(), next()), ("WATCHDOG=1".into(), "WATCHDOG=1".into()));
    assert_eq!(status(&request("GET", &url, &[])), "401");
    running.signal("-TERM");
    while next() != "STOPPING=1" {}
    assert_eq!(running.wait().code(), Some(0));

    let output = command(&["gateway", "--config", file.path(), "--listen", "systemd"]).output();
    let told = String::from_utf8_lossy(&output.expect("the command runs").stderr).into_owned();
    assert!(
        told.contains("cannot listen on systemd (--listen): systemd passed no socket, or too few"),
        "{told}"
    );
}

/// The bug: a certificate that had expired replaced a good one, and nothing warned of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_certificate_is_warned_of_and_does_not_replace_a_valid_one() {
    let (_tenant, file) = tenant().await;
    let certificate = TempFile::new("certificate.pem", "");
    let key = TempFile::new("key.pem", "");
    let issue = |from: i32, to: i32| {
        let signing_key = KeyPair::generate().expect("a key");
        let names = ["localhost".to_owned()];
        let mut issued = CertificateParams::new(names).expect("parameters");
        issued.not_before = date_time_ymd(from, 1, 1);
        issued.not_after = date_time_ymd(to, 1, 1);
        let issued = issued.self_signed(&signing_key).expect("a certificate");
        let text = |name: &str, bytes: &[u8]| pem::encode(&pem::Pem::new(name, bytes));
        let public = text("CERTIFICATE", issued.der());
        fs::write(certificate.path(), public).expect("it can be written");
        let private = text("PRIVATE KEY", &signing_key.serialize_der());
        fs::write(key.path(), private).expect("it can be written");
    };
    let mut command = gateway_command(&file);
    command.args([
        "--tls-key",
        key.path(),
        "--tls-certificate",
        certificate.path(),
    ]);
    let expired = "expired at 2021-01-01T00:00:00Z";
    let early = "is not valid before 3000-01-01T00:00:00Z";

    for (from, to, problem) in [(2020, 2021, expired), (3000, 3001, early)] {
        issue(from, to);
        let mut running = Running::spawn(&mut command);
        running.url();
        let line = running.log(problem);
        // The file may have another certificate by then.
        let subject = format!(
            "the certificate in use, which was read from {}, ",
            certificate.path()
        );
        assert!(line.contains(" WARN ") && line.contains(&subject), "{line}");
        // It may replace one that is no better.
        issue(2020, 2021);
        running.signal("-HUP");
        running.log("certificate reloaded");
        assert!(running.log(expired).contains(" WARN "));

        issue(2020, 3000);
        running.signal("-HUP");
        running.log("certificate reloaded");
        issue(from, to);
        running.signal("-HUP");
        let line = running.log("the old certificate stays in force: ");
        assert!(line.contains("ERROR ") && line.contains(problem), "{line}");
        let is_early = problem == early;
        assert_eq!(
            line.contains("; send SIGHUP again after that time"),
            is_early,
            "{line}"
        );
        // It is still the one in use.
        running.signal("-HUP");
        running.log("the old certificate stays in force: ");

        // The bug: only the first certificate of the chain was looked at, and clients refused the rest.
        issue(2020, 3000);
        let good = fs::read_to_string(certificate.path()).expect("it is there");
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        fs::write(certificate.path(), good + broken).expect("it can be written");
        running.signal("-HUP");
        let line = running.log("the old certificate stays in force: ");
        assert!(line.contains("certificate 2 in"), "{line}");
    }
}

/// The bug: "Address already in use", although no process listened there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_socket_is_said_to_be_none() {
    let (_tenant, file) = tenant().await;
    let other = TempFile::new("a-file", "kept");
    let link = TempFile::new("a-link", "");
    fs::remove_file(link.path()).expect("it is there");
    std::os::unix::fs::symlink(other.path(), link.path()).expect("it can be made");
    let folder = std::env::temp_dir();
    for (path, kind) in [
        (other.path(), "a file"),
        (link.path(), "a symbolic link"),
        (folder.to_str().expect("text"), "a folder"),
    ] {
        let address = format!("unix:{path}");
        let arguments = ["gateway", "--config", file.path(), "--listen", &address];
        let (code, told) = failed(&mut command(&arguments));
        assert_eq!(code, Some(1), "{told}");
        let expected =
            format!("cannot listen on {address} (--listen): this is {kind}, not a socket");
        assert!(told.contains(&expected), "{told}");
    }
    assert_eq!(
        fs::read_to_string(other.path()).expect("it is there"),
        "kept"
    );
}

/// The bug: the gateway said that it listened, and answered, before it failed to open the next port.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_said_to_listen_unless_every_port_is_open() {
    let (_tenant, file) = tenant().await;
    let other = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = other.local_addr().expect("its address").to_string();
    for admin in [&*taken, "systemd"] {
        let mut command = gateway_command(&file);
        let output = command.args(["--admin-listen", admin]).output();
        let output = output.expect("the command runs");
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    }
}
