//! Everything behind one port: the tenants and their host names.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use axum::http::{HeaderMap, Uri, header, uri::Authority};
use tokio::sync::Notify;

use super::RequestLog;
use crate::{
    seed::{Kind, TenantSeed},
    tenants::Tenant,
    tls::CertificateAuthority,
};

pub(crate) struct Site {
    /// Never empty.
    pub(crate) tenants: Vec<Arc<Tenant>>,
    pub(crate) scheme: &'static str,
    /// The base URL for requests without a host.
    pub(crate) base: String,
    pub(crate) control: bool,
    pub(crate) authority: Option<Arc<CertificateAuthority>>,
    log: Mutex<RequestLog>,
    suspension: Suspension,
}

/// A requested suspension of the port.
#[derive(Default)]
struct Suspension {
    requested: Notify,
    time: Mutex<Duration>,
}

impl Site {
    pub(crate) fn new(
        tenants: Vec<Arc<Tenant>>,
        scheme: &'static str,
        base: String,
        control: bool,
        authority: Option<Arc<CertificateAuthority>>,
    ) -> Self {
        Self {
            tenants,
            scheme,
            base,
            control,
            authority,
            log: Mutex::default(),
            suspension: Suspension::default(),
        }
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, RequestLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tenant of this name, or the first tenant if there is no name.
    pub(crate) fn tenant(&self, name: Option<&str>) -> Option<Arc<Tenant>> {
        let mut tenants = self.tenants.iter();
        let wanted = |tenant: &&Arc<Tenant>| {
            name.is_none_or(|name| tenant.seed.name.eq_ignore_ascii_case(name))
        };
        tenants.find(wanted).cloned()
    }

    pub(crate) fn suspend_for(&self, time: Duration) {
        let mut requested = self
            .suspension
            .time
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *requested = time;
        self.suspension.requested.notify_one();
    }

    /// Waits for [`suspend_for`](Self::suspend_for), and returns its time.
    pub(crate) async fn suspended(&self) -> Duration {
        self.suspension.requested.notified().await;
        let time = self.suspension.time.lock();
        *time.unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> SystemTime {
        let first = self.tenants.first();
        first.map_or(SystemTime::UNIX_EPOCH, |tenant| tenant.now())
    }

    /// Resets all tenants and empties the log.
    pub(crate) fn reset(&self) {
        for tenant in &self.tenants {
            tenant.reset();
        }
        self.log().clear();
    }

    /// The base of the URLs in a response: like B2C, it uses the requested host. `None` for an unknown host.
    pub(crate) fn base_of(&self, uri: &Uri, headers: &HeaderMap) -> Option<String> {
        let Some(host) = requested_host(uri, headers)? else {
            return Some(self.base.clone());
        };
        let name = host.host().to_ascii_lowercase();
        let known = is_loopback(&name)
            || self
                .tenants
                .iter()
                .any(|tenant| hosts(&tenant.seed).contains(&name));
        let port = host.port().map(|port| format!(":{port}"));
        known.then(|| format!("{}://{name}{}", self.scheme, port.unwrap_or_default()))
    }

    /// Whether the requested host is a loopback name, and not another name that resolves to this machine.
    pub(crate) fn is_local(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        match requested_host(uri, headers) {
            Some(Some(host)) => is_loopback(&host.host().to_ascii_lowercase()),
            Some(None) => true,
            None => false,
        }
    }
}

/// The certificate names for these tenants.
pub(crate) fn certificate_names<'a>(
    tenants: impl IntoIterator<Item = &'a TenantSeed>,
) -> Vec<String> {
    let local = LOOPBACK.iter().map(|name| (*name).to_owned());
    local.chain(tenants.into_iter().flat_map(hosts)).collect()
}

/// The host names of a tenant, which a test may resolve to this machine.
fn hosts(tenant: &TenantSeed) -> Vec<String> {
    let mut hosts = match tenant.kind {
        Kind::B2c => vec![format!("{}.b2clogin.com", tenant.name)],
        Kind::ExternalId => vec![
            format!("{}.ciamlogin.com", tenant.name),
            format!("{}.ciamlogin.com", tenant.id),
        ],
        // The emulator has a certificate for login.microsoftonline.com only if the seed asks for it.
        Kind::EntraId => Vec::new(),
    };
    hosts.extend(tenant.custom_domain.clone());
    for host in &mut hosts {
        host.make_ascii_lowercase();
    }
    hosts
}

/// The host from the URL, else from the header. The outer `None` means an invalid host, the inner one no host.
fn requested_host(uri: &Uri, headers: &HeaderMap) -> Option<Option<Authority>> {
    if let Some(authority) = uri.authority() {
        return Some(Some(authority.clone()));
    }
    let mut values = headers.get_all(header::HOST).iter();
    let Some(host) = values.next() else {
        return Some(None);
    };
    let host: Authority = host.to_str().ok()?.parse().ok()?;
    let plain = values.next().is_none() && !host.as_str().contains('@');
    plain.then_some(Some(host))
}

fn is_loopback(name: &str) -> bool {
    LOOPBACK.contains(&name)
}

const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];
