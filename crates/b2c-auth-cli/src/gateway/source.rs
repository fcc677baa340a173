//! Files → settings → layer.

use std::{collections::BTreeMap, error::Error};

use tower_b2c_auth::{B2cAuthBuilder, B2cAuthLayer, Settings, migration::UsageSnapshot};

use crate::{
    cli::Source,
    policy::{self, read_file},
};

/// The layer of the gateway.
pub(super) type GatewayLayer = B2cAuthLayer;

pub(super) fn read(source: &Source) -> Result<Settings, Box<dyn Error>> {
    let mut settings = match (&source.config, &source.policy) {
        (Some(config), _) => {
            let settings = Settings::from_toml(&read_file(config)?);
            settings.map_err(|error| format!("{}: {error}", config.display()))?
        }
        (None, Some(policy)) => policy::read(policy, &source.references)?.settings,
        (None, None) => return Err("give --config or --policy".into()),
    };
    if settings.claim_headers.is_empty() {
        settings.claim_headers = BTreeMap::from([("x-auth-subject".into(), "sub".into())]);
    }
    Ok(settings)
}

pub(super) fn layer(
    settings: Settings,
    usage: Option<UsageSnapshot>,
) -> Result<GatewayLayer, Box<dyn Error>> {
    let mut builder = B2cAuthBuilder::from(settings);
    if let Some(usage) = usage {
        builder = builder.usage_snapshot(usage);
    }
    Ok(builder.build()?)
}
