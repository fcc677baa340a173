use serde::Deserialize;

/// Whether policies share a signing key.
///
/// ```
/// use b2c_emulator::{Emulator, KeySharing};
///
/// let tenant = Emulator::builder()
///     .policy("B2C_1_signin")
///     .policy("B2C_1A_signin")
///     .key_sharing(KeySharing::PerPolicy)
///     .without_socket()?;
/// assert_ne!(tenant.signing_key("B2C_1_signin").kid(), tenant.signing_key("B2C_1A_signin").kid());
/// # Ok::<(), b2c_emulator::EmulatorError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeySharing {
    /// All policies share one key, like B2C's user flows.
    #[default]
    Shared,
    /// Each policy has its own key, as B2C's custom policies may.
    PerPolicy,
}
