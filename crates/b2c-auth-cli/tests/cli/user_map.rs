//! `--user-map`: users who have moved to another tenant are one user of the service.

use std::{fs, io::Write as _, process::Stdio};

use b2c_emulator::{Emulator, IssuerForm, Kind, Seed, TenantHandle};

use crate::support::{
    API, POLICY, Running, TempFile, command, failed, gateway_command, make_pipe, request, status,
};

const EXTERNAL_API: &str = "22223333-cccc-4444-dddd-5555eeee6666";

/// Two tenants in which the same people have other ids.
struct World {
    emulator: Emulator,
}

impl World {
    async fn start() -> Self {
        let emulator = Emulator::builder().seed(Seed::default()).start().await;
        Self {
            emulator: emulator.expect("the tenants start"),
        }
    }

    fn tenant(&self, kind: Kind) -> TenantHandle {
        let mut tenants = self.emulator.tenants();
        tenants.find(|it| it.kind() == kind).expect("it is there")
    }

    fn config(&self, top: &str, tables: &str) -> String {
        let (b2c, external) = (self.tenant(Kind::B2c), self.tenant(Kind::ExternalId));
        format!(
            "{top}\n[keys]\nfetch_timeout = \"1m\"\n[[authorities]]\nopenid_config = \"{}\"\naudiences = [\"{API}\"]\n\n[[authorities]]\nopenid_config = \"{}\"\nissuers = [\"{}\"]\naudiences = [\"{EXTERNAL_API}\"]\n{tables}",
            b2c.metadata_url(POLICY),
            external.metadata_url(""),
            issuer(&external)
        )
    }

    /// Alex and Bo of both tenants; Cleo is not in it.
    fn map(&self) -> String {
        let mut map = "issuer,user_id,user\n".to_owned();
        for kind in [Kind::B2c, Kind::ExternalId] {
            let tenant = self.tenant(kind);
            for (user, at) in tenant.users().iter().zip(1..3) {
                let line = [&issuer(&tenant), &user.object_id, &format!("customer-{at}")];
                map += &format!("{}\n", line.map(|it| it.as_str()).join(","));
            }
        }
        map
    }

    /// What the gateway answers the user at this place in the tenant's list.
    fn ask(&self, url: &str, kind: Kind, user: usize) -> String {
        let tenant = self.tenant(kind);
        let id = &tenant.users()[user].object_id;
        let (policy, api) = match kind {
            Kind::B2c => (POLICY, API),
            _ => ("", EXTERNAL_API),
        };
        let token = tenant.token(policy).audience(api).scope("tasks.read");
        get(url, &token.claim("oid", id.as_str()).sign())
    }
}

fn issuer(tenant: &TenantHandle) -> String {
    tenant.issuer(&IssuerForm::Default)
}

fn get(url: &str, token: &str) -> String {
    let bearer = format!("Authorization: Bearer {token}");
    request("GET", url, &[&bearer, "x-auth-user: customer-1"])
}

fn gateway(config: &TempFile, more: &[&str]) -> (Running, String) {
    let mut running = Running::spawn(gateway_command(config).args(more));
    let url = running.url();
    (running, url)
}

