//! A request's head → verified claims or a refusal. All decisions of the layer are made here.

use std::{cell::RefCell, sync::Arc, time::Duration};

use b2c_verify::{
    AuthoritySet, Credentials, CredentialsError, NumericDate, Scratch, TokenError, ValidatedToken,
    VerifiedClaims,
};
use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture};
use http::{HeaderMap, Uri};

use crate::{
    claim_headers::ClaimHeaders,
    clock::Clock,
    config::Config,
    decisions::Tally,
    error::AuthError,
    keys::{Absence, KeyStore, LiveKey, Trigger},
    migration::{Announcement, Ledger, MigrationReport, RowName, Stage},
    refusal::Refusal,
    standing::{Standing, Standings},
    token_hash::Fingerprint,
    verified_tokens::VerifiedTokens,
};

/// Judges requests by one set of settings.
#[derive(Debug)]
pub(crate) struct Authenticator {
    config: Arc<Config>,
    keys: KeyStore,
    verified: VerifiedTokens,
    standings: Standings,
    records: Records,
    clock: Arc<dyn Clock>,
}

/// What is written down of requests; it outlives the settings.
#[derive(Debug, Clone)]
pub(crate) struct Records {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) tally: Arc<Tally>,
}

/// What became of a request.
pub(crate) enum Judgement {
    Accepted(Admission),
    Refused(Refusal),
    /// It depends on keys that are being fetched.
    Later(BoxFuture<'static, Result<Admission, Refusal>>),
}

/// A request that may pass.
pub(crate) struct Admission {
    pub(crate) claims: VerifiedClaims,
    /// What its client is to be told in the response.
    pub(crate) announcement: Option<Arc<Announcement>>,
    /// Which claims go out as headers, if any do.
    pub(crate) claim_headers: Option<ClaimHeaders>,
}

/// What became of a token with the keys that are known.
enum Finding {
    /// Its [`Standing`] is noted in the claims.
    Verified(VerifiedClaims),
    Refused(AuthError),
    /// All cheap checks passed, and none of the authorities that may be the token's has the key.
    UnknownKey {
        authorities: AuthoritySet,
        issued_at: Option<NumericDate>,
    },
    /// The issuer is not known, and these authorities have not yet told theirs.
    UnknownIssuer {
        undiscovered: AuthoritySet,
    },
}

impl Authenticator {
    pub(crate) fn new(
        config: Arc<Config>,
        keys: KeyStore,
        records: Records,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let verified = VerifiedTokens::new(config.verified_token_cache_bytes);
        Self {
            config,
            keys,
            verified,
            standings: Standings::default(),
            records,
            clock,
        }
    }

    pub(crate) fn is_report_only(&self) -> bool {
        self.config.report_only
    }

