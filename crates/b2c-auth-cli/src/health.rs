//! `b2c-auth health`: a probe that needs no shell.

use std::{error::Error, process::ExitCode, time::Duration};

use reqwest::{Client, StatusCode, redirect::Policy};

use crate::cli::HealthArguments;

pub(crate) async fn run(arguments: &HealthArguments) -> Result<ExitCode, Box<dyn Error>> {
    let client = Client::builder()
        .timeout(TIMEOUT)
        .redirect(Policy::none())
        .no_proxy()
        .build()?;
    let answer = client.get(arguments.url.clone()).send().await?;
    match answer.status() {
        StatusCode::OK => Ok(ExitCode::SUCCESS),
        status => Err(format!("{} answered with status {status}", arguments.url).into()),
    }
}

const TIMEOUT: Duration = Duration::from_secs(3);
