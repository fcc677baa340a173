//! `b2c-auth convert`.

use std::{fs, path::PathBuf, process::Output};

use crate::support::command;

/// A file that is gone when the test is.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("b2c-auth-{}-{name}", std::process::id()));
        fs::write(&path, text).expect("a file can be written");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("a plain name")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the command runs")
}

const POLICY: &str = r#"<policies><inbound>
    <validate-jwt header-name="Authorization" failed-validation-error-message="No.">
        <openid-config url="https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_signupsignin1/v2.0/.well-known/openid-configuration" />
        <audiences><audience>{{app}}</audience><audience>@(context.Request.OriginalUrl.Host)</audience></audiences>
    </validate-jwt>
</inbound></policies>"#;

#[test]
fn a_policy_becomes_toml_with_remarks() {
    let policy = File::new("good.xml", POLICY);
    let output = run(&[
        "convert",
        policy.path(),
        "--named-value",
        "app=one=two",
        "--host",
        "api.contoso.com",
    ]);
    assert_eq!(output.status.code(), Some(0));
    let toml = String::from_utf8(output.stdout).expect("text");
    let (remarks, rest) = toml.split_once("\n\n").expect("remarks come first");
    assert!(
        remarks.lines().all(|line| line.starts_with("# ")),
        "{remarks}"
    );
    assert!(
        remarks.contains("# line 2, header-name: without require-scheme"),
        "{remarks}"
    );
    let expected = r#"clock_skew = "0s"

[[authorities]]
openid_config = "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_signupsignin1/v2.0/.well-known/openid-configuration"

[refusal]
message = "No."
status = 401

[token]
scheme = ""
"#;
    assert!(
        rest.contains("\"one=two\"") && rest.contains("\"api.contoso.com\""),
        "{rest}"
    );
    assert!(rest.ends_with(expected), "{rest}");
}

#[test]
fn unsupported_parts_are_listed_and_no_settings_are_printed() {
    let policy = File::new(
        "bad.xml",
        &POLICY.replace("<audiences>", "<audiences strict='true'>"),
    );
    let output = run(&["convert", policy.path()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let errors = String::from_utf8(output.stderr).expect("text");
    for expected in [
        "  line 4, strict: is not an attribute of <audiences>",
        "  line 4, audience: refers to the named value \"app\"",
        "--host NAME",
    ] {
        assert!(errors.contains(expected), "{errors}");
    }
}

#[test]
fn malformed_pairs_and_missing_files_are_reported() {
    let output = run(&["convert", "no-such-file.xml", "--named-value", "app"]);
    assert_eq!(output.status.code(), Some(2));
    let output = run(&["convert", "no-such-file.xml"]);
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).expect("text");
    assert!(
        errors.starts_with("b2c-auth: cannot read no-such-file.xml: "),
        "{errors}"
    );
}

#[test]
fn any_tenant_needs_the_dangerous_switch() {
    let policy = File::new(
        "organizations.xml",
        "<validate-azure-ad-token tenant-id=\"organizations\"><audiences><audience>api</audience></audiences></validate-azure-ad-token>",
    );
    let output = run(&["convert", policy.path()]);
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).expect("text");
    assert!(errors.contains("--danger-accept-any-tenant"), "{errors}");

    let output = run(&["convert", policy.path(), "--danger-accept-any-tenant"]);
    assert!(output.status.success());
    let settings = String::from_utf8(output.stdout).expect("text");
    let expected =
        "danger_accept_any_tenant = true\nfamily = \"entra_id\"\ntenant_id = \"organizations\"\n";
    assert!(settings.contains(expected), "{settings}");
}

/// The bug: it exited with 0, and `gateway --policy` named settings that a policy does not have.
#[test]
fn settings_that_cannot_be_used_are_printed_and_their_mistakes_listed() {
    let metadata = POLICY.lines().nth(2).expect("the metadata");
    let issuers = "<issuers><issuer>https://contoso.com/</issuer></issuers></validate-jwt>";
    let policy = POLICY
        .replace("<audiences>", &format!("{metadata}<audiences>"))
        .replace("</validate-jwt>", issuers);
    let policy = File::new("unusable.xml", &policy);
    let references = ["--named-value", "app=one", "--host", "api.contoso.com"];
    let mistake = "issuers = \"https://contoso.com/\": has no tenant id";

    let output = run(&[&["convert", policy.path()], &references[..]].concat());
    assert_eq!(output.status.code(), Some(1));
    let toml = String::from_utf8(output.stdout).expect("text");
    let line = toml.lines().position(|line| line.starts_with("issuers = "));
    let line = line.expect("the setting") + 1;
    let errors = String::from_utf8(output.stderr).expect("text");
    assert!(
        errors.contains(&format!("\n  output:{line}: {mistake}")),
        "{errors}"
    );

    for command in [
        &["check", policy.path()][..],
        &[
            "gateway",
            "--listen",
            "127.0.0.1:0",
            "--policy",
            policy.path(),
        ],
    ] {
        let output = run(&[command, &references[..]].concat());
        assert_eq!(output.status.code(), Some(1));
        let errors = String::from_utf8(output.stderr).expect("text");
        assert!(
            errors.contains(mistake) && errors.contains("TOML that `b2c-auth convert` prints"),
            "{errors}"
        );
    }
}

