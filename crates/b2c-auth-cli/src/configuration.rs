//! Files → settings, with notes for the operator.

use std::{collections::BTreeMap, error::Error, path::Path};

use tower_b2c_auth::{B2cAuthBuilder, B2cAuthLayer, Settings, migration::UsageSnapshot};

use crate::{
    cli::{Originals, PolicyArguments, Source},
    file, policy, warnings,
};

/// The gateway's layer.
pub(crate) type GatewayLayer = B2cAuthLayer;

/// The settings that were read.
pub(crate) struct Configuration {
    pub(crate) settings: Settings,
    /// One line each.
    pub(crate) remarks: Vec<String>,
}

impl Configuration {
    /// # Errors
    ///
    /// A file that cannot be read, or all mistakes found while reading it.
    pub(crate) fn read(source: &Source) -> Result<Self, Box<dyn Error>> {
        match (&source.config, &source.policy) {
            (Some(config), _) => Self::of_toml(config),
            (None, Some(policy)) => Self::of_policy(policy, &source.references),
            (None, None) => Err("give --config or --policy".into()),
        }
    }

    /// Detects the format: XML begins with an angle bracket, TOML never does.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub(crate) fn read_file(
        path: &Path,
        references: &PolicyArguments,
    ) -> Result<Self, Box<dyn Error>> {
        if file::read(path)?.trim_start().starts_with('<') {
            Self::of_policy(path, references)
        } else {
            Self::of_toml(path)
        }
    }

    fn of_toml(path: &Path) -> Result<Self, Box<dyn Error>> {
        let settings = Settings::from_toml(&file::read(path)?);
        let settings = settings.map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self::new(settings, Vec::new()))
    }

    fn of_policy(path: &Path, references: &PolicyArguments) -> Result<Self, Box<dyn Error>> {
        let converted = policy::read(path, references)?;
        let notes = converted.notes.iter();
        let remarks = notes.map(|note| format!("{} {note}", path.display()));
        Ok(Self::new(converted.settings, remarks.collect()))
    }

    fn new(mut settings: Settings, mut remarks: Vec<String>) -> Self {
        if settings.claim_headers.is_empty() {
            let default = (DEFAULT_HEADER.to_owned(), "user_id()".to_owned());
            settings.claim_headers = BTreeMap::from([default]);
        }
        remarks.extend(warnings::of(&settings));
        Self { settings, remarks }
    }

    /// # Errors
    ///
    /// If settings depend on the original request, and the gateway does not learn it.
    pub(crate) fn check_originals(&self, originals: Originals) -> Result<(), Box<dyn Error>> {
        match (self.setting_about_originals(), originals) {
            (Some(setting), Originals::Unknown) => Err(format!(
                "{setting}: depends on the original method, host and path, but nothing says where they are; start the gateway with --forwarded and the name of the proxy, or with --grpc-listen alone"
            )
            .into()),
            _ => Ok(()),
        }
    }

    /// A setting that depends on the original method, host and path.
    pub(crate) fn setting_about_originals(&self) -> Option<&'static str> {
        if !self.settings.routes.is_empty() {
            Some("routes")
        } else if self.settings.allow_preflights {
            Some("allow_preflights")
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
        let mut builder = B2cAuthBuilder::from(self.settings.clone());
        if let Some(usage) = usage {
            builder = builder.usage_snapshot(usage);
        }
        Ok(builder.build()?)
    }
}

/// The default claim headers.
const DEFAULT_HEADER: &str = "x-auth-subject";
