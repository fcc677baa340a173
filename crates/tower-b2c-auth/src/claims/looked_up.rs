//! What was looked up about the user of a request, in the request's extensions.

use std::{fmt, sync::Arc};

use http::Extensions;

use super::{LayerId, UserKey, VerifiedClaims, layer_record::record_of};

/// What a [`LookUp`](crate::LookUp) found about the user of a request. It is an axum extractor, and dereferences to the result. A clone is cheap. `Debug`
/// does not show the result.
///
/// Handlers select a look-up by its type `T`, so each look-up needs a type of its own. If authentication layers are nested, the extractor returns only a
/// result about the user whom the innermost of them authenticated; [`LookUpLayer::found`](crate::LookUpLayer::found) returns the result about the
/// user of its own authentication layer, even if another one lies further inside.
///
/// If the look-up does not know the user, or [the token names none](crate::LookUpSettings::no_user), and the request [was passed on
/// anyway](crate::LookUpSettings::unknown_users), the extractor answers 403. It also does so in report-only mode if the look-up would have refused the
/// request. `Option<LookedUp<T>>` is `None` for such a request, and for one that no look-up has seen.
///
/// ```
/// use axum::{Router, routing::get};
/// use tower_b2c_auth::{B2cAuthLayer, LookUpSettings, LookedUp, VerifiedUser, b2c};
///
/// struct Account { number: u64 }
///
/// # struct Pool;
/// # impl Pool { async fn account_of(&self, _: &str, _: &str) -> Result<Option<u64>, std::io::Error> { Ok(None) } }
/// # let pool = std::sync::Arc::new(Pool);
/// let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").build()?;
/// let look_up = move |user: VerifiedUser| {
///     let pool = pool.clone();
///     async move {
///         let number = pool.account_of(user.issuer(), user.id()).await?;
///         Ok::<_, std::io::Error>(number.map(|number| Account { number }))
///     }
/// };
/// let accounts = auth.look_up(look_up, &LookUpSettings::default())?;
/// let app: Router = Router::new()
///     .route("/me", get(async |account: LookedUp<Account>| format!("account {}", account.number)))
///     .layer(accounts)
///     .layer(auth);
/// # Ok::<(), tower_b2c_auth::SettingsError>(())
/// ```
pub struct LookedUp<T>(Arc<T>);

impl<T> LookedUp<T> {
    /// The result, shared by all requests of the user.
    pub fn into_inner(self) -> Arc<T> {
        self.0
    }
}

impl<T> std::ops::Deref for LookedUp<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Clone for LookedUp<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for LookedUp<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LookedUp").finish_non_exhaustive()
    }
}

/// The results of the look-ups of one type, each with the claims of the user: at most one for each layer around the request.
struct Records<T>(Vec<(VerifiedClaims, Option<Arc<T>>)>);

/// Records the result for the user of these claims.
pub(crate) fn note_looked_up<T: Send + Sync + 'static>(
    extensions: &mut Extensions,
    claims: VerifiedClaims,
    found: Option<Arc<T>>,
) {
    let Records(records) = extensions.get_or_insert_with(|| Records(Vec::new()));
    records.retain(|(known, _)| known.layer() != claims.layer());
    records.push((claims, found));
}

/// The result for this layer.
pub(crate) fn found_for<T: Send + Sync + 'static>(
    extensions: &Extensions,
    layer: LayerId,
) -> Option<Arc<T>> {
    let claims = record_of(extensions, layer)?.claims?;
    looked_up(extensions, &claims)?.map(LookedUp::into_inner)
}

/// The result for the user of these claims. The outer option is `None` without a look-up, the inner one if there is no such user.
///
/// It compares the users, because the same layer, applied a second time further inside, may have replaced the claims since.
pub(super) fn looked_up<T: Send + Sync + 'static>(
    extensions: &Extensions,
    claims: &VerifiedClaims,
) -> Option<Option<LookedUp<T>>> {
    let Records(records) = extensions.get()?;
    let mut records = records.iter();
    let (known, found) = records.find(|(known, _)| known.layer() == claims.layer())?;
    let is_of_user = UserKey::of(known) == UserKey::of(claims);
    is_of_user.then(|| found.clone().map(LookedUp))
}

impl<T> Clone for Records<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
