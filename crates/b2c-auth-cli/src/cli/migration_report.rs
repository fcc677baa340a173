//! The options of `b2c-auth migration-report`.

use clap::Args;

use super::url::http_url;

#[derive(Debug, Args)]
pub(crate) struct MigrationReportArguments {
    /// The URL of each replica's report, not that of a load balancer. The default path is /migration.
    #[arg(required = true, value_name = "URL", value_parser = http_url)]
    pub(crate) urls: Vec<reqwest::Url>,
    /// Prints JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}
