//! Everything the handle can do, over HTTP, for an emulator run as a command.
//!
//! | request | effect |
//! |---|---|
//! | `GET /emulator` | the page |
//! | `POST /emulator/reset` | resets all tenants |
//! | `POST /emulator/faults` `{"endpoint":"keys","fault":"hang"}` | starts a fault; `"times":3` and `"policy":"…"` limit it |
//! | `DELETE /emulator/faults` | ends all faults; with `?endpoint=keys`, those of one endpoint |
//! | `POST /emulator/suspend` `{"millis":500}` | closes the port for this long |
//! | `POST /emulator/rotate` | signs with a new key from now on |
//! | `GET /emulator/keys` | which keys are published, and which one signs |
//! | `POST /emulator/keys` `{"publish":true,"sign":false}` | adds a new key, or the one in `pem`; `kid` replaces its id |
//! | `POST /emulator/keys/{kid}/sign` | signs with a published key |
//! | `DELETE /emulator/keys/{kid}` | stops publishing a key |
//! | `GET /emulator/users`, `PUT /emulator/users` `{"object_id":"…","name":"…","emails":[]}`, `DELETE /emulator/users/{object id}` | the users |
//! | `GET /emulator/requests` | the counters, and the last requests |
//! | `POST /emulator/tokens` `{"policy":"…","audience":"…","scope":"…","roles":[],"claims":{},"expires_in":60}` | a token; `"kind":"id"`, `"without":["exp"]`, `"header":{}` and `"sign":"none"` or `"hs256"` change it |
//!
//! `?tenant=<name>` chooses a tenant; the default is the first one.

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
