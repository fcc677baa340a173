use serde::Deserialize;

use super::{Kind, SeedError, tenant::is_word};

/// A [user flow or custom policy](https://learn.microsoft.com/azure/active-directory-b2c/user-flow-overview).
///
/// ```
#[doc = include_str!("../../docs/example_seed.txt")]
/// assert_eq!(tenant("policy = [{ name = 'B2C_1A_susi' }]")?.policies[0].name, "B2C_1A_susi");
/// // The portal's `susi` is `B2C_1_susi` in URLs and tokens.
/// assert!(tenant("policy = [{ name = 'susi' }]").is_err());
/// # Ok::<(), b2c_emulator::SeedError>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// `B2C_1_…` or `B2C_1A_…`
    pub name: String,
    /// Its kind, `sign-up-sign-in` by default.
    #[serde(default)]
    pub kind: PolicyKind,
}

/// What a policy does with the user.
///
/// ```
#[doc = include_str!("../../docs/example_seed.txt")]
/// use b2c_emulator::PolicyKind;
///
/// let edit = tenant("policy = [{ name = 'B2C_1_edit', kind = 'edit-profile' }]")?;
/// assert_eq!(edit.policies[0].kind, PolicyKind::EditProfile);
/// assert!(tenant("policy = [{ name = 'B2C_1_edit', kind = 'edit' }]").is_err());
/// # Ok::<(), b2c_emulator::SeedError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyKind {
    /// Signs the user up or in.
    #[default]
    SignUpSignIn,
    /// Signs the user in.
    SignIn,
    /// Lets the user change their display name, given name and surname.
    EditProfile,
    /// Asks who forgot their password, and signs that user in: the emulator has no passwords.
    ResetPassword,
}

impl Policy {
    /// A policy of the kind [`SignUpSignIn`](PolicyKind::SignUpSignIn).
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind: PolicyKind::default(),
        }
    }

    /// Only B2C has policies. The portal adds the prefix, so a name without it is a mistake that B2C would answer with 404.
    pub(super) fn check(&self, kind: Kind) -> Result<(), SeedError> {
        let has = |prefix: &str| {
            let parts = self.name.split_at_checked(prefix.len());
            parts
                .is_some_and(|(start, rest)| start.eq_ignore_ascii_case(prefix) && !rest.is_empty())
        };
        let prefixed = kind != Kind::B2c || PREFIXES.into_iter().any(has);
        if prefixed && is_word(&self.name) {
            return Ok(());
        }
        Err(SeedError::Value {
            what: "the policy",
            value: self.name.clone(),
            remedy: "write B2C_1_… or B2C_1A_…",
        })
    }
}

/// Of user flows and of custom policies.
const PREFIXES: [&str; 2] = ["B2C_1_", "B2C_1A_"];
