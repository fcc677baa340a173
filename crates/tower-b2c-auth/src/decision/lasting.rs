//! What outlives the settings.

use std::sync::{Arc, atomic::AtomicUsize};

use super::counters::DecisionCounters;
use crate::{
    claims::LayerId,
    clock::Clock,
    keys::{ForgottenKeys, KeyContext},
    migration::Usage,
    refusal::MakeRefusalBody,
    tenants::Tenants,
};

/// Shared by all settings that a layer has had.
#[derive(Debug)]
pub(crate) struct Lasting {
    pub(crate) layer: LayerId,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: Arc<KeyContext>,
    pub(crate) forgotten: ForgottenKeys,
    /// How many requests wait for keys.
    pub(crate) waiting: Arc<AtomicUsize>,
    pub(crate) usage: Usage,
    pub(crate) counters: DecisionCounters,
    /// Knows tenants that the settings do not name.
    pub(crate) tenants: Option<Arc<Tenants>>,
    /// Makes the bodies of refusals, if the user gave something that does.
    pub(crate) refusal_body: Option<Arc<dyn MakeRefusalBody>>,
}
