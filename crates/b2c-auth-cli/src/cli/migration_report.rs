//! The options of `b2c-auth migration-report`.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct MigrationReportArguments {
    /// Where each replica serves its report; `/migration` is added to a URL without a path.
    #[arg(required = true, value_name = "URL")]
    pub(crate) urls: Vec<reqwest::Url>,
    /// Prints JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}
