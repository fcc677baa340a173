//! What a layer puts into a request's extensions. Every entry carries the id of the layer that made it.

mod anonymous;
mod claim_headers;
#[cfg(feature = "axum")]
mod claims_as;
#[cfg(feature = "axum")]
mod claims_rejection;
#[cfg(feature = "axum")]
mod extract;
#[cfg(feature = "axum")]
mod ids;
mod layer_id;
mod layer_record;
mod report_only;
mod verified_claims;

pub(crate) use self::{
    anonymous::Anonymous,
    layer_id::LayerId,
    layer_record::{record_of, set_outer_record_aside},
    verified_claims::Verified,
};
pub use self::{
    claim_headers::ClaimHeaders, report_only::ReportOnly, verified_claims::VerifiedClaims,
};
#[cfg(feature = "axum")]
pub use self::{
    claims_as::Claims,
    claims_rejection::ClaimsRejection,
    extract::NoVerifiedClaims,
    ids::{ClientId, UserId},
};
