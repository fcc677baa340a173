//! Metrics for Prometheus. They are read from the gateway's state on each scrape, at no cost to requests.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text::encode},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
    registry::Registry,
};
use tower_b2c_auth::{AuthorityStatus, migration::Verdict};

use super::state::Gateway;

pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// # Errors
///
/// If writing to memory fails.
pub(super) fn text(gateway: &Gateway) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("b2c_auth");
    registry.register_collector(Box::new(FromGateway(gateway.clone())));
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}

#[derive(Debug)]
struct FromGateway(Gateway);

/// Each usage row has two sets of labels: one for its accepted tokens and one for its refused ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TokenLabels {
    issuer: String,
    client_id: String,
    audience: String,
    legacy: bool,
    outcome: &'static str,
}

/// `accepted`, `anonymous` or the refusal's reason: a fixed set of words.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DecisionLabels {
    outcome: &'static str,
}

/// What is wrong with the proxy's headers: `missing`, `repeated`, `invalid`, `invalid_call` (over gRPC) or `of_another_proxy`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct UnreadableLabels {
    header: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ApplicationLabels {
    client_id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AuthorityLabels {
    authority: String,
}

impl Collector for FromGateway {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        self.decisions(&mut encoder)?;
        self.unreadable(&mut encoder)?;
        self.tokens(&mut encoder)?;
        self.authorities(&mut encoder)?;
        self.migration(&mut encoder)
    }
}

impl FromGateway {
    fn decisions(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let decisions = self.0.auth.decisions();
        let counter = prometheus_client::metrics::MetricType::Counter;
        let mut family =
            encoder.encode_descriptor("requests", "Requests by outcome", None, counter)?;
        let passed = [
            ("accepted", decisions.accepted),
            ("anonymous", decisions.anonymous),
        ];
        for (outcome, count) in passed.into_iter().chain(decisions.refused) {
            ConstCounter::new(count).encode(family.encode_family(&DecisionLabels { outcome })?)?;
        }
        Ok(())
    }

    fn unreadable(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut family = encoder.encode_descriptor(
            "unreadable_requests",
            "Requests that were refused because the proxy does not say what the original request was",
            None,
            prometheus_client::metrics::MetricType::Counter,
        )?;
        for (header, count) in self.0.unreadable.counts() {
            let labels = UnreadableLabels { header };
            ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn tokens(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut family = encoder.encode_descriptor(
            "verified_tokens",
            "Requests with a verified token",
            None,
            prometheus_client::metrics::MetricType::Counter,
        )?;
        for row in self.0.auth.migration_report().rows {
            for (outcome, count) in [("accepted", row.accepted), ("refused_legacy", row.refused)] {
                let labels = TokenLabels {
                    issuer: row.issuer.clone(),
                    client_id: row.client_id.clone().unwrap_or_default(),
                    audience: row.audience.clone(),
                    legacy: row.legacy,
                    outcome,
                };
                ConstCounter::new(count).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }

    fn authorities(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let health = self.0.auth.health();
        let gauge = prometheus_client::metrics::MetricType::Gauge;
        let mut keys =
            encoder.encode_descriptor("usable_keys", "Keys for verifying tokens", None, gauge)?;
        for authority in health.authorities() {
            let labels = AuthorityLabels {
                authority: authority.authority.clone(),
            };
            ConstGauge::new(i64::try_from(authority.usable_keys).unwrap_or(i64::MAX))
                .encode(keys.encode_family(&labels)?)?;
        }
        let mut fetching = encoder.encode_descriptor(
            "fetch_failing",
            "Whether the last fetch of the keys failed",
            None,
            gauge,
        )?;
        for authority in health.authorities() {
            let labels = AuthorityLabels {
                authority: authority.authority.clone(),
            };
            let failing = matches!(
                authority.status,
                AuthorityStatus::Stale { .. }
                    | AuthorityStatus::Cold {
                        last_error: Some(_)
                    }
            );
            ConstGauge::new(i64::from(failing)).encode(fetching.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn migration(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let report = self.0.auth.migration_report();
        let safe = report.verdict == Verdict::SafeToRemove;
        let gauge = prometheus_client::metrics::MetricType::Gauge;
        let metric = encoder.encode_descriptor(
            "legacy_issuer_removable",
            "Whether the legacy issuers can be removed: they were not used during the quiet period, and any use would have been counted",
            None,
            gauge,
        )?;
        ConstGauge::new(i64::from(safe)).encode(metric)?;
        let Some(users) = report.legacy_users else {
            return Ok(());
        };
        let mut family = encoder.encode_descriptor(
            "legacy_users",
            "Estimated number of users with tokens of a legacy issuer in the last seven days",
            None,
            gauge,
        )?;
        for application in users.applications {
            let labels = ApplicationLabels {
                client_id: application.client_id.unwrap_or_default(),
            };
            ConstGauge::new(i64::try_from(application.users).unwrap_or(i64::MAX))
                .encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
