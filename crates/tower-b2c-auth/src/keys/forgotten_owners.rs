//! Whose keys are forgotten. An authority is recognised by its name and its metadata URL, so that neither another name nor a restart loses it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What an authority is recognised by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) name: &'a str,
    pub(crate) url: Option<&'a str>,
}

/// The authorities that a key is forgotten for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Owners {
    All,
    Of(Known),
}

/// Every name and metadata URL that these authorities have, or had.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Known {
    authorities: BTreeSet<String>,
    openid_configs: BTreeSet<String>,
}

impl Owners {
    pub(super) fn of(name: Option<String>, url: Option<&str>) -> Self {
        name.map_or(Self::All, |name| {
            Self::Of(Known {
                authorities: [name].into(),
                openid_configs: url.map(str::to_owned).into_iter().collect(),
            })
        })
    }

    pub(super) fn add(&mut self, other: Self) {
        match (self, other) {
            (Self::All, _) => {}
            (known, Self::All) => *known = Self::All,
            (Self::Of(known), Self::Of(other)) => {
                known.authorities.extend(other.authorities);
                known.openid_configs.extend(other.openid_configs);
            }
        }
    }

    /// Notes the names and URLs of those of these authorities that the key is forgotten for.
    pub(super) fn note<'a>(&mut self, authorities: impl Iterator<Item = Named<'a>> + Clone) {
        if let Self::Of(known) = self {
            // A name or URL that is new may be that of further authorities.
            while authorities.clone().filter(|it| known.note(*it)).count() > 0 {}
        }
    }

    pub(super) fn include(&self, authority: Named<'_>) -> bool {
        match self {
            Self::All => true,
            Self::Of(known) => known.has(authority),
        }
    }

    /// Whether they include every authority with this metadata URL.
    pub(super) fn include_url(&self, url: Option<&str>) -> bool {
        match self {
            Self::All => true,
            Self::Of(known) => known.has_url(url),
        }
    }
}

impl Known {
    /// Whether something about this authority was new.
    fn note(&mut self, authority: Named<'_>) -> bool {
        let Named { name, url } = authority;
        if !self.has(authority) {
            return false;
        }
        let has_name = self.authorities.contains(name);
        if !has_name {
            self.authorities.insert(name.to_owned());
        }
        let has_url = url.is_none() || self.has_url(url);
        if let Some(url) = url.filter(|_| !has_url) {
            self.openid_configs.insert(url.to_owned());
        }
        !has_name || !has_url
    }

    fn has(&self, Named { name, url }: Named<'_>) -> bool {
        self.authorities.contains(name) || self.has_url(url)
    }

    fn has_url(&self, url: Option<&str>) -> bool {
        url.is_some_and(|url| self.openid_configs.contains(url))
    }
}
