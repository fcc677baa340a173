//! `Settings` from environment variables, with all mistakes.

use std::ffi::OsString;

use serde::Deserialize as _;

use super::{
    deserializer::{Expected, Misread, Reader},
    spelling::{belongs_in, is_setting, likely, what_follows},
    variables::{Node, PREFIX, SEPARATOR},
};
use crate::settings::{Mistakes, Settings, SettingsError, wording::reworded};

impl Settings {
    /// Reads settings from the environment: the variables that begin with `B2C_AUTH_`, as [`from_variables`](Self::from_variables) does.
    ///
    /// ```no_run
    /// use tower_b2c_auth::{B2cAuthLayer, Settings, SettingsError};
    ///
    /// fn layer() -> Result<B2cAuthLayer, SettingsError> {
    ///     B2cAuthLayer::from_settings(Settings::from_env()?).map_err(SettingsError::in_env)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// All variables with the prefix that are not UTF-8, whose name is not a setting, that contradict each other, or whose value is of the wrong type. Of
    /// unknown names and wrong types, at most 32 are reported.
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::from_variables(std::env::vars_os())
    }

    /// Reads settings from variables, given as name and value; names that do not begin with `B2C_AUTH_` are ignored. The settings are checked when a layer
    /// is built from them.
    ///
    /// The rest of a name is the setting's name in TOML. Two underscores separate the name of a table from that of its field, and the name of a list from
    /// the index of an element, counted from 0. The strings of a list are separated by commas, and `claim_headers` is a comma-separated list of
    /// `header=claim`.
    ///
    /// ```
    /// use tower_b2c_auth::Settings;
    ///
    /// let settings = Settings::from_variables([
    ///     ("B2C_AUTH_AUDIENCES", "00001111-aaaa-2222-bbbb-3333cccc4444,tasks"),
    ///     ("B2C_AUTH_AUTHORITIES__0__TENANT", "contoso"),
    ///     ("B2C_AUTH_AUTHORITIES__0__POLICY", "B2C_1_signupsignin1"),
    ///     ("B2C_AUTH_KEYS__MAX_STALE", "12h"),
    ///     ("B2C_AUTH_CLAIM_HEADERS", "x-auth-subject=user_id(),x-auth-scopes=scp"),
    /// ])?;
    /// assert_eq!(settings.audiences.len(), 2);
    /// assert_eq!(settings.authorities[0].tenant.as_deref(), Some("contoso"));
    ///
    /// let misspelt = Settings::from_variables([("B2C_AUTH_AUDIENCE", "tasks")]).unwrap_err();
    /// assert_eq!(misspelt.mistakes()[0].field, "B2C_AUTH_AUDIENCE");
    /// assert!(misspelt.mistakes()[0].remedy.ends_with("did you mean B2C_AUTH_AUDIENCES?"));
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`from_env`](Self::from_env).
    pub fn from_variables<N: Into<OsString>, T: Into<OsString>>(
        variables: impl IntoIterator<Item = (N, T)>,
    ) -> Result<Self, SettingsError> {
        let mut mistakes = Mistakes::default();
        let mut root = Node::root();
        for (name, text) in variables {
            let (name, text) = match (name.into().into_string(), text.into().into_string()) {
                (Ok(name), Ok(text)) => (name, text),
                (name, _) => {
                    let name = name.unwrap_or_else(|name| name.to_string_lossy().into_owned());
                    // Without this variable, the settings might allow more.
                    if name.starts_with(PREFIX) {
                        mistakes.add_hidden(name, "is not UTF-8");
                    }
                    continue;
                }
            };
            if let Err(remedy) = root.add(&name, text) {
                mistakes.add_hidden(name, remedy);
            }
        }
        let mut wrong = Vec::new();
        // Each round removes one more wrong variable.
        for _ in 0..MAX_MISTAKES {
            let reader = Reader {
                node: &root,
                wrong: &wrong,
            };
            match Self::deserialize(reader) {
                Ok(settings) => return mistakes.finish(Some(settings)),
                Err(error) => {
                    let Some(variable) = &error.variable else {
                        mistakes.add_hidden(PREFIX.to_owned(), reworded(&error.message));
                        break;
                    };
                    mistakes.add_hidden(variable.clone(), remedy(variable, &error));
                    wrong.push(variable.clone());
                }
            }
        }
        mistakes.finish(None)
    }

    /// Whether [`from_variables`](Self::from_variables) reads a variable of this name, if there is one: whether the name is that of a setting.
    ///
    /// ```
    /// use tower_b2c_auth::Settings;
    ///
    /// assert!(Settings::is_variable("B2C_AUTH_AUTHORITIES__0__TENANT"));
    /// // Kubernetes sets this one for a service that is called b2c-auth.
    /// assert!(!Settings::is_variable("B2C_AUTH_SERVICE_HOST"));
    /// ```
    pub fn is_variable(name: &str) -> bool {
        is_setting(name)
    }
}

