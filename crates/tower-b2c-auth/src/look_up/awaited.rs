//! A request's wait for the look-up of its user.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::FutureExt as _;

use super::look_ups::{LookUps, Outcome};
use crate::single_flight::SharedCall;

/// The future outcome, and the waiting request's place. Dropping it frees the place.
pub(crate) struct Awaited<T> {
    pub(super) call: SharedCall<Outcome<T>>,
    /// Whose place the request has taken.
    pub(super) look_ups: Arc<LookUps<T>>,
}

impl<T> Future for Awaited<T> {
    type Output = Outcome<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome<T>> {
        self.call.poll_unpin(cx)
    }
}

impl<T> Drop for Awaited<T> {
    fn drop(&mut self) {
        self.look_ups.free_place();
    }
}
