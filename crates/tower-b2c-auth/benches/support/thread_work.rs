//! What a thread did, whatever else the machine was doing.

use std::{fs, ops::Sub, time::Duration};

use rustix::time::{ClockId, clock_gettime};

/// What the calling thread has done so far.
#[derive(Clone, Copy, Default)]
pub(crate) struct ThreadWork {
    /// Its time on a core.
    pub(crate) computed: Duration,
    /// How often it waited for something, such as a lock. Being displaced from its core does not count.
    pub(crate) waits: u64,
}

impl ThreadWork {
    pub(crate) fn now() -> Self {
        let computed = clock_gettime(ClockId::ThreadCPUTime);
        let status = fs::read_to_string("/proc/thread-self/status").unwrap();
        let waits = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        Self {
            computed: computed.try_into().unwrap(),
            waits: waits.unwrap().trim().parse().unwrap(),
        }
    }

    pub(crate) fn max(self, other: Self) -> Self {
        Self {
            computed: self.computed.max(other.computed),
            waits: self.waits.max(other.waits),
        }
    }
}

impl Sub for ThreadWork {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            computed: self.computed.saturating_sub(before.computed),
            waits: self.waits - before.waits,
        }
    }
}
