//! Seeds that are refused, and what the reason says.

use b2c_emulator::{Emulator, Https, Seed};

const TENANT: &str = r#"
    [[tenant]]
    name = "fabrikam"
    id = "bbbbcccc-1111-dddd-2222-eeee3333ffff"
"#;
const APIS: &str = r#"
    [[tenant.application]]
    client_id = "bills"
    app_id_uri = "https://fabrikam.onmicrosoft.com/bills"
    scopes = ["bills.read"]
    app_roles = ["bills.all"]

    [[tenant.application]]
    client_id = "orders"
    scopes = ["orders.read"]
"#;

fn client(settings: &str) -> String {
    format!("[[tenant.application]]\nclient_id = 'app'\n{settings}\n")
}

fn refusal(seed: &str) -> String {
    Seed::from_toml(seed).unwrap_err().to_string()
}

/// The bug: nobody checked the permissions, so a typing mistake showed only at the sign-in, as a request that the client may not make.
#[test]
fn a_permission_that_no_api_exposes_is_refused_with_those_that_one_does() {
    let bills = "https://fabrikam.onmicrosoft.com/bills";
    let seed = |apis: &str, permission: &str| {
        let client = client(&format!("permissions = ['{permission}']"));
        format!("{TENANT}{apis}{client}")
    };
    let read = format!("{bills}/bills.read");
    let whole = format!("{bills}/bills.read, {bills}/bills.all");
    for (permission, right) in [
        (
            "https://fabrikam.onmicrosoft.com/bill/bills.read".into(),
            &read,
        ),
        ("bills.read".into(), &read),
        (format!("{bills}/bills.raed"), &whole),
        (bills.into(), &format!("{whole}, orders/orders.read")),
    ] {
        let expected = format!(
            "the permission \"{permission}\" of the application \"app\" is invalid: \
             write the full name of a scope or app role of the tenant: {right}"
        );
        assert_eq!(refusal(&seed(APIS, &permission)), expected);
    }
    let nothing = refusal(&seed("", "bills.read"));
    assert!(
        nothing.ends_with("no application of the tenant has `scopes` or `app_roles`"),
        "{nothing}"
    );
    for permission in [
        read,
        format!("{bills}/bills.all"),
        format!("{bills}/.default"),
        "bills/bills.read".into(),
        "orders/orders.read".into(),
    ] {
        let seed = Seed::from_toml(&seed(APIS, &permission)).unwrap();
        let renamed = Emulator::builder().seed(seed).tenant("contoso");
        assert!(renamed.without_socket().is_ok(), "{permission}");
    }
}

/// The bug: the remedy for `localhost:3000` was "write https, except for localhost", without the application, and as a native one it was accepted.
#[test]
fn a_redirect_uri_of_this_machine_without_a_scheme_is_refused_with_the_uri_to_write() {
    for platform in ["spa", "web", "native"] {
        for uri in ["localhost:3000", "127.0.0.1:3000/cb", "localhost/cb"] {
            let client = client(&format!("{platform}_redirect_uris = ['{uri}']"));
            let expected = format!(
                "the redirect URI \"{uri}\" of the application \"app\" is invalid: write http://{uri}"
            );
            assert_eq!(refusal(&format!("{TENANT}{client}")), expected);
            let right = client.replace(uri, &format!("http://{uri}"));
            assert!(
                Seed::from_toml(&format!("{TENANT}{right}")).is_ok(),
                "{right}"
            );
        }
    }
}

/// The bug: the message did not say what kind of value occurred twice, and spoke of the seed even if there was none.
#[test]
fn what_occurs_twice_is_named() {
    let user = "[[tenant.user]]\nobject_id = 'u'\nname = 'Alex'\n";
    let expected = "the user's object id \"u\" occurs twice";
    assert_eq!(refusal(&format!("{TENANT}{user}{user}")), expected);
    let other = TENANT.replace("fabrikam", "contoso");
    let expected = "the tenant id \"bbbbcccc-1111-dddd-2222-eeee3333ffff\" occurs twice";
    assert_eq!(refusal(&format!("{TENANT}{other}")), expected);
    let policies = || {
        Emulator::builder()
            .policy("B2C_1A_SignIn")
            .policy("b2c_1a_signin")
    };
    let error = policies().without_socket().unwrap_err().to_string();
    assert_eq!(error, "the policy \"b2c_1a_signin\" occurs twice");
    let two = policies().policy("edit").without_socket().unwrap_err();
    assert!(
        two.to_string()
            .starts_with("the tenants have 2 mistakes:\n"),
        "{two}"
    );
}

/// The bug: with http nobody said a word, and with https the message named neither the setting nor a remedy.
#[test]
fn a_custom_domain_with_a_scheme_or_port_is_refused_with_and_without_https() {
    for domain in [
        "https://login.fabrikam.example",
        "login.fabrikam.example:8443",
        "login.fabrikam.example/",
        "",
    ] {
        let expected = format!(
            "custom_domain \"{domain}\" is invalid: write only the host, without scheme, port, underscores and final dot, such as login.contoso.example"
        );
        assert_eq!(
            refusal(&format!("{TENANT}custom_domain = '{domain}'")),
            expected
        );
        let mut seed = Seed::default();
        seed.tenants[0].custom_domain = Some(domain.into());
        let http = Emulator::builder().seed(seed.clone());
        let https = Emulator::builder().seed(seed).https(Https::ephemeral());
        for builder in [http, https] {
            assert_eq!(builder.without_socket().unwrap_err().to_string(), expected);
        }
    }
    for domain in [
        "login.fabrikam.example",
        "Login.Fabrikam.Example",
        "127.0.0.2",
    ] {
        assert!(Seed::from_toml(&format!("{TENANT}custom_domain = '{domain}'")).is_ok());
    }
}