/// The bug: the message named the variable `B2C_NAMED_VALUE_…`, and methods in Rust.
#[test]
fn messages_name_the_options_and_the_variable() {
    let policy = File::new("references.xml", POLICY);
    let output = run(&["convert", policy.path()]);
    let errors = String::from_utf8(output.stderr).expect("text");
    for expected in [
        "--named-value app=@FILE or in the environment variable B2C_NAMED_VALUE_APP\n",
        "--host NAME\n",
    ] {
        assert!(errors.contains(expected), "{errors}");
    }
    assert!(!errors.contains("::") && !errors.contains('…'), "{errors}");
}

/// No CA certificates are needed to convert a policy.
#[test]
fn a_machine_without_certificates_converts_too() {
    let policy = File::new("no-certificates.xml", POLICY);
    let arguments = [
        "convert",
        policy.path(),
        "--named-value",
        "app=one",
        "--host",
        "api",
    ];
    let mut command = command(&arguments);
    command
        .env("SSL_CERT_FILE", "/no/such")
        .env("SSL_CERT_DIR", "/no/such");
    let output = command.output().expect("the command runs");
    assert_eq!(output.status.code(), Some(0));
}

/// The bug: a misspelt name had no effect, and nothing said so.
#[test]
fn an_ignored_policy_that_is_not_there_is_remarked_on() {
    let text = POLICY.replace("<inbound>", "<inbound><ip-filter action='allow'/>");
    let policy = File::new("ignored.xml", &text.replace("{{app}}", "api"));
    let given = [
        "--host",
        "h",
        "--ignore-policy",
        "ip-filter",
        "--ignore-policy",
    ];
    let output = run(&[&["convert", policy.path()], &given[..], &["ip-filters"]].concat());
    let errors = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(0), "{errors}");
    let path = policy.path();
    let expected =
        format!("--ignore-policy ip-filters: has no effect, because {path} has no <ip-filters>\n");
    assert_eq!(errors, expected);
    let output = run(&[&["check", policy.path()], &given[..], &["ip-filters"]].concat());
    let told = String::from_utf8(output.stdout).expect("text");
    assert!(told.contains(&expected), "{told}");
}

/// The bug: the message about JSON or an empty file recommended TOML.
#[test]
fn a_file_that_is_no_policy_is_refused_with_what_to_do() {
    let toml = "give settings in TOML";
    for (text, expected) in [
        ("", "is empty; give the file"),
        (" \r\n", "is empty; give the file"),
        (
            "{\n \"properties\": {\"value\": \"<policies>\"}}",
            "the string properties.value",
        ),
        ("[ {\"properties\": {}}]", "the string properties.value"),
        ("\"<policies>\\r\\n\"", "the string properties.value"),
        ("[[authorities]]", toml),
        ("[\"token\"]", toml),
        ("audiences = []", toml),
    ] {
        let file = File::new("no-policy", text);
        let output = run(&["convert", file.path()]);
        assert_eq!(output.status.code(), Some(1));
        let errors = String::from_utf8(output.stderr).expect("text");
        assert!(errors.contains(expected), "{text}: {errors}");
        assert_eq!(errors.contains(toml), expected == toml, "{errors}");
    }
}

/// The bug: the message recommended NAME=VALUE, which shows a secret to other users of the machine.
#[test]
fn a_named_value_without_a_value_is_refused_with_the_safe_way() {
    for (option, expected) in [
        ("--named-value", "write NAME=@FILE; or leave the option out"),
        ("--certificate", "write ID=FILE"),
    ] {
        let output = run(&["convert", "no-such-file.xml", option, "app"]);
        assert_eq!(output.status.code(), Some(2));
        let errors = String::from_utf8(output.stderr).expect("text");
        assert!(errors.contains(expected), "{errors}");
        assert!(!errors.contains("NAME=VALUE"), "{errors}");
    }
}

/// The bug: the last one was used, and nothing said so.
#[test]
fn a_value_that_is_given_twice_and_differs_is_refused() {
    let policy = File::new("twice.xml", POLICY);
    let (one, other) = (File::new("one.pem", "one"), File::new("other.pem", "other"));
    let certificate = |file: &File| format!("id={}", file.path());
    for (option, first, second, code) in [
        (
            "--named-value",
            "app=one".to_owned(),
            "app=other".to_owned(),
            1,
        ),
        (
            "--named-value",
            "app=one".to_owned(),
            "app=one".to_owned(),
            0,
        ),
        ("--certificate", certificate(&one), certificate(&other), 1),
        ("--certificate", certificate(&one), certificate(&one), 0),
    ] {
        let more = ["--host", "h", option, &first, option, &second];
        let output = command(&[&["convert", policy.path()], &more[..]].concat())
            .env("B2C_NAMED_VALUE_APP", "one")
            .output()
            .expect("the command runs");
        let errors = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(code), "{errors}");
        let expected = format!(
            "{option} {}: is given twice",
            if option == "--certificate" {
                "id"
            } else {
                "app"
            }
        );
        assert_eq!(errors.contains(&expected), code == 1, "{errors}");
    }
}
