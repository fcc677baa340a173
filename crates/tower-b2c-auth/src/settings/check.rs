//! `Settings` → what the layer runs on. Checked once, every mistake reported.

use std::{collections::BTreeMap, str::FromStr as _, sync::Arc, time::Duration};

use b2c_verify::{Algorithm, AlgorithmSet, Authority, ExpirationPolicy, Verifier};
use http::HeaderName;

use super::{
    Settings, SettingsError, authorities::AuthorityConfig, error::Mistakes, key_times::KeyTimes,
};
use crate::{
    claim_headers::ClaimHeaders,
    migration::Migration,
    refusal::Manner,
    requirement::{Requirement, all_of},
    token_source::TokenSource,
};

/// Settings that were checked.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) token_source: TokenSource,
    pub(crate) verifier: Verifier,
    /// In the order of `verifier.authorities()`.
    pub(crate) authorities: Vec<AuthorityConfig>,
    pub(crate) requirement: Option<Requirement>,
    /// None: RFC 6750's.
    pub(crate) refusal: Option<Arc<Manner>>,
    pub(crate) keys: KeyTimes,
    pub(crate) claim_headers: ClaimHeaders,
    pub(crate) migration: Option<Migration>,
    pub(crate) report_only: bool,
    pub(crate) verified_token_cache_bytes: u64,
}

impl Config {
    /// Whether this accepted issuer is one that is to go.
    pub(crate) fn is_legacy(&self, issuer: &str) -> bool {
        let Some(migration) = &self.migration else {
            return false;
        };
        migration
            .legacy_issuers
            .iter()
            .any(|legacy| legacy == issuer)
            || self.legacy_rules().any(|rule| rule.accepts_issuer(issuer))
    }

    /// The issuers that are to go, as far as they are known.
    pub(crate) fn legacy_issuers(&self) -> Vec<String> {
        let Some(migration) = &self.migration else {
            return Vec::new();
        };
        let mut all = migration.legacy_issuers.clone();
        for authority in self.authorities.iter().filter(|authority| authority.legacy) {
            all.extend(authority.issuers.iter().cloned());
        }
        all.extend(
            self.legacy_rules()
                .filter_map(|rule| rule.discovered_issuer())
                .map(str::to_owned),
        );
        all.sort_unstable();
        all.dedup();
        all
    }

    fn legacy_rules(&self) -> impl Iterator<Item = &Authority> {
        let all = self.authorities.iter().zip(self.verifier.authorities());
        all.filter(|(authority, _)| authority.legacy)
            .map(|(_, rule)| rule)
    }
}

impl Settings {
    /// Checks everything.
    ///
    /// # Errors
    ///
    /// All mistakes together.
    pub(crate) fn check(&self) -> Result<Config, SettingsError> {
        let mut mistakes = Mistakes::default();
        let token_source = self.token.check(&mut mistakes);
        self.check_audiences(&mut mistakes);
        let clock_skew = self.check_clock_skew(&mut mistakes);
        let algorithms = self.check_algorithms(&mut mistakes);
        if self.authorities.is_empty() {
            mistakes.add(
                "authorities",
                self.authorities.as_slice(),
                "names nobody; give tenant and policy, or openid_config",
            );
        }
        let (authorities, rules) = self.check_authorities(algorithms, &mut mistakes);
        let requirements = self.required_claims.iter().enumerate();
        let requirements: Vec<_> = requirements
            .filter_map(|(at, claim)| claim.check(&format!("required_claims[{at}]"), &mut mistakes))
            .collect();
        let refusal = self.refusal.as_ref();
        let refusal = refusal.and_then(|refusal| refusal.check(&mut mistakes));
        let keys = self.keys.check(&mut mistakes);
        let has_legacy_authority = self.authorities.iter().any(|authority| authority.legacy);
        let migration = self
            .migration
            .as_ref()
            .and_then(|migration| migration.check(has_legacy_authority, &mut mistakes));
        if has_legacy_authority && self.migration.is_none() {
            mistakes.add("migration", "", "is missing; an authority is marked as legacy, so say at least [migration] stage = \"accept\"");
        }
        let verifier = match Verifier::new(rules) {
            Ok(verifier) => Some(verifier),
            Err(error) => {
                mistakes.add("authorities", self.authorities.len(), error.to_string());
                None
            }
        };
        let expiration = if self.require_expiration_time {
            ExpirationPolicy::Required
        } else {
            ExpirationPolicy::Optional
        };
        let parts = verifier
            .zip(keys)
            .zip(self.check_claim_headers(&mut mistakes));
        mistakes.finish(parts.map(|((verifier, keys), claim_headers)| Config {
            token_source,
            verifier: verifier.clock_skew(clock_skew).expiration(expiration),
            authorities,
            requirement: (!requirements.is_empty()).then(|| all_of(requirements)),
            refusal: refusal.map(Arc::new),
            keys,
            claim_headers,
            migration,
            report_only: self.danger_report_only,
            verified_token_cache_bytes: self.verified_token_cache_bytes,
        }))
    }

