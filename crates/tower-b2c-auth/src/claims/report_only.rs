//! The mode that refuses nothing.

use http::Extensions;

use super::{LayerId, layer_record::with_report};
use crate::refusal::AuthError;

/// In the extensions of every request of a layer that only [reports](crate::B2cAuthBuilder::danger_report_only): what would have happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportOnly {
    layer: LayerId,
    refusal: Option<AuthError>,
}

impl ReportOnly {
    /// Why the request would have been refused; none if it would have passed.
    pub fn refusal(&self) -> Option<&AuthError> {
        self.refusal.as_ref()
    }

    pub(super) fn layer(&self) -> LayerId {
        self.layer
    }

    pub(crate) fn mark(extensions: &mut Extensions, layer: LayerId, refusal: Option<AuthError>) {
        if let Some(refusal) = &refusal {
            tracing::info!(reason = refusal.reason(), "request would be refused");
        }
        extensions.insert(Self { layer, refusal });
    }

    /// Notes a refusal of a route's requirement, if this layer only reports. The first refusal stays. Returns whether it only reports.
    pub(crate) fn note(extensions: &mut Extensions, layer: LayerId, refusal: &AuthError) -> bool {
        let noted = with_report(extensions, layer, |report| {
            if report.refusal.is_none() {
                tracing::info!(reason = refusal.reason(), "request would be refused");
                report.refusal = Some(refusal.clone());
            }
        });
        noted.is_some()
    }
}
