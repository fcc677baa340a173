//! The head of a request, which is all that the layer looks at.
//!
//! A body is never read, so a request can be refused before its body has arrived, and no limit on bodies is needed outside the layer.

use http::{Extensions, HeaderMap, Method, Request, Uri};

#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestHead<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) extensions: &'a Extensions,
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

    /// The URI as the outermost router got it. Inside a nested router, axum has removed the router's prefix from the request's URI.
    pub(crate) fn target(self) -> &'a Uri {
        #[cfg(feature = "axum")]
        if let Some(axum::extract::OriginalUri(original)) = self.extensions.get() {
            return original;
        }
        self.uri
    }
}
