use serde::Deserialize;

use super::{Kind, TenantSeed};

/// The initial state of all tenants of an emulator.
///
/// The crate's `README.md` lists the settings.
///
/// ```
/// use b2c_emulator::{Emulator, Seed, SeedError};
///
/// let seed = Seed::from_toml(
///     r#"
///     [[tenant]]
///     name = "fabrikam"
///     id = "bbbbcccc-1111-dddd-2222-eeee3333ffff"
///
///     [[tenant.policy]]
///     name = "B2C_1_susi"
///
///     [[tenant.application]]
///     client_id = "my-api"
///     app_id_uri = "https://fabrikam.onmicrosoft.com/my-api"
///     scopes = ["tasks.read"]
///
///     [[tenant.user]]
///     object_id = "u1"
///     name = "Alex Example"
///     "#,
/// )?;
/// let tenant = Emulator::builder().seed(seed).without_socket()?;
/// assert_eq!(tenant.users()[0].name, "Alex Example");
///
/// // An unknown setting is refused, and so is a seed without a tenant.
/// assert!(matches!(Seed::from_toml("tenants = []"), Err(SeedError::Toml(_))));
/// assert!(matches!(Seed::from_toml("tenant = []"), Err(SeedError::NoTenant)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// The tenants. [`Emulator`](crate::Emulator) dereferences to the handle of the first one.
    #[serde(rename = "tenant")]
    pub tenants: Vec<TenantSeed>,
}

/// Why a seed is unusable.
///
/// ```
#[doc = include_str!("../../docs/example_seed.txt")]
/// assert!(tenant("custom_domain = 'login.fabrikam.example'").is_ok());
///
/// let refused = tenant("policy = [{ name = 'B2C 1 a' }]").unwrap_err();
/// assert_eq!(refused.to_string(), r#"the policy "B2C 1 a" is invalid: write B2C_1_… or B2C_1A_…"#);
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SeedError {
    /// The text is not TOML, or has an unknown or missing setting or a value of the wrong type.
    #[error("the seed cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    /// There is no tenant.
    #[error("the seed has no [[tenant]]")]
    NoTenant,
    /// Two tenants have the same name or id, two policies the same name, two applications the same client id or application ID URI, or two users the same
    /// object id.
    #[error("{what} {value:?} occurs twice")]
    Duplicate {
        /// What occurs twice, such as `the policy`.
        what: &'static str,
        /// The value, in lower case if case makes no difference.
        value: String,
    },
    /// These are Entra ID tenants, but only one can serve `organizations` and `common`.
    #[error("only one tenant may have kind = \"entra-id\", but these all have it: {}", .0.join(", "))]
    SeveralEntraId(Vec<String>),
    /// A name, id, host or lifetime is invalid.
    #[error("{what} {value:?} is invalid: {remedy}")]
    Value {
        /// What is invalid, such as `the tenant id`.
        what: &'static str,
        /// The invalid value.
        value: String,
        /// What to write instead.
        remedy: &'static str,
    },
    /// A value of an application is invalid.
    #[error("{what} {value:?} of the application {client_id:?} is invalid: {remedy}")]
    OfApplication {
        /// What is invalid, such as `the redirect URI`.
        what: &'static str,
        /// The invalid value.
        value: String,
        /// The application.
        client_id: String,
        /// What to write instead.
        remedy: String,
    },
    /// Several of these mistakes.
    #[error("the tenants have {} mistakes:{}", .0.len(), one_per_line(.0))]
    Several(Vec<Self>),
}

fn one_per_line(mistakes: &[SeedError]) -> String {
    let lines = mistakes.iter().map(|mistake| format!("\n  {mistake}"));
    lines.collect()
}

impl Seed {
    /// Parses a seed in TOML.
    ///
    /// # Errors
    ///
    /// If the text is not TOML, or has an unknown or missing setting or a value that cannot be used.
    pub fn from_toml(text: &str) -> Result<Self, SeedError> {
        let seed: Self = toml::from_str(text)?;
        seed.check()?;
        Ok(seed)
    }

    pub(crate) fn check(&self) -> Result<(), SeedError> {
        if self.tenants.is_empty() {
            return Err(SeedError::NoTenant);
        }
        let mut mistakes: Vec<_> = self.tenants.iter().flat_map(TenantSeed::mistakes).collect();
        let tenants = self.tenants.iter();
        let names = tenants.clone().map(|it| it.name.to_lowercase());
        mistakes.extend(repeated("the tenant name", names));
        let ids = tenants.clone().map(|it| it.id.to_lowercase());
        mistakes.extend(repeated("the tenant id", ids));
        let entra_id: Vec<_> = tenants
            .filter(|it| it.kind == Kind::EntraId)
            .map(|it| it.name.clone())
            .collect();
        if entra_id.len() > 1 {
            mistakes.push(SeedError::SeveralEntraId(entra_id));
        }
        match mistakes.len() {
            0 => Ok(()),
            1 => Err(mistakes.remove(0)),
            _ => Err(SeedError::Several(mistakes)),
        }
    }
}

impl Default for Seed {
    /// The tenants of `default.toml`: a B2C tenant `contoso` and an External ID tenant `contosocustomers`.
    fn default() -> Self {
        Self::from_toml(DEFAULT).expect("the default seed is valid")
    }
}

/// A mistake for each name that occurs more than once.
pub(super) fn repeated(what: &'static str, names: impl Iterator<Item = String>) -> Vec<SeedError> {
    let mut names: Vec<String> = names.collect();
    names.sort();
    let pairs = names.array_windows().filter(|[a, b]| a == b);
    let mut repeated: Vec<String> = pairs.map(|[twice, _]| twice.clone()).collect();
    repeated.dedup();
    let duplicate = |value| SeedError::Duplicate { what, value };
    repeated.into_iter().map(duplicate).collect()
}

const DEFAULT: &str = include_str!("default.toml");
