//! A small identity provider that can be told to hang and to rotate its keys. Prints its port.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize, PublicKeyComponents},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use axum::{Router, extract::Path, http::header::CONTENT_TYPE, response::IntoResponse, routing::get};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

struct Provider {
    keys: [KeyPair; 2],
    decoy: KeyPair,
    /// How many of the keys are published; the last of them signs.
    published: AtomicUsize,
    hangs: AtomicBool,
    key_fetches: AtomicUsize,
    serial: AtomicUsize,
    port: Mutex<u16>,
}

#[tokio::main]
async fn main() {
    let key = || KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let provider: &'static Provider = Box::leak(Box::new(Provider {
        keys: [key(), key()],
        decoy: key(),
        published: AtomicUsize::new(1),
        hangs: AtomicBool::new(false),
        key_fetches: AtomicUsize::new(0),
        serial: AtomicUsize::new(0),
        port: Mutex::new(0),
    }));
    let app = Router::new()
        .route("/t/v2.0/.well-known/openid-configuration", get(move || provider.metadata()))
        .route("/keys", get(move || provider.key_set()))
        .route("/control/key-fetches", get(move || async move { provider.key_fetches.load(Ordering::SeqCst).to_string() }))
        .route("/control/reset", get(move || async move { provider.reset() }))
        .route("/control/hang", get(move || async move { provider.hangs.store(true, Ordering::SeqCst) }))
        .route("/control/rotate", get(move || async move { provider.published.store(2, Ordering::SeqCst) }))
        .route(
            "/control/tokens/{kind}/{count}",
            get(move |Path((kind, count)): Path<(String, usize)>| async move {
                tokio::task::spawn_blocking(move || provider.tokens(&kind, count)).await.expect("tokens")
            }),
        );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    *provider.port.lock().expect("no panic") = port;
    println!("{port}");
    axum::serve(listener, app).await.expect("to serve");
}

impl Provider {
    fn base(&self) -> String {
        format!("http://127.0.0.1:{}", *self.port.lock().expect("no panic"))
    }

    async fn hang_if_told(&self) {
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }

    fn reset(&self) {
        self.published.store(1, Ordering::SeqCst);
        self.hangs.store(false, Ordering::SeqCst);
        self.key_fetches.store(0, Ordering::SeqCst);
    }

    async fn metadata(&self) -> impl IntoResponse + use<> {
        self.hang_if_told().await;
        let base = self.base();
        let document = json!({
            "issuer": format!("{base}/t/v2.0"),
            "jwks_uri": format!("{base}/keys"),
            "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"),
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            // One peer checks `nbf` only if it is listed here.
            "claims_supported": ["iss", "aud", "exp", "nbf", "iat", "sub"],
        });
        ([(CONTENT_TYPE, "application/json")], document.to_string())
    }

    async fn key_set(&self) -> impl IntoResponse + use<> {
        self.key_fetches.fetch_add(1, Ordering::SeqCst);
        self.hang_if_told().await;
        let published = self.published.load(Ordering::SeqCst);
        let mut keys = vec![jwk("decoy", &self.decoy)];
        keys.extend((0..published).map(|at| jwk(KIDS[at], &self.keys[at])));
        ([(CONTENT_TYPE, "application/json")], json!({ "keys": keys }).to_string())
    }

    fn tokens(&self, kind: &str, count: usize) -> String {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let first = self.serial.fetch_add(count, Ordering::SeqCst);
        let serials: Vec<_> = (first..first + count).collect();
        std::thread::scope(|scope| {
            let workers: Vec<_> = serials
                .chunks(count.div_ceil(threads).max(1))
                .map(|mine| scope.spawn(move || mine.iter().map(|serial| self.token(kind, *serial) + "\n").collect::<String>()))
                .collect();
            workers.into_iter().map(|worker| worker.join().expect("tokens")).collect()
        })
    }

    /// Claims like those of a B2C access token; 1.1 kB in all.
    fn token(&self, kind: &str, serial: usize) -> String {
        let base = self.base();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let exp = if kind == "expired" { now - 3600 } else { now + 3600 };
        let user = format!("{serial:08x}-cccc-4444-dddd-5555eeee6666");
        let claims = json!({
            "ver": "1.0", "iss": format!("{base}/t/v2.0"), "sub": user, "aud": AUDIENCE,
            "exp": exp, "nbf": now - 7200, "iat": now - 7200, "auth_time": now - 7200,
            "oid": user, "name": "Wanda Example", "given_name": "Wanda", "family_name": "Example",
            "emails": [format!("wanda.{serial}@mail.contoso.example.com")], "tfp": "B2C_1_signupsignin1",
            "scp": "tasks.read tasks.write", "scope": "tasks.read", "azp": "11112222-bbbb-3333-cccc-4444dddd5555",
        });
        let signer = self.published.load(Ordering::SeqCst) - 1;
        let kid = if kind == "random" { format!("random-{serial}") } else { KIDS[signer].to_owned() };
        let header = json!({ "alg": "RS256", "kid": kid, "typ": "JWT" });
        let encode = |text: String| URL_SAFE_NO_PAD.encode(text);
        let message = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let pair = &self.keys[signer];
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).expect("a signature");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn jwk(kid: &str, pair: &KeyPair) -> serde_json::Value {
    let public: PublicKeyComponents<Vec<u8>> = pair.public_key().into();
    json!({
        "kid": kid, "use": "sig", "kty": "RSA",
        "n": URL_SAFE_NO_PAD.encode(public.n), "e": URL_SAFE_NO_PAD.encode(public.e),
    })
}

const KIDS: [&str; 2] = ["X5eXk4xyojNFum1kl2Ytv8dlNP4-c57dO6QGTVBwaNk", "Q9mZk4xyojNFum1kl2Ytv8dlNP4-c57dO6QGTVBwaXy"];
const AUDIENCE: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
