//! A request's host, path and method ─▶ the rule that applies to it.
//!
//! ```text
//! target ─▶ RequestHost, RequestPath ─▶ table of the host ─▶ longest path ─▶ method ─▶ Rule
//! ```
//!
//! The layer looks the rule up once for each request, before it looks at the token. If two programs could read the path differently, the request is
//! refused; see [`RequestPath`](b2c_verify::RequestPath).

mod lookup;
mod methods;
mod rule;
mod table;

pub(crate) use self::{
    lookup::{ANY_HOST, Routes, folded},
    methods::Methods,
    rule::{Route, Rule},
    table::Place,
};
