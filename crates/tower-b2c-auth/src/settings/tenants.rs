//! How a source of tenants is asked.

use super::TextDuration;

/// How a [`TenantSource`](crate::TenantSource) is asked, and what it may answer. [`B2cAuthBuilder::tenants`](crate::B2cAuthBuilder::tenants) takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantSettings {
    /// Hosts that metadata and keys may be fetched from, in addition to Microsoft's: custom domains, each with its port if that is not the scheme's
    /// default. They are compared exactly. Only these may have a private address.
    pub hosts: Vec<String>,
    /// How many issuers known to the source are kept. Default 10,000. Beyond that, the source is asked again for the issuer confirmed longest ago, when a
    /// token from it arrives.
    pub max_tenants: u32,
    /// How long an answer with an authority counts before the source is asked again. A tenant that has left may still be accepted for this long. Default
    /// `1h`. If the source cannot answer then, the old answer counts for up to a day.
    pub ask_again_after: TextDuration,
    /// How long it is remembered that the source does not know an issuer. Default `1m`.
    pub absent_for: TextDuration,
    /// How many questions the source may be asked in a row. Default 100. Anybody can send tokens from made-up issuers. A question that finds a tenant does
    /// not count.
    pub questions: u32,
    /// How long it takes until one more question is allowed. Default `100ms`. Until then, tokens from issuers that are not known yet are answered with 503.
    pub question_interval: TextDuration,
    /// How many questions may be open at the same time. Default 64.
    pub max_questions_at_once: u32,
    /// How long an answer may take. Default `2s`.
    pub timeout: TextDuration,
}

impl Default for TenantSettings {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            max_tenants: 10_000,
            ask_again_after: "1h".into(),
            absent_for: "1m".into(),
            questions: 100,
            question_interval: "100ms".into(),
            max_questions_at_once: 64,
            timeout: "2s".into(),
        }
    }
}
