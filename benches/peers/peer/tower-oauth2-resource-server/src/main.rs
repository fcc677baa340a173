use axum::{Extension, Router, routing::get};
use serde::Deserialize;
use tower_oauth2_resource_server::{server::OAuth2ResourceServer, tenant::TenantConfiguration};

#[derive(Debug, Clone, Deserialize)]
struct Claims {
    sub: String,
}

fn main() {
    harness::run(|authority| async move {
        let tenant = TenantConfiguration::builder(authority.issuer)
            .audiences(&[authority.audience])
            .build()
            .await
            .expect("metadata");
        let server = OAuth2ResourceServer::<Claims>::builder().add_tenant(tenant).build().await.expect("a server");
        Router::new().route("/", get(subject)).layer(server.into_layer())
    });
}

async fn subject(Extension(claims): Extension<Claims>) -> harness::Subject {
    claims.sub
}
