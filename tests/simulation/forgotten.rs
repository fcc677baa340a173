//! The keys that the operator made the layer forget, with `forget_key`.

use std::collections::BTreeSet;

use super::{
    plan::{Authority, Plan},
    topology::INLINE,
};

type Name = &'static str;

/// Whose key is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    All,
    Name(Name),
    /// The authority with the metadata URL of this source. Each source has a URL of its own.
    Url(usize),
}

#[derive(Debug, Clone, Default)]
pub(super) struct Forgotten {
    keys: BTreeSet<(Of, String)>,
}

impl Forgotten {
    pub(super) fn add(&mut self, of: Option<Name>, kid: String, plan: &Plan) {
        self.keys.insert((of.map_or(Of::All, Of::Name), kid));
        self.note(plan);
    }

    /// An authority in force that has forgotten a key forgets it for its name and for its URL.
    pub(super) fn note(&mut self, plan: &Plan) {
        for of in &plan.authorities {
            for (by, kid) in self.keys.clone() {
                if by != Of::All && recognise(of.source, of.name()).any(|it| it == by) {
                    let all = recognise(of.source, of.name());
                    self.keys.extend(all.map(|it| (it, kid.clone())));
                }
            }
        }
    }

    pub(super) fn has(&self, source: usize, name: Name, kid: &str) -> bool {
        let mut of = recognise(source, name).chain([Of::All]);
        of.any(|of| self.keys.contains(&(of, kid.to_owned())))
    }
}

/// How the authority with this source and name is recognised.
fn recognise(source: usize, name: Name) -> impl Iterator<Item = Of> {
    let url = (source != INLINE).then_some(Of::Url(source));
    [Of::Name(name)].into_iter().chain(url)
}

/// Whether an authority in force has the name.
pub(super) fn is_name(plan: &Plan, name: Name) -> bool {
    let mut names = plan.authorities.iter().map(Authority::name);
    names.any(|it| it == name)
}
