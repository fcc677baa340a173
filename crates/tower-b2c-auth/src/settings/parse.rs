//! TOML text → `Settings`.

use super::{Settings, wording::reworded};

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
    /// assert_eq!((misspelt.line(), misspelt.column()), (2, 1));
    /// assert!(misspelt.to_string().ends_with("did you mean `refresh_interval`?"));
    /// # Ok::<(), tower_b2c_auth::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first place where the text is not TOML, or has a field or a type that no setting has.
    pub fn from_toml(text: &str) -> Result<Self, ParseError> {
        toml::from_str(text).map_err(|error| ParseError::new(&error, text))
    }
}

/// Where and why a text cannot be read as settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct ParseError {
    line: usize,
    column: usize,
    message: String,
}

impl ParseError {
    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column in characters, counted from 1.
    pub fn column(&self) -> usize {
        self.column
    }

    fn new(error: &toml::de::Error, text: &str) -> Self {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or_default();
        let (_, beside) = before.rsplit_once('\n').unwrap_or(("", before));
        Self {
            line: before.matches('\n').count() + 1,
            column: beside.chars().count() + 1,
            message: reworded(error.message()),
        }
    }
}

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
                "line 2, column 10: expected an integer of zero or more that is not too large, found a text",
            ),
            (
                "audiences = 1",
                "line 1, column 13: expected a text or an array of texts, found an integer",
            ),
            (
                "authorities = 'x'",
                "line 1, column 15: expected an array, found a text",
            ),
            (
                "[migration]\nstage = 'x, expected y'",
                "line 2, column 9: expected one of `accept`, `announce`, `refuse`, found another text",
            ),
        ] {
            let error = Settings::from_toml(text).expect_err(text);
            assert_eq!(error.to_string(), expected);
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
        // A secret as text, as a number, with a remark that serde might make, and nested.
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
            // What cannot be meant anywhere.
            let text = place.replace("<>", "{ a = 31337 }");
            let error = Settings::from_toml(&text).expect_err(&text);
            assert!(!error.to_string().contains("31337"), "{text}: {error}");
        }
        assert!(refused > places.len() * secrets.len() / 2, "{refused}");
    }

    #[test]
    fn a_name_like_no_other_gets_the_whole_list_and_broken_toml_one_line() {
        let invented = Settings::from_toml("é = 1").expect_err("not TOML");
        assert_eq!(invented.line(), 1);
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
    fn everything_that_can_be_said_survives_being_written_and_read() {
        let text = r#"
            audiences = ["a"]
            clock_skew = "1m"
            algorithms = ["RS256", "ES256"]
            require_expiration_time = false
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

            [claim_headers]
            x-user = "oid"
        "#;
        let settings = Settings::from_toml(text).expect("good settings");
        let written = toml::to_string(&settings.with_secrets_in_clear()).expect("TOML");
        assert!(written.contains("c2VjcmV0"));
        assert_eq!(Settings::from_toml(&written), Ok(settings.clone()));
        let shown = toml::to_string(&settings).expect("TOML");
        assert!(!shown.contains("c2VjcmV0"), "{shown}");
        let error = Settings::from_toml(&shown).expect_err("the secrets are not there");
        assert!(error.to_string().contains("left out"), "{error}");
    }
}
