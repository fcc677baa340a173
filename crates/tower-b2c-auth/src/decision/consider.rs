//! A token ─▶ the combined verdict of all authorities.
//!
//! | candidates | their verdict |
//! |---|---|
//! | authorities that have exactly this issuer, or else those that accept any tenant | all checks, then the keys |
//! | authorities whose metadata has never been fetched, and that could have it | the checks that need no key; then *undecided* |
//! | a source of tenants, if no authority has the issuer or could have it | *undecided* until it has answered |
//! | authorities of the same tenant, if this is B2C's other issuer for them | *undecided* until a fetch has shown which one the metadata names |
//!
//! One acceptance is enough. Otherwise one *undecided* is enough to wait, so that a good token is never refused because of the order in which authorities are
//! fetched. Only if all refuse is the token refused, for the reason of the candidate whose checks got furthest, which is most likely the one that the
//! client means.
//!
//! Undiscovered authorities are read before the known ones. An authority that is discovered in between is then seen twice rather than not at all.

use std::sync::Arc;

#[cfg(feature = "migration")]
use b2c_verify::TokenRules;
use b2c_verify::{
    Credentials, DecryptedToken, Scratch, TokenError, UnverifiedToken, VerifiedToken,
};

use super::{
    Authenticator, authority_verdict::AuthorityVerdict, decision_context::DecisionContext,
    token_hash::Fingerprint,
};
#[cfg(feature = "migration")]
use crate::migration::{UsageKey, UsageRow};
use crate::{
    authority::Authority,
    claims::Verified,
    issuer::{Issuer, IssuerEntries},
    keys::LiveKey,
    routes::Rule,
};

/// A token that a request presents, and what its verdict depends on.
struct PresentedToken<'a> {
    token: &'a UnverifiedToken<'a>,
    issuer: &'a str,
    /// The key of its entry in the cache.
    fingerprint: Option<Fingerprint>,
    at: DecisionContext,
    rule: Option<&'a Arc<Rule>>,
}

impl PresentedToken<'_> {
    /// Whether the route, if there is one, accepts tokens of this authority.
    fn may_be_of(&self, authority: &Authority) -> bool {
        self.rule.is_none_or(|rule| authority.is_allowed_by(rule))
    }
}

impl Authenticator {
    /// Decrypts and parses a token, and asks every authority that could have issued it and whose tokens the rule allows.
    ///
    /// # Errors
    ///
    /// If the token cannot be read, so that no authority can be asked.
    pub(super) fn consider(
        &self,
        credentials: Credentials<'_>,
        fingerprint: Option<Fingerprint>,
        at: DecisionContext,
        rule: Option<&Arc<Rule>>,
        scratch: &mut Scratch,
    ) -> Result<AuthorityVerdict, TokenError> {
        let decrypted = self.config.decryption_keys.decrypt(credentials)?;
        let decrypted = decrypted.as_ref().map(DecryptedToken::credentials);
        let credentials = decrypted.unwrap_or(credentials);
        let token = UnverifiedToken::parse(credentials, self.algorithms, scratch)?;
        let issuer = token.issuer()?;
        let verdict = self.verdict_of_all(&PresentedToken {
            token: &token,
            issuer,
            fingerprint,
            at,
            rule,
        });
        #[cfg(feature = "migration")]
        let verdict = self.noting_legacy(issuer, verdict);
        Ok(verdict)
    }

    #[cfg(feature = "migration")]
    fn noting_legacy(&self, issuer: &str, mut verdict: AuthorityVerdict) -> AuthorityVerdict {
        match &mut verdict {
            AuthorityVerdict::Undecided(undecided) => {
                undecided.legacy_issuer = self.may_be_legacy(issuer).then(|| issuer.into());
            }
            // No row counts this use of a legacy issuer, so record that its token was not judged.
            AuthorityVerdict::Refused(TokenError::UnknownIssuer)
                if self.issuers.is_legacy_of_nobody(issuer) =>
            {
                self.not_judged(issuer);
            }
            _ => {}
        }
        verdict
    }

