//! TOML text ─▶ `Settings`.

use std::ops::Range;

use serde::Deserialize as _;
use toml::{Deserializer, de::DeTable};

use super::{
    Settings,
    leave_out::leave_out,
    parse_error::{ParseError, ParseMistake},
    toml_hint::hint,
    toml_path::TomlPath,
};

impl Settings {
    /// Reads settings from TOML. Their values are checked when a layer is built from them.
    ///
    /// ```
    /// use tower_b2c_auth::Settings;
    ///
    /// let settings = Settings::from_toml(r#"audiences = ["00001111-aaaa-2222-bbbb-3333cccc4444"]"#)?;
    /// assert_eq!(settings.audiences.len(), 1);
    ///
    /// let misspelt = Settings::from_toml("[keys]\nrefresh_intervall = '1h'").unwrap_err();
    /// assert_eq!(misspelt.to_string(), "line 2, column 1: unknown field `refresh_intervall`; did you mean `refresh_interval`?");
    /// # Ok::<(), tower_b2c_auth::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// All places where the text is not TOML. If it is TOML, all unknown fields and all values of the wrong type. At most 32.
    pub fn from_toml(text: &str) -> Result<Self, ParseError> {
        let (mut document, broken) = DeTable::parse_recoverable(text);
        let mut mistakes = Vec::new();
        if !broken.is_empty() {
            let places = broken.iter().take(MAX_MISTAKES);
            mistakes.extend(places.map(|error| ParseMistake::new(error, text, None)));
            return Err(ParseError::of(mistakes));
        }
        // The tables that a wrong value was removed from. A field that is now missing there is not a second mistake.
        let mut thinned: Vec<Range<usize>> = Vec::new();
        // Each round removes one more wrong place.
        for _ in 0..MAX_MISTAKES {
            let error = match Self::deserialize(Deserializer::from(document.clone())) {
                Ok(settings) if mistakes.is_empty() => return Ok(settings),
                Ok(_) => break,
                Err(error) => error,
            };
            let place = error.span();
            if !place.as_ref().is_some_and(|place| thinned.contains(place)) {
                let path = place
                    .as_ref()
                    .and_then(|it| TomlPath::at(document.get_ref(), it));
                let hint = path.and_then(|path| hint(error.message(), &path));
                mistakes.push(ParseMistake::new(&error, text, hint));
            }
            let Some(table) = place.and_then(|place| leave_out(&mut document, &place)) else {
                break;
            };
            thinned.push(table);
        }
        Err(ParseError::of(mistakes))
    }
}

