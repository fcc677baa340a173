//! `Settings` ─▶ `Config`: checks everything once, and reports every mistake.
//!
//! Each table has a `check` of its own. It returns `None` only if no usable value is left, so the check goes on after a mistake and finds the others too.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use b2c_verify::{Audiences, DecryptionKeys, TokenRules};
use http::HeaderName;

use super::{AuthorityConfig, listed_issuers::ListedIssuers};
use crate::{
    claim_headers::{ClaimHeaders, USER_ID},
    keys::{FetchConfig, KeyConfig},
    migration::MigrationConfig,
    refusal::ApimStyle,
    requirement::{Requirement, all_of},
    routes::Routes,
    settings::{ForgottenKey, Hidden, Mistakes, Settings, SettingsError, top_level_names},
    token_source::TokenSource,
};

/// The settings after the check.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) token_source: TokenSource,
    pub(crate) clock_skew: Duration,
    pub(crate) authorities: Vec<AuthorityConfig>,
    /// The rules that a token must pass before the source of tenants is asked about its issuer.
    pub(crate) unknown_issuer_rules: TokenRules,
    /// Listed issuers, each of which belongs to the authorities whose own issuers have the same tenant id. Empty if the check has already assigned them.
    pub(crate) unassigned_issuers: Vec<String>,
    pub(crate) requirement: Option<Requirement>,
    /// `None` if there are no routes.
    pub(crate) routes: Option<Routes>,
    /// `None` if refusals follow RFC 6750.
    pub(crate) refusal: Option<Arc<ApimStyle>>,
    /// Each names an existing authority, or none.
    pub(crate) forgotten_keys: Vec<ForgottenKey>,
    /// If empty, encrypted tokens are refused.
    pub(crate) decryption_keys: DecryptionKeys,
    pub(crate) keys: KeyConfig,
    pub(crate) fetch: FetchConfig,
    pub(crate) claim_headers: ClaimHeaders,
    pub(crate) migration: Option<MigrationConfig>,
    pub(crate) report_only: bool,
    pub(crate) allow_anonymous: bool,
    pub(crate) allow_preflights: bool,
    pub(crate) verified_token_cache_bytes: u64,
}

/// How many authorities the settings must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    AtLeastOne,
    /// None, because a source of tenants finds them.
    None,
}

impl Settings {
    /// # Errors
    ///
    /// All mistakes together.
    pub(crate) fn check(&self, authorities: Need) -> Result<Config, SettingsError> {
        let mut mistakes = Mistakes::default();
        let token_source = self.token.check(&mut mistakes);
        self.check_audiences(&mut mistakes);
        let common = self.check_common_rules(&mut mistakes);
        if self.authorities.is_empty() && authorities == Need::AtLeastOne {
            let remedy =
                "is empty; configure an authority with tenant and policy, or with openid_config";
            mistakes.add("authorities", self.authorities.as_slice(), remedy);
        }
        let listed = self.check_listed_issuers(&mut mistakes);
        let authorities = self.check_authorities(&common, &listed, &mut mistakes);
        self.check_unknown_issuers(&authorities, &mut mistakes);
        self.check_any_tenants(&authorities, &mut mistakes);
        let requirements = self.required_claims.iter().enumerate();
        let requirements: Vec<_> = requirements
            .filter_map(|(at, claim)| claim.check(&format!("required_claims[{at}]"), &mut mistakes))
            .collect();
        let routes = self.check_routes(&authorities, &mut mistakes);
        let refusal = self.refusal.as_ref();
        let refusal = refusal.and_then(|refusal| refusal.check(&mut mistakes));
        self.check_forgotten_keys(&authorities, &mut mistakes);
        let decryption_keys = self.check_decryption_keys(&mut mistakes);
        let keys = self.keys.check(&mut mistakes);
        let fetch = self.fetch.check(&mut mistakes);
        let has_legacy_authority = self.authorities.iter().any(|authority| authority.legacy);
        let migration = self.migration.as_ref();
        let migration = migration.and_then(|it| it.check(has_legacy_authority, &mut mistakes));
        if has_legacy_authority && self.migration.is_none() {
            let remedy = "is missing, but an authority is marked as legacy; add at least [migration] with stage = \"accept\"";
            mistakes.add("migration", "", remedy);
        }
        let parts = keys.zip(self.check_claim_headers(&mut mistakes));
        mistakes.finish(parts.map(|(keys, claim_headers)| Config {
            token_source,
            clock_skew: common.clock_skew,
            authorities,
            unknown_issuer_rules: common.rules(Audiences::danger_any()),
            unassigned_issuers: match listed {
                ListedIssuers::Assigned => Vec::new(),
                ListedIssuers::Unassigned(issuers) => issuers,
            },
            requirement: (!requirements.is_empty()).then(|| all_of(requirements)),
            routes,
            refusal: refusal.map(Arc::new),
            forgotten_keys: self.forgotten_keys.clone(),
            decryption_keys,
            keys,
            fetch,
            claim_headers,
            migration,
            report_only: self.danger_report_only,
            allow_anonymous: self.allow_anonymous,
            allow_preflights: self.allow_preflights,
            verified_token_cache_bytes: self.verified_token_cache_bytes,
        }))
    }

    fn check_claim_headers(&self, mistakes: &mut Mistakes) -> Option<ClaimHeaders> {
        let mut names = BTreeMap::new();
        for (header, claim) in &self.claim_headers {
            if let Some(other) = names.insert(header.to_ascii_lowercase(), header) {
                let remedy = format!(
                    "is the same header as {other:?}, because header names are case-insensitive; delete one of the two"
                );
                mistakes.add("claim_headers", header, remedy);
            }
            let known_elsewhere = HEADERS_OF_HTTP
                .iter()
                .any(|name| header.eq_ignore_ascii_case(name));
            if header.parse::<HeaderName>().is_err() || known_elsewhere {
                let remedy =
                    "cannot carry a claim; choose another header, such as \"x-auth-subject\"";
                mistakes.add("claim_headers", header, remedy);
            }
            if top_level_names().contains(&&**header) {
                let remedy = "is the name of a setting; if you mean the setting, write it in TOML above the first table, where it holds for all requests; if you mean a header, choose another name, such as \"x-auth-subject\"";
                mistakes.add(format!("claim_headers.{header}"), Hidden, remedy);
            }
            if let Some(remedy) = mistake_of_claim(claim) {
                mistakes.add(format!("claim_headers.{header}"), claim, remedy);
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
            let remedy = "is empty; set the application (client) id of this API, otherwise tokens for any API would be accepted";
            mistakes.add("audiences", self.audiences.as_slice(), remedy);
        }
        no_blank("audiences", &self.audiences, mistakes);
    }
}

/// What is wrong with what a claim header names.
fn mistake_of_claim(claim: &str) -> Option<String> {
    if claim.is_empty() {
        Some("is empty; name the claim, such as \"sub\"".to_owned())
    } else if claim.trim() != claim {
        Some("has white space at an end, which no claim's name has; remove it".to_owned())
    } else if claim.ends_with("()") && claim != USER_ID {
        Some(format!(
            "there is no such function; write {USER_ID} or the name of a claim"
        ))
    } else {
        None
    }
}

pub(super) fn no_blank(field: &str, values: &[String], mistakes: &mut Mistakes) {
    for value in values {
        if value.is_empty() || value.trim() != value {
            let remedy =
                "must not be empty or have white space at either end; it is compared exactly";
            mistakes.add(field, value, remedy);
        }
    }
}

/// Headers that HTTP itself uses, for the message or the connection.
const HEADERS_OF_HTTP: [&str; 7] = [
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
];
