//! A token ─▶ the combined verdict of all authorities.
//!
//! | candidates | their verdict |
//! |---|---|
//! | authorities that have exactly this issuer, or else those that accept any tenant | all checks, then the keys |
//! | authorities whose metadata has never been fetched, and that could have it | the checks that need no key; then *undecided* |
//! | a source of tenants, if no authority has the issuer | *undecided* until it has answered |
//! | authorities of the same tenant whose issuer may have changed its form | *undecided* until a fetch has shown that it has not |
//!
//! One acceptance is enough. Otherwise one *undecided* is enough to wait, so that a good token is never refused because of the order in which authorities are
//! fetched. Only if all refuse is the token refused, for the reason of the candidate whose checks got furthest, which is most likely the one that the
//! client means.
//!
//! Undiscovered authorities are read before the known ones. An authority that is discovered in between is then seen twice rather than not at all.

use std::sync::Arc;

use b2c_verify::{
    Credentials, DecryptedToken, Scratch, TokenError, UnverifiedToken, VerifiedToken,
};

use super::{
    Authenticator, authority_verdict::AuthorityVerdict, decision_context::DecisionContext,
    token_hash::Fingerprint, verdict::Undecided,
};
#[cfg(feature = "migration")]
use crate::migration::{UsageKey, UsageRow};
use crate::{authority::Authority, claims::Verified, keys::LiveKey, routes::Rule};

