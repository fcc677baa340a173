//! Whole requests through the real layer, over real sockets or in process, against a local tenant.
//!
//! | module | what it holds the layer to |
//! |---|---|
//! | `request_flow` | good requests: every form of tenant, token, handler and body |
//! | `refusals` | bad requests: status, challenge and reason of each |
//! | `routes` | what a request needs by its host, path and method |
//! | `readiness` | tower's contract, and runtimes that come and go |
//! | `key_trouble` | rotation, outage, flood, poison: no good request is lost |
//! | `combinations` | promises that combine features: nested layers, several authorities, swaps, restarts, runtimes |
//! | `many_tenants` | ten thousand tenants, which come and go at run time |
//! | `look_up` | what the service knows of a user: looked up once, remembered, never guessed |
//! | `migration` | two issuers for a while: stages, evidence, isolation, changing settings |
//! | `apim` | policies of API Management as the configuration |
//! | `tls` | keys over https: whom the layer trusts, and what it says of the others |
//! | `sign_in` | tokens that somebody has signed in for |
//! | `encrypted` | encrypted tokens, and the keys that open them |
//! | `secrets` | nothing of a token is ever printed |
//! | `families` | every family's tokens at its own addresses, and none taken for another |
//! | `any_tenant` | tokens of any Entra ID tenant, with `danger_accept_any_tenant` |
//! | `settings_sources` | settings from files, the environment and other crates |
//! | `authorities` | what the builder's authorities become |
//! | `operator_mistakes`, `operator_warnings` | settings that cannot be used, and those that are perhaps not intended |
//! | `public_api` | what users rely on at compile time |
//! | `guide` | what the guide shows of other libraries |
//! | `document_shapes` | metadata and key sets in the shapes that tenants publish |
//! | `import_order` | the modules of each crate: imports point downwards |

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod any_tenant;
mod apim;
mod authorities;
mod combinations;
mod document_shapes;
mod encrypted;
mod families;
mod guide;
mod import_order;
mod key_trouble;
mod look_up;
mod many_tenants;
mod migration;
mod operator_mistakes;
mod operator_warnings;
mod public_api;
mod readiness;
mod refusals;
mod request_flow;
mod routes;
mod secrets;
mod settings_sources;
mod sign_in;
mod support;
mod tls;
