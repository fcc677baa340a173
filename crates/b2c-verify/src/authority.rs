use std::sync::OnceLock;

use crate::{Algorithm, AlgorithmSet, Audiences};

/// Whose tokens are accepted, for whom, and signed how: the rules that belong to one set of keys.
///
/// Issuers are those that were configured, and the one that the authority's metadata names once it is known. B2C signs the user-flow
/// tokens of unrelated tenants with one key, so the issuer is what keeps tenants apart: it is compared byte for byte. Of `iss` values
/// with and without a trailing slash, one is B2C's and the other Entra ID's.
///
/// ```
/// use b2c_verify::{Audiences, Authority, IssuerChanged};
///
/// let authority = Authority::new(Audiences::any_of(["my-api"]));
/// authority.discover_issuer("https://contoso.b2clogin.com/tid/v2.0/")?;
/// assert!(authority.accepts_issuer("https://contoso.b2clogin.com/tid/v2.0/"));
/// assert!(!authority.accepts_issuer("https://contoso.b2clogin.com/tid/v2.0"));
/// assert_eq!(authority.discover_issuer("https://evil.example/"), Err(IssuerChanged));
/// # Ok::<(), IssuerChanged>(())
/// ```
#[derive(Debug)]
pub struct Authority {
    issuers: Vec<Box<str>>,
    discovered: OnceLock<Box<str>>,
    audiences: Audiences,
    algorithms: AlgorithmSet,
}

impl Authority {
    /// An authority whose tokens must be for these audiences. It has no issuer yet, and allows RS256 alone.
    #[must_use]
    pub const fn new(audiences: Audiences) -> Self {
        Self {
            issuers: Vec::new(),
            discovered: OnceLock::new(),
            audiences,
            algorithms: AlgorithmSet::RS256,
        }
    }

    /// Accepts these issuers too.
    #[must_use]
    pub fn issuers(mut self, issuers: impl IntoIterator<Item = impl Into<Box<str>>>) -> Self {
        self.issuers.extend(issuers.into_iter().map(Into::into));
        self
    }

    /// Allows these algorithms, and no others.
    #[must_use]
    pub const fn algorithms(mut self, algorithms: AlgorithmSet) -> Self {
        self.algorithms = algorithms;
        self
    }

    /// The issuer that the metadata named, once it has been read.
    #[must_use]
    pub fn discovered_issuer(&self) -> Option<&str> {
        self.discovered.get().map(AsRef::as_ref)
    }

    /// Accepts the issuer that the metadata names. The first call decides for the life of the authority.
    ///
    /// # Errors
    ///
    /// [`IssuerChanged`] if it is not the issuer of the first call, which stays.
    pub fn discover_issuer(&self, issuer: &str) -> Result<(), IssuerChanged> {
        if **self.discovered.get_or_init(|| issuer.into()) == *issuer {
            Ok(())
        } else {
            Err(IssuerChanged)
        }
    }

    /// Whether tokens with this `iss` are accepted, byte for byte.
    #[must_use]
    pub fn accepts_issuer(&self, iss: &str) -> bool {
        self.issuers.iter().any(|issuer| **issuer == *iss) || self.discovered_issuer() == Some(iss)
    }

    /// Whether tokens may be signed with this algorithm.
    #[must_use]
    pub const fn allows(&self, algorithm: Algorithm) -> bool {
        self.algorithms.contains(algorithm)
    }

    /// The audiences.
    #[must_use]
    pub const fn audiences(&self) -> &Audiences {
        &self.audiences
    }
}

/// The metadata names another issuer than before. An issuer never changes, so the document is not to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the metadata names another issuer than before")]
pub struct IssuerChanged;
