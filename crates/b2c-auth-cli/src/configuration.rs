//! Files or environment variables ─▶ settings, with notes for the operator.

use std::{collections::BTreeMap, env, error::Error, fmt, path::Path};

use tower_b2c_auth::{
    B2cAuthBuilder, B2cAuthLayer, Mistake, Settings, SettingsError, SystemClock,
    migration::UsageSnapshot,
};

use crate::{
    all_errors::AllErrors,
    cli::{self, DocumentReferences, OriginalRequest, Source},
    file, validate_jwt,
};

/// The gateway's layer.
pub(crate) type GatewayLayer = B2cAuthLayer;

/// The settings, their origin and remarks about them.
pub(crate) struct Configuration {
    pub(crate) settings: Settings,
    origin: Origin,
    /// Whether the settings do not set claim headers, so that the gateway's defaults apply.
    has_default_headers: bool,
    /// One line each.
    pub(crate) remarks: Vec<String>,
}

/// Where the settings come from, for locating mistakes.
enum Origin {
    Toml { file: String, text: String },
    Document,
    Env,
}

impl Configuration {
    /// # Errors
    ///
    /// If a file cannot be read or has mistakes. The error lists all of them.
    pub(crate) fn read(source: &Source) -> Result<Self, Box<dyn Error>> {
        match (&source.config, &source.policy) {
            (Some(config), _) => Self::of_toml(config, Some("--config"), &source.references),
            (None, Some(document)) => {
                Self::of_document(document, Some("--policy"), &source.references)
            }
            (None, None) if source.env => Self::of_env(&source.references),
            (None, None) => Err("give --config, --policy or --env".into()),
        }
    }

