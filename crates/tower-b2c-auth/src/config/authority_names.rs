//! The names of the authorities.
//!
//! A name identifies an authority in logs, in reports, in routes and for `forget_key`, so each is unique. One that is not set is derived: `tenant/policy`
//! for B2C, otherwise the metadata's URL, the tenant or its id. If two derived names are equal, a number follows the later ones.

use std::collections::{HashMap, HashSet};

use super::check::no_blank;
use crate::settings::{AuthoritySettings, Mistakes, Settings};

impl Settings {
    /// A name for each authority, in order. Duplicate names are a mistake.
    pub(super) fn authority_names(&self, mistakes: &mut Mistakes) -> Vec<String> {
        let mut taken = HashSet::new();
        for (at, authority) in self.authorities.iter().enumerate() {
            let Some(name) = &authority.name else {
                continue;
            };
            let field = format!("authorities[{at}].name");
            no_blank(&field, std::slice::from_ref(name), mistakes);
            if !taken.insert(name.clone()) {
                mistakes.add(field, name, NOT_UNIQUE);
            }
        }
        let mut numbers = HashMap::new();
        let name = |authority: &AuthoritySettings| {
            let given = authority.name.clone();
            given.unwrap_or_else(|| free_name(authority.default_name(), &mut taken, &mut numbers))
        };
        self.authorities.iter().map(name).collect()
    }
}

impl AuthoritySettings {
    /// Its name, given the names that are taken.
    pub(super) fn name_among(
        &self,
        field: &str,
        is_taken: impl Fn(&str) -> bool,
        mistakes: &mut Mistakes,
    ) -> String {
        let Some(name) = &self.name else {
            let base = self.default_name();
            let numbered = (2_u64..).map(|number| format!("{base} {number}"));
            let mut free = std::iter::once(base.clone()).chain(numbered);
            return free.find(|name| !is_taken(name)).unwrap_or(base);
        };
        let field = format!("{field}.name");
        no_blank(&field, std::slice::from_ref(name), mistakes);
        if is_taken(name) {
            mistakes.add(field, name, NOT_UNIQUE);
        }
        name.clone()
    }

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

/// `base`, or else the first free one of `base 2`, `base 3`, …. `numbers` holds the last number tried for each base, so that naming many authorities with
/// the same default name takes one pass.
fn free_name(
    base: String,
    taken: &mut HashSet<String>,
    numbers: &mut HashMap<String, usize>,
) -> String {
    loop {
        let number = numbers.entry(base.clone()).or_insert(0);
        *number += 1;
        let name = match *number {
            1 => base.clone(),
            number => format!("{base} {number}"),
        };
        if taken.insert(name.clone()) {
            return name;
        }
    }
}

const NOT_UNIQUE: &str = "is already the name of another authority; authority names must be unique";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::InlineKey;

    fn names(authorities: Vec<AuthoritySettings>) -> Result<Vec<String>, String> {
        let settings = Settings {
            authorities,
            ..Settings::default()
        };
        let mut mistakes = Mistakes::default();
        let names = settings.authority_names(&mut mistakes);
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
                "https://a.example/m 2",
                "inline keys 2",
            ]
        );
    }

    #[test]
    fn a_name_that_is_given_twice_or_blank_is_a_mistake() {
        for (second, field) in [("a", "authorities[1].name"), (" ", "authorities[1].name")] {
            assert_eq!(
                names(vec![named("a"), named(second)]),
                Err(field.to_owned())
            );
        }
    }
}
