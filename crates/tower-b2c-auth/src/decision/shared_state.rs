//! The state that outlives the settings.
//!
//! It is made with the layer and shared by its clones, by the layers derived from it, and by every set of settings that a swap brings. So a swap loses no
//! key, no count and no forgotten key.

use std::sync::{Arc, atomic::AtomicUsize};

use super::counters::DecisionCounters;
#[cfg(feature = "migration")]
use crate::migration::Usage;
use crate::{
    claims::LayerId, clock::Clock, keys::KeyContext, refusal::MakeRefusalBody, tenants::Tenants,
};

/// The state that all settings of a layer share, past and present.
pub(crate) struct SharedState {
    pub(crate) layer: LayerId,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: Arc<KeyContext>,
    /// How many requests are waiting for keys.
    pub(crate) waiting: Arc<AtomicUsize>,
    #[cfg(feature = "migration")]
    pub(crate) usage: Usage,
    pub(crate) counters: DecisionCounters,
    /// Finds tenants that the settings do not name.
    pub(crate) tenants: Option<Arc<Tenants>>,
    /// Makes the bodies of refusals; without it, they are those of `[refusal]`, or empty.
    pub(crate) refusal_body: Option<Arc<dyn MakeRefusalBody>>,
}
