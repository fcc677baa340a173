//! Checks `[[routes]]` and `[routing]`.
//!
//! 1. A path is literal, or ends with `/**`. It is brought into the same form as a request's path ([`RequestPath`]), so both are compared as text.
//! 2. If one route names hosts, all must: a request to a host that no route names would otherwise get the rules meant for another.
//! 3. Two routes may cover the same host, path and method only if they say the same. Otherwise the order of the file would decide about access.
//! 4. `public` cannot be combined with a requirement.
//! 5. Authorities, policies and scopes must be names that a token could carry: a misspelt one would refuse every request.

use std::{collections::HashMap, sync::Arc};

use b2c_verify::{RequestHost, RequestPath};
use http::Method;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::{AuthorityConfig, check::no_blank, names::policy_name};
use crate::{
    requirement::{Requirement, all_of, any_of, client, policy, role, try_scope},
    routes::{ANY_HOST, Methods, Place, Route, Routes, Rule, folded},
    settings::{Mistakes, OtherRoutes, RouteSettings, Settings, SettingsError},
};

/// A checked route, kept for comparison with later ones.
struct Checked {
    at: usize,
    methods: Methods,
    rule: Arc<Rule>,
}

impl Settings {
    /// # Errors
    ///
    /// The routes that name this authority.
    pub(crate) fn check_no_route_names(&self, authority: &str) -> Result<(), SettingsError> {
        let mut mistakes = Mistakes::default();
        for (at, route) in self.routes.iter().enumerate() {
            if route.authorities.iter().any(|name| name == authority) {
                let remedy = "names the authority; remove the route's entry and the authority in one change of the settings";
                mistakes.add(format!("routes[{at}].authorities"), authority, remedy);
            }
        }
        mistakes.finish(Some(()))
    }

    /// `None` if there are no routes.
    pub(super) fn check_routes(
        &self,
        authorities: &[AuthorityConfig],
        mistakes: &mut Mistakes,
    ) -> Option<Routes> {
        if self.routes.is_empty() {
            if self.routing.otherwise == OtherRoutes::Deny {
                let remedy = "would refuse every request, because there are no routes; add [[routes]], or remove it";
                mistakes.add("routing.otherwise", "deny", remedy);
            }
            return None;
        }
        let some_name_hosts = self.routes.iter().any(|route| !route.hosts.is_empty());
        let mut known: HashMap<(Box<str>, Place), Vec<Checked>> = HashMap::new();
        let mut routes = Vec::new();
        for (at, settings) in self.routes.iter().enumerate() {
            let field = format!("routes[{at}]");
            if some_name_hosts && settings.hosts.is_empty() {
                let remedy =
                    "is missing, but other routes name hosts; name the hosts of this route";
                mistakes.add(format!("{field}.hosts"), &settings.hosts, remedy);
            }
            let place = self.place(settings, &field, mistakes);
            let methods = settings.check_methods(&field, mistakes);
            let hosts = settings.check_hosts(&field, mistakes);
            let rule = settings.check_rule(authorities, &field, mistakes);
            let (Some(place), Some(rule)) = (place, rule.map(Arc::new)) else {
                continue;
            };
            for host in hosts {
                let others = known.entry((host.clone(), place.clone())).or_default();
                for other in &*others {
                    if let Some(method) = methods.common(&other.methods)
                        && other.rule != rule
                    {
                        let remedy = format!(
                            "contradicts routes[{}], which also covers {method} on this path; let only one route cover each method",
                            other.at
                        );
                        mistakes.add(&field, &settings.path, remedy);
                    }
                }
                others.push(Checked {
                    at,
                    methods: methods.clone(),
                    rule: Arc::clone(&rule),
                });
                let route = Route {
                    methods: methods.clone(),
                    rule: Arc::clone(&rule),
                };
                routes.push((host, place.clone(), route));
            }
        }
        Some(Routes::new(routes, self.routing))
    }

