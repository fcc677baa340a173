use serde_json::error::Category;

/// A claim is not of the requested type.
///
/// It names the claim and the position but not the value, which serde's own messages would show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} cannot be read as the requested type (at byte {column} of its JSON: {kind})", self.subject())]
pub struct ClaimError {
    name: Option<Box<str>>,
    column: usize,
    kind: &'static str,
}

impl ClaimError {
    pub(crate) fn new(name: Option<&str>, error: &serde_json::Error) -> Self {
        let kind = match error.classify() {
            Category::Data => "another type",
            Category::Syntax | Category::Eof | Category::Io => "not text, or nested too deeply",
        };
        Self {
            name: name.map(Into::into),
            column: error.column(),
            kind,
        }
    }

    /// The claim. `None` if all claims were read as one type.
    #[must_use]
    pub fn claim(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn subject(&self) -> String {
        self.name.as_ref().map_or_else(
            || "the payload".into(),
            |name| format!("the claim {name:?}"),
        )
    }
}
