//! A request's head, headers or bare token ─▶ `Verdict`, without fetching or waiting.
//!
//! The checks, in this order. The first that fails gives the answer:
//!
//! 1. The route: a path or host that two programs could read differently is 400, and a request that no route allows is 403. Neither needs a token.
//! 2. The token's place: without a token there, the request is anonymous if its route allows that, or, without a route, the settings do, and is answered
//!    with 401 otherwise; more than one token is 400.
//! 3. The cache of verified tokens. A hit whose key, issuer and lifetime still hold skips step 4.
//! 4. The token itself (`consider.rs`).
//! 5. The migration's stage, the required claims and the route's requirement (`decide.rs`).
//!
//! A preflight without a token is let through at steps 1 and 2, if the settings allow it.

use std::{cell::RefCell, sync::Arc};

use b2c_verify::{Credentials, CredentialsError, Scratch};
use http::{HeaderMap, Uri};

use super::{
    Authenticator, Wait,
    authority_verdict::AuthorityVerdict,
    preflight::is_preflight,
    verdict::{Undecided, Verdict},
};
use crate::{
    refusal::{Refused, RequestHead},
    routes::Rule,
    token_source::TokenSource,
};

impl Authenticator {
    /// Judges a request by its head. Never waits.
    ///
    /// `source` overrides where the settings say the token is. `wait` is the wait that has just ended, if the request is judged again.
    pub(crate) fn judge(
        &self,
        head: RequestHead<'_>,
        source: Option<&TokenSource>,
        wait: Option<&Wait>,
    ) -> Verdict {
        let source = source.unwrap_or(&self.config.token_source);
        let (headers, uri) = (head.headers, head.uri);
        let is_allowed_preflight = || self.config.allow_preflights && is_preflight(head);
        let rule = match &self.config.routes {
            None => None,
            Some(routes) => match routes.rule_for(head) {
                Ok(rule) => rule,
                Err(Refused::NoRoute)
                    if is_allowed_preflight() && source.is_absent(headers, uri) =>
                {
                    return Verdict::Anonymous;
                }
                Err(refused) => return Verdict::Refused(refused),
            },
        };
        let token = match source.read(headers, uri) {
            Ok(token) => token,
            Err(CredentialsError::Missing)
                if (self.needs_no_token(rule) || is_allowed_preflight())
                    && source.is_absent(headers, uri) =>
            {
                return Verdict::Anonymous;
            }
            Err(error) => return Verdict::Refused(error.into()),
        };
        self.judge_token(&token, wait, rule)
    }

    /// Judges the headers of a request with an unknown method and path, so that no route applies. Never waits.
    pub(crate) fn judge_headers(
        &self,
        headers: &HeaderMap,
        source: Option<&TokenSource>,
        wait: Option<&Wait>,
    ) -> Verdict {
        let source = source.unwrap_or(&self.config.token_source);
        let no_uri = Uri::default();
        match source.read(headers, &no_uri) {
            Ok(token) => self.judge_token(&token, wait, None),
            Err(CredentialsError::Missing)
                if self.config.allow_anonymous && source.is_absent(headers, &no_uri) =>
            {
                Verdict::Anonymous
            }
            Err(error) => Verdict::Refused(error.into()),
        }
    }

    /// Judges a bare token. Never waits.
    pub(crate) fn judge_token(
        &self,
        token: &[u8],
        wait: Option<&Wait>,
        rule: Option<&Arc<Rule>>,
    ) -> Verdict {
        let credentials = match Credentials::from_bare(token) {
            Ok(credentials) => credentials,
            Err(error) => return Verdict::Refused(error.into()),
        };
        let at = self.context(wait.map(|wait| wait.asked));
        let fingerprint = self.tokens.fingerprint(credentials);
        let cached = fingerprint.as_ref();
        let cached = cached.and_then(|fingerprint| self.cached_verdict(fingerprint, at, rule));
        let verdict = match cached {
            Some(verdict) => verdict,
            None => SCRATCH.with_borrow_mut(|scratch| {
                let verdict = self.consider(credentials, fingerprint, at, rule, scratch);
                scratch.clear();
                verdict.unwrap_or_else(AuthorityVerdict::Refused)
            }),
        };
        match verdict {
            AuthorityVerdict::Accepted(verified) => {
                match self.admit(verified, at, rule.map(|it| &**it)) {
                    Ok(accepted) => Verdict::Accepted(accepted),
                    Err(refused) => Verdict::Refused(refused),
                }
            }
            // A malformed request is answered as malformed, whatever else is wrong with it. An accepted token has no invalid characters.
            AuthorityVerdict::Refused(_) | AuthorityVerdict::Undecided(_)
                if credentials.check_characters().is_err() =>
            {
                Verdict::Refused(CredentialsError::InvalidCharacter.into())
            }
            AuthorityVerdict::Refused(error) => Verdict::Refused(error.into()),
            AuthorityVerdict::Undecided(undecided) => Verdict::Undecided(Undecided {
                rule: rule.cloned(),
                ..undecided
            }),
        }
    }