/// The exit status and the errors of a gateway that does not start.
fn refused(config: &TempFile, more: &[&str]) -> (Option<i32>, String) {
    failed(gateway_command(config).args(more))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_of_both_tenants_is_one_user_and_one_who_is_not_in_the_map_is_refused() {
    let world = World::start().await;
    let config = TempFile::new("both.toml", &world.config("", ""));
    let map = TempFile::new("users.csv", &world.map());
    let (mut running, url) = gateway(&config, &["--user-map", map.path()]);
    running.log("users=4");
    for kind in [Kind::B2c, Kind::ExternalId] {
        for (user, expected) in [
            (0, "x-auth-user: customer-1\r\n"),
            (1, "x-auth-user: customer-2\r\n"),
        ] {
            let answer = world.ask(&url, kind, user);
            assert_eq!(status(&answer), "200", "{answer}");
            assert!(answer.contains(expected), "{answer}");
            let id = &world.tenant(kind).users()[user].object_id;
            assert!(
                answer.contains(&format!("x-auth-subject: {id}\r\n")),
                "{answer}"
            );
        }
        let answer = world.ask(&url, kind, 2);
        assert_eq!(status(&answer), "403", "{answer}");
        assert!(answer.contains("insufficient_scope"), "{answer}");
    }
    // A daemon has no user who could have moved.
    let daemon = world.tenant(Kind::B2c).token(POLICY).claim("idtyp", "app");
    let answer = get(&url, &daemon.sign());
    assert_eq!(status(&answer), "200", "{answer}");
    assert!(answer.contains("x-auth-user: \r\n"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_header_is_set_whatever_passes() {
    let world = World::start().await;
    let map = TempFile::new("users.csv", &world.map());
    let headers =
        "[claim_headers]\nX-Customer = \"mapped_user()\"\nx-auth-user = \"mapped_user()\"\n";
    let config = TempFile::new(
        "pass.toml",
        &world.config("allow_anonymous = true", headers),
    );
    let more = ["--user-map", map.path(), "--unknown-users", "pass-on"];
    let (_running, url) = gateway(&config, &more);
    let has_headers = |answer: &str, user: &str| {
        assert_eq!(status(answer), "200", "{answer}");
        for name in ["x-customer", "x-auth-user"] {
            assert!(answer.contains(&format!("{name}: {user}\r\n")), "{answer}");
        }
    };
    has_headers(&world.ask(&url, Kind::ExternalId, 1), "customer-2");
    has_headers(&world.ask(&url, Kind::ExternalId, 2), "");
    let anonymous = request("GET", &url, &["x-auth-user: customer-1"]);
    has_headers(&anonymous, "");

    let reporting = world.config("danger_report_only = true", headers);
    let config = TempFile::new("report.toml", &reporting);
    let (_running, url) = gateway(&config, &["--user-map", map.path()]);
    has_headers(&world.ask(&url, Kind::B2c, 0), "customer-1");
    has_headers(&world.ask(&url, Kind::B2c, 2), "");
    has_headers(&get(&url, "no.good.token"), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_map_holds_at_once_and_a_bad_one_leaves_the_old_one_in_force() {
    let world = World::start().await;
    let config = TempFile::new("reload.toml", &world.config("", ""));
    let map = TempFile::new("users.csv", &world.map());
    let (mut running, url) = gateway(&config, &["--user-map", map.path()]);
    assert!(
        world
            .ask(&url, Kind::B2c, 0)
            .contains("x-auth-user: customer-1\r\n")
    );
    assert_eq!(status(&world.ask(&url, Kind::B2c, 2)), "403");

    fs::write(map.path(), world.map() + "nobody\n").expect("the file can be written");
    running.signal("-HUP");
    running.log("the old map stays in force: the map of users cannot be used:");
    running.log("users.csv:6: has 1 columns instead of 3");
    running.log("configuration reloaded");
    assert!(
        world
            .ask(&url, Kind::B2c, 0)
            .contains("x-auth-user: customer-1\r\n")
    );

    let wrong = "[claim_headers]\nx-a = \"sub\"\n[[routes]]\npath = \"/a/../b\"\n";
    fs::write(config.path(), world.config("", wrong)).expect("the file can be written");
    running.signal("-HUP");
    running.log("users.csv:6: has 1 columns instead of 3");
    running.log("claim_headers = {\"x-a\": \"sub\"}: has no header with the user");
    running.log("routes = …: depends on the original method");
    running.log("routes[0].path");
    fs::write(config.path(), world.config("", "")).expect("the file can be written");

    let tenant = world.tenant(Kind::B2c);
    let users = tenant.users();
    let entries = [(0, "customer-7"), (2, "customer-3")].map(|(at, user)| {
        format!(
            r#"{{"issuer":"{}","user_id":"{}","user":"{user}"}}"#,
            issuer(&tenant),
            users[at].object_id
        )
    });
    fs::write(map.path(), format!("[{}]", entries.join(","))).expect("the file can be written");
    running.signal("-HUP");
    running.log("configuration reloaded");
    assert!(
        world
            .ask(&url, Kind::B2c, 0)
            .contains("x-auth-user: customer-7\r\n")
    );
    assert_eq!(status(&world.ask(&url, Kind::B2c, 1)), "403");
    assert!(
        world
            .ask(&url, Kind::B2c, 2)
            .contains("x-auth-user: customer-3\r\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_map_is_read_again_when_it_changes() {
    let world = World::start().await;
    let config = TempFile::new("watch.toml", &world.config("", ""));
    let map = TempFile::new("users.csv", "issuer,user_id,user\n");
    let (mut running, url) = gateway(&config, &["--user-map", map.path(), "--watch"]);
    assert_eq!(status(&world.ask(&url, Kind::B2c, 0)), "403");
    fs::write(map.path(), world.map()).expect("the file can be written");
    running.log("configuration reloaded");
    assert_eq!(status(&world.ask(&url, Kind::B2c, 0)), "200");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_map_that_cannot_be_read_is_in_the_log_at_each_change() {
    let world = World::start().await;
    let config = TempFile::new("watch.toml", &world.config("", ""));
    let map = TempFile::new("users.csv", &world.map());
    let (mut running, url) = gateway(&config, &["--user-map", map.path(), "--watch"]);
    let latin1 = [world.map().as_bytes(), b"\xfc\n"].concat();
    fs::write(map.path(), latin1).expect("the file can be written");
    running.log("users.csv is not UTF-8");
    running.log("configuration reloaded");
    assert_eq!(status(&world.ask(&url, Kind::B2c, 2)), "403");
    let report_only = world.config("danger_report_only = true", "");
    fs::write(config.path(), report_only).expect("the file can be written");
    running.log("users.csv is not UTF-8");
    running.log("configuration reloaded");
    let answer = world.ask(&url, Kind::B2c, 2);
    assert_eq!(status(&answer), "200", "the new settings hold: {answer}");
    let known = world.ask(&url, Kind::B2c, 0);
    assert!(known.contains("x-auth-user: customer-1\r\n"), "{known}");
    let other = world.map().replace("customer-1", "customer-7");
    fs::write(map.path(), other).expect("the file can be written");
    running.log("configuration reloaded");
    let known = world.ask(&url, Kind::B2c, 0);
    assert!(known.contains("x-auth-user: customer-7\r\n"), "{known}");
}

/// The bug: the gateway waited forever for someone to write to the pipe. It read no other file again, and no signal ended it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_named_pipe_in_the_place_of_the_map_is_refused() {
    let world = World::start().await;
    let config = TempFile::new("pipe.toml", &world.config("", ""));
    let map = TempFile::new("users.csv", &world.map());
    let (mut running, url) = gateway(&config, &["--user-map", map.path()]);
    make_pipe(&map);
    let report_only = world.config("danger_report_only = true", "");
    fs::write(config.path(), report_only).expect("the file can be written");
    running.signal("-HUP");
    let error = running.log("it is a named pipe; use a regular file instead");
    assert!(error.contains("the old map stays in force"), "{error}");
    running.log("configuration reloaded");
    let answer = world.ask(&url, Kind::B2c, 2);
    assert_eq!(status(&answer), "200", "the new settings hold: {answer}");
    let known = world.ask(&url, Kind::B2c, 0);
    assert!(known.contains("x-auth-user: customer-1\r\n"), "{known}");
}

/// The bug: the task that waited for signals also read the files.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_ends_a_gateway_that_cannot_finish_reading_a_file() {
    let world = World::start().await;
    let config = TempFile::new("blocked.toml", &world.config("", ""));
    let map = TempFile::new("users.csv", &world.map());
    let mut command = gateway_command(&config);
    command.args(["--user-map", map.path()]);
    let mut running = Running::spawn(command.stdin(Stdio::piped()));
    let url = running.url();
    let fetch = "[fetch]\nca_file = \"/dev/stdin\"\n";
    fs::write(config.path(), world.config("", fetch)).expect("the file can be written");
    running.signal("-HUP");
    // More than a pipe holds: returns once the gateway reads. It then waits for more, up to the limit of such a file.
    let mut stdin = running.stdin();
    stdin
        .write_all(&[b'#'; 100_000])
        .expect("the gateway reads");
    assert_eq!(status(&world.ask(&url, Kind::B2c, 0)), "200");
    running.signal("-TERM");
    let (status, errors) = running.end();
    assert_eq!(status.code(), Some(0), "{errors}");
    drop(stdin);
}

/// The bug: the log said that the key was refused, although no authority had the name.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_a_misspelt_authority_is_not_said_to_be_refused() {
    let world = World::start().await;
    let config = TempFile::new("misspelt.toml", &world.config("", ""));
    let map = TempFile::new("users.csv", &world.map());
    let (mut running, url) = gateway(&config, &["--user-map", map.path()]);
    let key = "forgotten_keys = [{ authority = \"misspelt\", kid = \"stolen\" }]";
    fs::write(config.path(), world.config(key, "")).expect("the file can be written");
    running.signal("-HUP");
    let error = running.log("the key is NOT refused");
    assert!(
        error.contains("misspelt") && error.contains("stolen"),
        "{error}"
    );
    running.log("the configuration is unchanged: ");
    assert_eq!(status(&world.ask(&url, Kind::B2c, 0)), "200");
}

/// In an emergency, the operator may have no time to look for a mistake elsewhere.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_forgotten_whatever_else_is_wrong() {
    let world = World::start().await;
    let tenant = world.tenant(Kind::B2c);
    let mut forgotten = Vec::new();
    // The map, the settings, and how they fit together.
    for (bad_map, top, tables, outcome) in [
        (true, "", "", "configuration reloaded"),
        (
            false,
            "clock_skew = \"-5s\"",
            "",
            "the configuration is unchanged: ",
        ),
        (
            true,
            "",
            "[claim_headers]\nx-auth-subject = \"sub\"\n",
            "the configuration is unchanged: ",
        ),
    ] {
        let config = TempFile::new("emergency.toml", &world.config("", ""));
        let map = TempFile::new("users.csv", &world.map());
        let (mut running, url) = gateway(&config, &["--user-map", map.path()]);
        let id = &tenant.users()[0].object_id;
        let token = || {
            let token = tenant.token(POLICY).audience(API).scope("tasks.read");
            token.claim("oid", id.as_str()).sign()
        };
        let stolen = token();
        assert_eq!(status(&get(&url, &stolen)), "200");

        if bad_map {
            fs::write(map.path(), "nothing of use\n").expect("the file can be written");
        }
        let kid = tenant.signing_key(POLICY).kid().to_owned();
        let settings = world.config(&format!("{top}\nforgotten_keys = [\"{kid}\"]"), tables);
        fs::write(config.path(), settings).expect("the file can be written");
        running.signal("-HUP");
        if bad_map {
            running.log("the old map stays in force: ");
        }
        if outcome != "configuration reloaded" {
            let warning = running.log("the key that it forgets is refused anyway");
            assert!(warning.contains(&kid), "{warning}");
        }
        running.log(outcome);
        assert_eq!(status(&get(&url, &stolen)), "401");
        tenant.rotate().expect("a new key");
        let answer = get(&url, &token());
        assert_eq!(status(&answer), "200", "{answer}");
        assert!(answer.contains("x-auth-user: customer-1\r\n"), "{answer}");
        forgotten.push(kid);
    }
    forgotten.dedup();
    assert_eq!(forgotten.len(), 3, "each time another key");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unusable_user_map_is_reported_at_start() {
    let world = World::start().await;
    let check = |file: &TempFile, more: &[&str]| {
        let output = command(&["check", file.path()]).args(more).output();
        let output = output.expect("the command runs");
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).expect("text"))
    };
    let config = TempFile::new("good.toml", &world.config("", ""));
    let bad = TempFile::new(
        "bad.csv",
        "issuer,user_id,user\nx,1,one\nhttps://a.example/,2,a b\n",
    );
    let (code, errors) = refused(&config, &["--user-map", bad.path()]);
    assert_eq!(code, Some(1), "{errors}");
    for line in [
        "bad.csv:2: issuer is not a URL",
        "bad.csv:3: user cannot be sent",
    ] {
        assert!(errors.contains(line), "{errors}");
    }
    let (code, errors) = refused(&config, &["--user-map", "/nowhere/users.csv"]);
    assert_eq!(code, Some(1), "{errors}");
    assert!(
        errors.contains("cannot read /nowhere/users.csv"),
        "{errors}"
    );
    let (code, errors) = refused(&config, &["--unknown-users", "pass-on"]);
    assert_eq!(code, Some(2), "{errors}");

    let wrong = TempFile::new("wrong.toml", "audiences = []\nclok_skew = 1\n");
    let more = [
        "--user-map",
        bad.path(),
        "--usage-file",
        bad.path(),
        "--forwarded",
        "envoy",
    ];
    let more = [
        &more[..],
        &[
            "--tls-certificate",
            "/nowhere/a.pem",
            "--tls-key",
            "/nowhere/b.pem",
        ],
    ];
    let (code, errors) = refused(&wrong, &more.concat());
    assert_eq!(code, Some(1), "{errors}");
    for mistake in [
        "bad.csv is not a usage file",
        "bad.csv:2: issuer",
        "clok_skew",
        "/nowhere/a.pem",
    ] {
        assert!(errors.contains(mistake), "{errors}");
    }
    let tables = "[claim_headers]\nx-a = \"sub\"\n[[routes]]\npath = \"/a/../b\"\n";
    let no_header = world.config("", tables);
    let no_header = TempFile::new("no_header.toml", &no_header);
    for (code, errors) in [
        refused(&no_header, &["--user-map", bad.path()]),
        check(&no_header, &["--user-map", bad.path()]),
    ] {
        assert_eq!(code, Some(1), "{errors}");
        for mistake in ["bad.csv:2: issuer", "add x-auth-user", "routes[0].path"] {
            assert!(errors.contains(mistake), "{errors}");
        }
    }

    let map = TempFile::new("users.csv", &world.map());
    let own = "[claim_headers]\nx-auth-subject = \"sub\"\n";
    let own = TempFile::new("own.toml", &world.config("", own));
    let (code, errors) = refused(&own, &["--user-map", map.path()]);
    assert_eq!(code, Some(1), "{errors}");
    assert!(
        errors.contains("add x-auth-user with the value mapped_user()"),
        "{errors}"
    );
    let mapped = "[claim_headers]\nx-auth-user = \"mapped_user()\"\n";
    let mapped = TempFile::new("mapped.toml", &world.config("", mapped));
    let (code, errors) = refused(&mapped, &[]);
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains("--user-map FILE"), "{errors}");

    let (code, text) = check(&mapped, &["--user-map", map.path()]);
    assert_eq!(code, Some(0), "{text}");
    assert!(!text.contains("claim_headers"), "{text}");
    // The gateway's options may name the map, as in the unit for systemd.
    let (code, text) = check(&mapped, &[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains(
            "claim_headers.x-auth-user = \"mapped_user()\": the gateway needs --user-map or B2C_AUTH_USER_MAP"
        ),
        "{text}"
    );
    let (code, text) = check(&mapped, &["--user-map", bad.path()]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("bad.csv:3:"), "{text}");
    let output = command(&["check", mapped.path()])
        .env("B2C_AUTH_USER_MAP", bad.path())
        .output()
        .expect("the command runs");
    let errors = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("bad.csv:3:"), "{errors}");
}

/// What the systemd unit runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_variable_gives_the_map_to_check_and_gateway() {
    let world = World::start().await;
    let mapped = "[claim_headers]\nx-auth-user = \"mapped_user()\"\n";
    let config = TempFile::new("mapped.toml", &world.config("", mapped));
    let map = TempFile::new("users.csv", &world.map());
    let checked = command(&["check", config.path()])
        .env("B2C_AUTH_USER_MAP", map.path())
        .output()
        .expect("the command runs");
    let notes = String::from_utf8(checked.stdout).expect("text");
    assert_eq!(checked.status.code(), Some(0), "{notes}");
    assert!(!notes.contains("claim_headers"), "{notes}");
    let arguments = ["gateway", "--config", config.path()];
    let mut gateway = command(&arguments);
    gateway.args(["--listen", "127.0.0.1:0"]);
    let mut running = Running::spawn(gateway.env("B2C_AUTH_USER_MAP", map.path()));
    let url = running.url();
    let answer = world.ask(&url, Kind::B2c, 0);
    assert!(answer.contains("x-auth-user: customer-1\r\n"), "{answer}");
}

/// The bug: an export that had failed, with only the header line, took effect without a warning, and every user was refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_map_without_users_is_warned_of_and_does_not_replace_one_with_users() {
    let world = World::start().await;
    let config = TempFile::new("empty.toml", &world.config("", ""));
    for empty in ["issuer,user_id,user\n", "[]"] {
        let map = TempFile::new("users.csv", empty);
        let warning = "users.csv: contains no user";
        let check = ["check", config.path(), "--user-map", map.path()];
        let output = command(&check).output().expect("the command runs");
        let told = String::from_utf8(output.stdout).expect("text");
        assert_eq!(output.status.code(), Some(0), "{told}");
        assert!(told.contains(warning), "{told}");

        let (mut running, url) = gateway(&config, &["--user-map", map.path()]);
        assert!(running.log(warning).contains(" WARN "));
        // One without users may replace another.
        running.signal("-HUP");
        assert!(running.log(warning).contains(" WARN "));
        fs::write(map.path(), world.map()).expect("it can be written");
        running.signal("-HUP");
        running.log("users=4");
        fs::write(map.path(), empty).expect("it can be written");
        running.signal("-HUP");
        let refused = running.log("the old map stays in force: ");
        assert!(
            refused.contains("ERROR ")
                && refused.contains(warning)
                && refused.contains("restart the gateway"),
            "{refused}"
        );
        running.log("configuration reloaded");
        assert_eq!(status(&world.ask(&url, Kind::B2c, 0)), "200");
    }
}
