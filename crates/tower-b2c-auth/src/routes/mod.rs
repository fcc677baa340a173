//! A request's host, path and method ─▶ the rule that holds for it.
//!
//! ```text
//! target ─▶ RequestHost, RequestPath ─▶ table of the host ─▶ longest path ─▶ method ─▶ Rule
//! ```
//!
//! The layer asks once for each request, before it looks at the token. If it is not clear which path was meant, the request is refused: see
//! [`RequestPath`](b2c_verify::RequestPath).

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
