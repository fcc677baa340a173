//! A token that was verified before ─▶ its verdict, without another signature check.

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
        let authority = &verified.authority;
        // Another authority could accept it too. If none does, the route refuses it.
        if rule.is_some_and(|rule| !authority.is_allowed_by(rule)) {
            return None;
        }
        let lifetime = authority
            .rules
            .revalidate_lifetime(&verified.token, at.date);
        let holds = !matches!(lifetime, Err(TokenError::Expired | TokenError::TooOld))
            && verified.key.is_usable(at.now)
            && at.now < verified.issuer_until
            && !verified.issuer.is_replaced()
            && !authority.keys.is_retired()
            && !verified
                .key
                .kid()
                .is_some_and(|kid| self.is_forgotten(authority, kid));
        if !holds {
            self.tokens.forget(fingerprint);
            return None;
        }
        Some(match lifetime {
            Ok(()) => Arc::clone(&verified.authority).accept(verified, at),
            Err(error) => AuthorityVerdict::Refused(error),
        })
    }
}