impl Authenticator {
    /// The verdict on a token that was verified before. `None` if it must be judged again.
    pub(super) fn known(
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

    /// Asks every authority that could have issued the token and whose tokens the rule allows. An authority that accepts decides; otherwise one that
    /// is undecided; otherwise the one whose checks got furthest gives the reason.
    pub(super) fn consider(
        &self,
        credentials: Credentials<'_>,
        fingerprint: Option<Fingerprint>,
        at: DecisionContext,
        rule: Option<&Arc<Rule>>,
        scratch: &mut Scratch,
    ) -> AuthorityVerdict {
        let decrypted = match self.config.decryption_keys.decrypt(credentials) {
            Ok(decrypted) => decrypted,
            Err(error) => return AuthorityVerdict::Refused(error),
        };
        let credentials = decrypted
            .as_ref()
            .map_or(credentials, DecryptedToken::credentials);
        let parsed = UnverifiedToken::parse(credentials, self.algorithms, scratch);
        let token = match &parsed {
            Ok(token) => token,
            Err(error) => return AuthorityVerdict::Refused(*error),
        };
        let issuer = match token.issuer() {
            Ok(issuer) => issuer,
            Err(error) => return AuthorityVerdict::Refused(error),
        };
        self.take_found(issuer);
        let undiscovered = self.issuers.undiscovered(issuer);
        let all_known = self.issuers.known();
        let mut refusal = None;
        let mut undecided: Option<Undecided> = None;
        let holds_here =
            |authority: &Authority| rule.is_none_or(|rule| authority.is_allowed_by(rule));
        let known = all_known.get(issuer);
        let of_any_tenant = match known {
            Some(_) => None,
            None => self.issuers.of_any_tenant(issuer),
        };
        let known = known.or(of_any_tenant.as_ref());
        if let Some(known) = known {
            let authorities = known.authorities().iter();
            let authorities = authorities
                .filter(|(authority, until)| at.now < *until && !authority.keys.is_retired());
            for (authority, until) in authorities {
                if !holds_here(authority) {
                    refusal = refusal.max(Some(TokenError::UnknownIssuer));
                    continue;
                }
                let is_forgotten = |kid: &str| self.is_forgotten(authority, kid);
                let remember = |token: VerifiedToken, key: Arc<LiveKey>| {
                    #[cfg(feature = "migration")]
                    let usage = self.usage_of(authority, &token);
                    let verified = Arc::new(Verified {
                        token,
                        key,
                        authority: Arc::clone(authority),
                        #[cfg(feature = "migration")]
                        usage,
                        issuer: Arc::clone(known),
                        issuer_until: *until,
                        layer: self.shared.layer,
                        #[cfg(feature = "migration")]
                        counted_on: Default::default(),
                    });
                    if let Some(fingerprint) = fingerprint {
                        self.tokens.insert(fingerprint, Arc::clone(&verified));
                    }
                    verified
                };
                match authority.verdict(token, issuer, at, is_forgotten, remember) {
                    AuthorityVerdict::Accepted(verified) => {
                        return AuthorityVerdict::Accepted(verified);
                    }
                    AuthorityVerdict::Refused(error) => refusal = refusal.max(Some(error)),
                    AuthorityVerdict::Undecided(one) => undecided = Some(join(undecided, one)),
                }
            }
        }
        for authority in undiscovered {
            if !holds_here(&authority) {
                continue;
            }
            match authority.undiscovered_verdict(token, at) {
                AuthorityVerdict::Undecided(one) => undecided = Some(join(undecided, one)),
                AuthorityVerdict::Accepted(_) => {}
                AuthorityVerdict::Refused(error) => refusal = refusal.max(Some(error)),
            }
        }
        let verdict = match (undecided, refusal) {
            (Some(undecided), _) => AuthorityVerdict::Undecided(undecided),
            (None, Some(refusal)) => AuthorityVerdict::Refused(refusal),
            (None, None) => self.verdict_of_unknown_issuer(token, issuer, at),
        };
        // The authorities that had the issuer have given their verdict. One that got it in the meantime has not.
        let had_it = |authority: &Arc<Authority>| {
            let mut known = known.into_iter().flat_map(|known| known.authorities());
            known.any(|(one, until)| at.now < *until && Arc::ptr_eq(one, authority))
        };
        let others = self.issuers.of_the_same_tenant(issuer);
        let others = others.iter().flat_map(|others| &**others);
        let others = others.filter(|it| holds_here(it) && !it.keys.is_retired() && !had_it(it));
        let doubts = others.filter_map(|authority| {
            let is_forgotten = |kid: &str| self.is_forgotten(authority, kid);
            authority.doubt_after_change(token, issuer, at, is_forgotten)
        });
        let verdict = doubts.fold(verdict, |verdict, doubt| match verdict {
            AuthorityVerdict::Undecided(undecided) => {
                AuthorityVerdict::Undecided(undecided.and(doubt))
            }
            AuthorityVerdict::Refused(error) => {
                AuthorityVerdict::Undecided(doubt.after_refusal(error))
            }
            AuthorityVerdict::Accepted(verified) => AuthorityVerdict::Accepted(verified),
        });
        #[cfg(feature = "migration")]
        if let AuthorityVerdict::Undecided(undecided) = verdict {
            let issuer = self.may_be_legacy(issuer).then(|| issuer.into());
            return AuthorityVerdict::Undecided(Undecided {
                legacy_issuer: issuer,
                ..undecided
            });
        }
        verdict
    }

    /// The row that counts the token.
    #[cfg(feature = "migration")]
    fn usage_of(&self, authority: &Authority, token: &VerifiedToken) -> Arc<UsageRow> {
        let usage = &self.shared.usage;
        let any = authority.rules.accepted_tenants();
        match any.and_then(|any| any.templates().next()) {
            Some(template) => usage.row(&UsageKey::of_any_tenant(&template, token)),
            None => usage.row(&UsageKey::of(token)),
        }
    }

    /// Whether this key of the authority is forgotten.
    pub(crate) fn is_forgotten(&self, authority: &Authority, kid: &str) -> bool {
        self.shared.forgotten.contains(|| authority.named(), kid)
    }
}

fn join(known: Option<Undecided>, one: Undecided) -> Undecided {
    match known {
        Some(known) => known.and(one),
        None => one,
    }
}
