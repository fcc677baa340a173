#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "apim")]
pub mod apim;

pub mod guide;
#[cfg(feature = "test-util")]
pub mod test_util;

mod layer;

mod decision;

mod authority;
mod config;
mod issuer;

mod claim_headers;
mod claims;
mod keys;
mod look_up;
pub mod migration;
mod refusal;
mod requirement;
mod routes;
mod tenants;
mod token_source;

mod settings;

mod clock;
mod counter;
mod single_flight;
mod urls;
mod version;

/// ```compile_fail,E0432
/// use tower_b2c_auth::test_util::TestTenant;
/// ```
#[cfg(all(doctest, not(feature = "test-util")))]
mod no_test_util_by_default {}

#[cfg(test)]
mod test_tokens;

pub use b2c_verify::{
    AcceptedTokens, ClaimError, CredentialsError, NumericDate, PathError, Principal, TokenError,
    VerifiedToken,
};

#[cfg(feature = "axum")]
pub use self::claims::{Claims, ClaimsRejection, ClientId, NoVerifiedClaims, NotLookedUp, UserId};
#[cfg(feature = "fetch")]
pub use self::keys::ReqwestFetch;
#[cfg(feature = "toml")]
pub use self::settings::{ParseError, ParseMistake};
pub use self::{
    claim_headers::ClaimHeaders,
    claims::{LookedUp, ReportOnly, VerifiedClaims, VerifiedUser},
    clock::{Clock, ManualClock, SystemClock},
    decision::Decisions,
    keys::{
        AuthorityHealth, AuthorityStatus, CertificateProblem, Fetch, FetchError, Health,
        KeySnapshot,
    },
    layer::{
        B2cAuth, B2cAuthBuilder, B2cAuthLayer, LookUpFuture, LookUpLayer, LookUpUser, Require,
        RequireLayer, ResponseBody, ResponseFuture,
    },
    look_up::LookUp,
    refusal::{AuthError, MakeRefusalBody, Refusal, RefusalBody, Refused, Unjudged},
    requirement::{
        InvalidScope, Requirement, all_of, any_of, claim, client, permission, policy, role, scope,
        try_permission, try_scope,
    },
    settings::{
        AuthorityBuilder, AuthoritySettings, B2cTenant, ClaimMatch, Cloud, DecryptionKeySettings,
        EntraTenant, Family, FetchSettings, ForgottenKey, InlineKey, InlineKeys, KeyRefresh,
        KeySettings, LookUpSettings, Metadata, MigrationSettings, Mistake, OtherRoutes,
        RefusalSettings, RequiredClaim, RouteSettings, RoutingSettings, Secret, Settings,
        SettingsError, TenantSettings, TextDuration, TokenSettings, WithoutResult, b2c, entra_id,
        entra_id_tenants, external_id, from_jwks, from_keys, from_metadata,
    },
    tenants::{TenantSource, UnknownIssuer},
};
