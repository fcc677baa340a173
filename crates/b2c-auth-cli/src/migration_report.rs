//! `b2c-auth migration-report`: combines the reports of all replicas.

use std::{collections::HashSet, error::Error, net::SocketAddr, process::ExitCode, time::Duration};

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
    let urls: Vec<_> = arguments.urls.into_iter().map(report_url).collect();
    let mut seen = HashSet::new();
    if let Some(twice) = urls.iter().find(|url| !seen.insert(*url)) {
        return Err(format!("{twice} is given twice; name each replica once").into());
    }
    let mut reports = Vec::new();
    let mut without_report = Vec::new();
    for url in urls {
        match report_of_one(&client, url.clone()).await {
            Ok(report) => reports.push(report),
            Err(error) => without_report.push((url, error)),
        }
    }

    let mut merged = MigrationReport::merge(reports);
    if let Ok(report) = &mut merged {
        // A replica without a report may have counted a use that the others did not.
        if report.verdict == Verdict::SafeToRemove && !without_report.is_empty() {
            report.verdict = Verdict::NotEnoughEvidence;
            let reason = "A replica gave no report, so a use there may have gone unnoticed.";
            report.reasons = vec![reason.into()];
        }
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
        Ok(Verdict::SafeToRemove) => ExitCode::SUCCESS,
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

/// # Errors
///
/// If the name may stand for several replicas, of which only one would answer, or the report cannot be fetched.
async fn report_of_one(client: &Client, url: Url) -> Result<MigrationReport, Box<dyn Error>> {
    if let Some(host) = url.domain() {
        let port = url.port_or_known_default().unwrap_or_default();
        let addresses = tokio::net::lookup_host((host, port)).await?;
        if may_be_several(addresses) {
            return Err("the name has several addresses, and only one of them would be asked; give the address of each replica".into());
        }
    }
    fetch(client, url).await
}

/// Whether there are two addresses of one kind. A replica may have an IPv4 address and an IPv6 address.
fn may_be_several(addresses: impl Iterator<Item = SocketAddr>) -> bool {
    let addresses: HashSet<_> = addresses.collect();
    let (v4, v6): (Vec<_>, Vec<_>) = addresses.into_iter().partition(SocketAddr::is_ipv4);
    v4.len() > 1 || v6.len() > 1
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The bug: behind a name with several addresses, one replica answered for all, so an issuer in use counted as safe to remove.
    #[test]
    fn several_addresses_of_one_kind_may_be_several_replicas() {
        let several = |texts: &[&str]| {
            let addresses = texts.iter().map(|text| text.parse().unwrap());
            may_be_several(addresses)
        };
        assert!(!several(&[
            "10.0.0.11:9100",
            "[fd00::11]:9100",
            "10.0.0.11:9100"
        ]));
        assert!(several(&["10.0.0.11:9100", "10.0.0.12:9100"]));
        assert!(several(&[
            "10.0.0.11:9100",
            "[fd00::11]:9100",
            "[fd00::12]:9100"
        ]));
    }
}
