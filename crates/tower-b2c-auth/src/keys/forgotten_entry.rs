//! One forgotten key, and how its authority is recognised: by its name or its metadata URL, so that neither another name nor a restart loses it.

use std::sync::Arc;

use crate::settings::ForgottenKey;

/// A key, and the authorities that it is forgotten for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Forgotten {
    pub(super) key: ForgottenKey,
    /// A metadata URL that the authority named in `key` has, or had. `None` if no authority with a URL has had that name yet.
    pub(super) url: Option<Arc<str>>,
}

/// What an authority is recognised by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) name: &'a str,
    pub(crate) url: Option<&'a str>,
}

impl Forgotten {
    pub(super) fn of(kid: &str, authority: Named<'_>) -> Self {
        Self {
            key: ForgottenKey::of(authority.name, kid),
            url: authority.url.map(Arc::from),
        }
    }

    pub(super) fn is_of(&self, authority: Named<'_>) -> bool {
        let name = self.key.authority.as_deref();
        name.is_none_or(|name| name == authority.name) || self.is_at(authority.url)
    }

    /// Whether the key is forgotten for every authority, or for those with this metadata URL.
    pub(super) fn concerns(&self, url: Option<&str>) -> bool {
        self.key.authority.is_none() || self.is_at(url)
    }

    fn is_at(&self, url: Option<&str>) -> bool {
        url.is_some() && url == self.url.as_deref()
    }
}
