//! The trait that looks users up.

use std::error::Error;

use crate::claims::VerifiedUser;

/// Looks up what a token does not say about its user, such as the user's account or roles in a database.
/// [`B2cAuthLayer::look_up`](crate::B2cAuthLayer::look_up) takes it. Functions that return a future implement it.
///
/// It is called once for each user, however many requests wait for the answer, and again once the answer has expired; see
/// [`LookUpSettings`](crate::LookUpSettings). It gets only the issuer and the user id, because one answer counts for all tokens of the user.
///
/// A look-up must not block: give a blocking database driver a thread of its own, with tokio's `spawn_blocking`. Nothing can interrupt a future while it
/// blocks.
///
/// The future is dropped if it takes longer than [`timeout`](crate::LookUpSettings::timeout). If every request that waits for it is gone, nothing polls it
/// until another request asks for the same user; past its deadline, the next look-up of any user drops it.
///
/// ```
/// use std::{collections::HashMap, error::Error};
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
/// # #[cfg(feature = "test-util")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn Error>> {
/// use tower_b2c_auth::{LookUpSettings, test_util::TestTenant};
///
/// let tenant = TestTenant::new();
/// let auth = tenant.layer();
/// let claims = async |user: &str| auth.authenticate(&tenant.token().claim("oid", user).sign()).await;
///
/// let alex = (TestTenant::ISSUER.to_owned(), "alex".to_owned());
/// let accounts = Accounts(HashMap::from([(alex, Account { number: 7 })]));
/// let accounts = auth.look_up(accounts, &LookUpSettings::default())?;
/// assert_eq!(accounts.look_up(&claims("alex").await?).await?.unwrap().number, 7);
/// assert_eq!(accounts.look_up(&claims("bo").await?).await.unwrap_err().reason(), "unknown_user");
///
/// // A function does the same, here one whose database is down.
/// let down = |_: VerifiedUser| async { Err::<Option<Account>, _>(std::io::Error::other("no connection")) };
/// let down = auth.look_up(down, &LookUpSettings::default())?;
/// assert_eq!(down.look_up(&claims("alex").await?).await.unwrap_err().reason(), "look_up_failed");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "test-util"))]
/// # fn main() {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not look users up",
    label = "expected a function from `VerifiedUser` to a future of `Result<Option<_>, _>`",
    note = "write the type of a closure's argument, and clone what each call needs: `move |user: VerifiedUser| {{ let pool = pool.clone(); async move {{ … }} }}`",
    note = "the future must be `Send`, so it cannot hold the guard of a `std::sync::Mutex` across an `.await`; what it finds must be `Send + Sync`"
)]
pub trait LookUp: Send + Sync + 'static {
    /// The result for a user. Handlers get it as [`LookedUp`](crate::LookedUp), by its type.
    type Found: Send + Sync + 'static;

    /// Looks up this user. `None` means that there is no such user.
    ///
    /// # Errors
    ///
    /// If the look-up fails. The request is then answered with 503, unless an earlier answer [is still valid](crate::LookUpSettings::stale_for). Do not
    /// return `None` instead, because that is remembered. The error is logged, so it should not name the user.
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
