//! The keys that the operator made the layer forget, with `forget_key`.

use std::collections::BTreeSet;

use super::{
    plan::{Authority, Plan},
    topology::INLINE,
};

type Name = &'static str;

#[derive(Debug, Clone, Default)]
pub(super) struct Forgotten {
    /// Of the authority with this name, or of all.
    keys: BTreeSet<(Option<Name>, String)>,
    /// Those of an authority that has been in force, whose metadata URL a snapshot therefore has. Each source has a URL of its own.
    with_url: BTreeSet<(usize, Name, String)>,
    /// Those of a snapshot whose authority has not been in force since.
    awaited: BTreeSet<(usize, Name, String)>,
}

impl Forgotten {
    pub(super) fn add(&mut self, of: Option<Name>, kid: String, plan: &Plan) {
        self.keys.insert((of, kid));
        self.bind(plan);
    }

    pub(super) fn set(&mut self, before: &Plan, plan: &Plan) {
        for of in &plan.authorities {
            // A renamed authority keeps its forgotten keys.
            if let Some(before) = before.authority(of.source) {
                for kid in self.of(before.name()) {
                    self.keys.insert((Some(of.name()), kid));
                }
            }
        }
        self.bind(plan);
    }

    /// What the authorities in force show about the names.
    fn bind(&mut self, plan: &Plan) {
        for of in plan.authorities.iter().filter(|it| it.source != INLINE) {
            let awaited = self.awaited.iter().filter(|it| it.0 == of.source);
            let awaited: Vec<_> = awaited.map(|(_, _, kid)| kid.clone()).collect();
            self.awaited.retain(|it| it.0 != of.source);
            for kid in awaited {
                self.keys.insert((Some(of.name()), kid));
            }
            for kid in self.of(of.name()) {
                self.with_url.insert((of.source, of.name(), kid));
            }
        }
    }

    fn of(&self, name: Name) -> Vec<String> {
        let its = self.keys.iter().filter(|(of, _)| *of == Some(name));
        its.map(|(_, kid)| kid.clone()).collect()
    }

    /// What another process knows from a snapshot.
    pub(super) fn restored(mut self) -> Self {
        self.awaited = self.with_url.clone();
        self
    }

    pub(super) fn has(&self, authority: Option<Name>, kid: &str) -> bool {
        self.keys.contains(&(authority, kid.to_owned()))
    }
}

/// Whether an authority in force has the name.
pub(super) fn is_name(plan: &Plan, name: Name) -> bool {
    let mut names = plan.authorities.iter().map(Authority::name);
    names.any(|it| it == name)
}
