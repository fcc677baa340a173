//! The faults in force.

use crate::fault::{Endpoint, Fault};

#[derive(Default)]
pub(crate) struct ActiveFaults(Vec<ActiveFault>);

struct ActiveFault {
    endpoint: Endpoint,
    /// In lower case; none: every policy.
    policy: Option<String>,
    fault: Fault,
    /// How many requests are left to it; none: all.
    times: Option<usize>,
}

impl ActiveFaults {
    /// Puts a fault before all others, in the place of one with the same reach.
    pub(crate) fn set(
        &mut self,
        endpoint: Endpoint,
        policy: Option<&str>,
        fault: Fault,
        times: Option<usize>,
    ) {
        let policy = policy.map(str::to_ascii_lowercase);
        self.0
            .retain(|active| active.endpoint != endpoint || active.policy != policy);
        self.0.push(ActiveFault {
            endpoint,
            policy,
            fault,
            times,
        });
    }

    /// The fault of one request for a policy in lower case; a limited one is then used up by one.
    pub(crate) fn take(&mut self, endpoint: Endpoint, policy: &str) -> Option<Fault> {
        let active = self.0.iter_mut().rev().find(|active| {
            active.endpoint.covers(endpoint)
                && active.policy.as_deref().is_none_or(|of| of == policy)
                && active.times != Some(0)
        })?;
        active.times = active.times.map(|times| times.saturating_sub(1));
        Some(active.fault.clone())
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn clear_endpoint(&mut self, endpoint: Endpoint) {
        self.0.retain_mut(|active| {
            let rest = active.endpoint.without(endpoint);
            active.endpoint = rest.unwrap_or(active.endpoint);
            rest.is_some()
        });
    }
}
