//! The entries that a layer adds to a request's extensions.
//!
//! | entry | when |
//! |---|---|
//! | [`VerifiedClaims`] | the token was verified and allowed |
//! | `Anonymous` | the request had no credentials, and the settings let it pass |
//! | [`ReportOnly`] | the layer only reports, whatever the verdict was |
//! | the results of look-ups, for [`LookedUp`] | a look-up layer inside has looked the user up |
//! | [`ClaimHeaders`](crate::ClaimHeaders) | the layer passes the request on, and the settings name headers for claims |
//!
//! An extractor finds an entry by its type, so it sees the innermost layer's. The first three carry the id of their layer. `require` and `look_up` go by
//! that id, so claims of another layer never pass them.

mod anonymous;
#[cfg(feature = "axum")]
mod claims_as;
#[cfg(feature = "axum")]
mod claims_rejection;
#[cfg(feature = "axum")]
mod extract;
#[cfg(feature = "axum")]
mod extract_looked_up;
#[cfg(feature = "axum")]
mod ids;
mod layer_id;
mod layer_record;
mod looked_up;
mod report_only;
mod verified_claims;
mod verified_user;

pub(crate) use self::{
    anonymous::Anonymous,
    layer_id::LayerId,
    layer_record::{record_of, set_outer_record_aside},
    looked_up::{found_for, note_looked_up},
    report_only::Noted,
    verified_claims::Verified,
    verified_user::UserKey,
};
#[cfg(feature = "axum")]
pub use self::{
    claims_as::Claims,
    claims_rejection::ClaimsRejection,
    extract::NoVerifiedClaims,
    extract_looked_up::NotLookedUp,
    ids::{ClientId, UserId},
};
pub use self::{
    looked_up::LookedUp, report_only::ReportOnly, verified_claims::VerifiedClaims,
    verified_user::VerifiedUser,
};
