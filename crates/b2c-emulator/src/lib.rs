//! Local Azure AD B2C, Entra External ID and Entra ID tenants for tests and development: HTTP or https on loopback, RS256 tokens, a sign-in that works
//! with MSAL, and faults on demand. The crate's `README.md` describes the default tenants and the seed file.
//!
//! ```
//! use b2c_emulator::Emulator;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), b2c_emulator::EmulatorError> {
//! let tenant = Emulator::start().await?;
//! let policy = "B2C_1_signupsignin1";
//!
//! // The URL to configure in an API …
//! let metadata = tenant.metadata_url(policy);
//! assert!(metadata.ends_with("/contoso.onmicrosoft.com/B2C_1_signupsignin1/v2.0/.well-known/openid-configuration"));
//!
//! // … a token that the API accepts, and one that it must refuse.
//! let good = tenant.token(policy).audience("my-api").scope("tasks.read").sign();
//! let forged = tenant.token(policy).audience("my-api").sign_with_none();
//! assert!(forged.ends_with('.') && !good.ends_with('.'));
//! # Ok(())
//! # }
//! ```
//!
//! Never use it in production: it issues tokens to anyone who asks.
//!
//! | to | use |
//! |---|---|
//! | start an emulator | [`Emulator::start`], [`Emulator::builder`] |
//! | configure its tenants, applications and users | [`Seed`] |
//! | make tokens, good and bad | [`TokenBuilder`] |
//! | rotate, publish and withdraw keys | [`TenantHandle`], [`SigningKey`] |
//! | make endpoints fail | [`Fault`], [`Emulator::suspend`] |
//! | test without a port | [`EmulatorService`] |
//! | serve https | [`Https`] |
//!
//! # Over HTTP
//!
//! With [`control`](EmulatorBuilder::control), which `b2c-auth emulator` switches on, programs on this machine can control the emulator over HTTP:
//!
//! | request | effect |
//! |---|---|
//! | `GET /emulator` | a page that shows the tenants and has forms to control them |
//! | `POST /emulator/reset` | resets all tenants |
//! | `POST /emulator/faults` `{"endpoint":"keys","fault":"hang"}` | starts a fault; `"times":3` and `"policy":"…"` limit it |
//! | `DELETE /emulator/faults` | ends all faults; with `?endpoint=keys`, those of one endpoint |
//! | `POST /emulator/suspend` `{"millis":500}` | closes the port for this long |
//! | `POST /emulator/rotate` | signs with a new key from now on |
//! | `GET /emulator/keys` | which keys are published, and which one signs |
//! | `POST /emulator/keys` `{"publish":true,"sign":false}` | adds a new key, or the one in `pem`; `kid` replaces its id, and, at an External ID or Entra ID tenant, `issuer` is the issuer that its JWK names |
//! | `POST /emulator/keys/{kid}/sign` | signs with a published key |
//! | `DELETE /emulator/keys/{kid}` | stops publishing a key |
//! | `GET /emulator/users`, `PUT /emulator/users` `{"object_id":"…","name":"…","emails":[]}`, `DELETE /emulator/users/{object_id}` | the users |
//! | `GET /emulator/requests` | the counters, and the last requests |
//! | `POST /emulator/tokens` `{"policy":"…","audience":"…","scope":"…","roles":[],"claims":{},"expires_in":60}` | a token; `"kind":"id"`, `"without":["exp"]`, `"header":{}`, `"sign":"none"` or `"hs256"` and, at an Entra ID tenant, `"tenant_id":"…"` change it |
//!
//! `?tenant=<name>` chooses a tenant; the default is the first one. The crate's `README.md` shows the calls.

mod clock;
mod control;
mod document;
mod faults;
mod grants;
mod issuer;
mod keys;
mod page;
mod pem;
mod random;
mod request;
mod response;
mod seed;
mod server;
mod sign_in;
mod tenants;
mod tls;

pub use self::{
    faults::{Endpoint, Fault},
    issuer::{IssuerForm, UrlForm},
    keys::{KeyGenerationError, SigningKey},
    seed::{
        AccessTokenVersion, Application, IssuerSetting, KeySharing, Kind, Lifetimes, Policy,
        PolicyClaim, PolicyKind, Seed, SeedError, SubjectSetting, TenantSeed, User,
    },
    server::{Emulator, EmulatorBuilder, EmulatorError, EmulatorService},
    tenants::{Requests, TenantHandle, TokenBuilder},
    tls::{CertificateAuthority, CertificateError, Https, ServerCertificate, Validity},
};
