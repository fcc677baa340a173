//! The target of the original request ─▶ `Uri`.

use axum::http::Uri;

/// A path and query, for the layer to judge; the service gets the target as the client sent it.
///
/// `None` if it does not begin with its path, or if a `Uri` cannot hold it. `#` is refused: `Uri` would drop what follows, but the service would get it as a
/// part of the path. A query may have quotation marks and angle brackets, which some clients send as they are, although RFC 3986 §3.4 does not allow them.
pub(super) fn original_target(target: &str) -> Option<Uri> {
    if !target.starts_with('/') || target.contains('#') {
        return None;
    }
    match target.split_once('?') {
        Some((path, query)) if query.contains(UNENCODED) => {
            let query = query.replace('"', "%22").replace('<', "%3C");
            format!("{path}?{}", query.replace('>', "%3E")).parse().ok()
        }
        _ => target.parse().ok(),
    }
}

const UNENCODED: [char; 3] = ['"', '<', '>'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_path_as_the_client_sent_it() {
        for target in ["/", "/a//b?c?d", "/a\\b", "/%zz"] {
            assert_eq!(original_target(target).unwrap().to_string(), target);
        }
        for target in [
            "",
            "*",
            "a",
            "http://x/",
            "/a#b",
            "/a b",
            "/a<b",
            "/a?#",
            "/a\u{7f}",
        ] {
            assert_eq!(original_target(target), None, "{target}");
        }
    }

    /// The bug: a request that every proxy and most services accept was answered with 400.
    #[test]
    fn a_query_may_have_what_clients_forget_to_encode() {
        let target = original_target(r#"/a?filter={"name":"<b>"}"#).unwrap();
        assert_eq!(target.path(), "/a");
        assert_eq!(target.query(), Some("filter={%22name%22:%22%3Cb%3E%22}"));
    }
}
