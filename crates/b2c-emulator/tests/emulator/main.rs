//! The emulator as its clients see it, mostly over a socket.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod client;
mod control;
mod faults;
mod https;
mod keys;
mod life;
mod made_to_order;
mod seeds;
mod sign_in;
mod suspension;
mod tenant;
mod tokens;

const POLICY: &str = "B2C_1_signupsignin1";
