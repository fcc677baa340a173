//! A token that was verified before ─▶ its verdict, without another signature check.
//!
//! The text of a token never changes, so its signature stays good. Everything else can change, and every hit checks it again:
//!
//! 1. the lifetime: `exp`, `nbf`, and [`max_token_age`](crate::Settings::max_token_age);
//! 2. the key: it is still usable, and not forgotten;
//! 3. the issuer: no authority has got or lost it since, and the authority's time with it has not run out;
//! 4. the authority: it was not removed, and the route allows it.
//!
//! If one no longer holds, the token is judged from the start; if it is not valid yet, it is refused at once. The entry is removed, unless it can still
//! serve: on another route, or once the token becomes valid. The migration's stage and the requirements are not part of the entry: they are applied to each
//! request.

use std::sync::Arc;

use b2c_verify::TokenError;

use super::{
    Authenticator, authority_verdict::AuthorityVerdict, decision_context::DecisionContext,
    token_hash::Fingerprint,
};
use crate::routes::Rule;

impl Authenticator {
    /// The verdict on a token that was verified before. `None` if it must be judged again.
    pub(super) fn cached_verdict(
        &self,
        fingerprint: &Fingerprint,
        at: DecisionContext,
        rule: Option<&Arc<Rule>>,
    ) -> Option<AuthorityVerdict> {
        let verified = self.tokens.get(fingerprint)?;
        let issuer = &verified.issuer;
        // Another authority could accept it too. If none does, the route refuses it.
        if rule.is_some_and(|rule| !issuer.authority.is_allowed_by(rule)) {
            return None;
        }
        let lifetime = issuer.rules.revalidate_lifetime(&verified.token, at.date);
        let holds = !matches!(lifetime, Err(TokenError::Expired | TokenError::TooOld))
            && verified.key.is_usable(at.now)
            && at.now < issuer.until
            && !issuer.is_replaced()
            && !issuer.keys.is_retired()
            && !verified
                .key
                .kid()
                .is_some_and(|kid| self.is_forgotten(&issuer.authority, kid));
        if !holds {
            self.tokens.forget(fingerprint);
            return None;
        }
        Some(match lifetime {
            Ok(()) => AuthorityVerdict::of_verified(verified, at),
            Err(error) => AuthorityVerdict::Refused(error),
        })
    }
}
