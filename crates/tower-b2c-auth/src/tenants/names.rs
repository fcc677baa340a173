//! The names of the authorities that were made of answers.
//!
//! An operator gives the name of an authority to forget one of its keys, or to remove it. So a name means the same tenant for as long as the tenant is
//! remembered, even while the settings in force have not made its authorities yet, such as after a swap.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;

/// Which issuer's authorities have which names.
#[derive(Default)]
pub(super) struct Names {
    issuers: HashMap<Box<str>, Arc<str>, RandomState>,
    names: HashMap<Arc<str>, Vec<Box<str>>, RandomState>,
}

impl Names {
    /// Replaces the names of this issuer's authorities.
    pub(super) fn set(&mut self, issuer: &Arc<str>, names: Vec<Box<str>>) {
        self.remove(issuer);
        let entries = names.iter();
        self.issuers
            .extend(entries.map(|name| (name.clone(), Arc::clone(issuer))));
        self.names.insert(Arc::clone(issuer), names);
    }

    pub(super) fn remove(&mut self, issuer: &str) {
        for name in self.names.remove(issuer).into_iter().flatten() {
            if self.issuers.get(&name).is_some_and(|of| **of == *issuer) {
                self.issuers.remove(&name);
            }
        }
    }

    pub(super) fn of(&self, issuer: &str) -> &[Box<str>] {
        self.names.get(issuer).map_or(&[], Vec::as_slice)
    }

    pub(super) fn issuer_of(&self, name: &str) -> Option<&Arc<str>> {
        self.issuers.get(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_belongs_to_one_issuer_until_it_is_replaced_or_removed() {
        let mut names = Names::default();
        let [one, two] = ["https://one.example/", "https://two.example/"].map(Arc::<str>::from);
        let text = |names: &[&str]| names.iter().map(|name| Box::from(*name)).collect();
        names.set(&one, text(&["acme", "acme 2"]));
        names.set(&two, text(&["acme 3"]));
        assert_eq!(names.issuer_of("acme 2"), Some(&one));
        names.set(&one, text(&["acme"]));
        assert_eq!(names.issuer_of("acme 2"), None);
        assert_eq!(names.of(&two), [Box::from("acme 3")]);
        names.remove(&one);
        assert_eq!((names.issuer_of("acme"), names.of(&one).len()), (None, 0));
        assert_eq!(names.issuer_of("acme 3"), Some(&two));
    }
}
