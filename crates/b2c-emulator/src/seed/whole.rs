use serde::Deserialize;

use super::TenantSeed;

/// All tenants of one emulator.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// The tenants. [`Emulator`](crate::Emulator)'s own methods use the first one.
    #[serde(rename = "tenant")]
    pub tenants: Vec<TenantSeed>,
}

/// Why a seed is unusable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SeedError {
    /// It is not TOML, or not a seed.
    #[error("the seed cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    /// It has no tenant.
    #[error("the seed has no [[tenant]]")]
    NoTenant,
    /// Two tenants, applications, users or policies have the same name or id.
    #[error("the seed has {0:?} twice")]
    Twice(String),
    /// An invalid name, id or URI.
    #[error("{what} {value:?} cannot be used: {remedy}")]
    Value {
        /// What it is, such as `the tenant id`.
        what: &'static str,
        /// The invalid value.
        value: String,
        /// What to write instead.
        remedy: &'static str,
    },
}

impl Seed {
    /// Reads a seed from TOML.
    ///
    /// # Errors
    ///
    /// If it is not TOML, has an unknown setting, or describes an impossible tenant.
    pub fn from_toml(text: &str) -> Result<Self, SeedError> {
        let seed: Self = toml::from_str(text)?;
        seed.check()?;
        Ok(seed)
    }

    pub(crate) fn check(&self) -> Result<(), SeedError> {
        if self.tenants.is_empty() {
            return Err(SeedError::NoTenant);
        }
        for tenant in &self.tenants {
            tenant.check()?;
        }
        let domains = self
            .tenants
            .iter()
            .flat_map(|tenant| [tenant.name.to_lowercase(), tenant.id.to_lowercase()]);
        once(domains)
    }
}

impl Default for Seed {
    /// The tenants of `default.toml`: a B2C tenant `contoso` and an External ID tenant `contosocustomers`.
    fn default() -> Self {
        Self::from_toml(DEFAULT).expect("the default seed is tested")
    }
}

pub(super) fn once(names: impl Iterator<Item = String>) -> Result<(), SeedError> {
    let mut names: Vec<String> = names.collect();
    names.sort();
    match names.array_windows().find(|[a, b]| a == b) {
        Some([twice, _]) => Err(SeedError::Twice(twice.clone())),
        None => Ok(()),
    }
}

const DEFAULT: &str = include_str!("default.toml");
