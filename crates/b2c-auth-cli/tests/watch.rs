//! `--watch`: the files that options and settings name.

mod support;

use std::fs;

use b2c_emulator::{CertificateAuthority, Emulator, Https, SigningKey};
use support::{API, POLICY, Running, TempFile, command, config, request, status};

fn gateway(more: &[&str]) -> (Running, String) {
    let mut command = command(&["gateway", "--listen", "127.0.0.1:0", "--watch"]);
    let mut running = Running::spawn(command.args(more));
    let url = running.line("gateway listening on ");
    (running, url)
}

fn write(file: &TempFile, text: &str) {
    fs::write(file.path(), text).expect("a temporary file can be written");
}

fn ask(url: &str, token: &str) -> String {
    let response = request("GET", url, &[&format!("Authorization: Bearer {token}")]);
    status(&response).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_file_that_the_settings_name_is_read_again_when_it_changes() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let authority = CertificateAuthority::ephemeral(["localhost"]).expect("it can be made");
    let key = SigningKey::generate().expect("a key");
    let salt = "a salt for the tests, 32 bytes long\n";
    let files = [
        ("ca.pem", authority.pem(), "fetch.ca_file"),
        (
            "decryption.pem",
            key.private_pem().to_owned(),
            "decryption_keys[0]",
        ),
        ("salt", salt.to_owned(), "migration.user_salt"),
    ];
    let files = files.map(|(name, text, field)| (TempFile::new(name, &text), text, field));
    let settings = |salt: &str| {
        let [(ca, ..), (key, ..), _] = &files;
        let legacy = "https://a.example/aaaabbbb-0000-cccc-1111-dddd2222eeee/";
        format!(
            "{}\n[fetch]\nca_file = \"{}\"\n[[decryption_keys]]\nfile = \"{}\"\n[migration]\nlegacy_issuers = [\"{legacy}\"]\ncount_users = true\nuser_salt_file = \"{salt}\"\n",
            config(&tenant, ""),
            ca.path(),
            key.path()
        )
    };
    let [_, _, (salt_file, ..)] = &files;
    let file = TempFile::new("names.toml", &settings(salt_file.path()));
    let (mut running, _) = gateway(&["--config", file.path()]);
    running.log("keys fetched");
    for (file, _, field) in &files {
        write(file, "nothing of use");
        let unchanged = running.log(field);
        assert!(
            unchanged.contains("the configuration is unchanged"),
            "{unchanged}"
        );
    }
    for (file, text, _) in &files {
        write(file, text);
    }
    running.log("configuration reloaded");

    // One that is not there yet, and that nothing named before.
    let later = TempFile::new("later", "");
    fs::remove_file(later.path()).expect("it was written");
    write(&file, &settings(later.path()));
    running.log("migration.user_salt");
    write(&later, salt);
    running.log("configuration reloaded");
    // One that is missing does not keep another from being read.
    fs::remove_file(later.path()).expect("it was written");
    running.log("migration.user_salt");
    write(&file, &settings(salt_file.path()));
    running.log("configuration reloaded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_certificate_authority_is_trusted_without_a_restart() {
    let tenant = Emulator::builder().https(Https::ephemeral()).start().await;
    let tenant = tenant.expect("the tenant starts");
    let other = CertificateAuthority::ephemeral(["localhost"]).expect("it can be made");
    let ca = TempFile::new("ca.pem", &other.pem());
    let settings = format!(
        "{}\n[fetch]\nca_file = \"{}\"\n",
        config(&tenant, ""),
        ca.path()
    );
    let file = TempFile::new("ca.toml", &settings);
    let (mut running, url) = gateway(&["--config", file.path()]);
    running.log("keys cannot be fetched");
    let token = tenant.token(POLICY).sign();
    assert_eq!(ask(&url, &token), "503");
    let own = tenant.authority().expect("it has one");
    write(&ca, &own.pem());
    running.log("keys fetched");
    assert_eq!(ask(&url, &token), "200");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_named_value_of_a_policy_is_read_again_when_it_changes() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let policy = format!(
        "<validate-jwt header-name='Authorization'><openid-config url='{}'/><audiences><audience>{{{{api}}}}</audience></audiences></validate-jwt>",
        tenant.metadata_url(POLICY)
    );
    let policy = TempFile::new("policy.xml", &policy);
    let value = TempFile::new("api", "another\n");
    let given = format!("api=@{}", value.path());
    let (mut running, url) = gateway(&["--policy", policy.path(), "--named-value", &given]);
    running.log("keys fetched");
    let token = tenant.token(POLICY).sign();
    assert_eq!(ask(&url, &token), "401");
    write(&value, &format!("{API}\n"));
    running.log("configuration reloaded");
    assert_eq!(ask(&url, &token), "200");
}
