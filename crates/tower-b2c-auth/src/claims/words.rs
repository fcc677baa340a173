//! Whose word the extensions hold, when layers lie within each other.

use http::Extensions;

use super::{ClaimHeaders, LayerId, ReportOnly, VerifiedClaims};

/// What one layer said about a request. Neither: it let an anonymous one pass.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    pub(crate) layer: LayerId,
    pub(crate) claims: Option<VerifiedClaims>,
    pub(crate) report: Option<ReportOnly>,
}

/// What the outer layers said, out of sight of the extractors.
#[derive(Debug, Clone, Default)]
struct OuterWords(Vec<Words>);

/// Puts aside what an outer layer said, so that nobody takes it for the word of the layer that begins now.
pub(crate) fn take_outer_words(extensions: &mut Extensions, layer: LayerId) {
    let claims = extensions.remove::<VerifiedClaims>();
    let report = extensions.remove::<ReportOnly>();
    let headers = extensions.remove::<ClaimHeaders>();
    let whose = claims
        .as_ref()
        .map(VerifiedClaims::layer)
        .or(report.as_ref().map(ReportOnly::layer))
        .or(headers.as_ref().and_then(ClaimHeaders::anonymous));
    if let Some(outer) = extensions.get_mut::<OuterWords>() {
        // The same layer again: its new word is the one that counts.
        outer.0.retain(|words| words.layer != layer);
    }
    let Some(whose) = whose.filter(|whose| *whose != layer) else {
        return;
    };
    let words = Words {
        layer: whose,
        claims,
        report,
    };
    let outer = extensions.get_or_insert_default::<OuterWords>();
    outer.0.retain(|known| known.layer != whose);
    outer.0.push(words);
}

/// What this layer said about the request.
pub(crate) fn words_of(extensions: &Extensions, layer: LayerId) -> Option<Words> {
    let claims = extensions.get::<VerifiedClaims>();
    let report = extensions.get::<ReportOnly>();
    let claims = claims.filter(|claims| claims.layer() == layer);
    let report = report.filter(|report| report.layer() == layer);
    let is_anonymous = || {
        let headers = extensions.get::<ClaimHeaders>();
        headers.is_some_and(|headers| headers.anonymous() == Some(layer))
    };
    if claims.is_some() || report.is_some() || is_anonymous() {
        return Some(Words {
            layer,
            claims: claims.cloned(),
            report: report.cloned(),
        });
    }
    let outer = extensions.get::<OuterWords>()?;
    outer.0.iter().find(|words| words.layer == layer).cloned()
}

/// Lets `change` alter what this layer reported, wherever that is kept.
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
    let outer = extensions.get_mut::<OuterWords>()?;
    let words = outer.0.iter_mut().find(|words| words.layer == layer)?;
    words.report.as_mut().map(change)
}
