//! Logs each change of the keys' state.

use std::{collections::BTreeMap, time::Duration};

use tower_b2c_auth::{AuthorityHealth, AuthorityStatus};

use crate::configuration::GatewayLayer;

/// Polls forever. Logs at most one line per authority and [`PAUSE`], however fast the state changes.
pub(super) async fn run(auth: GatewayLayer) {
    let mut known = BTreeMap::new();
    loop {
        let health = auth.health();
        let mut now = BTreeMap::new();
        for authority in health.authorities() {
            let state = State::of(authority);
            if known.get(&authority.authority) != Some(&state) {
                tell(authority, state);
            }
            now.insert(authority.authority.clone(), state);
        }
        known = now;
        tokio::time::sleep(PAUSE).await;
    }
}

/// The states an operator needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Fresh { usable_keys: usize },
    Stale { usable_keys: usize },
    Unasked,
    Missing,
}

impl State {
    fn of(health: &AuthorityHealth) -> Self {
        let usable_keys = health.usable_keys;
        match health.status {
            AuthorityStatus::Cold { last_error: None } => Self::Unasked,
            AuthorityStatus::Cold { .. } => Self::Missing,
            AuthorityStatus::Stale { .. } => Self::Stale { usable_keys },
            _ => Self::Fresh { usable_keys },
        }
    }
}

fn tell(health: &AuthorityHealth, state: State) {
    let authority = &health.authority;
    let error = match health.status {
        AuthorityStatus::Stale { last_error, .. } => last_error.to_string(),
        AuthorityStatus::Cold { last_error } => {
            last_error.map_or_else(String::new, |error| error.to_string())
        }
        _ => String::new(),
    };
    match state {
        State::Fresh { usable_keys } => tracing::info!(authority, usable_keys, "keys available"),
        State::Unasked => tracing::info!(authority, "no keys yet; they are being fetched"),
        State::Stale { usable_keys } => {
            tracing::warn!(
                authority,
                usable_keys,
                error,
                "keys cannot be fetched; known keys stay in use"
            );
        }
        State::Missing => {
            tracing::warn!(authority, error, "no keys; tokens are answered with 503");
        }
    }
}

const PAUSE: Duration = Duration::from_secs(1);
