//! Every refusal: over a socket its status, its challenge and its empty body; inside the process its reason.

mod bodies;
mod clients;
mod credentials;
mod keys;
mod kinds;
mod lifetime;
mod recipients;
mod requirements;
mod shape;
mod signature;
mod wiring;

use axum::{Router, body::Body};
use b2c_emulator::{Emulator, TokenBuilder};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderValue, Request};
use serde_json::Value;
use tower::ServiceExt as _;
use tower_b2c_auth::{AuthError, KeySettings, ManualClock, TokenError};

use crate::support::{Api, POLICY, layer_for, manual_clock, protected, tenant_at};

/// A tenant and an API that trusts it, with one stopped clock.
struct World {
    clock: ManualClock,
    tenant: Emulator,
    router: Router,
}

impl World {
    async fn start() -> Self {
        let clock = manual_clock();
        let tenant = tenant_at(&clock).await;
        // The clock stands still, so the fetch budget is never refilled.
        let keys = KeySettings {
            unknown_key_fetches: 100,
            ..KeySettings::default()
        };
        let auth = layer_for(&tenant).keys(keys).clock(clock.clone());
        let auth = auth.build().unwrap();
        Self {
            clock,
            router: protected(auth),
            tenant,
        }
    }

    /// A token that would be accepted.
    fn token(&self) -> TokenBuilder {
        self.tenant.token(POLICY)
    }

    async fn assert_invalid_tokens(
        &self,
        cases: impl IntoIterator<Item = (&str, String, TokenError)>,
    ) {
        let cases = cases
            .into_iter()
            .map(|(name, token, reason)| Case::bearer(name, &token, reason));
        assert_refused(&self.router, cases, 401, Some(INVALID_TOKEN)).await;
    }

    /// Shows that the refused tokens would be accepted without their one defect.
    async fn assert_accepted<'a>(&self, cases: impl IntoIterator<Item = (&'a str, String)>) {
        let api = Api::serve(self.router.clone()).await;
        for (name, token) in cases {
            let answer = api.get("/tasks", &token).await;
            let seen = (answer.status, answer.challenge(), answer.body.as_str());
            assert_eq!(seen, (200, None, "hello Alex Example"), "{name}");
        }
    }
}

/// What a client sends in `Authorization`, and why it is refused.
struct Case {
    name: String,
    authorization: Vec<Vec<u8>>,
    reason: AuthError,
}

impl Case {
    fn new(name: &str, authorization: &[&[u8]], reason: impl Into<AuthError>) -> Self {
        Self {
            name: name.into(),
            authorization: authorization.iter().map(|value| value.to_vec()).collect(),
            reason: reason.into(),
        }
    }

    fn bearer(name: &str, token: &str, reason: impl Into<AuthError>) -> Self {
        Self::new(name, &[format!("Bearer {token}").as_bytes()], reason)
    }

    fn request(&self) -> Request<Body> {
        let mut request = Request::get("/tasks").body(Body::empty()).unwrap();
        for value in &self.authorization {
            let value = HeaderValue::from_bytes(value).unwrap();
            request.headers_mut().append("authorization", value);
        }
        request
    }
}

/// Sends each request twice: over a socket, where nothing but the fixed text may be seen, and to the router itself, where the reason is.
async fn assert_refused(
    router: &Router,
    cases: impl IntoIterator<Item = Case>,
    status: u16,
    challenge: Option<&str>,
) {
    let api = Api::serve(router.clone()).await;
    let mut count = 0;
    for case in cases {
        let answer = api.get_with("/tasks", &case.authorization).await;
        let seen = (answer.status, answer.challenge(), answer.body.as_str());
        assert_eq!(seen, (status, challenge, ""), "{}", case.name);

        let response = router.clone().oneshot(case.request()).await.unwrap();
        let reason = response.extensions().get::<AuthError>();
        assert_eq!(reason, Some(&case.reason), "{}", case.name);
        count += 1;
    }
    assert_ne!(count, 0);
}

/// The token with another text in the place of one of its JSON parts, and the signature that it had before.
fn with_part(token: &str, at: usize, json: &str) -> String {
    let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    parts[at] = URL_SAFE_NO_PAD.encode(json);
    parts.join(".")
}

/// The claims of a token as JSON.
fn claims_of(token: &str) -> Value {
    let payload = token.split('.').nth(PAYLOAD).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

const HEADER: usize = 0;
const PAYLOAD: usize = 1;
const SIGNATURE: usize = 2;

const INVALID_REQUEST: &str = r#"Bearer error="invalid_request", error_description="the request must carry exactly one bearer token""#;
const INVALID_TOKEN: &str =
    r#"Bearer error="invalid_token", error_description="the access token is not accepted here""#;
const INSUFFICIENT_SCOPE: &str = r#"Bearer error="insufficient_scope", error_description="the access token does not allow this""#;
