//! The mode that refuses nothing.

use http::Extensions;

use crate::error::AuthError;

/// In the extensions of every request of a layer that only [reports](crate::B2cAuthBuilder::danger_report_only): what would have become of
/// it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportOnly {
    refusal: Option<AuthError>,
}

impl ReportOnly {
    /// Why the request would have been refused; none if it would have passed.
    pub fn refusal(&self) -> Option<&AuthError> {
        self.refusal.as_ref()
    }

    pub(crate) fn mark(extensions: &mut Extensions, refusal: Option<AuthError>) {
        if let Some(refusal) = &refusal {
            tracing::info!(reason = refusal.reason(), "request would be refused");
        }
        extensions.insert(Self { refusal });
    }

    /// Marks a request of a layer that only reports. The first refusal stays. Returns whether it is such a request.
    pub(crate) fn note(extensions: &mut Extensions, refusal: &AuthError) -> bool {
        let Some(report) = extensions.get_mut::<Self>() else {
            return false;
        };
        if report.refusal.is_none() {
            tracing::info!(reason = refusal.reason(), "request would be refused");
            report.refusal = Some(refusal.clone());
        }
        true
    }
}
