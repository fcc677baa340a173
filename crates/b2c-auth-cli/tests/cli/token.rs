//! `b2c-auth token` with a running emulator.

use std::fs;

use b2c_emulator::Seed;

use crate::support::{Running, TempFile, command, failed};

/// The claims of the token on the one line that the command prints.
fn token(arguments: &[&str]) -> String {
    let output = command(&[&["token"], arguments].concat())
        .output()
        .expect("the command runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    let token = String::from_utf8(output.stdout).expect("text");
    assert_eq!(token.lines().count(), 1, "{token}");
    assert_eq!(token.split('.').count(), 3, "{token}");
    decoded(token.trim())
}

/// A token's claims.
pub(crate) fn decoded(token: &str) -> String {
    let part = token.split('.').nth(1).expect("claims");
    let bits: Vec<u8> = part
        .bytes()
        .map(|byte| ALPHABET.find(char::from(byte)).expect("Base64url") as u8)
        .collect();
    let bytes = bits.chunks(4).flat_map(|four| {
        let value = four
            .iter()
            .fold(0u32, |value, bits| value << 6 | u32::from(*bits));
        let value = value << (6 * (4 - four.len()));
        value.to_be_bytes()[1..four.len()].to_vec()
    });
    String::from_utf8(bytes.collect()).expect("text")
}

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[test]
fn the_token_command_prints_an_access_token_with_scopes_by_default() {
    let mut running = Running::start(&["emulator"]);
    let base = running.line("base ");
    let claims = token(&["--emulator", &base]);
    assert!(
        claims.contains(r#""scp":"tasks.read tasks.write""#),
        "{claims}"
    );
    assert!(claims.contains(r#""aud":"00001111-aaaa-2222-bbbb-3333cccc4444""#));

    let claims = token(&[
        "--emulator",
        &base,
        "--claim",
        "level=3",
        "--claim",
        "city=Ulm",
        "--claim",
        "list=[\"a\"]",
        "--scope",
        "a",
        "--scope",
        "b",
        "--expires-in",
        "5m",
        "--audience",
        "other",
    ]);
    for part in [
        r#""level":3"#,
        r#""city":"Ulm""#,
        r#""list":["a"]"#,
        r#""scp":"a b""#,
        r#""aud":"other""#,
    ] {
        assert!(claims.contains(part), "{part} in {claims}");
    }
    let role = [
        "--emulator",
        &base,
        "--tenant",
        "contosocustomers",
        "--role",
        "Tasks.Admin",
    ];
    let claims = token(&role);
    assert!(
        claims.contains(r#""roles":["Tasks.Admin"]"#) && claims.contains(r#""ver":"2.0""#),
        "{claims}"
    );
    assert!(!claims.contains("scp"), "{claims}");
    let claims = token(&["--emulator", &base, "--id-token"]);
    assert!(
        claims.contains("auth_time") && !claims.contains("scp"),
        "{claims}"
    );
}

/// The bug: the message did not say whether the tenant or the policy was wrong, nor which ones there are.
#[test]
fn an_unknown_policy_or_tenant_is_refused_with_the_known_ones() {
    let policies: String = (0..25)
        .map(|at| format!("[[tenant.policy]]\nname = 'B2C_1_p{at}'\nkind = 'sign-in'\n"))
        .collect();
    let tenant = |name: &str, id: u8| {
        format!("[[tenant]]\nname = '{name}'\nid = '11112222-0000-0000-0000-0000000000{id:02}'\n")
    };
    let seed = [&*tenant("many", 1), &policies, &tenant("none", 2)].concat();
    let seed = TempFile::new("seed.toml", &seed);
    let mut running = Running::start(&["emulator", "--seed", seed.path()]);
    let base = running.line("base ");
    for (arguments, expected) in [
        (
            ["--policy", "B2C_1_x"],
            "the tenant many has no policy B2C_1_x, only B2C_1_p0, B2C_1_p1, ",
        ),
        (["--policy", "B2C_1_x"], ", B2C_1_p19 and 5 more\n"),
        (["--tenant", "none"], "the tenant none has no policies\n"),
        (["--tenant", "x"], "there is no tenant x, only many, none\n"),
    ] {
        let arguments = [&["token", "--emulator", &base], &arguments[..]].concat();
        let (code, errors) = failed(&mut command(&arguments));
        assert_eq!(code, Some(1));
        assert!(errors.contains(expected), "{errors}");
    }
}

#[test]
fn over_https_it_trusts_the_emulators_authority_and_nobody_else() {
    let file = TempFile::new("ca.pem", "of an earlier run");
    let mut running = Running::start(&["emulator", "--https", "--ephemeral", file.path()]);
    let base = running.line("base ");
    assert!(base.starts_with("https://localhost:"), "{base}");
    let ca = running.line("export NODE_EXTRA_CA_CERTS=");
    assert!(
        fs::read_to_string(&ca)
            .expect("the file is there")
            .contains("BEGIN CERTIFICATE")
    );
    let claims = token(&["--emulator", &base, "--ca", &ca]);
    assert!(claims.contains(&format!(r#""iss":"{base}/"#)), "{claims}");

    let untrusted = command(&["token", "--emulator", &base]).output();
    assert_eq!(untrusted.expect("the command runs").status.code(), Some(1));

    let nowhere = format!("{}/ca.pem", file.path());
    let refused = command(&["emulator", "--https", "--ephemeral", &nowhere]).output();
    let errors = refused.expect("the command runs").stderr;
    let errors = String::from_utf8_lossy(&errors);
    assert!(errors.contains(&format!("{nowhere}: ")), "{errors}");
}

#[test]
fn a_seed_file_names_the_tenants() {
    let seed = TempFile::new(
        "seed.toml",
        "[[tenant]]\nname = 'fabrikam'\nid = '11112222-0000-0000-0000-000000000000'\n\
         [[tenant.policy]]\nname = 'B2C_1A_Any'\n",
    );
    let mut running = Running::start(&["emulator", "--seed", seed.path()]);
    assert!(running.line("tenant ").starts_with("fabrikam "));
    assert!(
        running
            .line("metadata ")
            .contains("/fabrikam.onmicrosoft.com/B2C_1A_Any/")
    );

    let bad = TempFile::new(
        "bad.toml",
        "[[tenant]]\nname = 'a'\nid = 'b'\ncolour = 'red'\n",
    );
    let output = command(&["emulator", "--seed", bad.path()]).output();
    let output = output.expect("the command runs");
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        errors.contains(bad.path()) && errors.contains("colour"),
        "{errors}"
    );
    // The default that `--seed` documents is what the library starts with: two tenants.
    assert_eq!(Seed::default().tenants.len(), 2);
}

#[test]
fn any_tenant_can_issue_it_at_an_entra_id_tenant() {
    let seed = TempFile::new(
        "seed.toml",
        "[[tenant]]\nkind = 'entra-id'\nname = 'work'\nid = 'ccccdddd-2222-eeee-3333-ffff4444aaaa'\n",
    );
    let mut running = Running::start(&["emulator", "--seed", seed.path()]);
    let base = running.line("base ");
    for authority in [
        "ccccdddd-2222-eeee-3333-ffff4444aaaa",
        "organizations",
        "common",
    ] {
        let expected = format!("{base}/{authority}/v2.0/.well-known/openid-configuration");
        assert_eq!(running.line("metadata "), expected);
    }
    let other = "ddddeeee-3333-ffff-4444-aaaa5555bbbb";
    let claims = token(&["--emulator", &base, "--tenant-id", other]);
    let issuer = format!(r#""iss":"https://login.microsoftonline.com/{other}/v2.0""#);
    assert!(claims.contains(&issuer), "{claims}");
    assert!(claims.contains(&format!(r#""tid":"{other}""#)), "{claims}");
}

/// The bug: a B2C tenant issued a token with any `tid`.
#[test]
fn a_tenant_of_another_product_refuses_to_issue_it_as_another_tenant() {
    let mut running = Running::start(&["emulator"]);
    let base = running.line("base ");
    let other = "ddddeeee-3333-ffff-4444-aaaa5555bbbb";
    let arguments = ["token", "--emulator", &base, "--tenant-id", other];
    let (code, errors) = failed(&mut command(&arguments));
    assert_eq!(code, Some(1));
    let expected = "leave it out, because contoso is not an Entra ID tenant\n";
    assert!(errors.ends_with(expected), "{errors}");
}

/// The bug: the message said nothing about `--ca`.
#[test]
fn a_certificate_that_is_not_trusted_is_followed_by_advice() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let ca = folder.path().join("ca.pem");
    let ca = ca.to_str().expect("text");
    let mut running = Running::start(&["emulator", "--https", "--ephemeral", ca]);
    let base = running.line("base ");
    let mut untrusting = command(&["token", "--emulator", &base]);
    let output = untrusting.env_remove("SSL_CERT_FILE").output();
    let output = output.expect("the command runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    let expected = "b2c-auth: the emulator's certificate is refused: give, with --ca or in SSL_CERT_FILE, the file that the emulator names in its output";
    assert!(errors.starts_with(expected), "{errors}");
    // The bug: the cause was left out, although the certificate may also have expired.
    assert!(errors.contains("\n  because: "), "{errors}");
    assert!(errors.contains("UnknownIssuer"), "{errors}");
    let trusting = command(&["token", "--emulator", &base, "--ca", ca]).output();
    assert_eq!(trusting.expect("the command runs").status.code(), Some(0));
}

/// The bugs: "BadSignature", "UnknownIssuer", "invalid HTTP version parsed" and "received corrupt message", without a word of what to do.
#[test]
fn another_certificate_authority_or_scheme_is_followed_by_advice() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = |name: &str| {
        let path = folder.path().join(name);
        path.to_str().expect("text").to_owned()
    };
    let (ca, other) = (path("ca.pem"), path("other.pem"));
    let mut running = Running::start(&["emulator", "--https", "--ephemeral", &ca]);
    let base = running.line("base ");
    let mut of_other = Running::start(&["emulator", "--https", "--ephemeral", &other]);
    of_other.line("base ");
    let mut plain = Running::start(&["emulator"]);
    let plain_base = plain.line("base ");
    let no_certificate = TempFile::new("empty.pem", "no certificate");
    let with_tls = plain_base.replace("http:", "https:");
    let without_tls = base.replace("https:", "http:");
    for (arguments, expected) in [
        (
            ["--emulator", &base, "--ca", &other],
            format!("the emulator's certificate is refused: {other} is perhaps of another run"),
        ),
        (
            ["--emulator", &base, "--ca", no_certificate.path()],
            format!("--ca {}: contains no certificate", no_certificate.path()),
        ),
        (
            ["--emulator", &with_tls, "--ca", &ca],
            "the emulator is perhaps served without TLS: write http://".to_owned(),
        ),
        (
            ["--emulator", &without_tls, "--ca", &ca],
            "the emulator is perhaps served over TLS: write https://".to_owned(),
        ),
    ] {
        let (status, errors) = failed(command(&["token"]).args(arguments));
        assert_eq!(status, Some(1), "{errors}");
        let expected = format!("b2c-auth: {expected}");
        assert!(errors.starts_with(&expected), "{expected}\n{errors}");
    }
}
