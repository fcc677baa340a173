//! `--watch`: the files that options and settings name.

use std::fs;

use b2c_emulator::{CertificateAuthority, Emulator, Https, SigningKey};

use crate::support::{API, POLICY, Running, TempFile, command, config, request, status};

fn gateway(more: &[&str]) -> (Running, String) {
    let mut command = command(&["gateway", "--listen", "127.0.0.1:0", "--watch"]);
    let mut running = Running::spawn(command.args(more));
    let url = running.url();
    (running, url)
}

fn write(file: &TempFile, text: &str) {
    fs::write(file.path(), text).expect("a temporary file can be written");
}

fn ask(url: &str, token: &str) -> String {
    let response = request("GET", url, &[&format!("Authorization: Bearer {token}")]);
    status(&response).to_owned()
}

/// A file that the settings name.
struct Named {
    file: TempFile,
    text: String,
    /// The setting that is wrong if the file is of no use.
    field: &'static str,
}

/// A certificate authority, a decryption key and a salt.
fn named_files() -> [Named; 3] {
    let authority = CertificateAuthority::ephemeral(["localhost"]).expect("it can be made");
    let key = SigningKey::generate().expect("a key");
    [
        ("fetch.ca_file", authority.pem()),
        ("decryption_keys[0]", key.private_pem().to_owned()),
        ("migration.user_salt", SALT.to_owned()),
    ]
    .map(|(field, text)| Named {
        file: TempFile::new("named", &text),
        text,
        field,
    })
}

fn settings(tenant: &Emulator, [ca, key, salt]: [&TempFile; 3]) -> String {
    let legacy = "https://a.example/aaaabbbb-0000-cccc-1111-dddd2222eeee/";
    format!(
        "{}\n[fetch]\nca_file = \"{}\"\n[[decryption_keys]]\nfile = \"{}\"\n[migration]\nlegacy_issuers = [\"{legacy}\"]\ncount_users = true\nuser_salt_file = \"{}\"\n",
        config(tenant, ""),
        ca.path(),
        key.path(),
        salt.path()
    )
}

const SALT: &str = "a salt for the tests, 32 bytes long\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_file_that_the_settings_name_is_read_again_when_it_changes() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    // Each of the three cases has a gateway and files of its own, and all run at once, because noticing a change takes seconds.
    std::thread::scope(|scope| {
        for at in 0..3 {
            let tenant = &tenant;
            scope.spawn(move || {
                let files = named_files();
                let settings = settings(tenant, files.each_ref().map(|it| &it.file));
                let file = TempFile::new("names.toml", &settings);
                let (mut running, _) = gateway(&["--config", file.path()]);
                running.log("keys fetched");
                let changed = &files[at];
                write(&changed.file, "nothing of use");
                let unchanged = running.log(changed.field);
                assert!(
                    unchanged.contains("the configuration is unchanged"),
                    "{unchanged}"
                );
                write(&changed.file, &changed.text);
                running.log("configuration reloaded");
            });
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_may_come_later_and_go_without_keeping_others_from_being_read() {
    let tenant = Emulator::start().await.expect("the tenant starts");
    let [ca, key, salt] = named_files().map(|it| it.file);
    let file = TempFile::new("names.toml", &settings(&tenant, [&ca, &key, &salt]));
    let (mut running, _) = gateway(&["--config", file.path()]);
    running.log("keys fetched");

    // Nothing named it before, and it is not there yet.
    let later = TempFile::new("later", "");
    fs::remove_file(later.path()).expect("it was written");
    write(&file, &settings(&tenant, [&ca, &key, &later]));
    running.log("migration.user_salt");
    write(&later, SALT);
    running.log("configuration reloaded");

    fs::remove_file(later.path()).expect("it was written");
    running.log("migration.user_salt");
    write(&file, &settings(&tenant, [&ca, &key, &salt]));
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
async fn a_changed_named_value_is_read_again() {
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
