use serde::Deserialize;

/// A user flow or custom policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// `B2C_1_…` or `B2C_1A_…`
    pub name: String,
    /// What it does.
    #[serde(default)]
    pub kind: PolicyKind,
}

/// What a policy does with the user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyKind {
    /// Signs in or up.
    #[default]
    SignUpSignIn,
    /// Signs in.
    SignIn,
    /// Lets the user change name and attributes.
    EditProfile,
    /// Lets the user choose a new password.
    ResetPassword,
}

impl Policy {
    /// A policy that signs in or up.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind: PolicyKind::default(),
        }
    }
}
