//! A table of customers, each with its own Entra External ID tenant.

use std::{
    error::Error,
    fmt,
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, OptionalExtension as _};
use tower_b2c_auth::{AuthoritySettings, TenantSource, UnknownIssuer, external_id};

/// A table of customers.
#[derive(Clone)]
pub struct Customers(Arc<Mutex<Connection>>);

type BoxError = Box<dyn Error + Send + Sync>;

impl Customers {
    /// Opens the database, and creates the table if it is missing.
    ///
    /// # Errors
    ///
    /// If SQLite fails.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let database = Connection::open(path)?;
        database.execute_batch(
            "CREATE TABLE IF NOT EXISTS customers (
                issuer TEXT PRIMARY KEY,
                subdomain TEXT NOT NULL,
                tenant_id TEXT NOT NULL
            ) STRICT",
        )?;
        Ok(Self(Arc::new(Mutex::new(database))))
    }

    /// Adds a customer. The issuer is stored here, when the customer signs the contract, and never comes from a token.
    ///
    /// # Errors
    ///
    /// If SQLite fails.
    pub fn add(&self, subdomain: &str, tenant_id: &str) -> rusqlite::Result<()> {
        let issuer = format!("https://{tenant_id}.ciamlogin.com/{tenant_id}/v2.0");
        let database = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let statement = "INSERT OR REPLACE INTO customers VALUES (?1, ?2, ?3)";
        database.execute(statement, [&*issuer, subdomain, tenant_id])?;
        Ok(())
    }

    /// The subdomain and the tenant id of the customer with this issuer.
    ///
    /// # Errors
    ///
    /// If SQLite fails.
    pub fn with_issuer(&self, issuer: &str) -> rusqlite::Result<Option<(String, String)>> {
        let database = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = database
            .prepare_cached("SELECT subdomain, tenant_id FROM customers WHERE issuer = ?1")?;
        let row = statement.query_row([issuer], |row| Ok((row.get(0)?, row.get(1)?)));
        row.optional()
    }
}

impl TenantSource for Customers {
    fn find<'a>(
        &'a self,
        issuer: UnknownIssuer<'a>,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<AuthoritySettings>, BoxError>> + Send + 'a>> {
        let (customers, issuer) = (self.clone(), issuer.lookup_key().to_owned());
        Box::pin(async move {
            // SQLite blocks.
            let row = tokio::task::spawn_blocking(move || customers.with_issuer(&issuer)).await??;
            let authority = row.map(|(subdomain, id)| external_id(subdomain, id).into());
            Ok(authority.unwrap_or_default())
        })
    }
}

impl fmt::Debug for Customers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Customers").finish_non_exhaustive()
    }
}