    fn check_claim_headers(&self, mistakes: &mut Mistakes) -> Option<ClaimHeaders> {
        let mut names = BTreeMap::new();
        for (header, claim) in &self.claim_headers {
            if let Some(other) = names.insert(header.to_ascii_lowercase(), header) {
                let remedy = format!(
                    "is the same header as {other:?}, because the case of its letters does not count; delete one of the two"
                );
                mistakes.add("claim_headers", header, remedy);
            }
            let known_elsewhere = HEADERS_OF_HTTP
                .iter()
                .any(|name| header.eq_ignore_ascii_case(name));
            if header.parse::<HeaderName>().is_err() || known_elsewhere {
                mistakes.add("claim_headers", header, "is not a header that a claim can go into; write a name of your own, such as \"x-auth-subject\"");
            }
            if claim.is_empty() {
                mistakes.add(
                    format!("claim_headers.{header}"),
                    claim,
                    "is empty; name the claim, such as \"sub\"",
                );
            }
        }
        ClaimHeaders::new(&self.claim_headers)
    }

    fn check_audiences(&self, mistakes: &mut Mistakes) {
        let all_have_own = !self.authorities.is_empty()
            && self.authorities.iter().all(|authority| {
                !authority.audiences.is_empty() || authority.danger_accept_any_audience
            });
        if self.audiences.is_empty() && !all_have_own {
            mistakes.add("audiences", self.audiences.as_slice(), "is empty; give the application (client) id of this API, or tokens for any other API would do");
        }
        no_blank("audiences", &self.audiences, mistakes);
    }

    fn check_clock_skew(&self, mistakes: &mut Mistakes) -> Duration {
        let skew = mistakes
            .note("clock_skew", &self.clock_skew, self.clock_skew.parse())
            .unwrap_or_default();
        if skew > MAX_CLOCK_SKEW {
            mistakes.add(
                "clock_skew",
                &self.clock_skew,
                "must not be longer than \"5m\"; expired tokens would be accepted for so long",
            );
        }
        skew
    }

    fn check_algorithms(&self, mistakes: &mut Mistakes) -> AlgorithmSet {
        let mut known = Vec::new();
        for name in &self.algorithms {
            match Algorithm::from_str(name) {
                Ok(algorithm) if algorithm.is_symmetric() => {
                    mistakes.add("algorithms", name, "is symmetric: whoever can check such a token can also make one; B2C signs with RS256");
                }
                Ok(algorithm) => known.push(algorithm),
                Err(_) => mistakes.add(
                    "algorithms",
                    name,
                    "is not an algorithm this layer verifies; B2C signs with RS256",
                ),
            }
        }
        if self.algorithms.is_empty() {
            mistakes.add(
                "algorithms",
                self.algorithms.as_slice(),
                "is empty; write [\"RS256\"], or leave it out",
            );
        }
        AlgorithmSet::new(known)
    }
}

pub(super) fn no_blank(field: &str, values: &[String], mistakes: &mut Mistakes) {
    for value in values {
        if value.is_empty() || value.trim() != value {
            mistakes.add(
                field,
                value,
                "must not be empty, nor start or end with a space; it is compared exactly",
            );
        }
    }
}

/// The tolerance Microsoft's own library has by default; more hides a broken clock.
const MAX_CLOCK_SKEW: Duration = Duration::from_secs(300);

/// What the message itself or the connection needs.
const HEADERS_OF_HTTP: [&str; 7] = [
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
];
