//! The rules that all authorities share.
//!
//! Thousands of authorities differ in their issuers and keys, and rarely in their rules. Those with the common audiences therefore hold clones of one
//! [`TokenRules`], which share its lists; Entra ID's have one of their own.

use std::{str::FromStr as _, time::Duration};

use b2c_verify::{Algorithm, AlgorithmSet, Audiences, ExpirationPolicy, TokenRules};

use super::names::tenant_id;
use crate::settings::{Family, Mistakes, Settings, TextDuration};

/// The rules for the tokens of every authority.
#[derive(Debug)]
pub(super) struct CommonRules {
    pub(super) clock_skew: Duration,
    pub(super) algorithms: AlgorithmSet,
    base: TokenRules,
    usual: TokenRules,
    usual_of_entra_id: TokenRules,
}

impl CommonRules {
    /// The rules of an authority with its own audiences.
    pub(super) fn rules(&self, audiences: Audiences) -> TokenRules {
        self.base.clone().audiences(audiences)
    }

    /// The rules of an authority with the common audiences. Entra ID's authorities share one value, all others another.
    pub(super) fn usual(&self, family: Family) -> TokenRules {
        match family {
            Family::B2c | Family::ExternalId => self.usual.clone(),
            Family::EntraId => self.usual_of_entra_id.clone(),
        }
    }
}

/// The audiences of these names.
pub(super) fn audiences(family: Family, names: &[String]) -> Audiences {
    let named = names.iter().cloned();
    match family {
        Family::B2c | Family::ExternalId => Audiences::any_of(named),
        Family::EntraId => {
            let ids = names.iter().filter(|name| stands_for_its_uri(name));
            Audiences::any_of(named.chain(ids.map(|id| format!("api://{id}"))))
        }
    }
}

/// Whether an audience is an application's id, which for Entra ID also stands for `api://<id>`: the default application ID URI, which only this application
/// can have. Version 1.0 tokens name the URI or the id, depending on what the client asked for.
pub(crate) fn stands_for_its_uri(audience: &str) -> bool {
    tenant_id(audience).is_ok()
}

impl Settings {
    pub(super) fn check_common_rules(&self, mistakes: &mut Mistakes) -> CommonRules {
        let clock_skew = self.check_clock_skew(mistakes);
        let algorithms = self.check_algorithms(mistakes);
        let expiration = if self.require_expiration_time {
            ExpirationPolicy::Required
        } else {
            ExpirationPolicy::Optional
        };
        let base = TokenRules::new(Audiences::any_of([""; 0]))
            .algorithms(algorithms)
            .clock_skew(clock_skew)
            .max_lifetime(limit(
                "max_token_lifetime",
                &self.max_token_lifetime,
                mistakes,
            ))
            .max_age(limit("max_token_age", &self.max_token_age, mistakes))
            .accept(self.accept)
            .expiration(expiration);
        let usual_of = |family| base.clone().audiences(audiences(family, &self.audiences));
        CommonRules {
            clock_skew,
            algorithms,
            usual: usual_of(Family::B2c),
            usual_of_entra_id: usual_of(Family::EntraId),
            base,
        }
    }

    fn check_clock_skew(&self, mistakes: &mut Mistakes) -> Duration {
        let skew = mistakes.duration("clock_skew", &self.clock_skew);
        let skew = skew.unwrap_or_default();
        if skew > MAX_CLOCK_SKEW {
            let remedy = "must not be longer than \"5m\"; expired tokens would be accepted for the whole clock_skew";
            mistakes.add("clock_skew", &self.clock_skew, remedy);
        }
        skew
    }

    fn check_algorithms(&self, mistakes: &mut Mistakes) -> AlgorithmSet {
        let mut known = Vec::new();
        for name in &self.algorithms {
            let algorithm = match Algorithm::from_str(name) {
                Ok(algorithm) if algorithm.is_symmetric() => Err(
                    "is symmetric: anyone who can verify such a token can also forge one; B2C signs with RS256; a secret among an authority's keys needs no entry here",
                ),
                Ok(algorithm) => Ok(algorithm),
                Err(_) => Err("is not a supported algorithm; B2C signs with RS256"),
            };
            known.extend(mistakes.note("algorithms", name, algorithm));
        }
        if self.algorithms.is_empty() {
            let remedy = "is empty; write [\"RS256\"] or remove the setting";
            mistakes.add("algorithms", self.algorithms.as_slice(), remedy);
        }
        AlgorithmSet::new(known)
    }
}

fn limit(field: &str, text: &Option<TextDuration>, mistakes: &mut Mistakes) -> Option<Duration> {
    let text = text.as_ref()?;
    let limit = mistakes.duration(field, text)?;
    if limit.is_zero() {
        let remedy =
            "must be more than \"0s\"; write a duration such as \"24h\", or remove the setting";
        mistakes.add(field, text, remedy);
    }
    Some(limit)
}

/// The default of Microsoft's own library. More would hide a broken clock.
const MAX_CLOCK_SKEW: Duration = Duration::from_secs(300);
