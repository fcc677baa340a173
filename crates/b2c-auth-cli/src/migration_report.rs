//! `b2c-auth migration-report`: combines the reports of all replicas.

use std::{error::Error, process::ExitCode, time::Duration};

use reqwest::{Client, StatusCode, Url};
use tower_b2c_auth::migration::{MergeError, MigrationReport, Verdict};

use crate::{cli::MigrationReportArguments, output};

/// Exit status 0: safe to remove; 1: keep; otherwise 2: not enough evidence, no report from a replica, reports that cannot be combined, or another error.
pub(crate) async fn run(arguments: MigrationReportArguments) -> Result<ExitCode, Box<dyn Error>> {
    let verdict = report(arguments).await;
    Ok(verdict.unwrap_or_else(|error| {
        output::report(output::NAME, error.as_ref());
        ExitCode::from(2)
    }))
}

async fn report(arguments: MigrationReportArguments) -> Result<ExitCode, Box<dyn Error>> {
    let client = Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()?;
    let mut reports = Vec::new();
    let mut without_report = Vec::new();
    for url in arguments.urls {
        match fetch(&client, report_url(url.clone())).await {
            Ok(report) => reports.push(report),
            Err(error) => without_report.push((url, error)),
        }
    }

    let merged = MigrationReport::merge(reports);
    if let Ok(report) = &merged {
        let text = match arguments.json {
            true => serde_json::to_string_pretty(report)? + "\n",
            false => report.to_string(),
        };
        output::print(&text)?;
    }
    for (url, error) in &without_report {
        output::report(format_args!("no report from {url}"), error.as_ref());
    }
    if merged.is_ok() && !without_report.is_empty() {
        output::note("the report covers only the other replicas");
    }
    if let Err(error @ MergeError::OtherSalt { .. }) = &merged {
        output::note(error);
    }
    Ok(match merged.map(|report| report.verdict) {
        Ok(Verdict::Keep) => ExitCode::from(1),
        // A replica without a report may have counted a use that the others did not.
        Ok(Verdict::SafeToRemove) if without_report.is_empty() => ExitCode::SUCCESS,
        _ => ExitCode::from(2),
    })
}

/// Adds the path of the report to a URL without a path.
fn report_url(mut url: Url) -> Url {
    if url.path() == "/" {
        url.set_path("/migration");
    }
    url
}

async fn fetch(client: &Client, url: Url) -> Result<MigrationReport, Box<dyn Error>> {
    let mut response = client.get(url).send().await?;
    if response.status() != StatusCode::OK {
        return Err(format!("it answered with status {}", response.status()).into());
    }
    let mut document = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if document.len() + chunk.len() > MAX_REPORT_BYTES {
            return Err(format!("its report is larger than {MAX_REPORT_BYTES} bytes").into());
        }
        document.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&document).map_err(|error| {
        let remedy = "use a b2c-auth of the same version as the replica";
        format!("its report cannot be parsed: {error}; {remedy}").into()
    })
}

const TIMEOUT: Duration = Duration::from_secs(10);
/// A thousand rows of two kilobytes, with room to spare.
const MAX_REPORT_BYTES: usize = 4 << 20;
