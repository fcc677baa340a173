//! A request's host, path and method ─▶ the rule that applies to it.
//!
//! ```text
//! target ─▶ RequestHost, RequestPath ─▶ table of the host ─▶ longest path ─▶ method ─▶ Rule
//! ```
//!
//! 1. The path is parsed strictly. If two programs could read it differently, the request is refused with 400; see
//!    [`RequestPath`](b2c_verify::RequestPath).
//! 2. If the routes name hosts, the host selects a table. An ambiguous host is refused with 400 too, and so is one that differs between `Host` and the target.
//! 3. In that table, a route for exactly this path comes first, then the longest one that ends with `/**`.
//! 4. The method is matched against that path's routes alone. If none covers it, the answer is 403, even if a shorter path would allow it.
//! 5. If no path covers the request, [`otherwise`](crate::RoutingSettings::otherwise) decides.
//!
//! The layer looks the rule up before it looks at the token, and again after a wait. Finding it takes a number of map look-ups that depends on the depth of
//! the routes, not on the length of the request's path.

mod lookup;
mod methods;
mod rule;
mod table;

pub(crate) use self::{
    lookup::{ANY_HOST, Routes, folded},
    methods::Methods,
    rule::{Route, Rule},
    table::PathPattern,
};
