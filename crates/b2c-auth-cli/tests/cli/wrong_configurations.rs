//! What an operator can get wrong at the command line: exit status 2 if the command line cannot be parsed, otherwise 1, and a message that names what is
//! wrong.
//!
//! `operating.rs` and `routes.rs` cover files that are not text, ports in use, and routes without `--forwarded`.

use crate::support::{TempFile, command};

const GOOD: &str =
    "audiences = [\"api\"]\nauthorities = [{ tenant = \"contoso\", policy = \"B2C_1_in\" }]\n";

/// Exit status and what was said, which must come before the process has opened a port.
fn outcome(arguments: &[&str]) -> (Option<i32>, String) {
    let output = command(arguments).output().expect("the command runs");
    let out = String::from_utf8(output.stdout).expect("text");
    assert!(!out.contains("listening on"), "{arguments:?}: {out}");
    let said = String::from_utf8(output.stderr).expect("text");
    (output.status.code(), said)
}

#[test]
fn wrong_settings_are_refused_with_their_name() {
    for (more, expected) in [
        (
            "[[routes]]\npath = '/a'\n[[routes]]\npath = '/a'\npublic = true",
            "routes[1] = \"/a\": contradicts routes[0], which also covers any method on this path",
        ),
        (
            "[[routes]]\npath = '/a'\npublic = true\nscopes = ['x']",
            "routes[0].public = true: contradicts what the route requires",
        ),
        (
            "[[routes]]\npath = '/a/../b'",
            "routes[0].path = \"/a/../b\": never matches: it has a segment of dots or spaces only",
        ),
        (
            "[[routes]]\npath = '/a'\nmethods = ['get']",
            "routes[0].methods = \"get\": is not a method",
        ),
        (
            "[[routes]]\npath = '/a'\nauthorities = ['x']",
            "routes[0].authorities = \"x\": is not the name of an authority; use one of [\"contoso/B2C_1_in\"]",
        ),
        (
            "[[routes]]\npathh = '/a'",
            "line 4, column 1: unknown field `pathh`; did you mean `path`?",
        ),
        (
            "[routing]\notherwise = 'deny'",
            "routing.otherwise = \"deny\": would refuse every request",
        ),
        (
            "[routing]\notherwise = 'open'",
            "line 4, column 13: expected `token` or `deny`, found another string",
        ),
        (
            "[claim_headers]\nhost = 'sub'",
            "claim_headers = \"host\": cannot carry a claim",
        ),
        (
            "[claim_headers]\nX-Auth-Remove = 'tfp'",
            "claim_headers.X-Auth-Remove = \"tfp\": X-Auth-Remove has another meaning",
        ),
        (
            "[claim_headers]\nx-token = 'tfp'\n[token]\nheader = 'X-Token'",
            "claim_headers.x-token = \"tfp\": x-token has another meaning",
        ),
        (
            "[claim_headers]\nx-auth-subject = 'userid()'",
            "claim_headers.x-auth-subject = \"userid()\": there is no such function; write user_id()",
        ),
        (
            "[claim_headers]\na = 'x'\na = 'y'",
            "line 5, column 1: duplicate key",
        ),
        (
            "[token]\nheader = 'a'\nquery = 'b'",
            "token = \"\": sets more than one place",
        ),
        (
            "[[required_claims]]",
            "required_claims[0].name = \"\": is missing",
        ),
        (
            "[[forgotten_keys]]\nkid = ''",
            "forgotten_keys[0].kid = \"\": is empty",
        ),
        (
            "[migration]\nlegacy_issuers = []",
            "migration.legacy_issuers = []: is empty",
        ),
        ("[keys]\nfetch_timeout = '5'", "keys.fetch_timeout = \"5\":"),
        ("x =", "line 3, column "),
        (
            "[token]\ncooky = 'a'\n[keys]\nmax_waiting = 'x'",
            "the settings cannot be read:\n  line 4, column 1: unknown field `cooky`; did you mean `cookie`?\n  line 6, column 15: expected",
        ),
    ] {
        let file = TempFile::new("wrong.toml", &format!("{GOOD}{more}\n"));
        for command in [
            &["check", file.path()][..],
            &[
                "gateway",
                "--listen",
                "127.0.0.1:0",
                "--forwarded",
                "envoy",
                "--config",
                file.path(),
            ],
        ] {
            let (status, said) = outcome(command);
            assert_eq!(status, Some(1), "{more}: {said}");
            assert!(
                said.starts_with("b2c-auth: ") && said.contains(expected),
                "{more}: {said}"
            );
        }
    }
}

