//! What a layer says about a request, in the request's extensions. Everything carries the id of the layer that said it.

mod claim_headers;
#[cfg(feature = "axum")]
mod extract;
mod layer_id;
mod report_only;
mod verified_claims;
mod words;

#[cfg(feature = "axum")]
pub use self::extract::MissingAuthLayer;
pub use self::{
    claim_headers::ClaimHeaders, report_only::ReportOnly, verified_claims::VerifiedClaims,
};
pub(crate) use self::{
    layer_id::LayerId,
    verified_claims::Verified,
    words::{take_outer_words, words_of},
};