    pub(crate) fn migration_report(&self) -> MigrationReport {
        MigrationReport::new(
            &self.records.ledger,
            self.config.migration.as_ref(),
            self.config.legacy_issuers(),
            self.clock.now(),
        )
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn keys(&self) -> &KeyStore {
        &self.keys
    }

    /// Judges a request by its head. Never waits: what must wait is in [`Judgement::Later`].
    pub(crate) fn judge(self: &Arc<Self>, headers: &HeaderMap, uri: &Uri) -> Judgement {
        self.keys.ensure_running();
        let source = &self.config.token_source;
        source
            .read(headers, uri, |credentials| {
                self.judge_credentials(credentials)
            })
            .unwrap_or_else(|error| Judgement::Refused(self.refusal(error.into())))
    }

    /// Counts this refusal, and says how it is answered.
    pub(crate) fn refusal(&self, error: AuthError) -> Refusal {
        self.records.tally.refused(&error);
        Refusal::new(error, self.config.refusal.as_ref())
    }

    fn judge_credentials(self: &Arc<Self>, credentials: Credentials<'_>) -> Judgement {
        let now = self.clock.now();
        match self.find(credentials, now) {
            Finding::Verified(claims) => match self.admit(claims, now) {
                Ok(admission) => Judgement::Accepted(admission),
                Err(error) => Judgement::Refused(self.refusal(error)),
            },
            Finding::Refused(error) => Judgement::Refused(self.refusal(error)),
            Finding::UnknownKey { .. } | Finding::UnknownIssuer { .. } => {
                let this = Arc::clone(self);
                let bytes = credentials.as_bytes().to_owned();
                let judgement = async move {
                    let admission = match Credentials::from_bare(&bytes) {
                        Ok(credentials) => this.judge_with_fetch(credentials).await,
                        Err(error) => Err(error.into()),
                    };
                    admission.map_err(|error| this.refusal(error))
                };
                Judgement::Later(judgement.boxed())
            }
        }
    }

    /// Waits for fetches, at most `fetch_timeout` in all, and judges by what they bring.
    async fn judge_with_fetch(&self, credentials: Credentials<'_>) -> Result<Admission, AuthError> {
        let find = || self.find(credentials, self.clock.now());
        let asked_at = self.keys.now();
        let waiting = async {
            for _ in 0..MAX_FETCHES_PER_REQUEST {
                let seen = self.keys.progress();
                let (Finding::UnknownKey { authorities, .. }
                | Finding::UnknownIssuer {
                    undiscovered: authorities,
                }) = find()
                else {
                    return;
                };
                let mut fetches = self.keys.demand(authorities, Trigger::UnknownKey, &seen);
                if fetches.is_empty() {
                    return;
                }
                // One authority that answers is enough, so that one that hangs holds up nobody else's tokens.
                while fetches.next().await.is_some() {
                    if matches!(find(), Finding::Verified(_) | Finding::Refused(_)) {
                        return;
                    }
                }
            }
        };
        // What is known by then decides, whether the wait ended by itself or not.
        tokio::time::timeout(self.config.keys.fetch_timeout, waiting)
            .await
            .ok();

        match find() {
            Finding::Verified(claims) => self.admit(claims, self.clock.now()),
            Finding::Refused(error) => Err(error),
            Finding::UnknownKey {
                authorities,
                issued_at,
            } => Err(self.absent(authorities, issued_at, asked_at, TokenError::UnknownKey)),
            Finding::UnknownIssuer { undiscovered } => {
                Err(self.absent(undiscovered, None, asked_at, TokenError::UnknownIssuer))
            }
        }
    }

    /// Waits until each of these authorities has been asked. Returns whether that was before time.
    pub(crate) async fn await_fetch(&self, authorities: AuthoritySet, trigger: Trigger) -> bool {
        let fetches = self
            .keys
            .demand(authorities, trigger, &self.keys.progress());
        // The one under way, the one that is asked for, and room for their ends to be written down.
        let bound = self.config.keys.fetch_timeout.saturating_mul(3);
        tokio::time::timeout(bound, fetches.collect::<()>())
            .await
            .is_ok()
    }

    fn absent(
        &self,
        authorities: AuthoritySet,
        issued_at: Option<NumericDate>,
        asked_at: Duration,
        certain: TokenError,
    ) -> AuthError {
        match self.keys.absence(authorities, issued_at, asked_at) {
            Absence::Certain => certain.into(),
            Absence::Undecided { retry_after } => AuthError::KeysUnavailable { retry_after },
        }
    }

    /// Judges a token with the keys that are known.
    fn find(&self, credentials: Credentials<'_>, now: NumericDate) -> Finding {
        let fingerprint = self.verified.fingerprint(credentials);
        if let Some(fingerprint) = &fingerprint
            && let Some(claims) = self.verified.get(fingerprint)
        {
            let lifetime = self.config.verifier.revalidate_lifetime(&claims, now);
            let is_over = lifetime == Err(TokenError::Expired);
            let has_key = |standing: &Standing| standing.key.is_usable(self.keys.now());
            if is_over || !claims.note().is_some_and(has_key) {
                self.verified.forget(fingerprint);
            } else {
                return match lifetime {
                    Ok(()) => Finding::Verified(claims),
                    Err(error) => Finding::refused(error),
                };
            }
        }
        // Before the token is looked at: an issuer that is told in between would else be neither known to the token's check nor awaited.
        let undiscovered = self.keys.undiscovered();
        SCRATCH.with_borrow_mut(|scratch| {
            match self.config.verifier.validate(credentials, now, scratch) {
                Ok(token) => self.find_key(&token, undiscovered, fingerprint),
                // Whatever else is wrong, a malformed request is told so. What passed every check has no such characters.
                Err(_) if credentials.check_characters().is_err() => {
                    Finding::refused(CredentialsError::InvalidCharacter)
                }
                Err(TokenError::UnknownIssuer) if !undiscovered.is_empty() => {
                    Finding::UnknownIssuer { undiscovered }
                }
                Err(error) => Finding::refused(error),
            }
        })
    }

    /// Only the authorities of the token's exact issuer are asked, and of their keys only those of its `kid`.
    fn find_key(
        &self,
        token: &ValidatedToken<'_>,
        undiscovered: AuthoritySet,
        fingerprint: Option<Fingerprint>,
    ) -> Finding {
        let mut refusal = None;
        for authority in token.authorities().iter() {
            let attempt = |key: &Arc<LiveKey>| match token.verify(key) {
                Ok(claims) => Some((claims, Arc::clone(key))),
                Err(error) => {
                    refusal = Some(error);
                    None
                }
            };
            if let Some((claims, key)) = self.keys.try_keys(authority, token.kid(), attempt) {
                return Finding::Verified(self.remember(claims, &key, fingerprint));
            }
        }
        match (refusal, token.kid()) {
            (Some(error), _) => Finding::refused(error),
            (None, None) => Finding::refused(TokenError::MissingKeyId),
            (None, Some(kid)) if self.keys.is_forgotten(kid) => {
                Finding::refused(TokenError::UnknownKey)
            }
            (None, Some(_)) => Finding::UnknownKey {
                // One that has not told its issuer yet may turn out to be this token's.
                authorities: token.authorities().union(undiscovered),
                issued_at: token.issued_at(),
            },
        }
    }

    fn remember(
        &self,
        claims: VerifiedClaims,
        key: &Arc<LiveKey>,
        fingerprint: Option<Fingerprint>,
    ) -> VerifiedClaims {
        let name = RowName::of(&claims);
        let standing = self.standings.find(key, name).unwrap_or_else(|| {
            let new = Standing {
                key: Arc::clone(key),
                row: self.records.ledger.row(name),
                legacy: self.config.is_legacy(name.issuer),
            };
            self.standings.add(new, self.keys.now())
        });
        let claims = claims.with_note(standing);
        if let Some(fingerprint) = fingerprint {
            self.verified.insert(fingerprint, claims.clone());
        }
        claims
    }

    /// The last checks, and the count.
    fn admit(&self, claims: VerifiedClaims, now: NumericDate) -> Result<Admission, AuthError> {
        let Some(standing) = claims.note::<Standing>() else {
            // There is one in all claims that come here.
            return Err(TokenError::UnknownKey.into());
        };
        let stage = self
            .config
            .migration
            .as_ref()
            .filter(|_| standing.legacy)
            .map(|migration| (migration, migration.stage_at(now)));
        let announcement = match stage {
            Some((_, Stage::Refuse)) => {
                standing.row.count(now, true, false);
                return Err(AuthError::LegacyIssuer);
            }
            Some((migration, Stage::Announce)) => Some(Arc::clone(&migration.announcement)),
            Some((_, Stage::Accept)) | None => None,
        };
        standing.row.count(now, standing.legacy, true);
        match &self.config.requirement {
            Some(requirement) if !requirement.is_met_by(&claims) => {
                Err(AuthError::unmet(requirement))
            }
            _ => {
                self.records.tally.accepted();
                Ok(Admission {
                    claims,
                    announcement,
                    claim_headers: Some(&self.config.claim_headers)
                        .filter(|headers| !headers.is_empty())
                        .cloned(),
                })
            }
        }
    }
}

impl Finding {
    fn refused(error: impl Into<AuthError>) -> Self {
        Self::Refused(error.into())
    }
}

thread_local! {
    /// So that a refusal allocates nothing that grows with the token.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// The first may have ended while the request was looked at, the second may have begun before the key was published; the third has not.
const MAX_FETCHES_PER_REQUEST: usize = 3;
