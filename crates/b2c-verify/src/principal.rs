/// Whom a token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// A user, through an application.
    User,
    /// An application by itself, without a user: a daemon with client credentials.
    Application,
}
