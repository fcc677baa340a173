//! The identity provider's process, as seen from a peer's.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

/// What a peer must know to check a token.
#[derive(Debug, Clone)]
pub struct Authority {
    pub issuer: String,
    pub metadata_url: String,
    pub jwks_url: String,
    pub audience: String,
}

pub(crate) struct IdentityProvider {
    port: u16,
}

impl IdentityProvider {
    pub(crate) fn at(port: u16) -> Self {
        Self { port }
    }

    pub(crate) fn authority(&self) -> Authority {
        let base = format!("http://127.0.0.1:{}", self.port);
        Authority {
            issuer: format!("{base}/t/v2.0"),
            metadata_url: format!("{base}/t/v2.0/.well-known/openid-configuration"),
            jwks_url: format!("{base}/keys"),
            audience: "00001111-aaaa-2222-bbbb-3333cccc4444".into(),
        }
    }

    /// Tokens that all differ: `good`, `random` (key ids that nobody has) or `expired`.
    pub(crate) fn tokens(&self, kind: &str, count: usize) -> Vec<String> {
        let text = self.control(&format!("tokens/{kind}/{count}"));
        text.lines().map(str::to_owned).collect()
    }

    /// How often the keys were fetched since the last reset.
    pub(crate) fn key_fetches(&self) -> usize {
        self.control("key-fetches").trim().parse().expect("a count")
    }

    pub(crate) fn control(&self, what: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the identity provider");
        write!(stream, "GET /control/{what} HTTP/1.0\r\n\r\n").expect("to ask it");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("its answer");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        body.to_owned()
    }
}
