use std::sync::Arc;

use axum::{Router, routing::get};
use oauth_resource_server::{AuthorizedToken, KeyNaming, OAuthConfig, OAuthValidator, axum::AuthLayer};

fn main() {
    harness::run(|authority| async move {
        let config = OAuthConfig {
            enabled: true,
            issuer: authority.issuer,
            audience: authority.audience,
            resource: "http://127.0.0.1:1/".into(),
            allow_unscoped_tokens: true,
            algorithms: vec!["RS256".into()],
            ..OAuthConfig::default()
        };
        let settings = config.resolve(KeyNaming::Dotted("o")).expect("good settings").expect("enabled");
        let validator = Arc::new(OAuthValidator::new(&settings).expect("a validator"));
        let auth = AuthLayer::builder().oauth(validator).build().expect("a layer");
        Router::new().route("/", get(subject)).layer(auth)
    });
}

async fn subject(token: AuthorizedToken) -> harness::Subject {
    token.subject.clone().unwrap_or_default()
}
