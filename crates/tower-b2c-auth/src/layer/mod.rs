//! The layers, their services and their futures. They carry out what `decision` decides.

#[cfg(feature = "test-util")]
mod as_if_verified;
mod authenticate;
mod b2c_auth_layer;
mod builder;
mod change_authorities;
mod current;
mod default_fetch;
mod future;
mod look_up_future;
mod look_up_layer;
mod observe;
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
