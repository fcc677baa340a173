//! Sign-in sessions, one per browser.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use serde_json::{Map, Value};

use crate::random;

/// A user's session in a browser, for all policies of the tenant.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) user: String,
    /// The edited claims.
    pub(crate) edited: Map<String, Value>,
    pub(crate) since: SystemTime,
    expires: SystemTime,
}

/// A tenant's sessions, by cookie value.
#[derive(Debug, Default)]
pub(crate) struct Sessions(BTreeMap<String, Session>);

impl Sessions {
    /// Begins a session and returns its cookie value.
    pub(crate) fn begin(
        &mut self,
        user: String,
        edited: Map<String, Value>,
        now: SystemTime,
        lifetime: Duration,
    ) -> String {
        self.0.retain(|_, session| session.expires > now);
        if self.0.len() >= MAX_SESSIONS {
            self.0.pop_first();
        }
        let id = random::secret();
        let session = Session {
            user,
            edited,
            since: now,
            expires: now + lifetime,
        };
        self.0.insert(id.clone(), session);
        id
    }

    pub(crate) fn find(&self, id: &str, now: SystemTime) -> Option<Session> {
        let session = self.0.get(id)?;
        (session.expires > now).then(|| session.clone())
    }

    pub(crate) fn end(&mut self, id: &str) {
        self.0.remove(id);
    }
}

/// More than any developer needs.
const MAX_SESSIONS: usize = 1000;
