//! A token ─▶ the combined opinion of all authorities.

use std::sync::Arc;

use b2c_verify::{
    Credentials, DecryptedToken, Scratch, TokenError, UnverifiedToken, VerifiedToken,
};

use super::{
    Authenticator,
    opinion::{Moment, Opinion},
    token_hash::Fingerprint,
    verdict::Undecided,
};
#[cfg(feature = "migration")]
use crate::migration::UsageKey;
use crate::{authority::Authority, claims::Verified, keys::LiveKey, routes::Rule};

impl Authenticator {
    /// The opinion on a token that was verified before. `None` if it must be judged again.
    pub(super) fn known(
        &self,
        fingerprint: &Fingerprint,
        at: Moment,
        rule: Option<&Arc<Rule>>,
    ) -> Option<Opinion> {
        let verified = self.tokens.get(fingerprint)?;
        let authority = &verified.authority;
        // Another authority may accept it too, or the token is not good here.
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
            Err(error) => Opinion::Refused(error),
        })
    }

    /// Asks every authority that could have issued the token and whose tokens the rule allows. An authority that accepts decides; otherwise one that
    /// is undecided; otherwise the one whose checks got furthest gives the reason.
    pub(super) fn consider(
        &self,
        credentials: Credentials<'_>,
        fingerprint: Option<Fingerprint>,
        at: Moment,
        rule: Option<&Arc<Rule>>,
        scratch: &mut Scratch,
    ) -> Opinion {
        let decrypted = match self.config.decryption_keys.decrypt(credentials) {
            Ok(decrypted) => decrypted,
            Err(error) => return Opinion::Refused(error),
        };
        let credentials = decrypted
            .as_ref()
            .map_or(credentials, DecryptedToken::credentials);
        let parsed = UnverifiedToken::parse(credentials, self.algorithms, scratch);
        let token = match &parsed {
            Ok(token) => token,
            Err(error) => return Opinion::Refused(*error),
        };
        let issuer = match token.issuer() {
            Ok(issuer) => issuer,
            Err(error) => return Opinion::Refused(error),
        };
        self.take_found(issuer);
        let undiscovered = self.issuers.undiscovered(issuer);
        let all_known = self.issuers.known();
        let mut refusal = None;
        let mut undecided: Option<Undecided> = None;
        let holds_here =
            |authority: &Authority| rule.is_none_or(|rule| authority.is_allowed_by(rule));
        let known = all_known.get(issuer);
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
                    let usage = self.lasting.usage.row(&UsageKey::of(&token));
                    let verified = Arc::new(Verified {
                        token,
                        key,
                        authority: Arc::clone(authority),
                        #[cfg(feature = "migration")]
                        usage,
                        issuer: Arc::clone(known),
                        issuer_until: *until,
                        layer: self.lasting.layer,
                        #[cfg(feature = "migration")]
                        counted_on: Default::default(),
                    });
                    if let Some(fingerprint) = fingerprint {
                        self.tokens.insert(fingerprint, Arc::clone(&verified));
                    }
                    verified
                };
                match authority.opinion(token, issuer, at, is_forgotten, remember) {
                    Opinion::Accepted(verified) => return Opinion::Accepted(verified),
                    Opinion::Refused(error) => refusal = refusal.max(Some(error)),
                    Opinion::Undecided(one) => undecided = Some(join(undecided, one)),
                }
            }
        }
        for authority in undiscovered {
            if !holds_here(&authority) {
                continue;
            }
            match authority.opinion_of_undiscovered(token, at) {
                Opinion::Undecided(one) => undecided = Some(join(undecided, one)),
                Opinion::Accepted(_) => {}
                Opinion::Refused(error) => refusal = refusal.max(Some(error)),
            }
        }
        let opinion = match (undecided, refusal) {
            (Some(undecided), _) => Opinion::Undecided(undecided),
            (None, Some(refusal)) => Opinion::Refused(refusal),
            (None, None) => self.opinion_of_nobody(token, issuer, at),
        };
        // The authorities that had the issuer have given their opinion already. One that has got it since has not.
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
        doubts.fold(opinion, |opinion, doubt| match opinion {
            Opinion::Undecided(undecided) => Opinion::Undecided(undecided.and(doubt)),
            Opinion::Refused(error) => Opinion::Undecided(doubt.after_refusal(error)),
            Opinion::Accepted(verified) => Opinion::Accepted(verified),
        })
    }

    /// Whether this key of the authority must not be used.
    pub(crate) fn is_forgotten(&self, authority: &Authority, kid: &str) -> bool {
        self.lasting.forgotten.contains(|| authority.named(), kid)
    }
}

fn join(known: Option<Undecided>, one: Undecided) -> Undecided {
    match known {
        Some(known) => known.and(one),
        None => one,
    }
}
