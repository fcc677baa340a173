//! A request's wait for the look-up of its user.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::FutureExt as _;
use tokio::sync::OwnedSemaphorePermit;

use super::look_ups::Outcome;
use crate::single_flight::SharedCall;

/// The future outcome, and the request's permit to wait for it.
pub(crate) struct Awaited<T> {
    pub(super) call: SharedCall<Outcome<T>>,
    #[expect(dead_code, reason = "dropping it lets another request wait")]
    pub(super) permit: OwnedSemaphorePermit,
}

impl<T> Future for Awaited<T> {
    type Output = Outcome<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome<T>> {
        self.call.poll_unpin(cx)
    }
}
