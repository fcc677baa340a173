//! A user, identified across all tenants.

use std::{fmt, sync::Arc};

use b2c_verify::{Principal, VerifiedToken};
use equivalent::Equivalent;

/// The user of a verified token: its issuer, and [`user_id`](crate::VerifiedToken::user_id), that is, `oid`, or `sub` if there is no `oid`. A clone is
/// cheap. `Debug` shows neither.
///
/// The same person at two issuers counts as two users. Store both parts: a user id alone does not identify anybody, because another tenant could issue the
/// same one.
///
/// ```
/// use std::collections::HashMap;
/// use tower_b2c_auth::VerifiedUser;
///
/// fn account(accounts: &HashMap<(String, String), u64>, user: &VerifiedUser) -> Option<u64> {
///     accounts.get(&(user.issuer().to_owned(), user.id().to_owned())).copied()
/// }
/// ```
///
/// In a database, make the pair the key of the table of users, or of a table that maps it to the service's own users. With the second, a user survives a
/// move to another issuer: see [`B2cAuthLayer::look_up`](crate::B2cAuthLayer::look_up).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct VerifiedUser {
    issuer: Arc<str>,
    id: Arc<str>,
}

/// A borrowed [`VerifiedUser`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct UserKey<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) id: &'a str,
}

impl VerifiedUser {
    /// `iss` of the user's tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The user's id in that issuer's tenant.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl<'a> UserKey<'a> {
    /// `None` if the token is known to be an application's own, or names no user.
    pub(crate) fn of(claims: &'a VerifiedToken) -> Option<Self> {
        if claims.principal() == Some(Principal::Application) {
            return None;
        }
        Some(Self {
            issuer: claims.issuer(),
            id: claims.user_id()?,
        })
    }
}

impl From<UserKey<'_>> for VerifiedUser {
    fn from(key: UserKey<'_>) -> Self {
        Self {
            issuer: key.issuer.into(),
            id: key.id.into(),
        }
    }
}

impl Equivalent<VerifiedUser> for UserKey<'_> {
    fn equivalent(&self, user: &VerifiedUser) -> bool {
        *self.issuer == *user.issuer && *self.id == *user.id
    }
}

impl fmt::Debug for VerifiedUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifiedUser(..)")
    }
}
