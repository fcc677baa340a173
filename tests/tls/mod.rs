//! Metadata and keys over https. The emulator's authority is a private one, as companies have them.

mod certificates;
mod network;
mod private_authority;

use b2c_emulator::{CertificateAuthority, Emulator, Https};
use tower_b2c_auth::{B2cAuthLayer, FetchError};

use crate::support::{API_ID, POLICY};

/// A client of the user's that trusts this authority beside the platform's.
fn client_of(authority: &CertificateAuthority) -> reqwest::Client {
    let root = reqwest::Certificate::from_pem(authority.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder().no_proxy();
    client.tls_certs_merge([root]).build().unwrap()
}

async fn tenant(https: Https) -> Emulator {
    Emulator::builder().https(https).start().await.unwrap()
}

/// A layer for the tenant, with the layer's own client unless there is one.
fn layer(tenant: &Emulator, client: Option<reqwest::Client>) -> B2cAuthLayer {
    let mut builder = B2cAuthLayer::builder()
        .authority(tower_b2c_auth::from_metadata(tenant.metadata_url(POLICY)))
        .audience(API_ID);
    if let Some(client) = client {
        builder = builder.fetch(tower_b2c_auth::ReqwestFetch::from(client));
    }
    builder.build().unwrap()
}

/// What the layer says when it fetches.
async fn fetch(tenant: &Emulator, client: Option<reqwest::Client>) -> Result<(), FetchError> {
    layer(tenant, client).refresh_now().await
}
