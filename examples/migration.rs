//! A whole migration from `login.microsoftonline.com` to `b2clogin.com`, with two applications and 17 days in a second.
//!
//! Run with `cargo run --example migration`. It exits 0 only if each stage behaved.

#![expect(
    clippy::print_stdout,
    reason = "printing what happens is what this example is for"
)]

use std::{process::ExitCode, time::Duration};

use axum::{Router, body::Body, http::Request, response::Response, routing::get};
use b2c_emulator::{Emulator, IssuerForm};
use tower::ServiceExt as _;
use tower_b2c_auth::{
    AuthoritySettings, B2cAuthBuilder, B2cAuthLayer, Clock as _, ManualClock, MigrationSettings,
    NumericDate, Settings, VerifiedClaims,
    migration::{Stage, Verdict},
};

const POLICY: &str = "B2C_1_signupsignin1";
const API: &str = "00001111-aaaa-2222-bbbb-3333cccc4444";
const WEB: &str = "web-app";
const MOBILE: &str = "mobile-app";
const DAY: Duration = Duration::from_secs(86_400);

type Error = Box<dyn std::error::Error>;

/// The tenant, the API, and whether everything went as expected.
struct Story {
    tenant: Emulator,
    clock: ManualClock,
    auth: B2cAuthLayer,
    app: Router,
    as_it_should: bool,
}

impl Story {
    async fn begin() -> Result<Self, Error> {
        let clock = ManualClock::at(NumericDate::from_secs(1_800_000_000));
        let wall = clock.clone();
        let tenant = Emulator::builder()
            .clock(move || std::time::SystemTime::UNIX_EPOCH + wall.now().as_unix())
            .start()
            .await?;
        let auth = B2cAuthBuilder::from(settings(&tenant, Stage::Accept, None))
            .clock(clock.clone())
            .build()?;
        let app = Router::new()
            .route(
                "/",
                get(|claims: VerifiedClaims| async move { claims.issuer().to_owned() }),
            )
            .layer(auth.clone());
        Ok(Self {
            tenant,
            clock,
            auth,
            app,
            as_it_should: true,
        })
    }

    async fn call(&self, application: &str, issuer: &IssuerForm) -> Result<Response, Error> {
        let token = self
            .tenant
            .token(POLICY)
            .audience(API)
            .client_id(application)
            .issuer(self.tenant.issuer(issuer))
            .sign();
        let request = Request::get("/")
            .header("authorization", format!("Bearer {token}"))
            .body(Body::empty())?;
        Ok(self.app.clone().oneshot(request).await?)
    }

    /// Sends a request, prints the answer and compares it with the expected one.
    async fn expect(
        &mut self,
        application: &str,
        issuer: IssuerForm,
        status: u16,
        announced: bool,
    ) -> Result<(), Error> {
        let response = self.call(application, &issuer).await?;
        let sunset = response
            .headers()
            .get("sunset")
            .and_then(|value| value.to_str().ok())
            .unwrap_or("-");
        let right = response.status() == status && (sunset != "-") == announced;
        println!(
            "  {} {application:<10} with the {} issuer: {}, sunset {sunset}",
            mark(right),
            name(&issuer),
            response.status()
        );
        self.as_it_should &= right;
        Ok(())
    }

    fn verdict(&mut self, expected: Verdict) {
        let report = self.auth.migration_report();
        let right = report.verdict == expected;
        println!(
            "  {} verdict: {}. {}",
            mark(right),
            report.verdict,
            report.reasons.join(" ")
        );
        self.as_it_should &= right;
    }

    fn pass(&mut self, days: u32) {
        self.clock.advance(DAY * days);
        println!("  … {days} days later");
    }
}

fn settings(tenant: &Emulator, stage: Stage, sunset: Option<&str>) -> Settings {
    let migration = MigrationSettings {
        stage,
        sunset: sunset.map(str::to_owned),
        notice: Some("https://contoso.example/moving-to-b2clogin".into()),
        ..MigrationSettings::from_issuer(tenant.issuer(&IssuerForm::Legacy))
    };
    Settings {
        audiences: vec![API.into()],
        authorities: vec![AuthoritySettings::openid_config(
            tenant.metadata_url(POLICY),
        )],
        migration: Some(migration),
        ..Settings::default()
    }
}

fn mark(right: bool) -> &'static str {
    if right { "ok   " } else { "WRONG" }
}

fn name(issuer: &IssuerForm) -> &'static str {
    if *issuer == IssuerForm::Legacy {
        "legacy"
    } else {
        "new"
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode, Error> {
    let mut story = Story::begin().await?;

    println!("accept: the API accepts both issuers, nothing has moved");
    story.expect(WEB, IssuerForm::Legacy, 200, false).await?;
    story.expect(MOBILE, IssuerForm::Legacy, 200, false).await?;
    story.verdict(Verdict::Keep);

    println!("the web application moves");
    story.pass(3);
    story.expect(WEB, IssuerForm::Default, 200, false).await?;
    story.expect(MOBILE, IssuerForm::Legacy, 200, false).await?;
    story.pass(5);
    story.verdict(Verdict::Keep);

    println!("announce: clients that still use the legacy issuer are told");
    let sunset = Some("2027-03-31T00:00:00Z");
    story
        .auth
        .swap_settings(&settings(&story.tenant, Stage::Announce, sunset))?;
    story.expect(MOBILE, IssuerForm::Legacy, 200, true).await?;
    story.expect(WEB, IssuerForm::Default, 200, false).await?;

    println!("the mobile application moves");
    story.pass(1);
    story
        .expect(MOBILE, IssuerForm::Default, 200, false)
        .await?;
    story.pass(8);
    story.verdict(Verdict::SafeToRemove);

    println!("refuse: the legacy issuer is switched off");
    story
        .auth
        .swap_settings(&settings(&story.tenant, Stage::Refuse, sunset))?;
    story.expect(WEB, IssuerForm::Default, 200, false).await?;
    story
        .expect(MOBILE, IssuerForm::Default, 200, false)
        .await?;
    story
        .expect("forgotten", IssuerForm::Legacy, 401, false)
        .await?;

    println!("\n{}", story.auth.migration_report());
    Ok(if story.as_it_should {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
