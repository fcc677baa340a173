//! What a request asks for: its host and path ─▶ tenant, policy and endpoint; its query or form ─▶ parameters.

mod params;
mod request_log;
mod route;
mod site;

pub(crate) use self::{
    params::{MAX_PARAMS_BYTES, Params, ParamsError, read_query_or_form},
    request_log::{LoggedRequest, Note, RequestLog},
    route::{PolicyEndpoint, Route},
    site::{Site, certificate_names},
};
