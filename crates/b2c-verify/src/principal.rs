/// Who a token was issued for. [`VerifiedToken::principal`](crate::VerifiedToken::principal) determines it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// A user who signed in to an application.
    User,
    /// An application without a user: a daemon with client credentials.
    Application,
}
