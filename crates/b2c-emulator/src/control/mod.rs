//! Everything the handle can do, over HTTP, for those who run the emulator as a command.
//!
//! | request | effect |
//! |---|---|
//! | `GET /emulator` | the page |
//! | `POST /emulator/reset` | all tenants as they started |
//! | `POST /emulator/faults` `{"endpoint":"keys","fault":"hang"}` | a fault; `"times":3` and `"policy":"…"` limit it |
//! | `DELETE /emulator/faults` | ends all faults; with `?endpoint=keys` those of one endpoint |
//! | `POST /emulator/suspend` `{"millis":500}` | closes the port for this time |
//! | `POST /emulator/rotate` | a new key that signs from now on |
//! | `GET /emulator/keys` | which keys are published, and which one signs |
//! | `POST /emulator/keys` `{"publish":true,"sign":false}` | a new key, or the one in `pem`; `kid` gives it another id |
//! | `POST /emulator/keys/{kid}/sign` | signs with a published key |
//! | `DELETE /emulator/keys/{kid}` | no longer publishes a key |
//! | `GET /emulator/users`, `PUT /emulator/users` `{"object_id":"…","name":"…","emails":[]}`, `DELETE /emulator/users/{object id}` | the users |
//! | `GET /emulator/requests` | the counters, and the last requests |
//! | `POST /emulator/tokens` `{"policy":"…","audience":"…","scope":"…","roles":[],"claims":{},"expires_in":60}` | a token; `"kind":"id"`, `"without":["exp"]`, `"header":{}` and `"sign":"none"` or `"hs256"` make others |
//!
//! `?tenant=<name>` chooses a tenant; the first one otherwise.

mod chosen;
mod dashboard;
mod faults;
mod guard;
mod keys;
mod mint;
mod requests;
mod router;
mod suspend;
mod tokens;
mod users;

pub(crate) use self::router::router;