    /// Whether the rule, or without a rule the settings, let a request pass without a token.
    fn needs_no_token(&self, rule: Option<&Arc<Rule>>) -> bool {
        rule.map_or(self.config.allow_anonymous, |rule| rule.public)
    }

    /// Whether this source, or else the settings, read the token from the query.
    pub(crate) fn reads_query(&self, source: Option<&TokenSource>) -> bool {
        matches!(
            source.unwrap_or(&self.config.token_source),
            TokenSource::Query(_)
        )
    }
}

thread_local! {
    /// Reused, so that a refusal allocates nothing that grows with the token.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

#[cfg(test)]
mod tests {
    use b2c_verify::{Algorithm, AlgorithmSet, Audiences, TokenRules};
    use http::Request;

    use super::*;
    use crate::{
        authority::Authority,
        claims::LayerId,
        config::Need,
        decision::SharedState,
        settings::{RequiredClaim, Settings},
        test_tokens,
    };

    fn authenticator() -> Authenticator {
        let keys = test_tokens::context();
        let algorithms = AlgorithmSet::new([Algorithm::HS256]);
        let authority = Authority {
            rules: TokenRules::new(Audiences::any_of(["b"])).algorithms(algorithms),
            assigned_issuers: ["a".into()].into(),
            ..test_tokens::authority(&keys)
        };
        let settings = Settings {
            audiences: vec!["b".into()],
            required_claims: vec![RequiredClaim {
                name: "sub".into(),
                values: vec!["a user".into()],
                ..RequiredClaim::default()
            }],
            ..Settings::default()
        };
        let shared = SharedState {
            layer: LayerId::next(),
            clock: Arc::clone(&keys.clock),
            waiting: Arc::default(),
            #[cfg(feature = "migration")]
            usage: crate::migration::Usage::new(&*keys.clock),
            counters: Default::default(),
            tenants: None,
            refusal_body: None,
            keys,
        };
        let config = settings.check(Need::None).unwrap();
        Authenticator::new(config, vec![Arc::new(authority)], Arc::new(shared), None)
    }

    /// Regression: a thread kept the parts of its last token.
    #[test]
    fn judging_a_token_leaves_no_copy_in_the_thread() {
        let authenticator = authenticator();
        let good = test_tokens::token(r#""sub":"a user","name":"Ad\u00e9le""#);
        let unmet = test_tokens::token(r#""sub":"another user""#);
        let (input, _) = good.rsplit_once('.').unwrap();
        let (header, rest) = good.split_once('.').unwrap();
        let mut outcomes = Vec::new();
        for token in [
            good.clone(),
            good.clone(),
            unmet,
            format!("{input}.AAAA"),
            format!("{header}.e30.AAAA"),
            format!("{header}.e30"),
            format!("e30.{rest}"),
            format!("{header}.!{rest}"),
        ] {
            let request = Request::get("/").header("authorization", format!("Bearer {token}"));
            let request = request.body(()).unwrap();
            let verdict = authenticator.judge(RequestHead::of(&request), None, None);
            outcomes.push(matches!(verdict, Verdict::Accepted(_)));
            SCRATCH.with_borrow(|scratch| assert!(scratch.is_empty(), "{token}"));
        }
        let refused = [false; 6];
        assert_eq!(outcomes, [&[true, true], &refused[..]].concat());
    }
}
