//! The URLs that settings, metadata and tokens name.

mod domain_name;
mod fetchable_url;
mod http_url;
mod issuer_url;

pub(crate) use self::{
    domain_name::is_domain_name,
    fetchable_url::fetchable_url,
    http_url::HttpUrl,
    issuer_url::{is_issuer_template, is_microsofts, issuer_url, microsofts_spelling},
};
