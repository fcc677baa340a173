//! The names of the authorities.
//!
//! A name identifies an authority in logs, in reports, in routes and for `forget_key`, so each is unique. One that is not set is derived: `tenant/policy`
//! for B2C, otherwise the metadata's URL (`metadata` if it is refused and may contain a password), the tenant, its id, or `inline keys`. If another
//! authority already has a derived name, a number follows it. The same goes for the names that a source of tenants gives, so that tenants do not get in each
//! other's way.

use std::collections::{HashMap, HashSet};

use super::{AuthorityConfig, check::no_blank};
use crate::{
    settings::{AuthoritySettings, Mistakes},
    urls::fetchable_url,
};

/// What happens to the name that an authority's settings give, if another authority has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TakenName {
    /// It is a mistake.
    Refused,
    /// A number follows it, as with a derived name.
    Numbered,
}

/// A name for each of these authorities, in order. `first` is the index of the first one in the settings.
pub(super) fn authority_names(
    authorities: &[AuthoritySettings],
    first: usize,
    is_taken: impl Fn(&str) -> bool,
    taken_name: TakenName,
    mistakes: &mut Mistakes,
) -> Vec<String> {
    let is_fixed = taken_name == TakenName::Refused;
    let mut given = HashSet::new();
    for (at, authority) in (first..).zip(authorities) {
        let Some(name) = &authority.name else {
            continue;
        };
        let field = format!("authorities[{at}].name");
        no_blank(&field, std::slice::from_ref(name), mistakes);
        if is_fixed && (!given.insert(name.clone()) || is_taken(name)) {
            mistakes.add(field, name, NOT_UNIQUE);
        }
    }
    let own: HashSet<_> = authorities
        .iter()
        .filter_map(|it| it.name.as_deref())
        .collect();
    // The last number tried for each name, so that naming many authorities takes one pass.
    let mut numbers = HashMap::new();
    let name = |authority: &AuthoritySettings| {
        let base = match &authority.name {
            Some(name) if is_fixed => return name.clone(),
            _ => authority.base_name(),
        };
        let number = numbers.entry(base.clone()).or_insert(0_usize);
        loop {
            *number += 1;
            let name = match *number {
                1 => base.clone(),
                number => format!("{base} {number}"),
            };
            let is_of_another = *number > 1 && own.contains(&*name);
            if !is_of_another && !is_taken(&name) && given.insert(name.clone()) {
                return name;
            }
        }
    };
    authorities.iter().map(name).collect()
}

/// Whether `name` is this name, or this name with a number.
pub(crate) fn is_numbered(name: &str, base: &str) -> bool {
    let rest = name.strip_prefix(base);
    rest.is_some_and(|rest| {
        let number = rest.strip_prefix(' ').unwrap_or_default();
        rest.is_empty() || (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

impl AuthoritySettings {
    /// The name that it should have, if no other authority has it.
    pub(crate) fn base_name(&self) -> String {
        if let Some(name) = &self.name {
            return name.clone();
        }
        match (&self.tenant, &self.policy, &self.openid_config) {
            (Some(tenant), Some(policy), _) => format!("{tenant}/{policy}"),
            // The name is shown, and a URL that is refused may contain a password.
            (_, _, Some(url)) if url.contains('@') && fetchable_url(url).is_err() => {
                "metadata".to_owned()
            }
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
        let refused = TakenName::Refused;
        let names = authority_names(&authorities, 0, is_taken, refused, &mut mistakes);
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

    /// The bug: a mistake that listed the names showed the password in an unnamed authority's URL.
    #[test]
    fn a_name_shows_no_password() {
        for (url, name) in [
            ("https://user:secret@idp.example/m", "metadata"),
            ("user:secret@idp.example", "metadata"),
            ("https://user:se/cret@idp.example/m", "metadata"),
            ("https:///user:secret@idp.example/m", "metadata"),
            ("https://idp.example/@acme/m", "https://idp.example/@acme/m"),
        ] {
            let found = names(vec![AuthoritySettings::openid_config(url)]);
            assert_eq!(found.unwrap(), [name]);
        }
    }

    #[test]
    fn a_number_follows_a_blank() {
        for name in ["acme", "acme 2", "acme 10"] {
            assert!(is_numbered(name, "acme"), "{name}");
        }
        for name in ["acm", "acme ", "acme2", "acme 2a", "acme corp", "other"] {
            assert!(!is_numbered(name, "acme"), "{name}");
        }
    }

    #[test]
    fn found_tenants_do_not_get_in_each_others_way() {
        let mut mistakes = Mistakes::default();
        let found = [named("acme"), named("acme"), named("fabrikam")];
        let is_taken = |name: &str| matches!(name, "acme" | "acme 3");
        let names = authority_names(&found, 0, is_taken, TakenName::Numbered, &mut mistakes);
        assert_eq!(names, ["acme 2", "acme 4", "fabrikam"]);
        assert!(mistakes.finish(Some(())).is_ok());

        // A number does not take the name of the next one.
        let mut mistakes = Mistakes::default();
        let kept = [named("acme"), named("acme 2")];
        let is_taken = |name: &str| name == "acme";
        let names = authority_names(&kept, 0, is_taken, TakenName::Numbered, &mut mistakes);
        assert_eq!(names, ["acme 3", "acme 2"]);
    }

    #[test]
    fn a_name_that_is_given_twice_or_blank_is_a_mistake() {
        for second in ["a", " ", "taken"] {
            let found = names(vec![named("a"), named(second)]);
            assert_eq!(found, Err("authorities[1].name".to_owned()), "{second}");
        }
    }
}
