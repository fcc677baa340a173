//! Whole requests through the real layer, over real sockets, against a local tenant.
//!
//! | module | what it holds the layer to |
//! |---|---|
//! | `request_flow` | good requests: every form of tenant, token, handler and body |
//! | `refusals` | bad requests: status, challenge and reason of each |
//! | `readiness` | tower's contract, and runtimes that come and go |
//! | `key_trouble` | rotation, outage, flood, poison: no good request is lost |
//! | `migration` | two issuers for a while: stages, evidence, isolation, changing settings |
//! | `apim` | policies of API Management as the configuration |
//! | `secrets` | nothing of a token is ever printed |
//! | `simulation` | random schedules in a simulated world, against a model |
//! | `operator_mistakes` | settings that cannot be used |
//! | `public_api` | what users rely on at compile time |
//! | `facts` | documents of real tenants, where they are at hand |

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod apim;
mod facts;
mod key_trouble;
mod migration;
mod operator_mistakes;
mod public_api;
mod readiness;
mod refusals;
mod request_flow;
mod secrets;
mod simulation;
mod support;
