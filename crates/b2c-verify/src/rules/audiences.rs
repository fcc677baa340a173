/// The accepted audiences (RFC 7519 §4.1.3). Values are compared byte for byte.
///
/// ```
/// use b2c_verify::Audiences;
///
/// let ours = Audiences::any_of(["00001111-aaaa-2222-bbbb-3333cccc4444"]);
/// assert!(ours.contains("00001111-aaaa-2222-bbbb-3333cccc4444"));
/// assert!(!ours.contains("00001111-AAAA-2222-BBBB-3333CCCC4444"));
/// ```
#[derive(Clone, Debug)]
pub struct Audiences(Option<Box<[Box<str>]>>);

impl Audiences {
    /// Accepts tokens for any of these. An empty list refuses every token.
    #[must_use]
    pub fn any_of(audiences: impl IntoIterator<Item = impl Into<Box<str>>>) -> Self {
        Self(Some(audiences.into_iter().map(Into::into).collect()))
    }

    /// Accepts tokens for any audience, and tokens without one.
    ///
    /// Dangerous: a token issued for any other application of the tenant is accepted (RFC 8725 §3.9). API Management's `validate-jwt` works this way
    /// without `<audiences>`.
    #[must_use]
    pub const fn danger_any() -> Self {
        Self(None)
    }

    /// Whether `audience` is accepted.
    #[must_use]
    pub fn contains(&self, audience: &str) -> bool {
        self.0
            .as_ref()
            .is_none_or(|audiences| audiences.iter().any(|ours| **ours == *audience))
    }

    pub(crate) const fn is_any(&self) -> bool {
        self.0.is_none()
    }
}
