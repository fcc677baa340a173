//! The rules that are the same for the tokens of all authorities.

use std::{str::FromStr as _, time::Duration};

use b2c_verify::{
    AcceptedTokens, Algorithm, AlgorithmSet, Audiences, ExpirationPolicy, TokenRules,
};

use crate::settings::{Mistakes, Settings, TextDuration};

/// What every authority asks of its tokens.
#[derive(Debug, Clone, Copy)]
pub(super) struct CommonRules {
    pub(super) clock_skew: Duration,
    pub(super) algorithms: AlgorithmSet,
    max_lifetime: Option<Duration>,
    max_age: Option<Duration>,
    accept: AcceptedTokens,
    expiration: ExpirationPolicy,
}

impl CommonRules {
    /// The rules of an authority with these audiences.
    pub(super) fn rules(self, audiences: Audiences) -> TokenRules {
        TokenRules::new(audiences)
            .clock_skew(self.clock_skew)
            .max_lifetime(self.max_lifetime)
            .max_age(self.max_age)
            .accept(self.accept)
            .expiration(self.expiration)
    }
}

impl Settings {
    pub(super) fn check_common_rules(&self, mistakes: &mut Mistakes) -> CommonRules {
        CommonRules {
            clock_skew: self.check_clock_skew(mistakes),
            algorithms: self.check_algorithms(mistakes),
            max_lifetime: limit("max_token_lifetime", &self.max_token_lifetime, mistakes),
            max_age: limit("max_token_age", &self.max_token_age, mistakes),
            accept: self.accept,
            expiration: if self.require_expiration_time {
                ExpirationPolicy::Required
            } else {
                ExpirationPolicy::Optional
            },
        }
    }

    fn check_clock_skew(&self, mistakes: &mut Mistakes) -> Duration {
        let skew = mistakes
            .note("clock_skew", &self.clock_skew, self.clock_skew.parse())
            .unwrap_or_default();
        if skew > MAX_CLOCK_SKEW {
            mistakes.add(
                "clock_skew",
                &self.clock_skew,
                "must not be longer than \"5m\"; expired tokens would be accepted for that long",
            );
        }
        skew
    }

    fn check_algorithms(&self, mistakes: &mut Mistakes) -> AlgorithmSet {
        let mut known = Vec::new();
        for name in &self.algorithms {
            match Algorithm::from_str(name) {
                Ok(algorithm) if algorithm.is_symmetric() => {
                    mistakes.add("algorithms", name, "is symmetric: anyone who can verify such a token can also forge one; B2C signs with RS256");
                }
                Ok(algorithm) => known.push(algorithm),
                Err(_) => mistakes.add(
                    "algorithms",
                    name,
                    "is not a supported algorithm; B2C signs with RS256",
                ),
            }
        }
        if self.algorithms.is_empty() {
            mistakes.add(
                "algorithms",
                self.algorithms.as_slice(),
                "is empty; write [\"RS256\"] or remove the setting",
            );
        }
        AlgorithmSet::new(known)
    }
}

fn limit(field: &str, text: &Option<TextDuration>, mistakes: &mut Mistakes) -> Option<Duration> {
    let text = text.as_ref()?;
    let limit = mistakes.note(field, text, text.parse())?;
    if limit.is_zero() {
        mistakes.add(
            field,
            text,
            "must be longer than nothing; write a duration such as \"24h\", or remove the setting",
        );
    }
    Some(limit)
}

/// The tolerance Microsoft's own library has by default; more hides a broken clock.
const MAX_CLOCK_SKEW: Duration = Duration::from_secs(300);
