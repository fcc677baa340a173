//! A page that signs users in with MSAL, and the API that it calls, behind the layer.
//!
//! `examples/spa/run` starts it with a local tenant of each kind. For tenants of your own, write a file like `app.json` and run
//! `cargo run -- that-file.json`.

mod api;
mod auth;
mod config;
mod cors;
mod page;

use std::path::PathBuf;

use axum::Router;
use tokio::net::TcpListener;

use crate::config::Config;

type Error = Box<dyn std::error::Error>;

fn app(config: &Config, ca: Option<&[u8]>) -> Result<Router, Error> {
    let api = api::router(auth::layer(config, ca)?);
    // Outside of the API's layer: a preflight has no token, and a page must be able to read a refusal.
    let api = api.layer(cors::layer(&config.other_pages)?);
    Ok(page::router(config)?.merge(api))
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(config), ca, None) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("usage: b2c-spa APP.json [CA.pem]".into());
    };
    let config: Config = serde_json::from_slice(&std::fs::read(config)?)?;
    let ca = ca.map(std::fs::read).transpose()?;
    let listener = TcpListener::bind(&config.listen).await?;
    println!("page http://localhost:{}/", listener.local_addr()?.port());
    axum::serve(listener, app(&config, ca.as_deref())?).await?;
    Ok(())
}