/// What is wrong with this variable and how to correct it.
fn remedy(variable: &str, error: &Misread) -> String {
    if let (Expected::Field(_), Some(remedy)) = (error.expected, belongs_in(variable)) {
        return remedy;
    }
    let meant = match error.expected {
        Expected::Field(_) | Expected::Number => likely(variable),
        Expected::Value | Expected::Parts | Expected::NoParts => None,
    };
    match (meant, error.expected) {
        (Some(meant), _) => format!("is not a setting; did you mean {meant}?"),
        (None, Expected::Field(names)) => what_follows(variable, names),
        (None, _) => reworded(&error.message),
    }
}

/// The variable of a setting, by the setting's name in TOML. `None` if there is no such setting.
pub(in crate::settings) fn variable_of(field: &str) -> Option<String> {
    // The entries of `claim_headers` share one variable.
    let field = match field.split_once('.') {
        Some((table @ "claim_headers", _)) => table,
        _ => field,
    };
    let path = field.replace(']', "").replace(['.', '['], SEPARATOR);
    let variable = format!("{PREFIX}{}", path.to_ascii_uppercase());
    is_setting(&variable).then_some(variable)
}

/// More mistakes than anybody reads at a time.
const MAX_MISTAKES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{ForgottenKey, Stage};

    /// The bug: the first element of a list that did not start at 0 was reported 32 times.
    #[test]
    fn each_wrong_list_is_reported_once() {
        let error = Settings::from_variables([
            ("B2C_AUTH_AUTHORITIES__1__TENANT", "contoso"),
            ("B2C_AUTH_AUTHORITIES__2__TENANT", "fabrikam"),
            ("B2C_AUTH_AUDIENCES", "[\"a\", \"b\"]"),
        ]);
        let error = error.unwrap_err();
        let told: Vec<_> = error.mistakes().iter().collect();
        assert_eq!(told.len(), 2, "{error}");
        assert_eq!(told[0].field, "B2C_AUTH_AUDIENCES");
        assert!(told[0].remedy.ends_with("without brackets and quotes"));
        assert_eq!(told[1].field, "B2C_AUTH_AUTHORITIES__1");
        assert!(told[1].remedy.ends_with("counted from 0"), "{error}");
    }

    /// The bug: quotation marks, which an env file of docker's keeps, became a part of the audience, and of the name of a header.
    #[test]
    fn a_value_in_quotation_marks_is_refused() {
        let variables = [
            ("B2C_AUTH_AUDIENCES", "\"a\""),
            ("B2C_AUTH_ISSUERS", "'a','b'"),
            ("B2C_AUTH_ALGORITHMS", "RS256, \"ES256\""),
            ("B2C_AUTH_FORGOTTEN_KEYS__0", "'k'"),
            ("B2C_AUTH_CLOCK_SKEW", " \"30s\" "),
            ("B2C_AUTH_ALLOW_ANONYMOUS", "'true'"),
            ("B2C_AUTH_MIGRATION__STAGE", "\"announce\""),
            ("B2C_AUTH_AUTHORITIES__0__TENANT", "'contoso'"),
            ("B2C_AUTH_CLAIM_HEADERS", "'x-user=sub,x-scopes=scp'"),
        ];
        let error = Settings::from_variables(variables).unwrap_err();
        let told = error.mistakes().iter();
        let told: Vec<_> = told
            .filter(|it| it.remedy.contains("leave them out"))
            .collect();
        assert_eq!(told.len(), variables.len(), "{error}");
        for (variable, text) in [
            ("B2C_AUTH_REFUSAL__MESSAGE", "say \"please\""),
            ("B2C_AUTH_REFUSAL__MESSAGE", "\""),
            (
                "B2C_AUTH_AUTHORITIES__0__JWKS",
                "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"\"}]}",
            ),
        ] {
            Settings::from_variables([(variable, text)]).expect(text);
        }
    }

    /// The bug: the claim's name had the marks in it, so no header was ever sent.
    #[test]
    fn a_name_or_a_value_of_a_map_in_quotation_marks_is_refused() {
        for text in [
            "x-auth-subject=\"user_id()\",x-auth-scopes=scp",
            "x-auth-subject=user_id(), 'x-auth-scopes' = scp",
            "x-auth-scopes = 'scp' ",
        ] {
            let error = Settings::from_variables([("B2C_AUTH_CLAIM_HEADERS", text)]);
            let error = error.expect_err(text);
            let [mistake] = error.mistakes() else {
                panic!("{error}");
            };
            assert_eq!(mistake.field, "B2C_AUTH_CLAIM_HEADERS");
            assert!(mistake.remedy.ends_with("leave them out"), "{error}");
        }
    }

    /// The bugs: such a variable was reported as an unknown field of the top level; and one without the number of an element 32 times, instead of the
    /// others.
    #[test]
    fn one_underscore_instead_of_two_is_pointed_out() {
        let error = Settings::from_variables([
            ("B2C_AUTH_AUTHORITIES__0_POLICY", "B2C_1_a"),
            ("B2C_AUTH_AUTHORITIES_0_TENANT", "contoso"),
            ("B2C_AUTH_KEYS_MAX_STALE", "1h"),
            ("B2C_AUTH_REFUSAL__ZZZ", "1"),
            ("B2C_AUTH_TENANT_NAME", "contoso"),
        ]);
        let error = error.unwrap_err();
        let told: Vec<_> = error.mistakes().iter().map(ToString::to_string).collect();
        let expected = [
            "B2C_AUTH_AUTHORITIES__0_POLICY = …: is not a setting; did you mean B2C_AUTH_AUTHORITIES__0__POLICY?",
            "B2C_AUTH_AUTHORITIES_0_TENANT = …: is not a setting; did you mean B2C_AUTH_AUTHORITIES__0__TENANT?",
            "B2C_AUTH_KEYS_MAX_STALE = …: is not a setting; did you mean B2C_AUTH_KEYS__MAX_STALE?",
            "B2C_AUTH_REFUSAL__ZZZ = …: is not a setting; after B2C_AUTH_REFUSAL__ comes one of STATUS, MESSAGE",
            "B2C_AUTH_TENANT_NAME = …: is not a setting; two underscores lead into a table or a list, as in B2C_AUTH_AUTHORITIES__0__TENANT",
        ];
        assert_eq!(told, expected, "{error}");
    }

    /// The bug: `B2C_AUTH_DANGER_ACCEPT_ANY_AUDIENCE` got the answer "did you mean B2C_AUTH_DANGER_REPORT_ONLY?", which switches off all refusals.
    #[test]
    fn a_setting_of_a_table_is_sent_there() {
        for (name, expected) in [
            (
                "DANGER_ACCEPT_ANY_AUDIENCE",
                "is not a setting by itself; write B2C_AUTH_AUTHORITIES__0__DANGER_ACCEPT_ANY_AUDIENCE, in which 0 stands for the first",
            ),
            (
                "CLIENTS",
                "is not a setting by itself; write B2C_AUTH_AUTHORITIES__0__CLIENTS or B2C_AUTH_ROUTES__0__CLIENTS, in which 0 stands for the first",
            ),
            (
                "MAX_STALE",
                "is not a setting by itself; write B2C_AUTH_KEYS__MAX_STALE",
            ),
            (
                "DANGER_ACCEPT_ANY_TOKENS",
                "is not a setting; two underscores lead into a table or a list, as in B2C_AUTH_AUTHORITIES__0__TENANT",
            ),
        ] {
            let variable = format!("B2C_AUTH_{name}");
            let error = Settings::from_variables([(&variable, "true")]).unwrap_err();
            let [mistake] = error.mistakes() else {
                panic!("{error}");
            };
            assert_eq!(mistake.remedy, expected);
        }
    }

    #[test]
    fn everything_can_be_said() {
        let settings = Settings::from_variables([
            ("PATH", "/bin"),
            ("B2C_AUTH_AUDIENCES", "a, b"),
            ("B2C_AUTH_ALGORITHMS__1", "ES256"),
            ("B2C_AUTH_ALGORITHMS__0", "RS256"),
            ("B2C_AUTH_ALLOW_ANONYMOUS", "true"),
            ("B2C_AUTH_CLOCK_SKEW", "30s"),
            ("B2C_AUTH_TOKEN__COOKIE", "session"),
            ("B2C_AUTH_KEYS__MAX_WAITING", "10"),
            ("B2C_AUTH_KEYS__REFRESH", "on_request"),
            ("B2C_AUTH_FETCH__PROXY", "http://proxy:3128"),
            ("B2C_AUTH_MIGRATION__STAGE", "announce"),
            ("B2C_AUTH_FORGOTTEN_KEYS__0", "k1"),
            ("B2C_AUTH_FORGOTTEN_KEYS__1__KID", "k2"),
            ("B2C_AUTH_FORGOTTEN_KEYS__1__AUTHORITY", "contoso"),
            ("B2C_AUTH_AUTHORITIES__0__TENANT", "contoso"),
            ("B2C_AUTH_AUTHORITIES__0__CLIENTS", "c1,c2"),
            ("B2C_AUTH_AUTHORITIES__1__KEYS__0__SECRET", "c2VjcmV0"),
            ("B2C_AUTH_REQUIRED_CLAIMS__0__NAME", "scp"),
            ("B2C_AUTH_REQUIRED_CLAIMS__0__VALUES", "a,b"),
            ("B2C_AUTH_CLAIM_HEADERS", "x-user=oid, x-name=name"),
        ])
        .expect("settings");
        assert_eq!(settings.audiences, ["a", "b"]);
        assert_eq!(settings.algorithms, ["RS256", "ES256"]);
        assert!(settings.allow_anonymous);
        assert_eq!(settings.token.cookie.as_deref(), Some("session"));
        assert_eq!(settings.keys.max_waiting, 10);
        assert_eq!(settings.migration.map(|it| it.stage), Some(Stage::Announce));
        let forgotten = [
            ForgottenKey::everywhere("k1"),
            ForgottenKey::of("contoso", "k2"),
        ];
        assert_eq!(settings.forgotten_keys, forgotten);
        assert_eq!(settings.authorities[0].clients, ["c1", "c2"]);
        let secret = settings.authorities[1].keys[0].secret.as_ref();
        assert_eq!(secret.map(|it| it.expose()), Some("c2VjcmV0"));
        assert_eq!(settings.claim_headers["x-name"], "name");
    }

    #[test]
    fn all_mistakes_are_told_by_their_variables_and_no_value_is_shown() {
        let error = Settings::from_variables([
            ("B2C_AUTH_AUDIENCE", "hush"),
            ("B2C_AUTH_ALLOW_ANONYMOUS", "hush"),
            ("B2C_AUTH_KEYS", "hush"),
            ("B2C_AUTH_KEYS__MAX_WAITING", "7"),
            ("B2C_AUTH_FETCH__PROXI", "hush"),
            ("B2C_AUTH_MIGRATION__STAGE", "hush"),
            ("B2C_AUTH_AUTHORITIES", "hush"),
            ("B2C_AUTH_REQUIRED_CLAIMS__1__NAME", "hush"),
            ("B2C_AUTH_CLAIM_HEADERS", "hush"),
            ("B2C_AUTH_TOKEN__", "hush"),
        ])
        .expect_err("mistakes");
        let told: Vec<_> = error.mistakes().iter().map(|it| &*it.field).collect();
        for variable in [
            "B2C_AUTH_AUDIENCE",
            "B2C_AUTH_ALLOW_ANONYMOUS",
            "B2C_AUTH_KEYS__MAX_WAITING",
            "B2C_AUTH_FETCH__PROXI",
            "B2C_AUTH_MIGRATION__STAGE",
            "B2C_AUTH_AUTHORITIES",
            "B2C_AUTH_REQUIRED_CLAIMS__1",
            "B2C_AUTH_CLAIM_HEADERS",
            "B2C_AUTH_TOKEN__",
        ] {
            assert!(told.contains(&variable), "{variable}: {error}");
        }
        assert!(!error.to_string().contains("hush"), "{error}");
        let shown = error.to_string();
        assert!(
            shown.contains("did you mean B2C_AUTH_FETCH__PROXY?"),
            "{shown}"
        );
    }

    /// The bug: an empty variable, such as an unset one in a compose file, meant that any client and any scope was accepted.
    #[test]
    fn an_empty_list_is_a_mistake() {
        for variable in [
            "B2C_AUTH_AUTHORITIES__0__CLIENTS",
            "B2C_AUTH_ROUTES__0__SCOPES",
            "B2C_AUTH_CLAIM_HEADERS",
        ] {
            for text in ["", " ", ","] {
                let error = Settings::from_variables([(variable, text)]).unwrap_err();
                let fields: Vec<_> = error.mistakes().iter().map(|it| &*it.field).collect();
                assert_eq!(fields, [variable], "{text:?}");
            }
        }
        let trailing = [("B2C_AUTH_AUDIENCES", "a,")];
        assert_eq!(Settings::from_variables(trailing).unwrap().audiences, ["a"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_utf_8_is_a_mistake() {
        use std::os::unix::ffi::OsStringExt as _;

        let latin1 = |text: &str| OsString::from_vec([text.as_bytes(), b"\xfc"].concat());
        let variables = [
            ("B2C_AUTH_AUDIENCES".into(), "api".into()),
            ("B2C_AUTH_FORGOTTEN_KEYS".into(), latin1("hush")),
            (latin1("B2C_AUTH_AUDIENCES"), "hush".into()),
            ("OTHER".into(), latin1("hush")),
            (latin1("OTHER"), "hush".into()),
        ];
        let error =
            Settings::from_variables::<OsString, OsString>(variables).expect_err("mistakes");
        let told: Vec<_> = error.mistakes().iter().map(|it| &*it.field).collect();
        assert_eq!(
            told,
            ["B2C_AUTH_FORGOTTEN_KEYS", "B2C_AUTH_AUDIENCES\u{fffd}"]
        );
        let shown = error.to_string();
        assert!(shown.contains("is not UTF-8"), "{shown}");
        assert!(!shown.contains("hush"), "{shown}");
    }

    #[test]
    fn a_setting_has_a_variable() {
        for (field, variable) in [
            ("audiences", Some("B2C_AUTH_AUDIENCES")),
            ("keys.max_stale", Some("B2C_AUTH_KEYS__MAX_STALE")),
            ("authorities[0]", Some("B2C_AUTH_AUTHORITIES__0")),
            (
                "authorities[7].tenant",
                Some("B2C_AUTH_AUTHORITIES__7__TENANT"),
            ),
            ("claim_headers.x-user", Some("B2C_AUTH_CLAIM_HEADERS")),
            // The bug: a variable was named that does not exist.
            ("look_up.found_for", None),
            ("B2C_AUTH_AUDIENCES", None),
        ] {
            assert_eq!(variable_of(field).as_deref(), variable);
        }
    }
}
