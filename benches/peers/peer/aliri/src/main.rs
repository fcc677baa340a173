use std::time::Duration;

use aliri::{jwa::Algorithm, jwt};
use aliri_clock::UnixTime;
use aliri_oauth2::{Authority, HasScope, Scope};
use aliri_tower::Oauth2Authorizer;
use axum::{Extension, Router, routing::get};
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
struct Claims {
    iss: jwt::Issuer,
    aud: jwt::Audiences,
    sub: jwt::Subject,
    exp: UnixTime,
    nbf: Option<UnixTime>,
    scope: Scope,
}

impl jwt::CoreClaims for Claims {
    fn nbf(&self) -> Option<UnixTime> {
        self.nbf
    }
    fn exp(&self) -> Option<UnixTime> {
        Some(self.exp)
    }
    fn aud(&self) -> &jwt::Audiences {
        &self.aud
    }
    fn iss(&self) -> Option<&jwt::IssuerRef> {
        Some(&self.iss)
    }
    fn sub(&self) -> Option<&jwt::SubjectRef> {
        Some(&self.sub)
    }
}

impl HasScope for Claims {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

fn main() {
    harness::run(|authority| async move {
        let validator = jwt::CoreValidator::default()
            .add_approved_algorithm(Algorithm::RS256)
            .add_allowed_audience(jwt::Audience::from(authority.audience))
            .require_issuer(jwt::Issuer::from(authority.issuer));
        let authority = Authority::new_from_url(authority.jwks_url, validator).await.expect("keys");
        authority.spawn_refresh(Duration::from_secs(3600));
        let authorizer = Oauth2Authorizer::new().with_claims::<Claims>().with_terse_error_handler();
        Router::new().route("/", get(subject)).layer(authorizer.jwt_layer(authority))
    });
}

async fn subject(Extension(claims): Extension<Claims>) -> harness::Subject {
    claims.sub.into()
}
