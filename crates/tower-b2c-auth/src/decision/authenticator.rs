//! The path of a request through the checks.

use std::{cell::RefCell, future::poll_fn, sync::Arc};

use axum_core::body::Body;
use b2c_verify::{
    AlgorithmSet, Credentials, CredentialsError, DecryptedToken, Scratch, TokenError,
    UnverifiedToken, VerifiedToken,
};
use http::{HeaderMap, Response, Uri};

use super::{
    issuers::Issuers,
    lasting::Lasting,
    newcomers::Newcomers,
    opinion::{Moment, Opinion},
    preflight::is_preflight,
    token_cache::TokenCache,
    token_hash::Fingerprint,
    verdict::{Accepted, Undecided, Verdict},
    wait::Wait,
    waiting_room::WaitingRoom,
};
#[cfg(feature = "migration")]
use crate::migration::{MigrationReport, UsageKey};
use crate::{
    authority::Authority,
    claims::Verified,
    config::Config,
    keys::LiveKey,
    migration::Stage,
    refusal::{AuthError, Head, RefusalFormat, Refused},
    routes::Rule,
    token_source::TokenSource,
};

/// Judges requests by one set of settings.
#[derive(Debug)]
pub(crate) struct Authenticator {
    config: Config,
    /// What any authority allows.
    algorithms: AlgorithmSet,
    issuers: Arc<Issuers>,
    /// None, if there is no source of tenants.
    newcomers: Option<Newcomers>,
    tokens: TokenCache,
    waiting_room: WaitingRoom,
    lasting: Arc<Lasting>,
}

