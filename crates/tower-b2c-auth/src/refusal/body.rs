//! What a refusal's body is made of.

use bytes::Bytes;

/// How a refusal becomes a body of the service's own type `B`. Chosen when the layer is [built](crate::B2cAuthBuilder::build), so that a
/// configured message can never be dropped without a word.
pub trait RefusalBody<B>: private::Sealed {
    /// The body with this content, which is empty unless [`refusal`](crate::Settings::refusal) is set.
    fn body(content: Bytes) -> B;
}

/// Refusals without a body: for every body type that has a default.
#[derive(Debug, Clone, Copy)]
pub struct EmptyBody;

/// Refusals that may have a JSON body: for every body type that can be made from bytes, such as axum's.
#[derive(Debug, Clone, Copy)]
pub struct JsonBody;

impl<B: Default> RefusalBody<B> for EmptyBody {
    fn body(_: Bytes) -> B {
        B::default()
    }
}

impl<B: From<Bytes>> RefusalBody<B> for JsonBody {
    fn body(content: Bytes) -> B {
        content.into()
    }
}

mod private {
    /// The two are all there are: the settings' check relies on it.
    pub trait Sealed {}

    impl Sealed for super::EmptyBody {}
    impl Sealed for super::JsonBody {}
}
