//! All authorities, and the indexes that lead to them.
//!
//! Changes and reports lock the register; requests lock it only to add a found tenant. Requests read the maps in [`Issuers`](super::issuers::Issuers), which
//! are built from it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use b2c_verify::TenantId;
use foldhash::fast::RandomState;

use crate::{
    authority::{Authority, Position},
    keys::SourceId,
};

/// All authorities.
#[derive(Default)]
pub(super) struct Register {
    /// In the order of the settings; added ones come last.
    pub(super) by_position: BTreeMap<Position, Entry>,
    pub(super) by_name: HashMap<Box<str>, Position, RandomState>,
    pub(super) by_source: HashMap<SourceId, Position, RandomState>,
    pub(super) unknown_on_demand: usize,
}

pub(super) struct Entry {
    pub(super) authority: Arc<Authority>,
    /// Its issuers in [`Issuers::known`](super::issuers::Issuers::known), each with the time until which the authority has it.
    pub(super) issuers: Vec<(Arc<str>, Duration)>,
    pub(super) is_undiscovered: bool,
    /// Its tenant in [`Changeable`](super::changeable::Changeable).
    pub(super) changeable: Option<TenantId>,
}
