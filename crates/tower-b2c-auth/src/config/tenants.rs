//! Checks what a source of tenants answers.
//!
//! The tenant's administrator may have written the answer, so it is trusted only as far as it concerns that tenant:
//!
//! 1. at most [`MAX_AUTHORITIES`], without inline keys, and with nothing that weakens a check;
//! 2. no issuer but the one that the source was asked about. The metadata must name it too; if it is an issuer of Entra ID's version 1.0, the metadata
//!    names the same tenant's issuer of version 2.0;
//! 3. metadata and keys at Microsoft's hosts, or at those that the operator named in [`TenantSettings::hosts`](crate::TenantSettings::hosts).
//!
//! The answer is checked alone first, and again together with the rest of the settings when a token needs it.

use std::{borrow::Cow, time::Duration};

use b2c_verify::MicrosoftHosts;

use super::{
    keys::count,
    names::{host_with_port, tenant_name},
};
use crate::{
    settings::{AuthoritySettings, Family, Mistakes, TenantSettings},
    urls::is_domain_name,
};

/// [`TenantSettings`] after the check.
#[derive(Debug, Clone)]
pub(crate) struct TenantConfig {
    /// The hosts that the operator named, each with its port unless it is the scheme's default.
    pub(crate) hosts: Vec<String>,
    pub(crate) max_tenants: usize,
    pub(crate) ask_again_after: Duration,
    pub(crate) absent_for: Duration,
    pub(crate) call_burst: u32,
    pub(crate) call_interval: Duration,
    pub(crate) max_at_once: usize,
    pub(crate) timeout: Duration,
}

impl TenantConfig {
    /// The authorities of an answer, which may have this issuer and no other.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub(crate) fn check_answer(
        &self,
        issuer: &str,
        mut answer: Vec<AuthoritySettings>,
    ) -> Result<Vec<AuthoritySettings>, Cow<'static, str>> {
        if answer.len() > MAX_AUTHORITIES {
            return Err("it has more than 16 authorities".into());
        }
        for authority in &mut answer {
            self.check_one(issuer, authority)?;
            let metadata_issuer = match (authority.family, &*authority.known_issuers()) {
                // The metadata of a tenant names the issuer of version 2.0, whichever of its two issuers was asked about.
                (Family::EntraId, [version_2, _]) => version_2.clone(),
                _ => issuer.to_owned(),
            };
            authority.metadata_issuer = Some(metadata_issuer);
            authority.issuers.clear();
            authority.on_demand = true;
        }
        Ok(answer)
    }

    fn check_one(
        &self,
        issuer: &str,
        authority: &AuthoritySettings,
    ) -> Result<(), Cow<'static, str>> {
        if authority.is_inline() {
            return Err("it has inline keys".into());
        }
        if authority.legacy
            || authority.danger_accept_any_audience
            || authority.danger_accept_any_tenant
        {
            return Err(
                "it sets legacy, danger_accept_any_audience or danger_accept_any_tenant".into(),
            );
        }
        let known = authority.known_issuers();
        if !known.is_empty() && !known.iter().any(|known| known == issuer) {
            return Err("it names a different issuer than the one that was asked about".into());
        }
        if authority.issuers.iter().any(|other| other != issuer) {
            return Err("it names issuers other than the one that was asked about".into());
        }
        let mut mistakes = Mistakes::default();
        let url = authority.metadata_url("", &mut mistakes);
        let url = url.ok_or_else(|| no_metadata_url(mistakes))?;
        let keys_host = authority.keys_host.iter().map(String::as_str);
        let mut hosts = keys_host.chain([url.authority()]);
        match hosts.find(|host| !self.allows(host)) {
            None => Ok(()),
            Some(host) => {
                let problem = format!(
                    "its host {host:?} is neither Microsoft's nor in TenantSettings::hosts"
                );
                Err(problem.into())
            }
        }
    }

    /// Whether metadata and keys may be fetched from this host.
    fn allows(&self, host: &str) -> bool {
        self.hosts.iter().any(|named| named == host) || is_microsofts(host)
    }
}

impl TenantSettings {
    pub(crate) fn check(&self, mistakes: &mut Mistakes) -> Option<TenantConfig> {
        let ask_again_after = mistakes.positive("tenants.ask_again_after", &self.ask_again_after);
        let absent_for = mistakes.positive("tenants.absent_for", &self.absent_for);
        let interval = mistakes.positive("tenants.call_interval", &self.call_interval);
        let timeout = mistakes.positive("tenants.timeout", &self.timeout);
        for (name, count) in [
            ("max_tenants", self.max_tenants),
            ("call_burst", self.call_burst),
            ("max_at_once", self.max_at_once),
        ] {
            if count == 0 {
                mistakes.add(format!("tenants.{name}"), count, "must be at least 1");
            }
        }
        for host in &self.hosts {
            mistakes.note("tenants.hosts", host, host_with_port(host));
        }
        Some(TenantConfig {
            hosts: self.hosts.clone(),
            max_tenants: count(self.max_tenants),
            ask_again_after: ask_again_after?,
            absent_for: absent_for?,
            call_burst: self.call_burst,
            call_interval: interval?,
            max_at_once: count(self.max_at_once),
            timeout: timeout?,
        })
    }
}

