//! Starts an emulator and answers its requests.
//!
//! ```text
//! EmulatorBuilder ─▶ Emulator ─▶ connections.rs ─▶ router.rs ─▶ document.rs, sign_in/, control/
//! ```

mod builder;
mod ca_certificate;
mod connections;
mod cors;
mod emulator;
mod router;
mod service;

pub use self::{
    builder::EmulatorBuilder,
    emulator::{Emulator, EmulatorError},
    service::EmulatorService,
};
