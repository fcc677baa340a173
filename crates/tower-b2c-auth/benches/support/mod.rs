//! What the benchmarks share: a tenant whose keys need no server, routers to measure, and a stopwatch.

mod directory;
mod groups;
mod routers;
mod stopwatch;
mod tenant;
mod thread_work;

pub(crate) use self::{
    directory::{Directory, issuer_of, on_demand},
    groups::is_wanted,
    routers::{Routers, header, request, send},
    stopwatch::{Case, Times, measure},
    tenant::{Tenant, Token},
    thread_work::ThreadWork,
};