/// More mistakes than anybody reads at a time.
const MAX_MISTAKES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_shown_with_its_place_and_the_nearest_name() {
        for (text, expected) in [
            (
                "audiences = []\n\n[[authority]]\ntenant = 'x'",
                "line 3, column 3: unknown field `authority`; did you mean `authorities`?",
            ),
            (
                "[[authorities]]\nopenid-config = 'x'",
                "line 2, column 1: unknown field `openid-config`; did you mean `openid_config`?",
            ),
            (
                "[token]\ncooky = 'x'",
                "line 2, column 1: unknown field `cooky`; did you mean `cookie`?",
            ),
            (
                "[[authorities]]\nkeys = [{ secrets = 'x' }]",
                "line 2, column 11: unknown field `secrets`; did you mean `secret`?",
            ),
            (
                "[refusal]\nstatus = 'x'",
                "line 2, column 10: expected an integer of zero or more that is not too large, found a string",
            ),
            (
                "audiences = 1",
                "line 1, column 13: expected a string or an array of strings, found an integer",
            ),
            (
                "authorities = 'x'",
                "line 1, column 15: expected an array, found a string",
            ),
            (
                "[migration]\nstage = 'x, expected y'",
                "line 2, column 9: expected one of `accept`, `announce`, `refuse`, found another string",
            ),
        ] {
            let error = Settings::from_toml(text).expect_err(text);
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn all_mistakes_are_reported_without_those_that_follow_from_another() {
        for (text, expected) in [
            (
                "audience = []\nclock_skew = 1\n[keys]\nrefresh = 'x'\nmax_stale = []\n\n[[authorities]]\ntenent = 'x'\n[[authorities]]\nkeys = [{ id = 1 }, { idd = 'k' }]",
                vec![
                    "line 1, column 1: unknown field `audience`; did you mean `audiences`?",
                    "line 2, column 14: expected a duration in quotes with a unit, such as \"5m\", found an integer",
                    "line 4, column 11: expected `auto` or `on_request`, found another string",
                    "line 5, column 13: expected a duration in quotes with a unit, such as \"5m\", found an array",
                    "line 8, column 1: unknown field `tenent`; did you mean `tenant`?",
                    "line 10, column 16: expected a string, found an integer",
                    "line 10, column 23: unknown field `idd`; did you mean `id`?",
                ],
            ),
            (
                "audiences = ['a', 1, 2]",
                vec![
                    "line 1, column 19: expected a string, found an integer",
                    "line 1, column 22: expected a string, found an integer",
                ],
            ),
            (
                "required_claims = [{ name = 1 }, { name = 2 }]\nforgotten_keys = [{ kid = 1 }]\nx = 1",
                vec![
                    "line 1, column 29: expected a string, found an integer",
                    "line 1, column 43: expected a string, found an integer",
                    "line 2, column 27: expected a string, found an integer",
                    "line 3, column 1: unknown field `x`",
                ],
            ),
            (
                "x = \ny = 1\nz = ]\n",
                vec!["line 1, column 5", "line 3, column 5"],
            ),
        ] {
            let error = Settings::from_toml(text).expect_err(text);
            let told: Vec<_> = error.mistakes().iter().map(ToString::to_string).collect();
            let pairs = told.iter().zip(&expected);
            assert!(
                told.len() == expected.len()
                    && pairs.clone().all(|(told, it)| told.starts_with(it)),
                "{told:#?}"
            );
            assert_eq!(error.to_string().lines().count(), expected.len() + 1);
        }
    }

    #[test]
    fn a_secret_in_a_wrong_place_is_not_shown() {
        let places = [
            "audiences = <>",
            "issuers = [<>]",
            "algorithms = <>",
            "clock_skew = <>",
            "require_expiration_time = <>",
            "danger_report_only = <>",
            "danger_pool_issuers = <>",
            "verified_token_cache_bytes = <>",
            "forgotten_keys = <>",
            "forgotten_keys = [{ kid = <> }]",
            "token = <>",
            "token = { header = <> }",
            "refusal = <>",
            "refusal = { status = <> }",
            "refusal = { message = <> }",
            "keys = <>",
            "keys = { max_waiting = <> }",
            "keys = { max_stale = <> }",
            "keys = { refresh = <> }",
            "migration = <>",
            "migration = { stage = <> }",
            "migration = { legacy_issuers = <> }",
            "claim_headers = <>",
            "claim_headers = { x-user = <> }",
            "required_claims = <>",
            "required_claims = [<>]",
            "required_claims = [{ match = <> }]",
            "required_claims = [{ values = [[<>]] }]",
            "authorities = <>",
            "authorities = [<>]",
            "authorities = [{ name = <> }]",
            "authorities = [{ issuers = <> }]",
            "authorities = [{ legacy = <> }]",
            "authorities = [{ jwks = <> }]",
            "authorities = [{ keys = <> }]",
            "authorities = [{ keys = [<>] }]",
            "authorities = [{ keys = [{ id = <> }] }]",
            "authorities = [{ keys = [{ secret = <> }] }]",
        ];
        // A secret as text, as a number, with text that looks like serde's, and nested.
        let secrets = [
            "'hush-31337'",
            "31337",
            "-31337.5",
            "'hush-31337, expected '",
            "'`hush-31337`, expected `hush-31337'",
            "\"\"\"hush\n31337\"\"\"",
            "['hush-31337']",
            "[31337]",
            "hush-31337",
            "'hush-31337",
        ];
        let mut refused = 0;
        for place in places {
            for secret in secrets {
                let text = place.replace("<>", secret);
                if let Err(error) = Settings::from_toml(&text) {
                    let shown = format!("{error} {error:?}");
                    assert!(
                        !shown.contains("hush") && !shown.contains("31337"),
                        "{text}: {shown}"
                    );
                    refused += 1;
                }
            }
            // A name that resembles no field.
            let text = place.replace("<>", "{ a = 31337 }");
            let error = Settings::from_toml(&text).expect_err(&text);
            assert!(!error.to_string().contains("31337"), "{text}: {error}");
        }
        assert!(refused > places.len() * secrets.len() / 2, "{refused}");
    }

    #[test]
    fn a_misspelt_name_lists_the_known_ones_and_broken_toml_names_one_line() {
        let invented = Settings::from_toml("é = 1").expect_err("not TOML");
        assert_eq!(invented.mistakes()[0].line, 1);
        let invented = Settings::from_toml("[refusal]\nzzz = 1").expect_err("no such field");
        assert!(
            invented
                .to_string()
                .ends_with("expected `status` or `message`"),
            "{invented}"
        );
        let broken = Settings::from_toml("audiences = [\n").expect_err("not TOML");
        assert_eq!(broken.to_string().lines().count(), 1, "{broken}");
    }

    #[test]
    fn every_setting_survives_serialization() {
        let text = r#"
            audiences = ["a"]
            clock_skew = "1m"
            algorithms = ["RS256", "ES256"]
            require_expiration_time = false
            max_token_lifetime = "1h"
            max_token_age = "2h"
            accept = "danger_any_tokens"
            danger_report_only = true
            allow_anonymous = true
            allow_preflights = true
            verified_token_cache_bytes = 1000
            issuers = ["https://contoso.com/"]
            danger_pool_issuers = true
            forgotten_keys = ["k1", { authority = "a", kid = "k2" }, { kid = "k3" }]

            [token]
            header = "Authorization"
            scheme = ""

            [refusal]
            status = 403
            message = "no"

            [keys]
            refresh = "on_request"
            max_waiting = 10
            max_waiting_per_authority = 5
            unknown_key_fetches = 1
            unknown_key_interval = "2m"

            [[decryption_keys]]
            id = "2026"
            pem = "-----BEGIN PRIVATE KEY-----"

            [[authorities]]
            name = "a"
            on_demand = true
            issuers = ["contoso.com"]
            danger_accept_any_audience = true
            keys = [{ id = "k", secret = "c2VjcmV0" }, { n = "AQAB", e = "AQAB" }, { certificate = "x" }, { public_key = "x" }]

            [[required_claims]]
            name = "scp"
            match = "any"
            separator = " "
            values = ["a", "b"]

            [[routes]]
            hosts = ["api.example"]
            path = "/tasks/{id}"
            methods = ["GET"]
            exact_methods = true
            scopes = ["tasks.read"]
            roles = ["admin"]
            claims = [{ name = "tid", values = ["t"] }]
            policies = ["B2C_1_a"]
            clients = ["c"]
            authorities = ["a"]

            [[routes]]
            path = "/public"
            public = true

            [routing]
            otherwise = "deny"
            ignore_case = true

            [fetch]
            ca_file = "ca.pem"
            proxy = "http://proxy.example"
            proxy_user = "u"
            proxy_password = "proxy secret"
            system_proxy = false

            [migration]
            legacy_issuers = ["https://login.microsoftonline.com/t/v2.0/"]
            stage = "announce"
            sunset = "2030-05-01"
            deprecated_since = "2029-05-01"
            notice = "https://contoso.com/notice"
            quiet_period = "7d"
            count_users = true
            user_salt = "0123456789abcdef"
            user_salt_file = "salt"

            [claim_headers]
            x-user = "oid"
        "#;
        let settings = Settings::from_toml(text).expect("good settings");
        let written = toml::to_string(&settings.with_secrets_in_clear()).expect("TOML");
        assert!(written.contains("c2VjcmV0") && written.contains("PRIVATE KEY"));
        assert_eq!(Settings::from_toml(&written), Ok(settings.clone()));
        let shown = toml::to_string(&settings).expect("TOML");
        assert!(!shown.contains("c2VjcmV0"), "{shown}");
        assert!(!shown.contains("PRIVATE KEY"), "{shown}");
        let error = Settings::from_toml(&shown).expect_err("the secrets are not there");
        assert!(error.to_string().contains("left out"), "{error}");
    }
}
