use serde::Deserialize;

/// A user flow or custom policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// `B2C_1_…` or `B2C_1A_…`
    pub name: String,
    /// What it does with the user.
    #[serde(default)]
    pub kind: PolicyKind,
}

/// What a policy does with the user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyKind {
    /// Signs the user up or in.
    #[default]
    SignUpSignIn,
    /// Signs the user in.
    SignIn,
    /// Lets the user change name and attributes.
    EditProfile,
    /// Lets the user choose a new password.
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
}
