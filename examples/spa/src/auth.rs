//! Which tokens the API accepts.

use std::time::Duration;

use reqwest::{Certificate, Client, redirect::Policy};
use tower_b2c_auth::{B2cAuthLayer, ReqwestFetch, from_metadata};

use crate::{Error, config::Config};

/// The layer for the tokens of all tenants. When it fetches keys, it also trusts the certificate authority `ca`.
pub(crate) fn layer(config: &Config, ca: Option<&[u8]>) -> Result<B2cAuthLayer, Error> {
    let mut builder = B2cAuthLayer::builder();
    for tenant in &config.tenants {
        let authority = tenant
            .issuer
            .iter()
            .fold(from_metadata(tenant.metadata_url()), |authority, issuer| {
                authority.issuer(issuer)
            });
        builder = builder.authority(authority).audience(&tenant.audience);
    }
    if let Some(pem) = ca {
        builder = builder.fetch(ReqwestFetch::from(client(pem)?));
    }
    Ok(builder.build()?)
}

fn client(ca: &[u8]) -> Result<Client, Error> {
    Ok(Client::builder()
        .tls_certs_merge(Certificate::from_pem_bundle(ca)?)
        .redirect(Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .build()?)
}