    /// The paths that a route covers.
    fn place(&self, route: &RouteSettings, field: &str, mistakes: &mut Mistakes) -> Option<Place> {
        let field = format!("{field}.path");
        let (text, is_below) = match route.path.strip_suffix("/**") {
            Some("") => ("/", true),
            Some(above) => (above, true),
            None => (route.path.as_str(), false),
        };
        let remedy = if text.is_empty() {
            Some("is empty; write \"/\" for the root alone, \"/**\" for everything")
        } else if text.contains('*') {
            Some("may have stars only as \"/**\" at its end, which covers everything below")
        } else if text.contains("/:") || text.contains(['{', '}']) {
            Some("has a parameter, which routes do not support; end it with \"/**\" before that")
        } else if text.contains(['?', '#']) {
            Some("has a query or a fragment, which routes ignore; remove it")
        } else if text != "/" && text.ends_with('/') {
            Some("has a trailing slash, which routes ignore; remove it")
        } else {
            None
        };
        if let Some(remedy) = remedy {
            mistakes.add(field, &route.path, remedy);
            return None;
        }
        // An operator may write a path without percent-encoding.
        let encoded = utf8_percent_encode(text, NOT_IN_A_PATH).to_string();
        match RequestPath::parse(&encoded) {
            Ok(path) => {
                let path = if self.routing.ignore_case {
                    folded(path.as_str())
                } else {
                    path.as_str().into()
                };
                let path = path.as_ref().into();
                Some(if is_below {
                    Place::Below(path)
                } else {
                    Place::At(path)
                })
            }
            Err(error) => {
                let remedy =
                    format!("never matches: {error}; write it as \"/tasks\" or \"/tasks/**\"");
                mistakes.add(field, &route.path, remedy);
                None
            }
        }
    }
}

impl RouteSettings {
    fn check_methods(&self, field: &str, mistakes: &mut Mistakes) -> Methods {
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
            match Method::from_bytes(name.as_bytes()) {
                Ok(method) if is_upper => methods.push(method),
                _ => {
                    let remedy = "is not a method; write it in upper case, such as \"GET\"";
                    mistakes.add(format!("{field}.methods"), name, remedy);
                }
            }
        }
        if !self.exact_methods && methods.contains(&Method::GET) {
            methods.push(Method::HEAD);
        }
        Methods::Listed(methods)
    }

    fn check_hosts(&self, field: &str, mistakes: &mut Mistakes) -> Vec<Box<str>> {
        if self.hosts.is_empty() {
            return vec![ANY_HOST.into()];
        }
        let mut hosts = Vec::new();
        for name in &self.hosts {
            match RequestHost::parse(name) {
                Ok(host) if host.as_str() == name => hosts.push(host.as_str().into()),
                _ => {
                    let remedy = "is not a host name; write it in lower case, without scheme, port and path, such as \"api.contoso.com\"";
                    mistakes.add(format!("{field}.hosts"), name, remedy);
                }
            }
        }
        hosts
    }

    fn check_rule(
        &self,
        authorities: &[AuthorityConfig],
        field: &str,
        mistakes: &mut Mistakes,
    ) -> Option<Rule> {
        let mut needed = Vec::new();
        for name in &self.scopes {
            match try_scope(name.as_str()) {
                Ok(scope) => needed.push(scope),
                Err(error) => mistakes.add(format!("{field}.scopes"), name, error.to_string()),
            }
        }
        no_blank(&format!("{field}.roles"), &self.roles, mistakes);
        needed.extend(self.roles.iter().map(|name| role(name.as_str())));
        for (at, claim) in self.claims.iter().enumerate() {
            needed.extend(claim.check(&format!("{field}.claims[{at}]"), mistakes));
        }
        for name in &self.policies {
            mistakes.note(&format!("{field}.policies"), name, policy_name(name));
        }
        needed.extend(one_of(&self.policies, |name| policy(name)));
        no_blank(&format!("{field}.clients"), &self.clients, mistakes);
        needed.extend(one_of(&self.clients, |id| client(id)));
        for name in &self.authorities {
            if authorities.iter().all(|authority| authority.name != *name) {
                let known = authorities.iter().map(|known| &known.name);
                let known: Vec<_> = known.take(MAX_SHOWN).collect();
                let remedy = format!("is not the name of an authority; use one of {known:?}");
                mistakes.add(format!("{field}.authorities"), name, remedy);
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
/// How many names a mistake lists. More would not help.
const MAX_SHOWN: usize = 10;
