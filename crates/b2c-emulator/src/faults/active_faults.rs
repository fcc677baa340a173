//! The active faults.

use super::{Endpoint, Fault};

#[derive(Default)]
pub(crate) struct ActiveFaults(Vec<ActiveFault>);

struct ActiveFault {
    /// Each is a single endpoint, never `Both` or `All`.
    endpoints: Vec<Endpoint>,
    /// In lower case; `None` means every policy.
    policy: Option<String>,
    fault: Fault,
    /// The number of requests that it still affects; `None` means all.
    times: Option<usize>,
}

impl ActiveFaults {
    /// Adds a fault, which takes precedence over earlier ones. Replaces an earlier fault for the same endpoint and policy.
    pub(crate) fn set(
        &mut self,
        endpoint: Endpoint,
        policy: Option<&str>,
        fault: Fault,
        times: Option<usize>,
    ) {
        let policy = policy.map(str::to_ascii_lowercase);
        let endpoints = endpoint.parts().to_vec();
        self.0
            .retain(|active| active.endpoints != endpoints || active.policy != policy);
        self.0.push(ActiveFault {
            endpoints,
            policy,
            fault,
            times,
        });
    }

    /// The fault for one request to a policy (in lower case). A limited fault is counted down.
    pub(crate) fn take(&mut self, endpoint: Endpoint, policy: &str) -> Option<Fault> {
        let active = self.0.iter_mut().rev().find(|active| {
            active.endpoints.contains(&endpoint)
                && active.policy.as_deref().is_none_or(|of| of == policy)
                && active.times != Some(0)
        })?;
        active.times = active.times.map(|times| times.saturating_sub(1));
        Some(active.fault.clone())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|active| active.times == Some(0))
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn clear_endpoint(&mut self, endpoint: Endpoint) {
        for active in &mut self.0 {
            active
                .endpoints
                .retain(|part| !endpoint.parts().contains(part));
        }
        self.0.retain(|active| !active.endpoints.is_empty());
    }
}
