use axum::{Extension, Router, routing::get};
use axum_oidc_layer::{AuthenticationConfigProvider, OidcAuthenticationLayer};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Claims {
    sub: String,
}

#[derive(Clone)]
struct Config(harness::Authority);

impl AuthenticationConfigProvider for Config {
    fn get_provider_url(&self) -> String {
        self.0.issuer.clone()
    }
    fn get_openid_configuration_url(&self) -> Option<String> {
        Some(self.0.metadata_url.clone())
    }
    fn get_expected_audience(&self) -> Option<Vec<String>> {
        Some(vec![self.0.audience.clone()])
    }
}

fn main() {
    harness::run(|authority| async move {
        let auth = OidcAuthenticationLayer::<_, Claims>::new(Config(authority));
        Router::new().route("/", get(subject)).layer(auth)
    });
}

async fn subject(Extension(claims): Extension<Claims>) -> harness::Subject {
    claims.sub
}
