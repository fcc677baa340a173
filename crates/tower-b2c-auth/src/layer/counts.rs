//! What has been counted.

use super::b2c_auth_layer::B2cAuthLayer;
use crate::decision::Decisions;
#[cfg(feature = "migration")]
use crate::migration::{MigrationReport, UsageSnapshot};

/// # What has been counted
impl B2cAuthLayer {
    /// Returns how many requests were accepted and refused, and why.
    ///
    /// The counts include requests to every clone and derived layer, and verdicts of [`authenticate`](Self::authenticate). Reading them does not slow
    /// requests down.
    ///
    /// For Prometheus, without any further library:
    ///
    /// ```
    /// use std::fmt::Write as _;
    /// use tower_b2c_auth::{B2cAuthLayer, b2c};
    ///
    /// fn metrics(auth: &B2cAuthLayer) -> String {
    ///     let decisions = auth.decisions();
    ///     let mut text = String::from("# TYPE auth_requests_total counter\n");
    ///     let _ = writeln!(text, "auth_requests_total{{decision=\"accepted\"}} {}", decisions.accepted);
    ///     let _ = writeln!(text, "auth_requests_total{{decision=\"anonymous\"}} {}", decisions.anonymous);
    ///     for (reason, count) in &decisions.refused {
    ///         let _ = writeln!(text, "auth_requests_total{{decision=\"{reason}\"}} {count}");
    ///     }
    ///     text
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").build()?;
    /// assert!(auth.authenticate("nonsense").await.is_err());
    /// assert!(metrics(&auth).contains("auth_requests_total{decision=\"malformed_shape\"} 1\n"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn decisions(&self) -> Decisions {
        self.current.shared.counters.read()
    }

    /// Returns who used which issuer, and whether the legacy issuers can be removed.
    ///
    /// It covers this process only: merge the reports of all replicas with [`MigrationReport::merge`] or `b2c-auth migration-report`. Serve it as JSON to
    /// operators alone, because it names client applications:
    ///
    /// ```
    /// use axum::{Json, Router, extract::State, routing::get};
    /// use tower_b2c_auth::{B2cAuthLayer, b2c, migration::{MigrationReport, Verdict}};
    ///
    /// async fn report(State(auth): State<B2cAuthLayer>) -> Json<MigrationReport> {
    ///     Json(auth.migration_report())
    /// }
    ///
    /// let auth = B2cAuthLayer::builder().authority(b2c("contoso").policy("B2C_1_a")).audience("api").build()?;
    /// let for_operators: Router = Router::new().route("/migration", get(report)).with_state(auth.clone());
    /// // Without a `[migration]` table, there is nothing to retire.
    /// assert_eq!(auth.migration_report().verdict, Verdict::SafeToRemove);
    /// # let _ = for_operators;
    /// # Ok::<(), tower_b2c_auth::SettingsError>(())
    /// ```
    #[cfg(feature = "migration")]
    pub fn migration_report(&self) -> MigrationReport {
        self.current.load().migration_report()
    }

    /// Returns all usage counted so far, for [`B2cAuthBuilder::usage_snapshot`](crate::B2cAuthBuilder::usage_snapshot). Save it every minute and at
    /// shutdown.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tower_b2c_auth::B2cAuthLayer;
    ///
    /// /// Saves the counts once a minute. Writes a new file and renames it, so that a crash leaves the old one.
    /// async fn keep_usage(auth: B2cAuthLayer) -> std::io::Result<()> {
    ///     loop {
    ///         let usage = serde_json::to_vec(&auth.usage_snapshot())?;
    ///         tokio::fs::write("usage.json.new", usage).await?;
    ///         tokio::fs::rename("usage.json.new", "usage.json").await?;
    ///         tokio::time::sleep(Duration::from_secs(60)).await;
    ///     }
    /// }
    /// ```
    #[cfg(feature = "migration")]
    pub fn usage_snapshot(&self) -> UsageSnapshot {
        self.current.load().usage_snapshot()
    }
}
