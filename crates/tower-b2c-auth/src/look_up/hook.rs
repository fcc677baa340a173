//! The trait that looks users up.

use std::error::Error;

use crate::claims::VerifiedUser;

/// Looks up what a user's tokens do not say, for example in a database: the user's account in this service, or the user's roles.
/// [`B2cAuthLayer::look_up`](crate::B2cAuthLayer::look_up) takes it. It is implemented for functions that return a future.
///
/// It is asked once for each user, however many requests wait for the answer, and again when the answer has counted for as long as
/// [`LookUpSettings`](crate::LookUpSettings) say. It gets only the issuer and the user id, because one answer counts for all tokens of the user.
///
/// The future is dropped if it takes longer than [`timeout`](crate::LookUpSettings::timeout). If all the requests that wait for it have gone, it stands still
/// until another request asks for the same user; once its time is over, the next look-up of any user drops it.
///
/// ```
/// use std::{collections::HashMap, error::Error, sync::Arc};
/// use tower_b2c_auth::{LookUp, VerifiedUser};
///
/// #[derive(Debug, Clone)]
/// struct Account { number: u64 }
///
/// struct Accounts(HashMap<(String, String), Account>);
///
/// impl LookUp for Accounts {
///     type Found = Account;
///
///     async fn look_up(&self, user: VerifiedUser) -> Result<Option<Account>, Box<dyn Error + Send + Sync>> {
///         let key = (user.issuer().to_owned(), user.id().to_owned());
///         Ok(self.0.get(&key).cloned())
///     }
/// }
///
/// // The same as a function.
/// let accounts = Arc::new(Accounts(HashMap::new()));
/// let look_up = move |user: VerifiedUser| {
///     let accounts = Arc::clone(&accounts);
///     async move { accounts.look_up(user).await }
/// };
/// # fn takes(_: impl LookUp<Found = Account>) {}
/// # takes(look_up);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not look users up",
    label = "expected a function from `VerifiedUser` to a future of `Result<Option<_>, _>`",
    note = "write the type of a closure's argument: `|user: VerifiedUser| async move {{ … }}`"
)]
pub trait LookUp: Send + Sync + 'static {
    /// What is known of a user. Handlers get it as [`LookedUp`](crate::LookedUp), by its type.
    type Found: Send + Sync + 'static;

    /// What is known of this user; `None` if there is no such user.
    ///
    /// # Errors
    ///
    /// If the user cannot be looked up now. The request is then answered with 503, unless an earlier answer [still counts](crate::LookUpSettings::stale_for).
    /// Never return `None` instead, because that would be remembered. The error goes to the log, so it should not name the user.
    fn look_up(
        &self,
        user: VerifiedUser,
    ) -> impl Future<Output = Result<Option<Self::Found>, Box<dyn Error + Send + Sync>>> + Send;
}

#[diagnostic::do_not_recommend]
impl<F, Answer, T, E> LookUp for F
where
    F: Fn(VerifiedUser) -> Answer + Send + Sync + 'static,
    Answer: Future<Output = Result<Option<T>, E>> + Send,
    T: Send + Sync + 'static,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    type Found = T;

    async fn look_up(&self, user: VerifiedUser) -> Result<Option<T>, Box<dyn Error + Send + Sync>> {
        self(user).await.map_err(Into::into)
    }
}
