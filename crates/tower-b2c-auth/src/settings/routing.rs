//! What is common to all routes.

use serde::{Deserialize, Serialize};

/// The `[routing]` table: what applies to all of [`routes`](super::Settings::routes).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RoutingSettings {
    /// What happens to a request that no route covers: with `token` (the default) it needs a good token, and with `deny` it is answered with 403.
    pub otherwise: OtherRoutes,
    /// Compares paths without regard to case, for services that do the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ignore_case: bool,
}

/// What happens to a request that no route covers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherRoutes {
    /// It is judged as if there were no routes: it needs a good token, unless [`allow_anonymous`](super::Settings::allow_anonymous) is set.
    #[default]
    Token,
    /// It is answered with 403.
    Deny,
}