    /// The combined verdict of the candidates, in the order of the table above.
    fn verdict_of_all(&self, presented: &PresentedToken<'_>) -> AuthorityVerdict {
        let &PresentedToken {
            token, issuer, at, ..
        } = presented;
        self.add_found_tenant(issuer);
        let undiscovered = self.issuers.undiscovered(issuer);
        let all_known = self.issuers.known();
        let known = all_known.get(issuer);
        let of_any_tenant = match known {
            Some(_) => None,
            None => self.issuers.of_any_tenant(issuer),
        };
        let known = known.or(of_any_tenant.as_deref());
        let verdict = known.and_then(|known| self.verdict_of_known(known, presented));
        if let Some(accepted @ AuthorityVerdict::Accepted(_)) = verdict {
            return accepted;
        }
        let undiscovered = undiscovered.iter().filter(|it| presented.may_be_of(it));
        let verdict = undiscovered.fold(verdict, |verdict, authority| {
            Some(authority.undiscovered_verdict(token, at).after(verdict))
        });
        let verdict = verdict.unwrap_or_else(|| self.verdict_of_unknown_issuer(token, issuer, at));
        self.doubt_after_changes(verdict, known, presented)
    }

    /// The verdict of the authorities that have the issuer, up to the first that accepts. `None` if there are none.
    fn verdict_of_known(
        &self,
        known: &IssuerEntries,
        presented: &PresentedToken<'_>,
    ) -> Option<AuthorityVerdict> {
        let mut verdict = None;
        for issuer in known {
            if issuer.until <= presented.at.now || issuer.keys.is_retired() {
                continue;
            }
            let next = if presented.may_be_of(&issuer.authority) {
                self.verdict_of_one(issuer, presented)
            } else {
                AuthorityVerdict::Refused(TokenError::UnknownIssuer)
            };
            if matches!(next, AuthorityVerdict::Accepted(_)) {
                return Some(next);
            }
            verdict = Some(next.after(verdict));
        }
        verdict
    }

    /// The verdict of one authority that has the issuer. Caches a token that it verifies.
    fn verdict_of_one(
        &self,
        issuer: &Arc<Issuer>,
        presented: &PresentedToken<'_>,
    ) -> AuthorityVerdict {
        let is_forgotten = |kid: &str| self.is_forgotten(&issuer.authority, kid);
        let remember = |token: VerifiedToken, key: Arc<LiveKey>| {
            #[cfg(feature = "migration")]
            let usage = self.usage_of(&issuer.rules, &token);
            let verified = Arc::new(Verified {
                token,
                key,
                #[cfg(feature = "migration")]
                usage,
                issuer: Arc::clone(issuer),
                layer: self.shared.layer,
                #[cfg(feature = "migration")]
                counted_on: Default::default(),
            });
            if let Some(fingerprint) = presented.fingerprint {
                self.tokens.insert(fingerprint, Arc::clone(&verified));
            }
            verified
        };
        let (token, at) = (presented.token, presented.at);
        issuer.verdict(token, presented.issuer, at, is_forgotten, remember)
    }

    /// The verdict that also considers the authorities of the same tenant, which may have this issuer by now.
    fn doubt_after_changes(
        &self,
        verdict: AuthorityVerdict,
        known: Option<&IssuerEntries>,
        presented: &PresentedToken<'_>,
    ) -> AuthorityVerdict {
        let &PresentedToken {
            token, issuer, at, ..
        } = presented;
        // The authorities that had the issuer have given their verdict. One that got it in the meantime has not.
        let had_it = |authority: &Arc<Authority>| {
            let mut known = known.into_iter().flatten();
            known.any(|it| at.now < it.until && Arc::ptr_eq(&it.authority, authority))
        };
        let others = self.issuers.of_the_same_tenant(issuer);
        let others = others.iter().flat_map(|others| &**others);
        let others =
            others.filter(|it| presented.may_be_of(it) && !it.keys.is_retired() && !had_it(it));
        let doubts = others.filter_map(|authority| {
            let is_forgotten = |kid: &str| self.is_forgotten(authority, kid);
            authority.doubt_after_change(token, issuer, at, is_forgotten)
        });
        doubts.fold(verdict, AuthorityVerdict::doubted)
    }

    /// The row that counts the token.
    #[cfg(feature = "migration")]
    fn usage_of(&self, rules: &TokenRules, token: &VerifiedToken) -> Arc<UsageRow> {
        let usage = &self.shared.usage;
        let any = rules.accepted_tenants();
        match any.and_then(|any| any.templates().next()) {
            Some(template) => usage.row(&UsageKey::of_any_tenant(&template, token)),
            None => usage.row(&UsageKey::of(token)),
        }
    }
}
