use std::net::SocketAddr;

use axum::{Router, routing::get};
use http::HeaderValue;
use tokio::{net::TcpListener, task::JoinHandle};
use tower_b2c_auth::{B2cAuthLayer, VerifiedClaims};

use super::Answer;

/// A router on a free port of loopback, and a client to ask it with. Dropping it closes the port.
pub(crate) struct Api {
    address: SocketAddr,
    client: reqwest::Client,
    server: JoinHandle<()>,
}

impl Api {
    pub(crate) async fn serve(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            address,
            client,
            server,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn request(&self, method: http::Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("http://{}{path}", self.address);
        self.client.request(method, url)
    }

    /// Asks with this token.
    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.get_with(path, &[format!("Bearer {token}").into_bytes()])
            .await
    }

    /// Asks with these values of `Authorization`, each in a header of its own.
    pub(crate) async fn get_with(&self, path: &str, authorization: &[Vec<u8>]) -> Answer {
        let mut request = self.request(http::Method::GET, path);
        for value in authorization {
            request = request.header("authorization", HeaderValue::from_bytes(value).unwrap());
        }
        Answer::read(request.send().await.unwrap()).await
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A router whose `/tasks` greets the user by name, behind this layer.
pub(crate) fn protected(auth: B2cAuthLayer) -> Router {
    Router::new().route("/tasks", get(greet)).layer(auth)
}

async fn greet(claims: VerifiedClaims) -> String {
    format!("hello {}", claims.name().unwrap_or("stranger"))
}
