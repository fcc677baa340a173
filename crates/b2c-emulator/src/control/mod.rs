//! Everything the handle can do, over HTTP, for an emulator run as a command. The [crate's documentation](crate#over-http) lists the requests, and so does the page.

mod chosen;
mod dashboard;
mod faults;
mod guard;
mod keys;
mod mint;
mod requests;
mod router;
mod routes;
mod suspend;
mod tokens;
mod users;

pub(crate) use self::{router::router, routes::ROUTES};
