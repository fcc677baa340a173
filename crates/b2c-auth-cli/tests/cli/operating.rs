//! What an operator sees: the log, probes during shutdown, and reports about a configuration.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    net::TcpStream,
};

use b2c_emulator::Emulator;

use crate::support::{
    POLICY, Running, TempFile, command, config, gateway_command, request, status,
};

fn gateway(file: &TempFile, more: &[&str], log: &str) -> Running {
    Running::spawn(gateway_command(file).args(more).env("RUST_LOG", log))
}

/// Exit status and what was printed to either.
fn outcome(arguments: &[&str]) -> (Option<i32>, String) {
    let output = command(arguments).output().expect("the command runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).expect("text"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_and_its_end_are_in_the_log_and_refusals_at_debug_only() {
    let mut tenant = Emulator::start().await.expect("the tenant starts");
    tenant.suspend().await;
    let file = TempFile::new("outage.toml", &config(&tenant, ""));
    let mut running = gateway(&file, &[], "debug");
    let url = running.url();
    let outage = running.log("tokens are answered with 503");
    assert!(
        outage.contains("ERROR ") && outage.contains(&tenant.metadata_url(POLICY)),
        "{outage}"
    );
    tenant.resume().await.expect("the port is still free");
    let end = running.log("keys fetched");
    assert!(
        end.contains(" INFO ") && end.contains(&tenant.metadata_url(POLICY)),
        "{end}"
    );

    let expired = tenant.token(POLICY).issued_at(1_500_000_000).sign();
    request("GET", &url, &[&format!("Authorization: Bearer {expired}")]);
    let refusal = running.log("request refused");
    assert!(
        refusal.contains("DEBUG") && refusal.contains("expired"),
        "{refusal}"
    );
    assert!(!refusal.contains(&expired), "{refusal}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_can_be_json() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("json.toml", &config(&tenant, "danger_report_only = true"));
    let mut running = gateway(&file, &["--log-format", "json"], "info");
    let line = running.log("danger_report_only");
    let event: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(event["level"], "WARN");
    assert!(
        event["message"]
            .as_str()
            .is_some_and(|text| text.contains("refuses no request"))
    );

    let refused = gateway(&file, &[], "info,=").wait();
    assert_eq!(refused.code(), Some(1), "RUST_LOG cannot be understood");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_it_drains_it_serves_and_is_not_ready() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("drain.toml", &config(&tenant, ""));
    let more = ["--admin-listen", "127.0.0.1:0", "--drain", "1h"];
    let mut running = gateway(&file, &more, "info");
    let url = running.url();
    let admin = running.line("admin listening on ");
    running.log("keys fetched");
    running.signal("-TERM");
    running.log("no longer ready");
    let probe = |path: &str| outcome(&["health", &format!("{admin}{path}")]);
    assert_eq!(probe("/livez"), (Some(0), String::new()));
    let (code, told) = probe("/readyz");
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("503"), "{told}");
    let ready = request("GET", &format!("{admin}/readyz"), &[]);
    assert_eq!(status(&ready), "503", "{ready}");
    assert!(ready.contains("\"ready\":false"), "{ready}");
    let bearer = format!("Authorization: Bearer {}", tenant.token(POLICY).sign());
    assert_eq!(status(&request("GET", &url, &[&bearer])), "200");
    running.signal("-TERM");
    assert_eq!(running.wait().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_name_stands_for_all_its_addresses() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("localhost.toml", &config(&tenant, ""));
    let arguments = [
        "gateway",
        "--config",
        file.path(),
        "--listen",
        "localhost:0",
        "--listen",
        "127.0.0.1:0",
    ];
    let mut running = Running::start(&arguments);
    let first = running.url();
    assert_eq!(status(&request("GET", &first, &[])), "401");
    let taken = first.strip_prefix("http://").expect("a URL");
    let (code, told) = outcome(&["gateway", "--config", file.path(), "--listen", taken]);
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains(&format!("cannot listen on {taken} (--listen): ")),
        "{told}"
    );
    let (code, told) = outcome(&[
        "gateway",
        "--config",
        file.path(),
        "--listen",
        "127.0.0.1:0",
        "--admin-listen",
        taken,
    ]);
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains(&format!("cannot listen on {taken} (--admin-listen): ")),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn suspicious_settings_are_reported_at_start_and_at_each_reload() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let migration = "[migration]\nlegacy_issuers = [\"https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0\"]\nsunset = \"2020-01-01T00:00:00Z\"\n";
    let file = TempFile::new(
        "warnings.toml",
        &(config(&tenant, "danger_report_only = true") + migration),
    );
    let warnings = [
        "danger_report_only = true: refuses no request",
        "issuers end with a slash, this one does not",
        "migration.sunset = \"2020-01-01T00:00:00Z\": is in the past",
    ];
    let mut running = gateway(&file, &[], "info");
    for warning in warnings {
        running.log(warning);
    }
    running.signal("-HUP");
    for warning in warnings {
        running.log(warning);
    }
    running.log("configuration reloaded");
    let (code, told) = outcome(&["check", file.path()]);
    assert_eq!(code, Some(0), "{told}");
    for warning in warnings {
        assert!(told.contains(warning), "{told}");
    }
    assert!(told.ends_with(": usable\n"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watched_file_is_read_again_when_it_was_replaced() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let folder = TempFile::new("configmap", "");
    fs::remove_file(folder.path()).expect("it is there");
    // As Kubernetes does it: the file is behind a link to a folder, and that link is replaced.
    let path = |name: &str| format!("{}/{name}", folder.path());
    for (version, rest) in [
        ("1", ""),
        ("2", "danger_report_only = true"),
        ("3", "clock_skew = 3"),
    ] {
        fs::create_dir_all(path(version)).expect("it can be made");
        let text = config(&tenant, rest);
        fs::write(path(&format!("{version}/b2c.toml")), text).expect("it can be written");
    }
    let link = |version: &str| {
        std::os::unix::fs::symlink(version, path("new")).expect("it can be made");
        fs::rename(path("new"), path("data")).expect("it can be renamed");
    };
    link("1");
    let file = path("data/b2c.toml");
    let arguments = [
        "gateway",
        "--config",
        &file,
        "--listen",
        "127.0.0.1:0",
        "--watch",
    ];
    let mut running = Running::start(&arguments);
    let url = running.url();
    running.log("keys fetched");
    assert_eq!(status(&request("GET", &url, &[])), "401");
    link("2");
    running.log("configuration reloaded");
    assert_eq!(status(&request("GET", &url, &[])), "200");
    link("3");
    running.log("the configuration is unchanged");
    link("1");
    running.log("configuration reloaded");
    assert_eq!(status(&request("GET", &url, &[])), "401");
    drop(running);
    fs::remove_dir_all(folder.path()).expect("it is there");
}

#[test]
fn check_tells_all_mistakes_of_either_kind_of_file() {
    let toml = TempFile::new("bad.toml", "clock_skew = \"-5s\"\n");
    let (code, told) = outcome(&["check", toml.path()]);
    assert_eq!(code, Some(1), "{told}");
    for field in [toml.path(), "audiences", "authorities", "clock_skew"] {
        assert!(told.contains(field), "{told}");
    }
    let document = "<policies><inbound><ip-filter/><validate-jwt header-name='Authorization'><openid-config url='https://contoso.b2clogin.com/x'/><audiences><audience>{{api}}</audience></audiences></validate-jwt></inbound></policies>";
    let xml = TempFile::new("policy.xml", document);
    let (code, told) = outcome(&["check", xml.path()]);
    assert_eq!(code, Some(1), "{told}");
    assert!(
        told.contains("ip-filter: restricts access") && told.contains("named value \"api\""),
        "{told}"
    );

    let api = TempFile::new("api", "the-api\r\n");
    let given = format!("api=@{}", api.path());
    let more = ["--named-value", &given, "--ignore-policy", "ip-filter"];
    let (code, told) = outcome(&[["check", xml.path()].as_slice(), &more].concat());
    assert_eq!(code, Some(0), "{told}");
    assert!(
        told.contains("ip-filter: is ignored here, as you asked, even if it restricts access"),
        "{told}"
    );
    let converted = outcome(&[["convert", xml.path()].as_slice(), &more].concat()).1;
    assert!(
        converted.contains("audiences = [\"the-api\"]"),
        "{converted}"
    );

    let output = command(&["convert", xml.path(), "--ignore-policy", "ip-filter"])
        .env("B2C_NAMED_VALUE_API", "from-the-environment")
        .output()
        .expect("the command runs");
    let converted = String::from_utf8_lossy(&output.stdout);
    assert!(
        converted.contains("audiences = [\"from-the-environment\"]"),
        "{converted}"
    );
}

/// The bug: the file could write to the terminal, for example a line that says that it is usable.
#[test]
fn a_hostile_file_cannot_forge_what_is_printed() {
    let toml = TempFile::new("hostile.toml", "\"a\\u001b[2K\" = 1\n");
    let policy = |named: &str| {
        let audience = format!("<audience>{{{{{named}}}}}</audience>");
        format!(
            "<policies><inbound><validate-jwt header-name='Authorization'><openid-config url='https://contoso.b2clogin.com/x'/><audiences>{audience}</audiences></validate-jwt></inbound></policies>"
        )
    };
    let xml = TempFile::new("hostile.xml", &policy("a&#10;hostile.xml: usable&#27;[2K"));
    for file in [&toml, &xml] {
        let (code, told) = outcome(&["check", file.path()]);
        assert_eq!(code, Some(1), "{told}");
        assert!(!told.contains('\u{1b}'), "{told:?}");
        assert!(
            !told.lines().any(|line| line.starts_with("hostile")),
            "{told:?}"
        );
    }
}

#[test]
fn a_file_that_cannot_be_a_configuration_is_refused_with_the_reason() {
    let file = |name: &str, bytes: &[u8]| {
        let file = TempFile::new(name, "");
        fs::write(file.path(), bytes).expect("a temporary file can be written");
        file
    };
    let large = file("large.toml", &vec![b'#'; 5 << 20]);
    let utf16 = file("utf16.toml", b"\xff\xfea\0");
    // The bug: without a byte order mark, the message was about the zero bytes.
    let unmarked = file("unmarked.toml", b"a\0 \0");
    let unmarked_policy = file("unmarked.xml", b"\0<\0a");
    let latin1 = file("latin1.toml", b"# \xfc\n");
    let empty = file("empty.toml", b"");
    let marked = file("bom.toml", "\u{feff}audiences = 1".as_bytes());
    let folder = std::env::temp_dir();
    for (path, expected) in [
        (large.path(), "is larger than 4194304 bytes"),
        ("/dev/zero", "is larger than 4194304 bytes"),
        (utf16.path(), "is UTF-16; save it as UTF-8"),
        (unmarked.path(), "is UTF-16; save it as UTF-8"),
        (unmarked_policy.path(), "is UTF-16; save it as UTF-8"),
        (latin1.path(), "is not UTF-8"),
        (latin1.path(), "; save it as UTF-8"),
        (empty.path(), "audiences = []: is empty"),
        (marked.path(), "line 1, column 13"),
        (folder.to_str().expect("text"), "cannot read"),
        ("/no/such/file", "cannot read /no/such/file"),
    ] {
        for arguments in [
            ["check", path].as_slice(),
            &["gateway", "--listen", "127.0.0.1:0", "--config", path],
        ] {
            let (code, told) = outcome(arguments);
            assert_eq!(code, Some(1), "{arguments:?}: {told}");
            assert!(told.contains(expected), "{arguments:?}: {told}");
        }
    }
    for address in ["9000", "localhost", ":9000", "::1:9000", "127.0.0.1:99999"] {
        let (code, told) = outcome(&["gateway", "--config", "x", "--listen", address]);
        assert_eq!(code, Some(2), "{told}");
        assert!(told.contains("--listen"), "{told}");
    }
    let (code, told) = outcome(&[
        "gateway",
        "--config",
        "x",
        "--listen",
        "no-such-host.invalid:1",
    ]);
    assert_eq!(code, Some(1), "{told}");
}

/// The bug: `migration-report … | head -3` ended with status 1, which means that the legacy issuers are still used.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_may_close_the_pipe_before_it_has_read_everything() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("piped.toml", &config(&tenant, ""));
    let mut running = gateway(&file, &["--admin-listen", "127.0.0.1:0"], "info");
    let admin = running.line("admin listening on ");
    let document = "<validate-jwt header-name='Authorization'><openid-config url='https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_a/v2.0/.well-known/openid-configuration'/><audiences><audience>api</audience></audiences></validate-jwt>";
    let document = TempFile::new("piped.xml", document);
    for arguments in [
        &["migration-report", &admin][..],
        &["migration-report", "--json", &admin],
        &["check", file.path()],
        &["convert", document.path()],
        &["completions", "bash"],
        &["--help"],
    ] {
        let (reader, writer) = io::pipe().expect("there are pipes");
        drop(reader);
        let mut command = command(arguments);
        let output = command.stdout(writer).output().expect("it runs");
        let errors = String::from_utf8(output.stderr).expect("text");
        assert_eq!(
            (output.status.code(), &*errors),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}

/// The bug: the gateway ended as soon as the reader of its first lines had closed the pipe.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateway_keeps_serving_if_nobody_reads_its_output() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("unread.toml", &config(&tenant, ""));
    let (reader, writer) = io::pipe().expect("there are pipes");
    drop(reader);
    let mut command = gateway_command(&file);
    command.args(["--drain", "0s"]).env("RUST_LOG", "debug");
    let mut running = Running::spawn_into(&mut command, writer.into());
    running.log("keys fetched");
    running.signal("-TERM");
    let (status, told) = running.end();
    assert_eq!(status.code(), Some(0), "{told}");
}

/// The bug: a full disk had the exit status 1, which means that the legacy issuers are still used.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_cannot_be_written_is_no_verdict() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("full.toml", &config(&tenant, ""));
    let mut running = gateway(&file, &["--admin-listen", "127.0.0.1:0"], "info");
    let admin = running.line("admin listening on ");
    let full = std::fs::File::create("/dev/full").expect("it is there");
    let mut command = command(&["migration-report", &admin]);
    let output = command.stdout(full).output().expect("it runs");
    let errors = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.starts_with("b2c-auth: "), "{errors}");
}

/// The bug: at the end of the drain, a proxy's kept connections were reset, with the requests that it had just sent on them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_it_drains_each_answer_ends_its_connection() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("kept.toml", &config(&tenant, ""));
    for proxy in ["caddy", "nginx"] {
        let more = ["--drain", "1h", "--forwarded", proxy];
        let mut running = gateway(&file, &more, "info");
        let url = running.url();
        let host = url.strip_prefix("http://").expect("a plain URL");
        let open = || TcpStream::connect(host).expect("the port is open");
        let mut kept: Vec<_> = (0..4).map(|_| open()).collect();
        for connection in &mut kept {
            let head = ask_on(connection);
            assert!(!head.contains("connection: close"), "{head}");
        }
        running.signal("-TERM");
        running.log("no longer ready");
        // A proxy opens another connection once it has been told.
        kept.push(open());
        for connection in &mut kept {
            let head = ask_on(connection);
            assert!(head.contains("\r\nconnection: close\r\n"), "{head}");
            let mut rest = Vec::new();
            let read = connection.read_to_end(&mut rest);
            read.expect("it is closed, not reset");
        }
        running.signal("-TERM");
        assert_eq!(running.wait().code(), Some(0));
    }
}

/// The head of the answer to a request on a kept connection.
fn ask_on(connection: &mut TcpStream) -> String {
    let request = b"GET / HTTP/1.1\r\nhost: gateway\r\n\r\n";
    connection.write_all(request).expect("it is open");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        connection.read_exact(&mut byte).expect("an answer");
        head.extend(byte);
    }
    let head = String::from_utf8(head).expect("text").to_lowercase();
    let length = head.split_once("content-length: ").map(|(_, rest)| rest);
    let length = length.and_then(|rest| rest.split_once("\r\n")?.0.parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    connection.read_exact(&mut body).expect("its body");
    head
}
