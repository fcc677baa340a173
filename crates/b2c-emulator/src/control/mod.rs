//! The control endpoints, for an emulator that runs as a command. The [crate's documentation](crate#over-http) and the page list them.

mod dashboard;
mod faults;
mod guard;
mod keys;
mod mint;
mod refused;
mod requests;
mod router;
mod selected_tenant;
mod suspend;
mod tokens;
mod users;

pub(crate) use self::router::router;
