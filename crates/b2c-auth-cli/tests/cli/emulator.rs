//! `b2c-auth emulator`.

use std::{iter, path::Path};

use crate::{
    support::{API, Running, TempFile, command, request, status},
    token::decoded,
};

#[test]
fn the_emulator_prints_working_urls_and_a_token() {
    let mut running = Running::start(&[
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
    let issuer = running.line("issuer ");
    let metadata = running.line("metadata ");
    assert!(running.line("metadata ").contains("/B2C_1A_two/"));
    let control = running.line("control ");
    assert_eq!(running.line("TOKEN=").split('.').count(), 3);

    let response = request("GET", &metadata, &[]);
    assert_eq!(status(&response), "200");
    assert!(
        response.contains(&format!("\"issuer\":\"{issuer}\"")),
        "{response}"
    );
    assert_eq!(
        status(&request("POST", &format!("{control}rotate"), &[])),
        "200"
    );
    assert!(request("GET", &format!("{control}requests"), &[]).contains("\"b2c_1_one\":1"));

    running.signal("-TERM");
    assert_eq!(running.wait().code(), Some(0));
}

/// The bug: it printed the issuer that is the default of B2C.
#[test]
fn the_emulator_prints_the_issuer_of_each_policy() {
    let seed = TempFile::new(
        "seed.toml",
        r#"
        [[tenant]]
        kind = "b2c"
        name = "fabrikam"
        id = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
        issuer = "tfp"
        policy = [{ name = "B2C_1_one", kind = "sign-in" }, { name = "B2C_1_two", kind = "sign-in" }]
        "#,
    );
    let policies = ["--policy", "B2C_1_one", "--policy", "B2C_1_two"];
    let strict = [&["emulator", "--strict-openid"], &policies[..]].concat();
    for arguments in [strict, vec!["emulator", "--seed", seed.path()]] {
        let mut running = Running::start(&arguments);
        let issuers = [running.line("issuer "), running.line("issuer ")];
        assert_ne!(issuers[0], issuers[1]);
        for issuer in issuers {
            let metadata = request("GET", &running.line("metadata "), &[]);
            assert!(
                metadata.contains(&format!("\"issuer\":\"{issuer}\"")),
                "{issuer}: {metadata}"
            );
        }
    }
}

/// The bug: there was no token, because the tenant has no policies.
#[test]
fn the_emulator_prints_a_token_of_a_tenant_without_policies() {
    for kind in ["external-id", "entra-id"] {
        let seed = format!(
            "[[tenant]]\nkind = \"{kind}\"\nname = \"work\"\nid = \"bbbbcccc-1111-dddd-2222-eeee3333ffff\"\n"
        );
        let seed = TempFile::new("seed.toml", &seed);
        let mut running = Running::start(&["emulator", "--seed", seed.path(), "--audience", API]);
        // Its last line is the request with the token.
        let lines = iter::from_fn(|| Some(running.line("")).filter(|it| !it.starts_with("curl ")));
        let printed: Vec<_> = lines.collect();
        let of_it = format!("# work, for {API}, valid for an hour");
        assert!(printed.contains(&of_it), "{printed:?}");
        let token = printed.iter().find_map(|line| line.strip_prefix("TOKEN="));
        assert_eq!(token.map(|token| token.split('.').count()), Some(3));
    }
}

/// The bug: the audience of the printed token was the API's client id, which an API of version 1.0 does not accept.
#[test]
fn the_emulator_prints_a_token_for_an_api_of_version_1() {
    let seed = TempFile::new(
        "seed.toml",
        r#"
        [[tenant]]
        kind = "entra-id"
        name = "work"
        id = "bbbbcccc-1111-dddd-2222-eeee3333ffff"
        [[tenant.application]]
        client_id = "22223333-cccc-4444-dddd-5555eeee6666"
        app_id_uri = "api://legacy"
        access_token_version = "1.0"
        scopes = ["tasks.read"]
        "#,
    );
    let mut running = Running::start(&["emulator", "--seed", seed.path()]);
    let rest = running.line("# work, for ");
    assert_eq!(rest, "api://legacy, valid for an hour");
}

/// The bugs: an API was known by its client id only, so the token for the audience of the second one had the scopes of the first; then it had its version.
#[test]
fn a_printed_audience_given_as_an_option_means_the_same_api() {
    let seed = TempFile::new(
        "seed.toml",
        r#"
        [[tenant]]
        kind = "entra-id"
        name = "work"
        id = "bbbbcccc-1111-dddd-2222-eeee3333ffff"
        [[tenant.application]]
        client_id = "22223333-cccc-4444-dddd-5555eeee6666"
        scopes = ["tasks.read"]
        [[tenant.application]]
        client_id = "44445555-eeee-6666-ffff-7777aaaa8888"
        app_id_uri = "api://legacy"
        access_token_version = "1.0"
        scopes = ["legacy.read"]
        "#,
    );
    for audience in ["api://legacy", "44445555-eeee-6666-ffff-7777aaaa8888"] {
        let arguments = ["emulator", "--seed", seed.path(), "--audience", audience];
        let token = Running::start(&arguments).line("TOKEN=");
        let claims = decoded(&token);
        for expected in [
            "\"scp\":\"legacy.read\"",
            &format!("\"aud\":\"{audience}\""),
            "\"ver\":\"1.0\"",
        ] {
            assert!(claims.contains(expected), "{claims}");
        }
    }
}

#[test]
fn the_emulator_starts_with_a_b2c_tenant_without_policies() {
    let seed = "[[tenant]]\nname = \"work\"\nid = \"bbbbcccc-1111-dddd-2222-eeee3333ffff\"\n";
    let seed = TempFile::new("seed.toml", seed);
    let mut running = Running::start(&["emulator", "--seed", seed.path(), "--audience", API]);
    let tenant = running.line("tenant ");
    assert!(tenant.starts_with("work "), "{tenant}");
    let page = running.line("page ");
    let answer = request("GET", &page, &[]);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn the_emulator_refuses_addresses_that_are_not_loopback() {
    let output = command(&["emulator", "--listen", "0.0.0.0:0"])
        .output()
        .expect("the command runs");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "b2c-auth: the emulator listens on loopback addresses only\n"
    );
}

#[test]
fn the_emulator_keeps_running_when_its_output_is_closed() {
    use std::io::{BufRead as _, BufReader};
    let mut child = command(&["emulator"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut line = String::new();
    let mut out = BufReader::with_capacity(1, child.stdout.take().expect("a pipe"));
    out.read_line(&mut line).expect("text");
    drop(out);
    let base = line.trim_start_matches("base").trim();
    let answer = request("GET", &format!("{base}/emulator/requests"), &[]);
    assert_eq!(status(&answer), "200");
    assert_eq!(child.try_wait().expect("a child"), None, "it runs");
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
}

/// The bug: a signal right after the first line killed it.
#[cfg(unix)]
#[test]
fn the_emulator_ends_cleanly_from_its_first_line_on() {
    for signal in ["-TERM", "-INT"] {
        let mut running = Running::start(&["emulator"]);
        running.line("base ");
        running.signal(signal);
        assert_eq!(running.wait().code(), Some(0), "{signal}");
    }
}

/// The bug: the certificate of an ephemeral authority was in the temporary folder, and stayed there if SIGHUP or SIGKILL ended the emulator.
#[cfg(unix)]
#[test]
fn an_ephemeral_authority_is_written_to_the_named_file_only() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let temporary = tempfile::tempdir().expect("a temporary folder can be made");
    let mut emulator = command(&["emulator", "--https", "--ephemeral", "ca.pem"]);
    emulator
        .current_dir(&folder)
        .env("TMPDIR", temporary.path());
    let mut running = Running::spawn(&mut emulator);
    let ca = running.line("export NODE_EXTRA_CA_CERTS=");
    let inside = folder.path().canonicalize().expect("it is there");
    assert_eq!(Path::new(&ca), inside.join("ca.pem"));
    running.signal("-KILL");
    running.wait();
    let mut left = temporary.path().read_dir().expect("a folder");
    assert!(left.next().is_none());
}

/// The bug: the message had no address, and a name was no address.
#[test]
fn the_emulator_listens_on_localhost_and_says_which_port_is_in_use() {
    let mut running = Running::start(&["emulator", "--listen", "localhost:0"]);
    let base = running.line("base ");
    let (_, address) = base.split_once("://").expect("a URL");
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    let output = command(&["emulator", "--listen", address]).output();
    let errors = output.expect("the command runs").stderr;
    let errors = String::from_utf8_lossy(&errors);
    let expected = format!("b2c-auth: cannot listen on {address} (--listen): ");
    assert!(errors.starts_with(&expected), "{errors}");
}
