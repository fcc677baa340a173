//! The response bodies that pass through the layer.

use axum_core::BoxError;
use bytes::Bytes;
use http_body::Body;

/// The body of a response that passes through [`B2cAuthLayer`](crate::B2cAuthLayer): any [`http_body::Body`](https://docs.rs/http-body) of `Bytes` that can
/// be sent to another thread. It is implemented for all such bodies, and you cannot implement it yourself.
///
/// ```
/// use std::convert::Infallible;
/// use http::{Request, Response};
/// use tower::{Layer as _, ServiceExt as _, service_fn};
/// use tower_b2c_auth::{B2cAuthLayer, b2c};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").build()?;
/// let service = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new("text".to_owned())));
/// let refused = auth.layer(service).oneshot(Request::new(())).await?;
/// assert_eq!(refused.status(), 401);
/// # Ok(())
/// # }
/// ```
///
/// A string slice is not such a body, and the compiler says so:
///
/// ```compile_fail,E0277
/// use std::convert::Infallible;
/// use http::{Request, Response};
/// use tower::{Layer as _, Service, service_fn};
/// use tower_b2c_auth::B2cAuthLayer;
///
/// fn serve(_: impl Service<Request<()>>) {}
///
/// fn wrong(auth: B2cAuthLayer) {
///     serve(auth.layer(service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new("text")))));
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a body that can pass through `B2cAuthLayer`",
    label = "the response body of the service behind the layer",
    note = "the service behind `B2cAuthLayer` must answer with an `http_body::Body<Data = Bytes>` that is `Send + 'static` and whose error can be boxed",
    note = "`String`, `axum::body::Body`, `hyper::body::Incoming` and `http_body_util::Full<Bytes>` are such bodies"
)]
pub trait ResponseBody: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<B> ResponseBody for B where B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static {}
