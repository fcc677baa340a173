//! Checks `[[routes]]` and `[routing]`.
//!
//! 1. A path is literal, or ends with `/**`. It is brought into the same form as a request's path ([`RequestPath`](b2c_verify::RequestPath)), so both are
//!    compared as text.
//! 2. If one route names hosts, all must: a request to a host that no route names would otherwise get the rules meant for another.
//! 3. Two routes may cover the same host, path and method only if they say the same. Otherwise the order in the file would decide who gets access.
//! 4. `public` cannot be combined with a requirement.
//! 5. An authority must exist, and policies and scopes must be names that a token could carry: a misspelt one would refuse every request.

use std::{collections::HashMap, sync::Arc};

use super::AuthorityConfig;
use crate::{
    routes::{Route, Routes},
    settings::{Mistakes, OtherRoutes, Settings, SettingsError},
};

impl Settings {
    /// # Errors
    ///
    /// The routes that name this authority.
    pub(crate) fn check_no_route_names(&self, authority: &str) -> Result<(), SettingsError> {
        let mut mistakes = Mistakes::default();
        for (at, route) in self.routes.iter().enumerate() {
            if route.authorities.iter().any(|name| name == authority) {
                let remedy = "names the authority to be removed; take it out of this list and remove the authority in one change of the settings";
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
        let mut routes: HashMap<_, Vec<(usize, Route)>> = HashMap::new();
        for (at, settings) in self.routes.iter().enumerate() {
            let field = format!("routes[{at}]");
            if some_name_hosts && settings.hosts.is_empty() {
                let remedy =
                    "is missing, but other routes name hosts; name the hosts of this route";
                mistakes.add(format!("{field}.hosts"), &settings.hosts, remedy);
            }
            let pattern = settings.path_pattern(self.routing.ignore_case);
            let pattern = mistakes.note(format!("{field}.path"), &settings.path, pattern);
            let methods = settings.check_methods(&field, mistakes);
            let hosts = settings.check_hosts(&field, mistakes);
            let rule = settings.check_rule(authorities, &field, mistakes);
            let (Some(pattern), Some(rule)) = (pattern, rule.map(Arc::new)) else {
                continue;
            };
            for host in hosts {
                let of_path = routes.entry((host, pattern.clone())).or_default();
                for (other_at, other) in &*of_path {
                    if let Some(method) = methods.common(&other.methods)
                        && other.rule != rule
                    {
                        let remedy = format!(
                            "contradicts routes[{other_at}], which also covers {method} on this path; let only one route cover each method"
                        );
                        mistakes.add(&field, &settings.path, remedy);
                    }
                }
                let route = Route {
                    methods: methods.clone(),
                    rule: Arc::clone(&rule),
                };
                of_path.push((at, route));
            }
        }
        let routes = routes.into_iter().flat_map(|((host, pattern), routes)| {
            let routes = routes.into_iter();
            routes.map(move |(_, route)| (host.clone(), pattern.clone(), route))
        });
        Some(Routes::new(routes, self.routing))
    }
}
