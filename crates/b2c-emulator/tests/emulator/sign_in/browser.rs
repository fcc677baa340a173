//! A browser that keeps one cookie, and the application that sends it to the sign-in.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use b2c_emulator::{Emulator, EmulatorBuilder, Seed, SigningKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use tower::ServiceExt as _;

pub(crate) const CLIENT: &str = "11112222-bbbb-3333-cccc-4444dddd5555";
pub(crate) const API: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
pub(crate) const SPA: &str = "http://localhost:3000/";
/// Of the page at that URI.
pub(crate) const ORIGIN: &str = "http://localhost:3000";
pub(crate) const WEB: &str = "http://localhost:3001/auth/callback";
pub(crate) const ALEX: &str = "ccccdddd-2222-eeee-3333-ffff4444aaaa";
pub(crate) const BO: &str = "ddddeeee-3333-ffff-4444-aaaa5555bbbb";
pub(crate) const POLICY: &str = "/contoso.onmicrosoft.com/B2C_1_signupsignin1";
pub(crate) const READ: &str = "https://contoso.onmicrosoft.com/tasks-api/tasks.read";
/// The example of RFC 7636.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A tenant, its time, and a browser in front of it.
pub(crate) struct Visit {
    pub(crate) emulator: Emulator,
    now: Arc<Mutex<SystemTime>>,
    cookie: Option<String>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Visit {
    /// The default tenants, with one key for all tests.
    pub(crate) fn new() -> Self {
        Self::with(Emulator::builder().seed(Seed::default()).control(true))
    }

    pub(crate) fn with(builder: EmulatorBuilder) -> Self {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let now = Arc::new(Mutex::new(start));
        let clock = Arc::clone(&now);
        let emulator = builder
            .signing_key(key())
            .clock(move || *clock.lock().unwrap())
            .without_socket()
            .unwrap();
        Self {
            emulator,
            now,
            cookie: None,
        }
    }

    pub(crate) fn pass(&self, time: Duration) {
        *self.now.lock().unwrap() += time;
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.post_from(None, path, form).await
    }

    /// The same from a page of this origin.
    pub(crate) async fn post_from(
        &mut self,
        origin: Option<&str>,
        path: &str,
        form: &[(&str, &str)],
    ) -> Answer {
        let origin = origin.map(|origin| ("origin", origin));
        let mut request = request(Method::POST, path, origin.as_slice());
        let form_type = "application/x-www-form-urlencoded".parse().unwrap();
        request
            .headers_mut()
            .insert(header::CONTENT_TYPE, form_type);
        *request.body_mut() = encode(form).into();
        self.send(request).await
    }

    /// Sends the cookie along, and keeps the one that comes back.
    pub(crate) async fn send(&mut self, mut request: Request<Body>) -> Answer {
        if let Some(cookie) = &self.cookie {
            let cookie = cookie.parse().unwrap();
            request.headers_mut().insert(header::COOKIE, cookie);
        }
        let response = self.emulator.service().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        if let Some(cookie) = parts.headers.get(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let ended = cookie.contains("Max-Age=0");
            let pair = cookie.split(';').next().unwrap().to_owned();
            self.cookie = (!ended).then_some(pair);
        }
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// The request as MSAL makes it, changed by these parameters; an empty one is left out.
    pub(crate) async fn authorize(&mut self, changes: &[(&str, &str)]) -> Answer {
        let path = format!("{POLICY}/oauth2/v2.0/authorize?{}", query(changes));
        self.get(&path).await
    }

    /// Picks a user, or presses another button, on the page of this request.
    pub(crate) async fn choose(
        &mut self,
        changes: &[(&str, &str)],
        form: &[(&str, &str)],
    ) -> Answer {
        let page = self.authorize(changes).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        self.post(&page.form_action(), form).await
    }

    pub(crate) async fn sign_in(&mut self, changes: &[(&str, &str)]) -> Answer {
        self.choose(changes, &[("user", ALEX)]).await
    }

    /// A code for Alex.
    pub(crate) async fn code(&mut self, changes: &[(&str, &str)]) -> String {
        let answer = self.sign_in(changes).await;
        answer.param("code").expect("a code")
    }

    pub(crate) async fn token(&mut self, form: &[(&str, &str)]) -> Answer {
        self.post(&format!("{POLICY}/oauth2/v2.0/token"), form)
            .await
    }

    /// Redeems a code of the single-page application.
    pub(crate) async fn redeem(&mut self, code: &str, changes: &[(&str, &str)]) -> Answer {
        self.redeem_at(POLICY, code, changes).await
    }

    /// The same at the token endpoint below this path.
    pub(crate) async fn redeem_at(
        &mut self,
        base: &str,
        code: &str,
        changes: &[(&str, &str)],
    ) -> Answer {
        let form = changed(
            &[
                ("grant_type", "authorization_code"),
                ("client_id", CLIENT),
                ("code", code),
                ("redirect_uri", SPA),
                ("code_verifier", VERIFIER),
            ],
            changes,
        );
        let form: Vec<(&str, &str)> = form.iter().map(|(a, b)| (&a[..], &b[..])).collect();
        let path = format!("{base}/oauth2/v2.0/token");
        self.post_from(Some(ORIGIN), &path, &form).await
    }
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        let location = self.headers.get(header::LOCATION).expect("a redirect");
        location.to_str().unwrap()
    }

    /// A parameter of the redirect, decoded.
    pub(crate) fn param(&self, name: &str) -> Option<String> {
        let (_, pairs) = self.location().split_once(['?', '#'])?;
        form_urlencoded::parse(pairs.as_bytes())
            .find(|(this, _)| this == name)
            .map(|(_, value)| value.into_owned())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// `error`, and the code that the description begins with.
    pub(crate) fn error(&self) -> (String, String) {
        let json = self.json();
        let text = |name: &str| json[name].as_str().unwrap().to_owned();
        let description = text("error_description");
        let code = description.split(':').next().unwrap().to_owned();
        (text("error"), code)
    }

    pub(crate) fn redirected_error(&self) -> (String, String) {
        let description = self.param("error_description").expect("a description");
        let code = description.split(':').next().unwrap().to_owned();
        (self.param("error").unwrap(), code)
    }

    pub(crate) fn form_action(&self) -> String {
        let (_, rest) = self.body.split_once("action=\"").expect("a form");
        rest.split('"').next().unwrap().replace("&amp;", "&")
    }

    pub(crate) fn claims(&self, token: &str) -> Value {
        claims(self.json()[token].as_str().expect("a token"))
    }
}

pub(crate) fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

pub(crate) fn query(changes: &[(&str, &str)]) -> String {
    let scope = format!("openid offline_access {READ}");
    let request = changed(
        &[
            ("client_id", CLIENT),
            ("redirect_uri", SPA),
            ("response_type", "code"),
            ("response_mode", "fragment"),
            ("scope", &scope),
            ("state", "s1"),
            ("nonce", "n1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("client_info", "1"),
        ],
        changes,
    );
    encode(&request)
}

fn changed(pairs: &[(&str, &str)], changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let kept = pairs
        .iter()
        .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    let all = kept.chain(changes).filter(|(_, value)| !value.is_empty());
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn encode(pairs: &[(impl AsRef<str>, impl AsRef<str>)]) -> String {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    encoded.extend_pairs(pairs);
    encoded.finish()
}

/// Generated once, because key generation is slow and not what is tested here.
fn key() -> SigningKey {
    static KEY: std::sync::OnceLock<SigningKey> = std::sync::OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate().unwrap()).clone()
}

pub(crate) fn request(method: Method, path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}
