//! What the tests share: an API on a real socket, a tenant, and a time that stands still.

mod answer;
mod api;
mod connect_proxy;
mod documents;
mod encryption;
mod in_process;
mod log;
mod tenant;
mod time;

pub(crate) use self::{
    answer::{Answer, text},
    api::{Api, protected},
    connect_proxy::ConnectProxy,
    documents::Documents,
    encryption::Recipient,
    in_process::{app, ask, quick, status, waits},
    log::{logged, start_log},
    tenant::{API_ID, OTHER_API_ID, POLICY, layer_for, tenant_at},
    time::{LIFETIME, NOW, emulator_time, manual_clock},
};
