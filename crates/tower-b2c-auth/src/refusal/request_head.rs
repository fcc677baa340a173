//! The head of a request, which is all that the layer looks at.
//!
//! A body is never read, so a request can be refused before its body has arrived, and no limit on bodies is needed outside the layer.

use http::{Extensions, HeaderMap, Method, Request, Uri};

/// The head of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestHead<'a> {
    method: &'a Method,
    uri: &'a Uri,
    headers: &'a HeaderMap,
    extensions: &'a Extensions,
}

impl<'a> RequestHead<'a> {
    pub(crate) fn of<B>(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }

    pub(crate) fn method(self) -> &'a Method {
        self.method
    }

    pub(crate) fn uri(self) -> &'a Uri {
        self.uri
    }

    /// The target that the client sent. Inside a nested router, axum has removed the router's prefix from the URI.
    pub(crate) fn target(self) -> &'a Uri {
        #[cfg(feature = "axum")]
        if let Some(axum::extract::OriginalUri(original)) = self.extensions.get() {
            return original;
        }
        self.uri
    }

    pub(crate) fn headers(self) -> &'a HeaderMap {
        self.headers
    }

    pub(crate) fn extensions(self) -> &'a Extensions {
        self.extensions
    }
}
