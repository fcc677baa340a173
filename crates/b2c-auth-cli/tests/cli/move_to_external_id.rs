//! The move to External ID as `docs/migrating.md` tells it: its files, its steps and the answers that it shows.

use std::fs;

use b2c_emulator::{Emulator, Kind, Seed};

use crate::support::{API, POLICY, Running, TempFile, command, request, status};

const PAGE: &str = include_str!("../../../../docs/migrating.md");
const CLEO: &str = "eeeeffff-4444-aaaa-5555-bbbb6666cccc";

/// The blocks of the last section in this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let (_, section) = PAGE
        .split_once("## The whole move to External ID")
        .expect("the page has the section");
    let start = format!("```{language}\n");
    let blocks = section.split(&*start).skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap_or_default())
        .collect()
}

/// What the page shows for this command; `time` is 0 where it first appears on the page, 1 at the next place.
fn shown(prompt: &str, time: usize) -> Vec<&'static str> {
    let lines = blocks("console").into_iter().flat_map(str::lines);
    let lines: Vec<_> = lines.collect();
    let mut at = (0..lines.len()).filter(|&at| lines[at] == prompt);
    let at = at.nth(time).expect("the page has the command");
    let answer = lines[at + 1..].iter();
    answer
        .take_while(|line| !line.starts_with("$ "))
        .copied()
        .collect()
}

struct World {
    emulator: Emulator,
    config: TempFile,
    users: TempFile,
    salt: TempFile,
}

impl World {
    async fn start() -> Self {
        let emulator = Emulator::builder().seed(Seed::default()).start().await;
        let emulator = emulator.expect("the tenants start");
        let [users] = blocks("csv")[..] else {
            panic!("the page has one map")
        };
        let users = users.replace("http://127.0.0.1:8400", &emulator.base_url());
        let world = Self {
            emulator,
            config: TempFile::new("b2c.toml", ""),
            users: TempFile::new("users.csv", &users),
            salt: TempFile::new("user-salt", &"x".repeat(44)),
        };
        world.enter("accept");
        world
    }

    /// Writes the settings of the page with another stage.
    fn enter(&self, stage: &str) {
        let [config] = blocks("toml")[..] else {
            panic!("the page has one configuration")
        };
        let config = config
            .replace("http://127.0.0.1:8400", &self.emulator.base_url())
            .replace("stage = \"accept\"", &format!("stage = \"{stage}\""))
            .replace("\"user-salt\"", &format!("\"{}\"", self.salt.path()));
        fs::write(self.config.path(), config).expect("the file can be written");
    }

    fn old(&self, user: Option<&str>) -> String {
        let token = self.emulator.token(POLICY).audience(API);
        let token = token.client_id("web-app");
        match user {
            Some(user) => token.claim("oid", user).sign(),
            None => token.sign(),
        }
    }

    fn new_token(&self) -> String {
        let mut tenants = self.emulator.tenants();
        let tenant = tenants.find(|it| it.kind() == Kind::ExternalId);
        let token = tenant.expect("it is there").token("");
        let token = token.audience("22223333-cccc-4444-dddd-5555eeee6666");
        token.client_id("web-app").sign()
    }
}

/// Whether the answer has the lines that the page shows.
fn is_as_shown(answer: &str, shown: &[&str]) {
    let [first, headers @ ..] = shown else {
        panic!("the page shows an answer")
    };
    assert_eq!(answer.lines().next(), Some(*first), "{answer}");
    assert!(!headers.is_empty());
    for header in headers {
        assert!(
            answer.lines().any(|line| line == *header),
            "{header}: {answer}"
        );
    }
    let told = ["x-auth-", "deprecation", "www-authenticate"];
    let sent = answer
        .lines()
        .filter(|line| told.iter().any(|it| line.starts_with(it)));
    assert_eq!(sent.count(), headers.len(), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_of_the_page_ends_as_it_says() {
    let world = World::start().await;
    let mut check = command(&[
        "check",
        world.config.path(),
        "--user-map",
        world.users.path(),
    ]);
    let check = check.output().expect("the command runs");
    assert_eq!(check.status.code(), Some(0), "{check:?}");
    let arguments = [
        "gateway",
        "--config",
        world.config.path(),
        "--user-map",
        world.users.path(),
        "--listen",
        "127.0.0.1:0",
        "--admin-listen",
        "127.0.0.1:0",
    ];
    let mut running = Running::start(&arguments);
    let url = running.url();
    let admin = running.line("admin listening on ");
    let ask = |token: &str| {
        let bearer = format!("Authorization: Bearer {token}");
        request("GET", &url, &[&bearer])
    };
    let (old, new) = (r#"$ ask "$(old)""#, r#"$ ask "$(new)""#);
    is_as_shown(&ask(&world.old(None)), &shown(old, 0));
    is_as_shown(&ask(&world.new_token()), &shown(new, 0));
    let cleo = format!(r#"$ ask "$(old --claim oid={CLEO})""#);
    is_as_shown(&ask(&world.old(Some(CLEO))), &shown(&cleo, 0));

    // The report is as the page shows it, except for the times, the salt and the port.
    let output = command(&["migration-report", &admin]).output();
    let output = output.expect("the command runs");
    assert_eq!(output.status.code(), Some(1));
    let report = String::from_utf8(output.stdout).expect("text");
    let report = report.replace(&world.emulator.base_url(), "http://127.0.0.1:8400");
    let steady = |line: &str| {
        let is_fixed = |word: &&str| !word.contains("202") && word.len() != 16;
        line.split_whitespace()
            .filter(is_fixed)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let shown_report = shown("$ b2c-auth migration-report http://127.0.0.1:9100", 0);
    let shown_report: Vec<_> = shown_report.into_iter().map(steady).collect();
    assert_eq!(report.lines().map(steady).collect::<Vec<_>>(), shown_report);

    world.enter("announce");
    running.signal("-HUP");
    running.log("configuration reloaded");
    is_as_shown(&ask(&world.old(None)), &shown(old, 1));
    assert!(!ask(&world.new_token()).contains("deprecation"));

    world.enter("refuse");
    running.signal("-HUP");
    running.log("configuration reloaded");
    is_as_shown(&ask(&world.old(None)), &shown(old, 2));
    assert_eq!(status(&ask(&world.old(Some(CLEO)))), "401");
    is_as_shown(&ask(&world.new_token()), &shown(new, 1));
}
