//! A request's wait for the look-up of its user.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use futures_util::FutureExt as _;
use tokio::sync::OwnedSemaphorePermit;

use super::look_ups::{LookUps, Outcome};
use crate::{claims::VerifiedUser, single_flight::SharedCall};

/// The future outcome, and the request's permit to wait for it.
pub(crate) struct Awaited<T> {
    pub(super) look_ups: Arc<LookUps<T>>,
    pub(super) user: VerifiedUser,
    pub(super) call: SharedCall<Outcome<T>>,
    /// The call has a timer too, but on the runtime of the request that started the call, and that runtime may have stopped.
    pub(super) timeout: Pin<Box<dyn Future<Output = ()> + Send>>,
    #[expect(dead_code, reason = "dropping it lets another request wait")]
    pub(super) permit: OwnedSemaphorePermit,
}

impl<T: Send + Sync + 'static> Future for Awaited<T> {
    type Output = Outcome<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome<T>> {
        if let Poll::Ready(outcome) = self.call.poll_unpin(cx) {
            return Poll::Ready(outcome);
        }
        ready!(self.timeout.as_mut().poll(cx));
        Poll::Ready(self.look_ups.given_up(&self.user))
    }
}
