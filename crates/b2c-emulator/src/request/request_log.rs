//! The last requests, for the page at `/emulator`.

use std::{collections::VecDeque, time::SystemTime};

/// The newest requests; the oldest are dropped.
#[derive(Default)]
pub(crate) struct RequestLog(VecDeque<LoggedRequest>);

/// A logged request. Its query, body and headers may contain secrets and are not logged.
#[derive(Debug, Clone)]
pub(crate) struct LoggedRequest {
    pub(crate) at: SystemTime,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    /// Why it was refused.
    pub(crate) note: Option<String>,
}

/// A note for the log, in a response's extensions.
#[derive(Debug, Clone)]
pub(crate) struct Note(pub(crate) String);

impl RequestLog {
    pub(crate) fn add(&mut self, request: LoggedRequest) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(request);
    }

    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &LoggedRequest> {
        self.0.iter().rev()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

const KEPT: usize = 100;
