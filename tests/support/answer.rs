use http::HeaderMap;

/// What came back over the socket.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }

    /// `WWW-Authenticate`; fails if there is more than one.
    pub(crate) fn challenge(&self) -> Option<&str> {
        self.only("www-authenticate")
    }

    /// `Retry-After`; fails if there is more than one.
    pub(crate) fn retry_after(&self) -> Option<&str> {
        self.only("retry-after")
    }

    fn only(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next();
        assert_eq!(values.next(), None, "{name} is there twice");
        first.map(|value| value.to_str().unwrap())
    }
}

/// The whole body as text.
pub(crate) async fn text(response: http::Response<axum::body::Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    String::from_utf8(bytes.unwrap().into()).unwrap()
}
