//! The sign-in, without a socket: what clients get, and what attackers do not.

mod abuse;
mod browser;
mod code_flow;
mod endings;
mod entra_id;
mod external_id;
mod pages;
mod refresh;
mod session;
mod strict;
