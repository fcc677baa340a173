//! All routes of the settings.
//!
//! The host selects a table, and the longest path in it decides; then the method must match. Paths are compared after decoding them once. If a router that
//! compares before it decodes would come to another rule, the path is refused. With `ignore_case`, both sides are folded.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use b2c_verify::{InvalidHost, PathError, RequestHost, RequestPath};
use http::{HeaderValue, Method, header};

use super::{
    rule::{Route, Rule},
    table::{NoRule, PathPattern, Table},
};
use crate::{
    refusal::{Refused, RequestHead},
    settings::{OtherRoutes, RoutingSettings},
};

/// The routes, by host and path.
#[derive(Debug)]
pub(crate) struct Routes {
    tables: HashMap<Box<str>, Table>,
    /// Whether the routes name hosts. If not, there is one table, for [`ANY_HOST`].
    names_hosts: bool,
    routing: RoutingSettings,
}

impl Routes {
    /// Builds the tables from routes, each with its host or [`ANY_HOST`].
    pub(crate) fn new(
        routes: impl IntoIterator<Item = (Box<str>, PathPattern, Route)>,
        routing: RoutingSettings,
    ) -> Self {
        let mut tables: HashMap<Box<str>, Table> = HashMap::new();
        for (host, pattern, route) in routes {
            tables.entry(host).or_default().add(pattern, route);
        }
        Self {
            names_hosts: tables.keys().any(|host| **host != *ANY_HOST),
            tables,
            routing,
        }
    }

    /// The rule for a request. `Ok(None)`: no route covers it, and it is judged as if there were none.
    ///
    /// # Errors
    ///
    /// If two programs could read the path or the host differently, or if no route allows the request.
    pub(crate) fn rule_for(&self, head: RequestHead<'_>) -> Result<Option<&Arc<Rule>>, Refused> {
        let path = RequestPath::parse(head.target().path()).map_err(Refused::AmbiguousPath)?;
        let table = if self.names_hosts {
            let host = host_of(head).map_err(|_| Refused::AmbiguousHost)?;
            self.tables.get(host.as_str())
        } else {
            self.tables.get(ANY_HOST)
        };
        let found = self.look_up(table, path.as_str(), head.method);
        if let Some(undecoded) = path.undecoded() {
            let other = self.look_up(table, undecoded, head.method);
            if found.map(|rule| rule.map(Arc::as_ptr)) != other.map(|rule| rule.map(Arc::as_ptr)) {
                return Err(Refused::AmbiguousPath(PathError::NeedlesslyEncoded));
            }
        }
        match found {
            Err(NoRule) => Err(Refused::NoRoute),
            Ok(Some(rule)) => Ok(Some(rule)),
            Ok(None) => match self.routing.otherwise {
                OtherRoutes::Token => Ok(None),
                OtherRoutes::Deny => Err(Refused::NoRoute),
            },
        }
    }

    fn look_up<'a>(
        &self,
        table: Option<&'a Table>,
        path: &str,
        method: &Method,
    ) -> Result<Option<&'a Arc<Rule>>, NoRule> {
        let path = if self.routing.ignore_case {
            folded(path)
        } else {
            Cow::Borrowed(path)
        };
        table.map_or(Ok(None), |table| table.rule_for(&path, method))
    }
}

/// The host of the request target or of the `Host` header. If there are both, they must be equal.
fn host_of(head: RequestHead<'_>) -> Result<RequestHost<'_>, InvalidHost> {
    let mut headers = head.headers.get_all(header::HOST).iter();
    let header = headers.next().map(text).transpose()?;
    if headers.next().is_some() {
        return Err(InvalidHost);
    }
    let authority = head.target().authority();
    let authority = authority.map(|it| RequestHost::parse(it.as_str()));
    match (authority.transpose()?, header) {
        (Some(one), Some(other)) if one != other => Err(InvalidHost),
        (Some(host), _) | (None, Some(host)) => Ok(host),
        (None, None) => Err(InvalidHost),
    }
}

fn text(value: &HeaderValue) -> Result<RequestHost<'_>, InvalidHost> {
    RequestHost::parse(value.to_str().map_err(|_| InvalidHost)?)
}

/// The path with its case folded. Some services fold to upper case, others to lower case, by Unicode's full mapping or by its simple one; paths that are
/// equal under any of these are equal here.
pub(crate) fn folded(path: &str) -> Cow<'_, str> {
    if path.is_ascii() {
        if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Cow::Owned(path.to_ascii_lowercase());
        }
        return Cow::Borrowed(path);
    }
    let folded = path.to_lowercase().to_uppercase().to_lowercase();
    // U+0130 in lower case is "i" by the simple mapping, and "i" with U+0307 by the full one.
    let mut after_i = false;
    let is_kept = |c: &char| {
        let is_dot = after_i && *c == '\u{307}';
        after_i = is_dot || *c == 'i';
        !is_dot
    };
    Cow::Owned(folded.chars().filter(is_kept).collect())
}

/// In place of a host name, which is never empty.
pub(crate) const ANY_HOST: &str = "";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_a_service_treats_alike_have_one_form() {
        // U+017F becomes an ASCII letter in upper case, and U+212A in lower case.
        for same in ["/TASKS", "/tasks", "/Ta\u{17f}ks", "/tas\u{212a}s"] {
            assert_eq!(folded(same), "/tasks", "{same}");
        }
        assert_eq!(folded("/CAFÉ"), folded("/café"));
        // U+1E9E and U+00DF are equal in lower case, U+00DF and "SS" in upper case.
        assert_eq!(folded("/STRA\u{1e9e}E"), folded("/straße"));
        assert_eq!(folded("/STRASSE"), folded("/straße"));
        // U+0130 in lower case, by the simple mapping and by the full one.
        for same in ["/adm\u{130}n", "/admi\u{307}n", "/ADMIN"] {
            assert_eq!(folded(same), "/admin", "{same}");
        }
        // Two dots that combine with one letter, both ways.
        assert_eq!(folded("/adm\u{130}\u{307}n"), folded("/admi\u{307}n"));
        assert_ne!(folded("/tasks"), folded("/task"));
    }

    /// The bug: with U+1E9E, a request escaped the route for U+00DF.
    #[test]
    fn every_character_is_folded_like_its_upper_and_lower_case() {
        for c in '\u{80}'..=char::MAX {
            let (upper, lower) = (c.to_uppercase().to_string(), c.to_lowercase().to_string());
            if upper != lower {
                assert_eq!(folded(&upper), folded(&lower), "{c}");
                assert_eq!(folded(&upper), folded(&c.to_string()), "{c}");
            }
        }
    }
}
