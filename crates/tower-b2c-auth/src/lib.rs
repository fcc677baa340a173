#![doc = include_str!("../README.md")]

#[cfg(feature = "apim")]
pub mod apim;

mod builder;
mod future;
mod layer;
mod service;

mod authenticator;
mod challenge;
mod claim_headers;
mod error;
mod refusal;
mod refusal_body;
mod report_only;
mod requirement;
mod standing;
mod token_hash;
mod token_source;
mod verified_tokens;

mod clock;
mod current;
mod decisions;
mod keys;
pub mod migration;
mod settings;
#[cfg(test)]
mod test_tokens;

#[cfg(feature = "axum")]
pub use b2c_verify::MissingAuthLayer;
pub use b2c_verify::{ClaimError, CredentialsError, NumericDate, TokenError, VerifiedClaims};

pub use self::{
    builder::B2cAuthBuilder,
    claim_headers::ClaimHeaders,
    clock::{Clock, ManualClock, SystemClock},
    decisions::Decisions,
    error::AuthError,
    future::ResponseFuture,
    keys::{
        AuthorityHealth, AuthorityStatus, CertificateProblem, FetchError, Health, KeySnapshot,
        SnapshotError,
    },
    layer::B2cAuthLayer,
    refusal_body::{EmptyBody, JsonBody, RefusalBody},
    report_only::ReportOnly,
    requirement::{Require, RequireLayer, Requirement, all_of, any_of, claim, policy, role, scope},
    service::B2cAuth,
    settings::{
        AuthoritySettings, ClaimMatch, InlineKey, KeySettings, MigrationSettings, Mistake,
        ParseError, RefusalSettings, RequiredClaim, Secret, Settings, SettingsError, TextDuration,
        TokenSettings,
    },
};
