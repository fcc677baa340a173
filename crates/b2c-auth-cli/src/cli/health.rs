//! The options of `b2c-auth health`.

use clap::Args;

use super::url::http_url;

#[derive(Debug, Args)]
pub(crate) struct HealthArguments {
    /// The probe at --admin-listen: /livez or /readyz.
    #[arg(value_name = "URL", default_value = "http://127.0.0.1:9100/livez", value_parser = http_url)]
    pub(crate) url: reqwest::Url,
}
