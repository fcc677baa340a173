//! `b2c-auth gateway` and `b2c-auth migration-report`.

use std::fs;

use b2c_emulator::{Emulator, IssuerForm};

use crate::support::{
    POLICY, Running, TempFile, command, config, failed, gateway_command, request, status,
};

fn gateway(file: &TempFile, more: &[&str]) -> (Running, String, String) {
    let mut command = gateway_command(file);
    command.args(["--admin-listen", "127.0.0.1:0", "--drain", "0s"]);
    let mut running = Running::spawn(command.args(more));
    let listen = running.url();
    let admin = running.line("admin listening on ");
    (running, listen, admin)
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

/// Asks again until the answer has this status; the command does some things in its own time.
fn until(expected: &str, ask: impl Fn() -> String) -> String {
    // More than a minute.
    for _ in 0..12_000 {
        let response = ask();
        if status(&response) == expected {
            return response;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("never {expected}, but {}", ask());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_method_and_path_is_judged_and_claims_go_out_as_headers() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let claims = "[claim_headers]\n\"x-user\" = \"name\"\n\"x-mails\" = \"emails\"\n\"x-new\" = \"newUser\"\n";
    let file = TempFile::new(
        "claims.toml",
        &config(&tenant, "").replace("[[authorities]]", &format!("{claims}[[authorities]]")),
    );
    let (_running, listen, admin) = gateway(&file, &[]);

    let token = tenant
        .token(POLICY)
        .claim("name", "Zoë\r\nx-admin: yes")
        .claim("emails", ["a@b.example", "c,d@e.example"].as_slice())
        .claim("newUser", true)
        .sign();
    for (method, path) in [
        ("GET", ""),
        ("POST", "/a/b?c=d"),
        ("DELETE", "/x"),
        ("OPTIONS", "/"),
        ("PUT", "/livez"),
    ] {
        let response = request(method, &format!("{listen}{path}"), &[&bearer(&token)]);
        assert_eq!(status(&response), "200", "{response}");
        assert!(
            response.contains("x-user: Zo%C3%AB%0D%0Ax-admin: yes\r\n"),
            "{response}"
        );
        assert!(
            response.contains("x-mails: a@b.example,c%2Cd@e.example\r\n"),
            "{response}"
        );
        assert!(response.contains("x-new: true\r\n"), "{response}");
        assert!(!response.contains("\nx-admin"), "{response}");
    }

    let refused = request("GET", &listen, &[]);
    assert_eq!(status(&refused), "401");
    assert!(
        refused.contains("www-authenticate: Bearer\r\n"),
        "{refused}"
    );
    let expired = tenant.token(POLICY).issued_at(1_500_000_000).sign();
    let refused = request("GET", &listen, &[&bearer(&expired)]);
    assert_eq!(status(&refused), "401");
    assert!(refused.contains("error=\"invalid_token\""), "{refused}");
    // The head is refused before it has been read, so the answer may be lost on the way.
    let long = format!("x-long: {}", "x".repeat(400_000));
    let refused = request("GET", &listen, &[&bearer(&token), &long]);
    assert!(refused.is_empty() || status(&refused) == "431", "{refused}");

    assert_eq!(
        status(&request("GET", &format!("{admin}/livez"), &[])),
        "200"
    );
    assert_eq!(
        status(&request("GET", &format!("{admin}/readyz"), &[])),
        "200"
    );
    let metrics = request("GET", &format!("{admin}/metrics"), &[]);
    assert!(
        metrics.contains("b2c_auth_verified_tokens_total{issuer=") && metrics.contains("} 5\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("b2c_auth_requests_total{outcome=\"accepted\"} 5\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("b2c_auth_requests_total{outcome=\"anonymous\"} 0\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("b2c_auth_requests_total{outcome=\"expired\"} 1\n"),
        "{metrics}"
    );
    assert!(!metrics.contains("a@b.example"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateway_starts_without_the_identity_provider_and_gets_ready_later() {
    let mut tenant = Emulator::start().await.expect("the tenant starts");
    let token = tenant.token(POLICY).sign();
    tenant.suspend().await;
    let file = TempFile::new("cold.toml", &config(&tenant, ""));
    let (running, listen, admin) = gateway(&file, &[]);
    let response = request("GET", &listen, &[&bearer(&token)]);
    assert_eq!(status(&response), "503");
    assert!(response.contains("retry-after: "), "{response}");
    assert_eq!(
        status(&request("GET", &format!("{admin}/readyz"), &[])),
        "503"
    );

    tenant.resume().await.expect("the port is still free");
    until("200", || request("GET", &format!("{admin}/readyz"), &[]));
    let response = request("GET", &listen, &[&bearer(&token)]);
    assert_eq!(status(&response), "200");
    assert!(response.contains("x-auth-subject: "), "{response}");

    running.signal("-TERM");
    assert_eq!(running.wait().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hangup_reads_the_configuration_again_and_the_usage_outlives_the_process() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let legacy = tenant.issuer(&IssuerForm::Legacy);
    let migration = |stage: &str| {
        config(&tenant, "")
            + &format!(
                "[migration]\nlegacy_issuers = [\"{legacy}\"]\nstage = \"{stage}\"\nquiet_period = \"1h\"\n"
            )
    };
    let file = TempFile::new("migration.toml", &migration("accept"));
    let usage = TempFile::new("usage.json", "");
    fs::remove_file(usage.path()).expect("it was written");
    let (mut running, listen, admin) = gateway(&file, &["--usage-file", usage.path()]);
    let old = tenant
        .token(POLICY)
        .client_id("old-app")
        .issuer(&legacy)
        .sign();
    let new = tenant.token(POLICY).client_id("new-app").sign();
    let ask = |token: &str| request("GET", &listen, &[&bearer(token)]);
    assert_eq!(status(&ask(&old)), "200");
    assert_eq!(status(&ask(&new)), "200");

    let output = command(&["migration-report", &admin])
        .output()
        .expect("the command runs");
    let table = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{table}");
    assert!(
        table.starts_with("verdict: keep\n") && table.contains("old-app"),
        "{table}"
    );
    // The command asks replicas directly, even if the environment names a proxy.
    let unreachable = command(&["migration-report", &admin, "http://127.0.0.1:1"])
        .env("HTTP_PROXY", "http://127.0.0.1:2")
        .output()
        .expect("the command runs");
    assert_eq!(
        unreachable.status.code(),
        Some(1),
        "one use is enough, whatever the other replica would say"
    );
    let errors = String::from_utf8_lossy(&unreachable.stderr);
    assert!(
        errors.contains("no report from http://127.0.0.1:1") && errors.contains("  because: "),
        "{errors}"
    );
    assert!(
        errors.ends_with("the report covers only the other replicas\n"),
        "{errors}"
    );
    let json = command(&["migration-report", "--json", &admin])
        .output()
        .expect("the command runs");
    let report: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(
        (
            report["verdict"].as_str(),
            report["rows"].as_array().map(Vec::len)
        ),
        (Some("keep"), Some(2))
    );

    fs::write(file.path(), "audiences = []\n").expect("the file can be written");
    running.signal("-HUP");
    running.log("the configuration is unchanged: the settings cannot be used:");
    running.log("migration.toml:1: audiences = []: is empty");
    assert_eq!(status(&ask(&new)), "200");

    fs::write(file.path(), migration("announce")).expect("the file can be written");
    running.signal("-HUP");
    running.log("configuration reloaded");
    let announced = ask(&old);
    assert!(announced.contains("deprecation: @0\r\n"), "{announced}");
    fs::write(file.path(), migration("refuse")).expect("the file can be written");
    running.signal("-HUP");
    running.log("configuration reloaded");
    assert_eq!(status(&ask(&old)), "401");
    assert_eq!(status(&ask(&new)), "200");

    running.signal("-TERM");
    assert_eq!(running.wait().code(), Some(0));
    let (_running, _listen, admin) = gateway(&file, &["--usage-file", usage.path()]);
    let report = request("GET", &format!("{admin}/migration"), &[]);
    assert!(
        report.contains("old-app") && report.contains("new-app"),
        "{report}"
    );
}

/// The bugs: with a replica that was down, the JSON said "safe to remove"; and a URL given twice stood for two replicas.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_reports_of_all_replicas_say_that_it_is_safe_to_remove() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("replicas.toml", &config(&tenant, ""));
    let (_running, _, admin) = gateway(&file, &[]);
    let report = |urls: &[&str]| {
        let output = command(&["migration-report", "--json"]).args(urls).output();
        let output = output.expect("the command runs");
        let json = serde_json::from_slice::<serde_json::Value>(&output.stdout);
        let verdict = json.ok().map(|json| json["verdict"].clone());
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), verdict, errors)
    };
    let (code, verdict, _) = report(&[&admin]);
    assert_eq!((code, verdict), (Some(0), Some("safe_to_remove".into())));
    let (code, verdict, _) = report(&[&admin, "http://127.0.0.1:1"]);
    assert_eq!(
        (code, verdict),
        (Some(2), Some("not_enough_evidence".into()))
    );
    let (code, verdict, errors) = report(&[&admin, &format!("{admin}/migration")]);
    assert_eq!((code, verdict), (Some(2), None));
    assert!(errors.contains("is given twice"), "{errors}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_forgotten_by_the_configuration_and_a_signal() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("forget.toml", &config(&tenant, ""));
    let (mut running, listen, _) = gateway(&file, &[]);
    let token = bearer(&tenant.token(POLICY).sign());
    let ask = |token: &str| request("GET", &listen, &[token]);
    assert_eq!(status(&ask(&token)), "200");

    let kid = tenant.signing_key(POLICY).kid().to_owned();
    // The bug: the log confirmed a misspelt id.
    let (misspelt, _) = kid.split_at(kid.len() - 1);
    let forgotten = format!("forgotten_keys = [\"{misspelt}\"]");
    fs::write(file.path(), config(&tenant, &forgotten)).expect("the file can be written");
    running.signal("-HUP");
    let told = running.log("an unknown key is to be forgotten");
    let kid_of_log = format!("kid=\"{misspelt}\"");
    assert!(
        told.contains(" WARN ") && told.contains(&kid_of_log),
        "{told}"
    );
    running.log("configuration reloaded");

    let forgotten = format!("forgotten_keys = [\"{kid}\"]");
    fs::write(file.path(), config(&tenant, &forgotten)).expect("the file can be written");
    running.signal("-HUP");
    let told = running.log("the settings forget these keys");
    assert!(told.contains(&kid), "{told}");
    running.log("configuration reloaded");
    assert_eq!(
        status(&ask(&token)),
        "401",
        "although it was accepted before"
    );
    tenant.rotate().expect("a new key");
    let rotated = bearer(&tenant.token(POLICY).sign());
    assert_eq!(status(&ask(&rotated)), "200");
    assert_eq!(status(&ask(&token)), "401", "although it is published");

    // The bug: the log did not say that a key stays refused which only a refused configuration forgot.
    let refused = format!("{forgotten}\nclock_skew = \"9h\"");
    fs::write(file.path(), config(&tenant, &refused)).expect("the file can be written");
    running.signal("-HUP");
    running.log("the key that it forgets is refused anyway");
    for (forgotten, told) in [(&*forgotten, false), ("", true), ("", true)] {
        fs::write(file.path(), config(&tenant, forgotten)).expect("the file can be written");
        running.signal("-HUP");
        running.log("configuration reloaded");
        if told {
            let told = running.log("the key stays refused until the gateway restarts");
            assert!(told.contains(" WARN ") && told.contains(&kid), "{told}");
        }
    }
    assert_eq!(status(&ask(&token)), "401");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_exit_status_of_the_report_is_its_verdict() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let legacy = tenant.issuer(&IssuerForm::Legacy);
    let migration = |quiet_period: &str| {
        let migration = format!(
            "[migration]\nlegacy_issuers = [\"{legacy}\"]\nquiet_period = \"{quiet_period}\"\n"
        );
        config(&tenant, "") + &migration
    };
    let status_of = |urls: &[&str]| {
        let mut arguments = vec!["migration-report"];
        arguments.extend(urls);
        let output = command(&arguments).output().expect("the command runs");
        output.status.code()
    };
    let young = TempFile::new("young.toml", &migration("1h"));
    let (_young, _, young) = gateway(&young, &[]);
    assert_eq!(status_of(&[&young]), Some(2), "not enough evidence");
    let safe = TempFile::new("safe.toml", &config(&tenant, ""));
    let (_safe, _, safe) = gateway(&safe, &[]);
    assert_eq!(status_of(&[&safe]), Some(0), "nothing to remove");
    assert_eq!(status_of(&[&safe, &young]), Some(2), "one is too young");
    let nobody = "http://127.0.0.1:1";
    assert_eq!(status_of(&[&safe, nobody]), Some(2), "one is silent");
    assert_eq!(status_of(&[nobody]), Some(2), "all are silent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_report_counts_users_of_replicas_with_the_same_salt_and_of_no_others() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let legacy = tenant.issuer(&IssuerForm::Legacy);
    let salts = ["one", "other"].map(|name| {
        let text = format!("{name} salt for the tests, 32 bytes long\n");
        TempFile::new("salt", &text)
    });
    let configuration = |salt: &TempFile| {
        let migration = format!(
            "[migration]\nlegacy_issuers = [\"{legacy}\"]\ncount_users = true\nuser_salt_file = \"{}\"\n",
            salt.path()
        );
        TempFile::new("users.toml", &(config(&tenant, "") + &migration))
    };
    let [one, other] = &salts;
    let files = [configuration(one), configuration(one), configuration(other)];
    let replicas = files.each_ref().map(|file| gateway(file, &[]));
    for ((_, listen, _), users) in replicas.iter().zip([0..3, 2..4, 0..1]) {
        for user in users {
            let token = tenant.token(POLICY).client_id("old-app").issuer(&legacy);
            let token = token.claim("oid", format!("user {user}")).sign();
            let response = request("GET", listen, &[&bearer(&token)]);
            assert_eq!(status(&response), "200");
        }
    }
    let [one, two, foreign] = replicas.each_ref().map(|(_, _, admin)| &**admin);
    let report = |urls: &[&str]| {
        let mut command = command(&["migration-report"]);
        command.args(urls).output().expect("the command runs")
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let good = report(&[one, two]);
    let table = text(&good.stdout);
    assert_eq!(good.status.code(), Some(1), "{table}");
    let rows = "  application  users\n  old-app          4\n  all              4\n";
    assert!(table.contains(rows), "{table}");
    assert!(table.contains("standard error 3.3 %"), "{table}");

    let bad = report(&[one, foreign]);
    let error = text(&bad.stderr);
    assert_eq!(
        (bad.status.code(), text(&bad.stdout)),
        (Some(2), String::new())
    );
    assert!(
        error.contains("count users with different salts"),
        "{error}"
    );
    assert!(!error.contains("salt for the tests"), "{error}");
    let metrics = request("GET", &format!("{one}/metrics"), &[]);
    let gauge = "b2c_auth_legacy_users{client_id=\"old-app\"} 3\n";
    assert!(metrics.contains(gauge), "{metrics}");

    let without = "[migration]\nlegacy_issuers = [\"https://a.example/aaaabbbb-0000-cccc-1111-dddd2222eeee/\"]\ncount_users = true\n";
    let without = TempFile::new("without.toml", &(config(&tenant, "") + without));
    let (code, error) = failed(&mut gateway_command(&without));
    assert_eq!(code, Some(1), "{error}");
    assert!(
        error.contains("migration.user_salt") && error.contains("is missing"),
        "{error}"
    );
}

/// Standard error, until the command has ended.
fn errors_until_the_end(running: Running) -> String {
    running.signal("-TERM");
    let (status, errors) = running.end();
    assert_eq!(status.code(), Some(0), "{errors}");
    errors
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unwritable_usage_file_is_reported_once_and_the_gateway_answers() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("unwritable.toml", &config(&tenant, ""));
    // Nobody can create a file in a folder that does not exist, not even root.
    let folder = std::path::PathBuf::from(format!("{}.d", file.path()));
    let usage = folder.join("usage.json").display().to_string();
    let (mut running, listen, admin) = gateway(&file, &["--usage-file", &usage]);
    running.log("the usage cannot be saved");
    let token = tenant.token(POLICY).sign();
    until("200", || request("GET", &format!("{admin}/readyz"), &[]));
    assert_eq!(status(&request("GET", &listen, &[&bearer(&token)])), "200");
    // The save at the end fails for the same reason.
    let errors = errors_until_the_end(running);
    assert!(!errors.contains("cannot be saved"), "{errors}");

    let (mut running, listen, _admin) = gateway(&file, &["--usage-file", &usage]);
    running.log("the usage cannot be saved");
    fs::create_dir(&folder).expect("the folder can be made");
    assert_eq!(status(&request("GET", &listen, &[&bearer(&token)])), "200");
    let errors = errors_until_the_end(running);
    assert!(errors.contains("the usage is saved again"), "{errors}");
    let saved = fs::read_dir(&folder).expect("the folder is there").count();
    fs::remove_dir_all(&folder).expect("the folder can be removed");
    assert_eq!(saved, 1, "no temporary file is left");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_reported_once_and_the_file_stays_as_it_was() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("full.toml", &config(&tenant, ""));
    let usage = TempFile::new("full-usage.json", "");
    fs::remove_file(usage.path()).expect("it was written");
    let token = tenant.token(POLICY).sign();
    let (running, listen, _admin) = gateway(&file, &["--usage-file", usage.path()]);
    until("200", || request("GET", &listen, &[&bearer(&token)]));
    errors_until_the_end(running);
    let before = fs::read(usage.path()).expect("the usage was saved");

    // A limit of zero bytes for every file stands in for the disk: the file can be created, and writing to it fails, for root too.
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"";
    let mut running = Running::spawn(std::process::Command::new("sh").args(["-c", script]).args([
        env!("CARGO_BIN_EXE_b2c-auth"),
        "gateway",
        "--config",
        file.path(),
        "--listen",
        "127.0.0.1:0",
        "--usage-file",
        usage.path(),
    ]));
    let listen = running.url();
    running.log("the usage cannot be saved");
    until("200", || request("GET", &listen, &[&bearer(&token)]));
    let errors = errors_until_the_end(running);
    assert!(!errors.contains("cannot be saved"), "{errors}");
    let after = fs::read(usage.path()).expect("the file is still there");
    assert_eq!(after, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_head_of_a_request_is_limited() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("head.toml", &config(&tenant, ""));
    let (_running, listen, _admin) = gateway(&file, &[]);
    let token = bearer(&tenant.token(POLICY).sign());
    let padded = |length| {
        let padding = format!("X-Padding: {}", "a".repeat(length));
        request("GET", &listen, &[&token, &padding])
    };
    until("200", || padded(48 << 10));
    // The answer may be lost, because the client is still sending when the connection is closed.
    let refused = padded(200 << 10);
    assert!(["431", ""].contains(&status(&refused)), "{refused}");
}

#[test]
fn a_usage_file_that_cannot_be_looked_up_is_named() {
    let settings = TempFile::new(
        "b2c.toml",
        "audiences = [\"api\"]\nauthorities = [{ tenant = \"contoso\", policy = \"B2C_1_in\" }]\n",
    );
    // A file where the path needs a folder.
    let usage = format!("{}/usage.json", settings.path());
    let (code, errors) = failed(gateway_command(&settings).args(["--usage-file", &usage]));
    assert_eq!(code, Some(1));
    let expected = format!("b2c-auth: cannot read {usage} (--usage-file): ");
    assert!(errors.contains(&expected), "{errors}");
}

#[test]
fn a_usage_file_that_is_not_understood_is_refused_with_the_remedy() {
    let config = TempFile::new("foreign.toml", "");
    for (text, reason) in [
        ("", "EOF"),
        ("listen = 1", "expected"),
        (r#"{"since":1800000000,"rows":[]}"#, "unknown field `since`"),
        (r#"{"version":3,"more":true}"#, "its version is 3"),
        (r#"{"version":1}"#, "its version is 1"),
    ] {
        let usage = TempFile::new("foreign.json", text);
        let mut command = gateway_command(&config);
        let (code, errors) = failed(command.args(["--usage-file", usage.path()]));
        assert_eq!(code, Some(1));
        assert!(
            errors.contains(reason) && errors.contains("move it away"),
            "{errors}"
        );
        assert_eq!(fs::read_to_string(usage.path()).expect("it is there"), text);
    }
}

#[test]
fn all_mistakes_are_reported_at_start() {
    let file = TempFile::new(
        "mistakes.toml",
        "clock_skew = \"-5s\"\n[[authorities]]\nopenid_config = \"http://contoso.b2clogin.com/x\"\n",
    );
    let (code, errors) = failed(&mut gateway_command(&file));
    assert_eq!(code, Some(1));
    for field in ["audiences", "clock_skew", "authorities[0].openid_config"] {
        assert!(errors.contains(field), "{errors}");
    }
}

/// The bug: they had two rows, so a metric with the same labels was there twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_azp_is_counted_as_none() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("azp.toml", &config(&tenant, ""));
    let (_running, listen, admin) = gateway(&file, &[]);
    let empty = tenant.token(POLICY).claim("azp", "").sign();
    let none = tenant.token(POLICY).without("azp").sign();
    for token in [empty, none] {
        until("200", || request("GET", &listen, &[&bearer(&token)]));
    }
    let metrics = request("GET", &format!("{admin}/metrics"), &[]);
    let series = "b2c_auth_verified_tokens_total{";
    let accepted: Vec<_> = metrics
        .lines()
        .filter(|line| line.starts_with(series) && line.contains("outcome=\"accepted\""))
        .collect();
    assert_eq!(accepted.len(), 1, "{metrics}");
    assert!(accepted[0].ends_with("} 2"), "{metrics}");
    let report = request("GET", &format!("{admin}/migration"), &[]);
    assert!(report.contains("\"client_id\":null"), "{report}");
    assert!(!report.contains("\"client_id\":\"\""), "{report}");
}

/// The bug: the first save replaced the link by a file.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_usage_file_may_be_a_symbolic_link() {
    use std::{os::unix::fs::symlink, path::Path};

    let tenant = Emulator::start().await.expect("the tenant starts");
    let file = TempFile::new("link.toml", &config(&tenant, ""));
    let target = TempFile::new("usage.json", "");
    let path = Path::new(target.path());
    let links = TempFile::new("first", "");
    let first = Path::new(links.path());
    let second = first.with_file_name("second");
    let token = tenant.token(POLICY).sign();
    fs::remove_file(path).expect("it is there");
    fs::remove_file(first).expect("it is there");
    symlink(path, &second).expect("it can be made");
    // A relative one, from its own folder.
    symlink("second", first).expect("it can be made");
    // The target does not exist at first.
    for uses in 1..=2 {
        let (running, listen, _) = gateway(&file, &["--usage-file", links.path()]);
        until("200", || request("GET", &listen, &[&bearer(&token)]));
        running.signal("-TERM");
        assert_eq!(running.wait().code(), Some(0));
        for link in [first, &second] {
            assert!(link.is_symlink(), "{}", link.display());
        }
        let saved = fs::read_to_string(path).expect("the target is there");
        assert!(saved.contains(&format!("\"accepted\":{uses},")), "{saved}");
    }
}
