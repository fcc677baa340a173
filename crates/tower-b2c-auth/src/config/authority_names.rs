//! The names of the authorities.
//!
//! A name identifies an authority in logs, in reports, in routes and for `forget_key`, so each is unique. One that is not set is derived: `tenant/policy`
//! for B2C, otherwise the metadata's URL, the tenant, its id, or `inline keys`. If another authority already has a derived name, a number follows it.

use std::collections::{HashMap, HashSet};

use super::{AuthorityConfig, check::no_blank};
use crate::settings::{AuthoritySettings, Mistakes};

/// A name for each of these authorities, in order. `first` is the index of the first one in the settings. A name that is given twice, or that another
/// authority already has, is a mistake.
pub(super) fn authority_names(
    authorities: &[AuthoritySettings],
    first: usize,
    is_taken: impl Fn(&str) -> bool,
    mistakes: &mut Mistakes,
) -> Vec<String> {
    let mut given = HashSet::new();
    for (at, authority) in (first..).zip(authorities) {
        let Some(name) = &authority.name else {
            continue;
        };
        let field = format!("authorities[{at}].name");
        no_blank(&field, std::slice::from_ref(name), mistakes);
        if !given.insert(name.clone()) || is_taken(name) {
            mistakes.add(field, name, NOT_UNIQUE);
        }
    }
    // The last number tried for each default name, so that naming many authorities takes one pass.
    let mut numbers = HashMap::new();
    let name = |authority: &AuthoritySettings| {
        if let Some(name) = &authority.name {
            return name.clone();
        }
        let base = authority.default_name();
        let number = numbers.entry(base.clone()).or_insert(0_usize);
        loop {
            *number += 1;
            let name = match *number {
                1 => base.clone(),
                number => format!("{base} {number}"),
            };
            if !is_taken(&name) && given.insert(name.clone()) {
                return name;
            }
        }
    };
    authorities.iter().map(name).collect()
}

impl AuthoritySettings {
    fn default_name(&self) -> String {
        match (&self.tenant, &self.policy, &self.openid_config) {
            (Some(tenant), Some(policy), _) => format!("{tenant}/{policy}"),
            (_, _, Some(url)) => url.clone(),
            _ => {
                let tenant = self.tenant.as_ref().or(self.tenant_id.as_ref());
                tenant.cloned().unwrap_or_else(|| "inline keys".to_owned())
            }
        }
    }
}

/// The remedy for a name that none of these authorities has.
pub(super) fn no_such_authority(authorities: &[AuthorityConfig]) -> String {
    let names = authorities.iter().map(|authority| &authority.name);
    let names: Vec<_> = names.take(MAX_SHOWN).collect();
    format!("is not the name of an authority; use one of {names:?}, or remove it")
}

const NOT_UNIQUE: &str = "is already the name of another authority; authority names must be unique";
/// How many names a mistake lists. More would not help.
const MAX_SHOWN: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::InlineKey;

    fn names(authorities: Vec<AuthoritySettings>) -> Result<Vec<String>, String> {
        let mut mistakes = Mistakes::default();
        let is_taken = |name: &str| name == "taken" || name == "inline keys 4";
        let names = authority_names(&authorities, 0, is_taken, &mut mistakes);
        let result = mistakes.finish(Some(names));
        result.map_err(|error| error.mistakes()[0].field.clone())
    }

    fn named(name: &str) -> AuthoritySettings {
        AuthoritySettings {
            name: Some(name.to_owned()),
            ..AuthoritySettings::default()
        }
    }

    #[test]
    fn each_authority_has_a_name_of_its_own() {
        let inline = || AuthoritySettings {
            keys: vec![InlineKey::default()],
            ..AuthoritySettings::default()
        };
        let found = names(vec![
            AuthoritySettings::tenant_policy("contoso", "B2C_1_in"),
            AuthoritySettings::openid_config("https://a.example/m"),
            inline(),
            inline(),
            inline(),
            AuthoritySettings::openid_config("https://a.example/m"),
            named("inline keys 2"),
        ]);
        assert_eq!(
            found.unwrap(),
            [
                "contoso/B2C_1_in",
                "https://a.example/m",
                "inline keys",
                "inline keys 3",
                "inline keys 5",
                "https://a.example/m 2",
                "inline keys 2",
            ]
        );
    }

    #[test]
    fn a_name_that_is_given_twice_or_blank_is_a_mistake() {
        for second in ["a", " ", "taken"] {
            let found = names(vec![named("a"), named(second)]);
            assert_eq!(found, Err("authorities[1].name".to_owned()), "{second}");
        }
    }
}
