//! Settings as applications have them: within a configuration of their own, from several sources.

use std::collections::HashMap;

use serde::Deserialize;
use tower_b2c_auth::{B2cAuthLayer, Settings};

#[derive(Deserialize)]
struct Configuration {
    listen: String,
    auth: Settings,
}

/// As the page "Settings" shows it: a file, and variables over it.
fn read(file: &str, variables: &[(&str, &str)]) -> Result<Configuration, config::ConfigError> {
    let variables: HashMap<_, _> = variables
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    config::Config::builder()
        .add_source(config::File::from_str(file, config::FileFormat::Json))
        .add_source(
            config::Environment::with_prefix("SERVICE")
                .prefix_separator("_")
                .separator("__")
                .list_separator(",")
                .with_list_parse_key("auth.audiences")
                .try_parsing(true)
                .source(Some(variables)),
        )
        .build()?
        .try_deserialize()
}

const FILE: &str = r#"{
    "listen": "127.0.0.1:3000",
    "auth": {
        "audiences": "tasks",
        "authorities": [{ "tenant": "contoso", "policy": "B2C_1_signupsignin1" }],
        "keys": { "max_stale": "12h" }
    }
}"#;

#[test]
fn the_config_crate_fills_settings_from_a_file_and_from_variables() {
    let alone = read(FILE, &[]).unwrap();
    assert_eq!(alone.listen, "127.0.0.1:3000");
    assert_eq!(alone.auth.audiences, ["tasks"]);
    let variables = [
        ("SERVICE_AUTH__AUDIENCES", "a,b"),
        ("SERVICE_AUTH__ALLOW_ANONYMOUS", "true"),
        ("SERVICE_AUTH__KEYS__MAX_WAITING", "5000"),
    ];
    let both = read(FILE, &variables).unwrap().auth;
    assert_eq!(both.audiences, ["a", "b"]);
    assert!(both.allow_anonymous);
    assert_eq!(both.keys.max_waiting, 5000);
    assert_eq!(both.keys.max_stale.as_str(), "12h");
    assert!(B2cAuthLayer::from_settings(both).is_ok());
}

#[test]
fn the_config_crate_reports_unknown_settings() {
    let misspelt = [("SERVICE_AUTH__AUDIENCE", "a")];
    let error = read(FILE, &misspelt).err().unwrap().to_string();
    assert!(error.contains("unknown field `audience`"), "{error}");
}
