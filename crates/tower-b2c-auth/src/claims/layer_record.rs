//! Which layer the claims in the extensions belong to, when layers are nested.
//!
//! The extractors find a request's claims by their type, so a request has at most one entry of each type: that of the innermost layer. If the inner layer
//! lets a request pass without claims, the outer layer's claims must not be mistaken for the inner layer's, or a route for staff would accept a customer.

use http::Extensions;

use super::{Anonymous, LayerId, ReportOnly, VerifiedClaims};
use crate::claim_headers::ClaimHeaders;

/// What one layer recorded about a request. An anonymous request has no claims; only a layer in report-only mode has a report.
#[derive(Debug, Clone)]
pub(crate) struct LayerRecord {
    pub(crate) layer: LayerId,
    pub(crate) claims: Option<VerifiedClaims>,
    pub(crate) report: Option<ReportOnly>,
}

/// The records of the outer layers, which extractors do not read.
#[derive(Debug, Clone, Default)]
struct OuterRecords(Vec<LayerRecord>);

/// Sets the outer layer's record aside, so that no extractor mistakes it for this layer's.
pub(crate) fn set_outer_record_aside(extensions: &mut Extensions, layer: LayerId) {
    let claims = extensions.remove::<VerifiedClaims>();
    let report = extensions.remove::<ReportOnly>();
    let anonymous = extensions.remove::<Anonymous>();
    extensions.remove::<ClaimHeaders>();
    let whose = claims
        .as_ref()
        .map(VerifiedClaims::layer)
        .or(report.as_ref().map(ReportOnly::layer))
        .or(anonymous.map(|anonymous| anonymous.layer));
    if let Some(outer) = extensions.get_mut::<OuterRecords>() {
        // The same layer again: only its latest record counts.
        outer.0.retain(|record| record.layer != layer);
    }
    let Some(whose) = whose.filter(|whose| *whose != layer) else {
        return;
    };
    let record = LayerRecord {
        layer: whose,
        claims,
        report,
    };
    let outer = extensions.get_or_insert_default::<OuterRecords>();
    outer.0.retain(|known| known.layer != whose);
    outer.0.push(record);
}

/// What this layer recorded about the request, even if an inner layer has set the record aside.
pub(crate) fn record_of(extensions: &Extensions, layer: LayerId) -> Option<LayerRecord> {
    let claims = extensions.get::<VerifiedClaims>();
    let report = extensions.get::<ReportOnly>();
    let claims = claims.filter(|claims| claims.layer() == layer);
    let report = report.filter(|report| report.layer() == layer);
    let is_anonymous = extensions.get() == Some(&Anonymous { layer });
    if claims.is_some() || report.is_some() || is_anonymous {
        return Some(LayerRecord {
            layer,
            claims: claims.cloned(),
            report: report.cloned(),
        });
    }
    let outer = extensions.get::<OuterRecords>()?;
    outer.0.iter().find(|record| record.layer == layer).cloned()
}

/// Applies `change` to this layer's report, wherever it is kept.
pub(super) fn with_report<T>(
    extensions: &mut Extensions,
    layer: LayerId,
    change: impl FnOnce(&mut ReportOnly) -> T,
) -> Option<T> {
    if extensions
        .get::<ReportOnly>()
        .is_some_and(|report| report.layer() == layer)
    {
        return extensions.get_mut::<ReportOnly>().map(change);
    }
    let outer = extensions.get_mut::<OuterRecords>()?;
    let record = outer.0.iter_mut().find(|record| record.layer == layer)?;
    record.report.as_mut().map(change)
}
