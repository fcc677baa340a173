//! Checks one entry of `[[routes]]`.

use b2c_verify::{RequestHost, RequestPath};
use http::Method;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::{
    AuthorityConfig, authority_names::no_such_authority, check::no_blank, names::policy_name,
};
use crate::{
    requirement::{Requirement, all_of, any_of, client, policy, role, try_scope},
    routes::{ANY_HOST, Methods, PathPattern, Rule, folded},
    settings::{Mistakes, RouteSettings},
};

impl RouteSettings {
    /// The paths that it covers.
    pub(super) fn path_pattern(&self, ignore_case: bool) -> Result<PathPattern, String> {
        let (text, is_below) = match self.path.strip_suffix("/**") {
            Some("") => ("/", true),
            // The slash before `/**` is then a trailing slash, which is refused below.
            Some("/") => ("//", true),
            Some(above) => (above, true),
            None => (self.path.as_str(), false),
        };
        let remedy = if text.is_empty() {
            "is empty; write \"/\" for the root alone, \"/**\" for everything"
        } else if text.contains('*') {
            "may have stars only as \"/**\" at its end, which covers everything below"
        } else if text.contains("/:") || text.contains(['{', '}']) {
            "has a parameter, which routes do not support; end the path with \"/**\" before the parameter"
        } else if text.contains(['?', '#']) {
            "has a query or a fragment, which routes ignore; remove it"
        } else if text != "/" && text.ends_with('/') {
            "has a trailing slash, which routes ignore; remove it"
        } else {
            // An operator may write a path without percent-encoding.
            let encoded = utf8_percent_encode(text, NOT_IN_A_PATH).to_string();
            let path = RequestPath::parse(&encoded).map_err(|error| {
                format!("never matches: {error}; write it as \"/tasks\" or \"/tasks/**\"")
            })?;
            let path = match ignore_case {
                true => folded(path.as_str()),
                false => path.as_str().into(),
            };
            let of_path = if is_below {
                PathPattern::Below
            } else {
                PathPattern::At
            };
            return Ok(of_path(path.into()));
        };
        Err(remedy.into())
    }

    pub(super) fn check_methods(&self, field: &str, mistakes: &mut Mistakes) -> Methods {
        if self.methods.is_empty() {
            if self.exact_methods {
                let remedy = "has no effect without methods; remove it";
                mistakes.add(format!("{field}.exact_methods"), true, remedy);
            }
            return Methods::All;
        }
        let mut methods = Vec::new();
        for name in &self.methods {
            // Methods are compared with their case (RFC 9110 §9.1), and all that are registered are in upper case.
            let is_upper = name.bytes().all(|it| it.is_ascii_uppercase() || it == b'-');
            let method = Method::from_bytes(name.as_bytes()).ok();
            let method = method.filter(|_| is_upper);
            let method = method.ok_or("is not a method; write it in upper case, such as \"GET\"");
            methods.extend(mistakes.note(format!("{field}.methods"), name, method));
        }
        if !self.exact_methods && methods.contains(&Method::GET) {
            methods.push(Method::HEAD);
        }
        Methods::Listed(methods)
    }

    pub(super) fn check_hosts(&self, field: &str, mistakes: &mut Mistakes) -> Vec<Box<str>> {
        if self.hosts.is_empty() {
            return vec![ANY_HOST.into()];
        }
        let mut hosts = Vec::new();
        for name in &self.hosts {
            if RequestHost::parse(name).is_ok_and(|host| host.as_str() == name) {
                hosts.push(name.as_str().into());
            } else {
                let remedy = "is not a host name; write it in lower case, without scheme, port and path, such as \"api.contoso.com\"";
                mistakes.add(format!("{field}.hosts"), name, remedy);
            }
        }
        hosts
    }

    pub(super) fn check_rule(
        &self,
        authorities: &[AuthorityConfig],
        field: &str,
        mistakes: &mut Mistakes,
    ) -> Option<Rule> {
        let mut needed = Vec::new();
        for name in &self.scopes {
            let scope = try_scope(name.as_str()).map_err(|error| error.to_string());
            needed.extend(mistakes.note(format!("{field}.scopes"), name, scope));
        }
        no_blank(&format!("{field}.roles"), &self.roles, mistakes);
        needed.extend(self.roles.iter().map(|name| role(name.as_str())));
        for (at, claim) in self.claims.iter().enumerate() {
            needed.extend(claim.check(&format!("{field}.claims[{at}]"), mistakes));
        }
        for name in &self.policies {
            mistakes.note(format!("{field}.policies"), name, policy_name(name));
        }
        needed.extend(one_of(&self.policies, |name| policy(name)));
        no_blank(&format!("{field}.clients"), &self.clients, mistakes);
        needed.extend(one_of(&self.clients, |id| client(id)));
        for name in &self.authorities {
            if authorities.iter().all(|authority| authority.name != *name) {
                let field = format!("{field}.authorities");
                mistakes.add(field, name, no_such_authority(authorities));
            }
        }
        if self.public && !(needed.is_empty() && self.authorities.is_empty()) {
            let remedy = "contradicts what the route requires; remove one of the two";
            mistakes.add(format!("{field}.public"), true, remedy);
            return None;
        }
        let authorities = self.authorities.iter().map(|name| name.as_str().into());
        Some(Rule {
            public: self.public,
            requirement: (!needed.is_empty()).then(|| all_of(needed)),
            authorities: (!self.authorities.is_empty()).then(|| authorities.collect()),
        })
    }
}

/// `None` if nothing is listed.
fn one_of(names: &[String], requirement: impl Fn(&str) -> Requirement) -> Option<Requirement> {
    (!names.is_empty()).then(|| any_of(names.iter().map(|name| requirement(name))))
}

const NOT_IN_A_PATH: &AsciiSet = &CONTROLS.add(b' ');