    /// Detects the format.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    pub(crate) fn read_file(
        path: &Path,
        references: &DocumentReferences,
    ) -> Result<Self, Box<dyn Error>> {
        if file::is_xml(&file::read(path, None)?) {
            Self::of_document(path, None, references)
        } else {
            Self::of_toml(path, None, references)
        }
    }

    /// Ignores the variables that set the command's own options.
    ///
    /// # Errors
    ///
    /// If variables are unknown, have invalid values or are not UTF-8. The error lists all of them.
    pub(crate) fn of_env(references: &DocumentReferences) -> Result<Self, Box<dyn Error>> {
        references.check_unused()?;
        let options = cli::option_variables();
        let settings =
            env::vars_os().filter(|(name, _)| !options.iter().any(|option| name == &**option));
        let settings = Settings::from_variables(settings)?;
        Ok(Self::new(settings, Origin::Env, Vec::new()))
    }

    fn of_toml(
        path: &Path,
        option: Option<&str>,
        references: &DocumentReferences,
    ) -> Result<Self, Box<dyn Error>> {
        let file = path.display().to_string();
        let text = file::read(path, option)?;
        if file::is_xml(&text) {
            return Err(
                format!("{file} is XML; give an API Management policy with --policy").into(),
            );
        }
        references.check_unused()?;
        let settings = Settings::from_toml(&text);
        let settings = settings.map_err(|error| format!("{file}: {error}"))?;
        let remarks = ignored_variables(path).into_iter().collect();
        Ok(Self::new(settings, Origin::Toml { file, text }, remarks))
    }

    fn of_document(
        path: &Path,
        option: Option<&str>,
        references: &DocumentReferences,
    ) -> Result<Self, Box<dyn Error>> {
        let (converted, mut remarks) = validate_jwt::read(path, option, references)?;
        let notes = converted.notes.iter();
        remarks.extend(notes.map(|note| format!("{} {note}", path.display())));
        remarks.extend(ignored_variables(path));
        Ok(Self::new(converted.settings, Origin::Document, remarks))
    }

    fn new(mut settings: Settings, origin: Origin, remarks: Vec<String>) -> Self {
        let has_default_headers = settings.claim_headers.is_empty();
        if has_default_headers {
            let default = (DEFAULT_HEADER.to_owned(), USER_ID.to_owned());
            settings.claim_headers = BTreeMap::from([default]);
        }
        Self {
            settings,
            origin,
            has_default_headers,
            remarks,
        }
    }

    /// Adds the header for the service's own user to the default headers, if there is a map.
    ///
    /// # Errors
    ///
    /// If there is a map but no header for the user, or a header but no map.
    pub(crate) fn set_users(&mut self, are_mapped: bool) -> Result<(), String> {
        if are_mapped && self.has_default_headers {
            let header = (USER_HEADER.to_owned(), MAPPED_USER.to_owned());
            self.settings.claim_headers.extend([header]);
        }
        let headers = &self.settings.claim_headers;
        match (are_mapped, mapped_headers(&self.settings).next()) {
            (true, None) => Err(self.remark(
                "claim_headers",
                headers,
                format!(
                    "has no header with the user from --user-map; add {USER_HEADER} with the value {MAPPED_USER}"
                ),
            )),
            (false, Some(header)) => {
                let remedy = "needs a map; start the gateway with --user-map FILE";
                Err(self.of_mapped_user(header, remedy))
            }
            _ => Ok(()),
        }
    }

    /// A note if the settings need a map of users.
    pub(crate) fn note_on_users(&self) -> Option<String> {
        let note = "the gateway needs --user-map or B2C_AUTH_USER_MAP for this; give it here too, and the map is checked as well";
        let header = mapped_headers(&self.settings).next()?;
        Some(self.of_mapped_user(header, note))
    }

    fn of_mapped_user(&self, header: &str, remark: &str) -> String {
        self.remark(&format!("claim_headers.{header}"), MAPPED_USER, remark)
    }

    /// # Errors
    ///
    /// If a claim header has a name that the gateway gives another meaning.
    pub(crate) fn check_headers(&self) -> Result<(), AllErrors> {
        let mut errors = AllErrors::default();
        let token = self.settings.token.header.as_deref();
        let token = token.unwrap_or("authorization");
        for (header, claim) in &self.settings.claim_headers {
            let field = format!("claim_headers.{header}");
            let is = |name: &&str| header.eq_ignore_ascii_case(name);
            if is(&token) || OWN_HEADERS.iter().any(is) {
                errors.value::<()>(Err(self.remark(&field, claim, format!(
                    "{header} has another meaning for the gateway or the proxy; choose another header, such as {DEFAULT_HEADER}"
                ))));
            }
        }
        errors.finish()
    }

    /// # Errors
    ///
    /// If a setting depends on the original request, but the proxy does not send it.
    pub(crate) fn check_original_request(
        &self,
        original_request: OriginalRequest,
    ) -> Result<(), String> {
        match (self.setting_about_originals(), original_request) {
            (Some(setting), OriginalRequest::Unknown) => Err(self.remark(
                setting,
                format_args!("…"),
                "depends on the original method, host, path or query; set --forwarded to the proxy that sends them, or use only --grpc-listen",
            )),
            _ => Ok(()),
        }
    }

    /// A setting that depends on the original method, host, path or query.
    pub(crate) fn setting_about_originals(&self) -> Option<&'static str> {
        if !self.settings.routes.is_empty() {
            Some("routes")
        } else if self.settings.allow_preflights {
            Some("allow_preflights")
        } else if self.settings.token.query.is_some() {
            Some("token.query")
        } else {
            None
        }
    }

    /// # Errors
    ///
    /// All mistakes in the settings together.
    pub(crate) fn layer(
        &self,
        usage: Option<UsageSnapshot>,
    ) -> Result<GatewayLayer, Box<dyn Error>> {
        let mut builder = B2cAuthBuilder::from(self.settings_of_layer());
        if let Some(usage) = usage {
            builder = builder.usage_snapshot(usage);
        }
        builder.build().map_err(|error| self.located(error))
    }

    /// The layer checks the names of the headers with `mapped_user()` too, but does not know that function, so here they get a claim that no token has. The
    /// layer then writes nothing into these headers, so that during a reload no request passes with the tenant's user id in them; the gateway writes the
    /// user.
    pub(crate) fn settings_of_layer(&self) -> Settings {
        let mut settings = self.settings.clone();
        let claims = settings.claim_headers.values_mut();
        for claim in claims.filter(|claim| *claim == MAPPED_USER) {
            NO_CLAIM.clone_into(claim);
        }
        settings
    }

    /// What `warnings` of the settings returns, with the location of each.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = Mistake> {
        let warnings = self.settings.warnings(&SystemClock::default());
        warnings.into_iter().map(|warning| self.placed(warning))
    }

    /// What only the gateway finds, with its location.
    pub(crate) fn remark(
        &self,
        field: &str,
        value: impl fmt::Debug,
        remedy: impl Into<String>,
    ) -> String {
        self.placed(Mistake::new(field, value, remedy)).to_string()
    }

    /// Names the setting as the user wrote it.
    fn placed(&self, mistake: Mistake) -> Mistake {
        match &self.origin {
            Origin::Toml { file, text } => mistake.in_toml(file, text),
            Origin::Document => mistake,
            Origin::Env => mistake.in_env(),
        }
    }

    /// Adds the location of each mistake.
    pub(crate) fn located(&self, error: SettingsError) -> Box<dyn Error> {
        match &self.origin {
            Origin::Toml { file, text } => error.in_toml(file, text).into(),
            Origin::Document => format!("{error}\n  {NAMES_IN_TOML}").into(),
            Origin::Env => error.in_env().into(),
        }
    }
}

