//! What the tenant is, shared by the server and its handle.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use crate::{
    active_faults::ActiveFaults, issuer::IssuerForm, requests::Requests, signing_key::SigningKey,
};

pub(crate) struct Tenant {
    pub(crate) base: String,
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) policies: Vec<String>,
    pub(crate) issuer_form: IssuerForm,
    pub(crate) clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
    pub(crate) control: bool,
    pub(crate) state: Mutex<State>,
}

#[derive(Default)]
pub(crate) struct State {
    /// By policy in lower case.
    pub(crate) rings: BTreeMap<String, Arc<Mutex<KeyRing>>>,
    pub(crate) faults: ActiveFaults,
    pub(crate) requests: Requests,
}

/// The keys of one policy, or of all that share them.
pub(crate) struct KeyRing {
    pub(crate) published: Vec<SigningKey>,
    pub(crate) signing: SigningKey,
}

impl Tenant {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the keys of a policy; none if there is no such policy.
    pub(crate) fn with_ring<T>(
        &self,
        policy: &str,
        look: impl FnOnce(&mut KeyRing) -> T,
    ) -> Option<T> {
        let ring = self
            .state()
            .rings
            .get(&policy.to_ascii_lowercase())
            .cloned()?;
        let mut ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
        Some(look(&mut ring))
    }

    /// Each set of keys once.
    pub(crate) fn rings(&self) -> Vec<Arc<Mutex<KeyRing>>> {
        let mut rings: Vec<Arc<Mutex<KeyRing>>> = Vec::new();
        for ring in self.state().rings.values() {
            if !rings.iter().any(|known| Arc::ptr_eq(known, ring)) {
                rings.push(Arc::clone(ring));
            }
        }
        rings
    }

    /// The issuer that tokens and metadata of a policy name.
    pub(crate) fn issuer(&self, policy: &str) -> String {
        let form = match &self.issuer_form {
            IssuerForm::Tfp(_) => IssuerForm::Tfp(policy.to_ascii_lowercase()),
            IssuerForm::LegacyTfp(_) => IssuerForm::LegacyTfp(policy.to_ascii_lowercase()),
            form => form.clone(),
        };
        form.issuer(&self.base, &self.id)
    }

    pub(crate) fn is_its_domain(&self, segment: &str) -> bool {
        segment.eq_ignore_ascii_case(&self.id)
            || segment.to_ascii_lowercase() == format!("{}.onmicrosoft.com", self.name)
    }

    pub(crate) fn now(&self) -> SystemTime {
        (self.clock)()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the default; tests give a clock of their own"
)]
pub(crate) fn system_time() -> SystemTime {
    SystemTime::now()
}
