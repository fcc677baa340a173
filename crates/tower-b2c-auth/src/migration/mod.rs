//! Moves an API from one issuer to another without losing a client.
//!
//! Three moves are common: from `login.microsoftonline.com` to `b2clogin.com`, from `b2clogin.com` to a custom domain, and from Azure AD B2C to
//! Microsoft Entra External ID. The old issuer is called *legacy*. [`presets`] has the settings for each move.
//!
//! 1. At [`Stage::Accept`] tokens from both issuers are accepted. Every verified token is counted by issuer, client application and audience.
//! 2. At [`Stage::Announce`] responses to accepted legacy tokens also carry `Deprecation` (RFC 9745), `Sunset` (RFC 8594) if `sunset` is set, and `Link` if
//!    `notice` is set.
//! 3. At [`Stage::Refuse`], and from `sunset` on, legacy tokens are refused with 401 `invalid_token` (RFC 6750 §3.1). They are still counted.
//! 4. [`MigrationReport`] says which client applications still use a legacy issuer. Its verdict is [`Verdict::SafeToRemove`] once every
//!    legacy issuer has been legacy for the quiet period, none has been used in it, and every use in that time was counted.
//!
//! An issuer is legacy if [`legacy_issuers`](crate::MigrationSettings::legacy_issuers) lists it, or if an authority with `legacy = true` has it, whichever
//! key signed the token. A listed issuer belongs to an authority by the same rule as in [`Settings::issuers`](crate::Settings::issuers), and only that
//! authority's keys may sign for it.
//!
//! # Restarts and gaps
//!
//! Counts are in memory. A service that restarts must save a [`UsageSnapshot`] every minute and at shutdown, and restore it at startup; the gateway does so
//! with `--usage-file`. If a replica stopped counting for more than two minutes, or if its clock was changed by more than that, or set back while it was not
//! running, the quiet period starts over, because a use in that time would have gone unnoticed. Counts and last uses are kept.
//!
//! Each replica counts its own requests. Combine their reports with [`MigrationReport::merge`] or `b2c-auth migration-report`.
//!
//! # Users
//!
//! With [`count_users`](crate::MigrationSettings::count_users), the report also says how many users of each client application still come with a legacy
//! issuer: those of the last seven days, in UTC, today included. The users' identities are not kept. Each user is hashed with the
//! [salt](crate::MigrationSettings::user_salt), and only a HyperLogLog of the hashes remains, with a standard error of 3.3 %; up to about 30 users it is
//! nearly exact. A token that is known to be an application's own ([`principal`](crate::VerifiedToken::principal)) counts for no user, but B2C's tokens for
//! applications do not say what they are. All replicas need the same salt: counts with different salts are never combined.
//!
//! # Example
//!
//! ```
//! # use axum::{Router, body::Body, http::Request, routing::get};
//! # use b2c_emulator::{Emulator, IssuerForm};
//! # use tower::ServiceExt as _;
//! use tower_b2c_auth::{
//!     AuthoritySettings, B2cAuthLayer, MigrationSettings, Settings, VerifiedClaims,
//!     migration::{Stage, Verdict},
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let tenant = Emulator::start().await?;
//! let legacy = tenant.issuer(&IssuerForm::Legacy);
//! let mut settings = Settings {
//!     audiences: vec!["api".into()],
//!     authorities: vec![AuthoritySettings::openid_config(tenant.metadata_url("B2C_1_signupsignin1"))],
//!     migration: Some(MigrationSettings::from_issuer(&legacy)),
//!     ..Settings::default()
//! };
//! let auth = B2cAuthLayer::from_settings(settings.clone())?;
//! let app = Router::new().route("/", get(|_: VerifiedClaims| async {})).layer(auth.clone());
//!
//! let token = tenant.token("B2C_1_signupsignin1").audience("api").issuer(&legacy).sign();
//! let request = || Request::get("/").header("authorization", format!("Bearer {token}")).body(Body::empty());
//! assert_eq!(app.clone().oneshot(request()?).await?.status(), 200);
//! assert_eq!(auth.migration_report().verdict, Verdict::Keep);
//!
//! settings.migration.as_mut().unwrap().stage = Stage::Refuse;
//! auth.swap_settings(&settings)?;
//! assert_eq!(app.clone().oneshot(request()?).await?.status(), 401);
//! # Ok(())
//! # }
//! ```

mod announcement;
#[cfg(feature = "migration")]
mod legacy_issuer;
#[cfg(feature = "migration")]
mod merge;
mod migration_config;
#[cfg(feature = "migration")]
mod observation;
#[cfg(feature = "migration")]
pub mod presets;
#[cfg(feature = "migration")]
mod report;
#[cfg(feature = "migration")]
mod report_row;
#[cfg(feature = "migration")]
mod table;
#[cfg(feature = "migration")]
mod text;
#[cfg(feature = "migration")]
mod usage;
#[cfg(feature = "migration")]
mod usage_row;
#[cfg(feature = "migration")]
mod usage_snapshot;
#[cfg(feature = "migration")]
mod user_counts;
#[cfg(feature = "migration")]
mod user_days;
#[cfg(feature = "migration")]
mod user_salt;
#[cfg(feature = "migration")]
mod user_sketch;
#[cfg(feature = "migration")]
mod verdict;

pub(crate) use self::{announcement::Announcement, migration_config::MigrationConfig};
#[cfg(feature = "migration")]
pub use self::{
    legacy_issuer::LegacyIssuer,
    merge::MergeError,
    observation::ObservationStart,
    report::MigrationReport,
    report_row::ReportRow,
    usage_snapshot::UsageSnapshot,
    user_counts::{ApplicationUsers, LegacyUsers},
    verdict::Verdict,
};
#[cfg(feature = "migration")]
pub(crate) use self::{
    usage::Usage,
    usage_row::{UsageKey, UsageRow},
    user_days::day_of,
    user_salt::UserSalt,
};
pub use crate::settings::Stage;
