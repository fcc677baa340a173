//! The page: its files, MSAL from its npm package, and the list of tenants.

use std::path::Path;

use axum::{Router, http::header, routing::get};
use tower_http::services::{ServeDir, ServeFile};

use crate::{Error, config::Config};

pub(crate) fn router(config: &Config) -> Result<Router, Error> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let msal = folder.join("node_modules/@azure/msal-browser/lib");
    let tenants = serde_json::to_string(&config.tenants)?;
    let json = [(header::CONTENT_TYPE, "application/json")];
    Ok(Router::new()
        .route("/tenants.json", get(async move || (json, tenants)))
        .route_service("/msal.js", ServeFile::new(msal.join("msal-browser.min.js")))
        .route_service(
            "/msal-redirect-bridge.js",
            ServeFile::new(msal.join("redirect-bridge/msal-redirect-bridge.min.js")),
        )
        .fallback_service(ServeDir::new(folder.join("page"))))
}