/// A remark on the variables that are settings, but have no effect because the settings come from this file. Their values may be secrets.
fn ignored_variables(file: &Path) -> Option<String> {
    let options = cli::option_variables();
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let is_ignored = |name: &String| Settings::is_variable(name) && !options.contains(name);
    let mut names: Vec<_> = names.filter(is_ignored).collect();
    names.sort_unstable();
    let more = names.len().saturating_sub(MAX_IGNORED);
    names.truncate(MAX_IGNORED);
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (names, file) = (names.join(", "), file.display());
    (!names.is_empty()).then(|| {
        format!(
            "{names}{more}: ignored, because the settings come from {file}; remove these environment variables, or write their settings into the file"
        )
    })
}

/// The headers for the service's own user.
pub(crate) fn mapped_headers(settings: &Settings) -> impl Iterator<Item = &str> {
    let headers = settings.claim_headers.iter();
    headers
        .filter(|(_, claim)| *claim == MAPPED_USER)
        .map(|(header, _)| &**header)
}

/// More variables than one line should name.
const MAX_IGNORED: usize = 5;
/// The mistakes name the settings as in TOML; a policy has other names for the same things.
const NAMES_IN_TOML: &str = "The settings are named as in the TOML that `b2c-auth convert` prints. Correct the policy, or convert it and correct the TOML.";
/// Headers with which the gateway tells a proxy something else.
const OWN_HEADERS: [&str; 9] = [
    "x-auth-remove",
    "x-auth-status",
    "x-auth-challenge",
    "x-auth-body",
    "x-envoy-auth-headers-to-remove",
    "retry-after",
    "deprecation",
    "sunset",
    "link",
];
/// Instead of a claim's name: the user's id.
const USER_ID: &str = "user_id()";
/// The name of a claim that no token has.
const NO_CLAIM: &str = "(the service's own user)";
/// Instead of a claim's name: the user from the map.
pub(crate) const MAPPED_USER: &str = "mapped_user()";
/// The default header for the user's id.
const DEFAULT_HEADER: &str = "x-auth-subject";
/// The default header for the user from the map.
const USER_HEADER: &str = "x-auth-user";