impl Authenticator {
    pub(crate) fn new(
        config: Config,
        authorities: Vec<Arc<Authority>>,
        lasting: Arc<Lasting>,
        newcomers: Option<Newcomers>,
    ) -> Self {
        let rules = authorities.iter().map(|authority| &authority.rules);
        let rules = rules.chain(newcomers.as_ref().map(|_| &config.newcomers));
        let allowed = rules.flat_map(|rules| rules.allowed_algorithms().iter());
        let migration = config.migration.as_ref();
        let legacy = migration.map_or(&[][..], |migration| &migration.legacy_issuers);
        Self {
            algorithms: AlgorithmSet::new(allowed),
            tokens: TokenCache::new(config.verified_token_cache_bytes),
            waiting_room: WaitingRoom::new(
                Arc::clone(&lasting.waiting),
                config.keys.max_waiting,
                config.keys.max_waiting_per_authority,
            ),
            issuers: Issuers::new(
                authorities,
                &config.unassigned_issuers,
                legacy,
                &lasting.keys,
            ),
            newcomers,
            config,
            lasting,
        }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn lasting(&self) -> &Lasting {
        &self.lasting
    }

    /// The answer to a request that was refused.
    pub(crate) fn refuse(&self, error: AuthError, head: Head<'_>) -> Response<Body> {
        let format = RefusalFormat {
            style: self.config.refusal.as_deref(),
            body: self.lasting.refusal_body.as_deref(),
        };
        tracing::debug!(reason = error.reason(), "request refused");
        format.respond(error, head)
    }

    /// The issuers and authorities, which can be added to and removed from.
    pub(crate) fn issuers(&self) -> &Issuers {
        &self.issuers
    }

    /// In the order of the settings; what was added comes last.
    pub(crate) fn authorities(&self) -> Vec<Arc<Authority>> {
        self.issuers.authorities()
    }

    /// Whether an authority with these algorithms can be added.
    pub(crate) fn allows(&self, algorithms: AlgorithmSet) -> bool {
        algorithms.iter().all(|one| self.algorithms.contains(one))
    }

    pub(super) fn newcomers(&self) -> Option<&Newcomers> {
        self.newcomers.as_ref()
    }

    pub(super) fn waiting_room(&self) -> &WaitingRoom {
        &self.waiting_room
    }

    #[cfg(feature = "migration")]
    pub(crate) fn migration_report(&self) -> MigrationReport {
        MigrationReport::new(
            &self.lasting.usage,
            self.config.migration.as_ref(),
            self.issuers.legacy_issuers(),
            &*self.lasting.clock,
        )
    }

    /// Judges a request by its head and by what is known. Never waits.
    ///
    /// `source` says where the token is; none: where the settings say. `wait` is the wait that the request comes from.
    pub(crate) fn judge(
        &self,
        head: Head<'_>,
        source: Option<&TokenSource>,
        wait: Option<&Wait>,
    ) -> Verdict {
        let source = source.unwrap_or(&self.config.token_source);
        let (headers, uri) = (head.headers(), head.uri());
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
        let found = match source.read(headers, uri) {
            Ok(found) => found,
            Err(CredentialsError::Missing)
                if (self.needs_no_token(rule) || is_allowed_preflight())
                    && source.is_absent(headers, uri) =>
            {
                return Verdict::Anonymous;
            }
            Err(error) => return Verdict::Refused(error.into()),
        };
        self.judge_found(found.credentials(), wait, rule)
    }

    /// Judges the headers of a request whose method and path are not known: no route applies. Never waits.
    pub(crate) fn judge_headers(
        &self,
        headers: &HeaderMap,
        source: Option<&TokenSource>,
        wait: Option<&Wait>,
    ) -> Verdict {
        let source = source.unwrap_or(&self.config.token_source);
        let no_uri = Uri::default();
        match source.read(headers, &no_uri) {
            Ok(found) => self.judge_found(found.credentials(), wait, None),
            Err(CredentialsError::Missing)
                if self.config.allow_anonymous && source.is_absent(headers, &no_uri) =>
            {
                Verdict::Anonymous
            }
            Err(error) => Verdict::Refused(error.into()),
        }
    }

    /// Judges a bare token by what is known. Never waits.
    pub(crate) fn judge_token(&self, token: &[u8], wait: Option<&Wait>) -> Verdict {
        self.judge_found(Credentials::from_bare(token), wait, None)
    }

    fn judge_found(
        &self,
        found: Result<Credentials<'_>, CredentialsError>,
        wait: Option<&Wait>,
        rule: Option<&Arc<Rule>>,
    ) -> Verdict {
        match found {
            Ok(credentials) => {
                self.judge_credentials(credentials, wait.map(|wait| wait.asked), rule)
            }
            Err(error) => Verdict::Refused(error.into()),
        }
    }

    /// Whether a request passes without a token.
    fn needs_no_token(&self, rule: Option<&Arc<Rule>>) -> bool {
        rule.map_or(self.config.allow_anonymous, |rule| rule.public)
    }

    /// Whether the token is looked for in the query, by this source or by the settings.
    pub(crate) fn reads_query(&self, source: Option<&TokenSource>) -> bool {
        matches!(
            source.unwrap_or(&self.config.token_source),
            TokenSource::Query(_)
        )
    }

    /// What follows from an undecided verdict: a wait, or a decision if there is nothing to wait for.
    pub(crate) fn wait_for(
        self: &Arc<Self>,
        undecided: Undecided,
    ) -> Result<Wait, Result<Accepted, AuthError>> {
        match Wait::begin(self, &undecided) {
            Ok(Some(wait)) => Ok(wait),
            Ok(None) => Err(self.decide(undecided)),
            Err(error) => Err(Err(error)),
        }
    }

    /// The decision on a request that has waited and is judged again. None: it waits on.
    pub(crate) fn decide_after(
        &self,
        wait: &mut Wait,
        verdict: Verdict,
    ) -> Option<Result<Accepted, AuthError>> {
        match verdict {
            Verdict::Accepted(accepted) => Some(Ok(accepted)),
            Verdict::Refused(refused) => Some(Err(refused.into())),
            // Who waits has sent credentials.
            Verdict::Anonymous => Some(Err(CredentialsError::Missing.into())),
            Verdict::Undecided(undecided) if wait.go_on(&undecided) => None,
            Verdict::Undecided(undecided) => Some(self.decide(undecided)),
        }
    }

    /// Judges, and waits for the fetches that an undecided verdict wants, until there is a decision. `None`: anonymous.
    pub(crate) async fn settle(
        self: &Arc<Self>,
        judge: impl Fn(&Self, Option<&Wait>) -> Verdict,
    ) -> Result<Option<Accepted>, AuthError> {
        let undecided = match judge(self, None) {
            Verdict::Accepted(accepted) => return Ok(Some(accepted)),
            Verdict::Refused(refused) => return Err(refused.into()),
            Verdict::Anonymous => return Ok(None),
            Verdict::Undecided(undecided) => undecided,
        };
        let mut wait = match self.wait_for(undecided) {
            Ok(wait) => wait,
            Err(decision) => return decision.map(Some),
        };
        loop {
            poll_fn(|cx| wait.poll(cx)).await;
            let verdict = judge(self, Some(&wait));
            if let Some(decision) = self.decide_after(&mut wait, verdict) {
                return decision.map(Some);
            }
        }
    }

    fn decide(&self, undecided: Undecided) -> Result<Accepted, AuthError> {
        let verified = undecided.otherwise.decide()?;
        let at = self.moment(None);
        let admitted = self.admit(verified, at, undecided.rule.as_deref());
        admitted.map_err(AuthError::Refused)
    }

    fn moment(&self, asked: Option<u64>) -> Moment {
        Moment {
            date: self.lasting.clock.now(),
            now: self.lasting.keys.now(),
            clock_skew: self.config.clock_skew,
            ended: self.lasting.keys.ended(),
            asked,
        }
    }

    fn judge_credentials(
        &self,
        credentials: Credentials<'_>,
        asked: Option<u64>,
        rule: Option<&Arc<Rule>>,
    ) -> Verdict {
        let at = self.moment(asked);
        let fingerprint = self.tokens.fingerprint(credentials);
        let known = fingerprint.as_ref();
        let known = known.and_then(|fingerprint| self.known(fingerprint, at, rule));
        let opinion = match known {
            Some(opinion) => opinion,
            None => SCRATCH.with_borrow_mut(|scratch| {
                let opinion = self.consider(credentials, fingerprint, at, rule, scratch);
                scratch.clear();
                opinion
            }),
        };
        match opinion {
            Opinion::Accepted(verified) => match self.admit(verified, at, rule.map(|it| &**it)) {
                Ok(accepted) => Verdict::Accepted(accepted),
                Err(refused) => Verdict::Refused(refused),
            },
            // A malformed request is told so, whatever else is wrong. What passed every check has no such characters.
            Opinion::Refused(_) | Opinion::Undecided(_)
                if credentials.check_characters().is_err() =>
            {
                Verdict::Refused(CredentialsError::InvalidCharacter.into())
            }
            Opinion::Refused(error) => Verdict::Refused(error.into()),
            Opinion::Undecided(undecided) => Verdict::Undecided(undecided.under(rule)),
        }
    }

    /// The opinion on a token that was verified before. None if it must be judged again.
    fn known(
        &self,
        fingerprint: &Fingerprint,
        at: Moment,
        rule: Option<&Arc<Rule>>,
    ) -> Option<Opinion> {
        let verified = self.tokens.get(fingerprint)?;
        let authority = &verified.authority;
        // Another authority may accept it too, or the token is not good here.
        if rule.is_some_and(|rule| !rule.accepts_tokens_of(&authority.name)) {
            return None;
        }
        let lifetime = authority
            .rules
            .revalidate_lifetime(&verified.token, at.date);
        let holds = !matches!(lifetime, Err(TokenError::Expired | TokenError::TooOld))
            && verified.key.is_usable(at.now)
            && at.now < verified.issuer_until
            && !verified.issuer.is_replaced()
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

    /// Asks every authority that the token could be from and whose tokens the rule allows. One that accepts wins; else one that is undecided; else the one whose checks came
    /// furthest says why.
    fn consider(
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
        let known = self.issuers.known();
        let mut refusal = None;
        let mut undecided: Option<Undecided> = None;
        let holds_here =
            |authority: &Authority| rule.is_none_or(|rule| rule.accepts_tokens_of(&authority.name));
        if let Some(known) = known.get(issuer) {
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
        match (undecided, refusal) {
            (Some(undecided), _) => Opinion::Undecided(undecided),
            (None, Some(refusal)) => Opinion::Refused(refusal),
            (None, None) => self.opinion_of_nobody(token, issuer, at),
        }
    }

    /// Whether this authority's key must never be used again.
    pub(crate) fn is_forgotten(&self, authority: &Authority, kid: &str) -> bool {
        self.lasting.forgotten.contains(&authority.name, kid)
    }

    /// The last checks on a token that was verified, and the count of its use.
    fn admit(
        &self,
        verified: Arc<Verified>,
        at: Moment,
        rule: Option<&Rule>,
    ) -> Result<Accepted, Refused> {
        let legacy = verified.issuer.is_legacy();
        let migration = self.config.migration.as_ref().filter(|_| legacy);
        let stage = migration.map(|migration| (migration, migration.stage_at(at.date)));
        let announcement = match stage {
            Some((_, Stage::Refuse)) => {
                #[cfg(feature = "migration")]
                verified.usage.count(at.date, true, false);
                return Err(Refused::LegacyIssuer);
            }
            Some((migration, Stage::Announce)) => Some(Arc::clone(&migration.announcement)),
            Some((_, Stage::Accept)) | None => None,
        };
        #[cfg(feature = "migration")]
        verified
            .usage
            .count(at.date, verified.issuer.is_legacy(), true);
        let of_rule = rule.and_then(|rule| rule.requirement.as_ref());
        let mut requirements = self.config.requirement.iter().chain(of_rule);
        match requirements.find(|it| !it.is_met_by(&verified.token)) {
            Some(unmet) => Err(Refused::unmet_by(unmet, &verified.token)),
            None => Ok(Accepted {
                verified,
                announcement,
            }),
        }
    }
}

fn join(known: Option<Undecided>, one: Undecided) -> Undecided {
    match known {
        Some(known) => known.and(one),
        None => one,
    }
}

thread_local! {
    /// So that a refusal allocates nothing that grows with the token.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}
