//! The routes of one host, by path.

use std::{collections::HashMap, sync::Arc};

use http::Method;

use super::rule::{Route, Rule};

/// The paths that a route covers. They are decoded and have no trailing slash, except for the root `/`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum PathPattern {
    /// This path alone.
    At(Box<str>),
    /// This path and everything below it.
    Below(Box<str>),
}

#[derive(Debug, Default)]
pub(super) struct Table {
    at: HashMap<Box<str>, Vec<Route>>,
    below: HashMap<Box<str>, Vec<Route>>,
    /// The number of segments of the longest path in `below`, which limits the look-ups for a request, however long its path is.
    deepest: usize,
}

impl Table {
    pub(super) fn add(&mut self, pattern: PathPattern, route: Route) {
        let (table, path) = match pattern {
            PathPattern::At(path) => (&mut self.at, path),
            PathPattern::Below(path) => {
                self.deepest = self.deepest.max(depth(&path));
                (&mut self.below, path)
            }
        };
        table.entry(path).or_default().push(route);
    }

    /// The rule of the longest path that covers this one. `Ok(None)`: no route covers it.
    ///
    /// # Errors
    ///
    /// If there are routes for that path, but none for the method.
    pub(super) fn rule_for(
        &self,
        path: &str,
        method: &Method,
    ) -> Result<Option<&Arc<Rule>>, NoRule> {
        let exact = self.at.get(path);
        let longest = exact.or_else(|| {
            let mut ancestors = ancestors(path, self.deepest);
            ancestors.find_map(|ancestor| self.below.get(ancestor))
        });
        let Some(routes) = longest else {
            return Ok(None);
        };
        let covering = routes.iter().find(|route| route.methods.cover(method));
        covering.map(|route| Some(&route.rule)).ok_or(NoRule)
    }
}

/// There are routes for the path, but none for the method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoRule;

fn depth(path: &str) -> usize {
    if path == "/" {
        return 0;
    }
    path.matches('/').count()
}

/// The path and its ancestors, from the longest to `/`, without those of more than `deepest` segments.
fn ancestors(path: &str, deepest: usize) -> impl Iterator<Item = &str> {
    let end = path.match_indices('/').nth(deepest);
    let longest = match end {
        Some((0, _)) => "/",
        Some((end, _)) => path.get(..end).unwrap_or("/"),
        None => path,
    };
    std::iter::successors(Some(longest), |path| match path.rsplit_once('/') {
        _ if *path == "/" => None,
        Some(("", _)) | None => Some("/"),
        Some((above, _)) => Some(above),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::Methods;

    #[test]
    fn ancestors_are_cut_at_segments_and_are_few() {
        let of = |path, deepest| ancestors(path, deepest).collect::<Vec<_>>();
        assert_eq!(of("/a/b/c", 3), ["/a/b/c", "/a/b", "/a", "/"]);
        assert_eq!(of("/a/b/c", 9), ["/a/b/c", "/a/b", "/a", "/"]);
        assert_eq!(of("/a/b/c", 1), ["/a", "/"]);
        assert_eq!(of("/a/b/c", 0), ["/"]);
        assert_eq!(of("/", 2), ["/"]);
        assert_eq!(of("/a", 1), ["/a", "/"]);
    }

    #[test]
    fn the_longest_path_decides_and_only_whole_segments_count() {
        let mut table = Table::default();
        let patterns = [
            PathPattern::Below("/".into()),
            PathPattern::Below("/tasks".into()),
            PathPattern::At("/tasks".into()),
            PathPattern::At("/tasks/new".into()),
        ];
        let rules: Vec<_> = patterns
            .into_iter()
            .map(|pattern| {
                let rule = Arc::new(Rule {
                    public: false,
                    requirement: None,
                    authorities: None,
                });
                let methods = match pattern {
                    PathPattern::At(_) => Methods::Listed(vec![Method::GET]),
                    PathPattern::Below(_) => Methods::All,
                };
                let route = Route {
                    methods,
                    rule: Arc::clone(&rule),
                };
                table.add(pattern, route);
                rule
            })
            .collect();
        for (path, expected) in [
            ("/", 0),
            ("/other", 0),
            ("/tasksx", 0),
            ("/tasks", 2),
            ("/tasks/1", 1),
            ("/tasks/1/2/3", 1),
            ("/tasks/new", 3),
            ("/tasks/new/x", 1),
        ] {
            let found = table.rule_for(path, &Method::GET).unwrap().unwrap();
            assert!(Arc::ptr_eq(found, &rules[expected]), "{path}");
        }
        assert!(table.rule_for("/tasks/new", &Method::POST).is_err());
        assert!(table.rule_for("/tasks/1", &Method::POST).is_ok());
        assert!(matches!(
            Table::default().rule_for("/", &Method::GET),
            Ok(None)
        ));
    }
}