#[test]
fn wrong_options_and_files_are_refused_with_their_name() {
    let good = TempFile::new("good.toml", GOOD);
    let text = TempFile::new("text.pem", "no certificate\n");
    let usage = TempFile::new("usage.json", "{\n");
    let open = TempFile::new("open.xml", "<policies");
    let none = TempFile::new("none.xml", "<policies/>");
    let tls = ["--tls-certificate", text.path(), "--tls-key"];
    for (arguments, status, expected) in [
        (
            &["--config", good.path(), "--policy", none.path()][..],
            2,
            "cannot be used with '--policy <FILE.xml>'",
        ),
        // The bug: only the first was named.
        (&[], 2, "<--config <FILE.toml>|--policy <FILE.xml>|--env>"),
        // The bug: eighteen lines about TOML.
        (
            &["--config", none.path()],
            1,
            "none.xml is XML; give an API Management policy with --policy\n",
        ),
        // The bug: its text was outside of its root element.
        (
            &["--policy", good.path()],
            1,
            "good.toml is not XML, so it is no API Management policy; give settings in TOML with `gateway --config`",
        ),
        // The bug: the advice was about IPv6.
        (
            &["--config", good.path(), "--listen", "http://[::1]:9000"],
            2,
            "write it without http:// or https://, such as 127.0.0.1:9000",
        ),
        // The bug: they had no effect.
        (
            &[
                "--config",
                good.path(),
                "--host",
                "api.example",
                "--danger-accept-any-audience",
            ],
            1,
            "--host, --danger-accept-any-audience: only for an API Management policy",
        ),
        (
            &["--config", good.path(), "--forwarded", "apache"],
            2,
            "'--forwarded <PROXY>'",
        ),
        (
            &["--config", good.path(), "--drain", "soon"],
            2,
            "'--drain <DURATION>'",
        ),
        (
            &["--config", good.path(), "--log-format", "yaml"],
            2,
            "'--log-format <FORMAT>'",
        ),
        (
            &["--config", good.path(), "--listen", "unix:relative"],
            2,
            "write an absolute path, such as unix:",
        ),
        (
            &["--config", good.path(), "--listen", "unix:"],
            2,
            "write an absolute path, such as unix:",
        ),
        (
            &["--config", good.path(), tls[0], tls[1]],
            2,
            "--tls-key <FILE.pem>",
        ),
        (
            &[
                "--config",
                good.path(),
                tls[0],
                "/no/such.pem",
                tls[2],
                text.path(),
            ],
            1,
            "b2c-auth: cannot read /no/such.pem (--tls-certificate): ",
        ),
        (
            &["--config", good.path(), tls[0], tls[1], tls[2], text.path()],
            1,
            "contains no PEM certificate",
        ),
        (
            &["--config", good.path(), "--usage-file", usage.path()],
            1,
            "is not a usage file of this version",
        ),
        (
            &["--config", good.path(), "--usage-file", "/"],
            1,
            "b2c-auth: cannot read / (--usage-file): ",
        ),
        (
            &["--policy", open.path()],
            1,
            "line 1, document: is not well-formed XML",
        ),
        (
            &["--policy", none.path()],
            1,
            "line 1, policies: has neither <validate-jwt> nor <validate-azure-ad-token>",
        ),
    ] {
        let (found, said) = outcome(&[&["gateway", "--listen", "127.0.0.1:0"], arguments].concat());
        assert_eq!(found, Some(status), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    for (arguments, status, expected) in [
        (&["gateway", "--config", good.path()][..], 2, "--listen"),
        (
            &["gateway", "--config", good.path(), "--listen", "systemd"],
            1,
            "systemd passed no socket, or too few",
        ),
        (
            &[
                "gateway",
                "--config",
                good.path(),
                "--listen",
                "unix:/no/such/folder/s",
            ],
            1,
            "cannot listen on unix:/no/such/folder/s (--listen): ",
        ),
        // The bug: only the first was named.
        (&["check"], 2, "<FILE|--env>"),
        (&["convert", good.path()], 1, "good.toml is not XML"),
        (&["health", "nonsense"], 2, "'[URL]'"),
        (
            &["emulator", "--listen", "0.0.0.0:0"],
            1,
            "listens on loopback addresses only",
        ),
        // The bug: "invalid socket address syntax", although the gateway takes a name.
        (
            &["emulator", "--listen", "somewhere:8400"],
            2,
            "write IP:PORT or localhost:PORT, such as 127.0.0.1:8400",
        ),
        // The bug: its domain was contoso.onmicrosoft.com.onmicrosoft.com.
        (
            &["emulator", "--tenant", "contoso.onmicrosoft.com"],
            1,
            "write only the first part of the domain",
        ),
        // The bug: it was accepted.
        (
            &["emulator", "--tenant-id", "x"],
            1,
            "the tenant id \"x\" is invalid: write a GUID, such as ",
        ),
        (
            &["emulator", "--seed", "/no/such.toml"],
            1,
            "cannot read /no/such.toml (--seed): ",
        ),
    ] {
        let (found, said) = outcome(arguments);
        assert_eq!(found, Some(status), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
}

/// The bug: the options were unknown, and the variable a misspelt setting.
#[cfg(not(feature = "grpc"))]
#[test]
fn what_a_build_without_grpc_lacks_is_named() {
    let good = TempFile::new("good.toml", GOOD);
    let lacks = "this b2c-auth was built without the feature grpc";
    let options = ["--config", good.path(), "--grpc-listen", "127.0.0.1:0"];
    let (status, said) = outcome(&[&["gateway"], &options[..]].concat());
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains(lacks), "{said}");
    let mut command = command(&["gateway", "--env", "--listen", "127.0.0.1:0"]);
    command.env("B2C_AUTH_METADATA_CLAIMS", "scp,roles");
    let said = command.output().expect("it runs").stderr;
    let said = String::from_utf8(said).expect("text");
    assert!(said.contains(lacks), "{said}");
    // The bug: the message named the option alone, which nobody had given.
    assert!(said.contains("B2C_AUTH_METADATA_CLAIMS"), "{said}");
}

/// The bug: the message did not say which option or variable had named the file.
#[test]
fn a_file_that_cannot_be_read_comes_with_the_option_that_names_it() {
    let good = TempFile::new("good.toml", GOOD);
    let policy = "<validate-jwt header-name='Authorization'><openid-config url='https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_a/v2.0/.well-known/openid-configuration'/><audiences><audience>{{x}}</audience></audiences></validate-jwt>";
    let policy = TempFile::new("policy.xml", policy);
    let gateway = ["gateway", "--listen", "127.0.0.1:0"];
    let gateway_with = |more: &[&'static str]| {
        let gateway = gateway.iter().copied();
        gateway.chain(more.iter().copied()).collect::<Vec<_>>()
    };
    let config = |more: &[&'static str]| [&gateway[..], &["--config", good.path()], more].concat();
    let gone = "/no/such";
    for (arguments, option) in [
        (
            vec!["check", good.path(), "--user-map", gone],
            " (--user-map or B2C_AUTH_USER_MAP)",
        ),
        (
            config(&["--user-map", gone]),
            " (--user-map or B2C_AUTH_USER_MAP)",
        ),
        (config(&["--usage-file", "/"]), " (--usage-file)"),
        (
            config(&["--tls-certificate", gone, "--tls-key", gone]),
            " (--tls-certificate)",
        ),
        (gateway_with(&["--config", gone]), " (--config)"),
        (gateway_with(&["--policy", gone]), " (--policy)"),
        (
            vec!["check", policy.path(), "--named-value", "x=@/no/such"],
            " (--named-value x)",
        ),
        (
            vec!["convert", policy.path(), "--certificate", "y=/no/such"],
            " (--certificate y)",
        ),
        (vec!["emulator", "--seed", gone], " (--seed)"),
        (vec!["check", gone], ""),
        (vec!["convert", gone], ""),
    ] {
        let output = command(&arguments).output().expect("the command runs");
        let said = String::from_utf8_lossy(&output.stderr);
        let path = if arguments.contains(&"/") { "/" } else { gone };
        let expected = format!("cannot read {path}{option}: ");
        assert!(said.contains(&expected), "{arguments:?}: {said}");
    }
}