/// The first of the mistakes, which are those of an authority. Without the value, which may be of any length.
fn no_metadata_url(mistakes: Mistakes) -> String {
    let mistakes = mistakes.into_vec();
    let why = mistakes.first().map(|mistake| {
        let field = mistake.field.trim_start_matches('.');
        let field = if field.is_empty() {
            "the authority"
        } else {
            field
        };
        let remedy: String = mistake.remedy.chars().take(MAX_REMEDY).collect();
        format!(": {field} {remedy}")
    });
    format!("it gives no usable metadata URL{}", why.unwrap_or_default())
}

/// Whether this is one label below a domain for tenants, or Entra ID's sign-in host in one of the clouds.
fn is_microsofts(host: &str) -> bool {
    let is_tenants = |domain: Option<&str>| {
        let label = domain.and_then(|domain| host.strip_suffix(domain));
        label.is_some_and(|label| tenant_name(label).is_ok())
    };
    let mut clouds = MicrosoftHosts::ALL.iter();
    let is_in = |cloud: &MicrosoftHosts| {
        host == cloud.entra_id || is_tenants(cloud.b2c) || is_tenants(cloud.external_id)
    };
    is_domain_name(host) && clouds.any(is_in)
}

/// More characters than any remedy has that does not repeat a value.
const MAX_REMEDY: usize = 400;
/// More policies than a service has for one tenant.
const MAX_AUTHORITIES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    /// The bug: it was accepted, and allowed nothing.
    #[test]
    fn a_host_that_no_url_could_have_is_a_mistake() {
        for host in ["https://login.contoso.com", "Login.contoso.com", ""] {
            let mut mistakes = Mistakes::default();
            let settings = TenantSettings {
                hosts: vec!["login.contoso.com:8443".into(), host.into()],
                ..TenantSettings::default()
            };
            settings.check(&mut mistakes);
            let error = mistakes.finish(Some(())).unwrap_err();
            let found = error.mistakes().iter().map(|it| (&*it.field, &*it.value));
            let value = format!("{host:?}");
            assert_eq!(found.collect::<Vec<_>>(), [("tenants.hosts", &*value)]);
        }
    }

    /// The bug: the message did not say what was wrong with the URL.
    #[test]
    fn a_metadata_url_that_cannot_be_used_is_explained() {
        let rules = TenantSettings::default().check(&mut Mistakes::default());
        let rules = rules.unwrap();
        for (authority, expected) in [
            (
                AuthoritySettings::openid_config("http://169.254.169.254/metadata"),
                "it gives no usable metadata URL: openid_config must start with https://",
            ),
            (
                AuthoritySettings::default(),
                "it gives no usable metadata URL: the authority has neither metadata nor keys; set openid_config, or tenant and policy",
            ),
        ] {
            let problem = rules.check_answer("https://contoso.example/", vec![authority]);
            let problem = problem.unwrap_err();
            assert!(problem.starts_with(expected), "{problem}");
        }
    }

    #[test]
    fn hosts_are_microsofts_or_one_label_below_or_named() {
        let rules = TenantSettings {
            hosts: vec!["login.contoso.com".into(), "127.0.0.1:8443".into()],
            ..TenantSettings::default()
        };
        let rules = rules.check(&mut Mistakes::default()).unwrap();
        for host in [
            "contoso.b2clogin.com",
            "contoso-1.ciamlogin.com",
            "login.microsoftonline.com",
            "login.microsoftonline.us",
            "login.contoso.com",
            "127.0.0.1:8443",
        ] {
            assert!(rules.allows(host), "{host}");
        }
        for host in [
            "b2clogin.com",
            ".b2clogin.com",
            "a.b.b2clogin.com",
            "a_b.b2clogin.com",
            "contoso.b2clogin.com:444",
            "contoso.b2clogin.com.evil.example",
            "evilb2clogin.com",
            "a@b.b2clogin.com",
            "Contoso.b2clogin.com",
            "login.contoso.com:444",
            "www.login.contoso.com",
            "127.0.0.1",
            "169.254.169.254",
            "",
        ] {
            assert!(!rules.allows(host), "{host}");
        }
    }
}
