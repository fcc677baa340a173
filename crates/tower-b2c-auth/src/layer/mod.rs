//! The layers, their services and their futures. They carry out what `decision` decides.
//!
//! 1. `B2cAuth::call` judges the request. With a known key, it calls the inner service or answers at once, and boxes nothing.
//! 2. If the verdict is undecided, `ResponseFuture` waits, has the request judged again, and only then polls the inner service for readiness.
//! 3. A request that passes gets the layer's record in its extensions; a refused one gets a response from `refusal`.
//! 4. `Require` and `LookUpUser` read that record. Without the record of their own layer, they answer 500.
//!
//! All clones of a layer share one `Current`. The builder makes it, and a swap replaces what is inside it.
//!
//! | file | what it holds |
//! |---|---|
//! | `b2c_auth_layer.rs`, `builder/` | the layer, and how it is built |
//! | `change_settings.rs`, `keys.rs`, `counts.rs`, `derived_layers.rs`, `authenticate.rs` | its methods, by what they are about |
//! | `service.rs`, `future.rs`, `carry_out.rs`, `response_body.rs` | a request that passes the layer |
//! | `current.rs`, `in_force.rs`, `swap.rs`, `change_authorities.rs`, `default_fetch.rs` | the settings in force, and how they change |
//! | `require.rs`, `look_up_layer.rs`, `look_up_future.rs` | the layers for single routes |
//! | `as_if_verified.rs` | claims for tests of handlers, with the feature `test-util` |

#[cfg(feature = "test-util")]
mod as_if_verified;
mod authenticate;
mod b2c_auth_layer;
mod builder;
mod carry_out;
mod change_authorities;
mod change_settings;
mod counts;
mod current;
mod default_fetch;
mod derived_layers;
mod future;
mod in_force;
mod keys;
mod look_up_future;
mod look_up_layer;
mod require;
mod response_body;
mod service;
mod swap;

pub use self::{
    b2c_auth_layer::B2cAuthLayer,
    builder::B2cAuthBuilder,
    future::ResponseFuture,
    look_up_future::LookUpFuture,
    look_up_layer::{LookUpLayer, LookUpUser},
    require::{Require, RequireLayer},
    response_body::ResponseBody,
    service::B2cAuth,
};
