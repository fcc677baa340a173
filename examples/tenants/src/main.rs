//! An API for customers that each have their own tenant, listed in an SQLite table.
//!
//! Run with `cargo run --manifest-path examples/tenants/Cargo.toml -- customers.db <subdomain> <tenant id>`, which adds a customer first.

mod source;

use std::{env, error::Error, path::Path};

use axum::{Router, routing::get};
use tokio::net::TcpListener;
use tower_b2c_auth::{B2cAuthLayer, SettingsError, VerifiedClaims};

use self::source::Customers;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [path, customer @ ..] = arguments.as_slice() else {
        return Err("usage: b2c-tenants DATABASE [SUBDOMAIN TENANT_ID]".into());
    };
    let customers = Customers::open(Path::new(path))?;
    if let [subdomain, tenant_id] = customer {
        customers.add(subdomain, tenant_id)?;
    }
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, app(customers)?).await?;
    Ok(())
}

fn app(customers: Customers) -> Result<Router, SettingsError> {
    let auth = B2cAuthLayer::builder()
        .tenant_source(customers)
        .audience("00001111-aaaa-2222-bbbb-3333cccc4444")
        .build()?;
    Ok(Router::new().route("/", get(whoami)).layer(auth))
}

/// Which customer the user belongs to. The issuer identifies the customer; the authority's name may not.
async fn whoami(claims: VerifiedClaims) -> String {
    claims.issuer().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_customer_is_found_by_its_issuer_as_it_is() -> Result<(), Box<dyn Error>> {
        const ID: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
        let customers = Customers::open(Path::new(":memory:"))?;
        customers.add("contoso", ID)?;
        let issuer = format!("https://{ID}.ciamlogin.com/{ID}/v2.0");
        let found = customers.with_issuer(&issuer)?;
        assert_eq!(found, Some(("contoso".into(), ID.into())));
        // Only an exact match counts, and the text is never executed as SQL.
        for other in [format!("{issuer}/"), "' OR 1=1 --".into(), String::new()] {
            assert_eq!(customers.with_issuer(&other)?, None);
        }
        assert!(app(customers)?.has_routes());
        Ok(())
    }
}
