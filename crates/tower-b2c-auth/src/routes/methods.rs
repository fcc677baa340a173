//! Which methods a rule covers. Methods are case-sensitive (RFC 9110 §9.1).

use http::Method;

/// All methods, or the listed ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Methods {
    All,
    Listed(Vec<Method>),
}

impl Methods {
    pub(crate) fn cover(&self, method: &Method) -> bool {
        match self {
            Self::All => true,
            Self::Listed(methods) => methods.contains(method),
        }
    }

    /// A method that both sets cover.
    pub(crate) fn common<'a>(&'a self, other: &'a Self) -> Option<&'a str> {
        match (self, other) {
            (Self::All, Self::All) => Some("any method"),
            (Self::Listed(methods), other) | (other, Self::Listed(methods)) => {
                let mut methods = methods.iter();
                let common = methods.find(|method| other.cover(method));
                common.map(Method::as_str)
            }
        }
    }
}
