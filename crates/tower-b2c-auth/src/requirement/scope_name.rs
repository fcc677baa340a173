//! Checks the names of scopes.

/// A scope name that no token can ever carry (RFC 6749 §3.3). The message says how to correct it.
///
/// ```
/// use tower_b2c_auth::try_scope;
///
/// let error = try_scope("tasks.read tasks.write").unwrap_err();
/// assert!(error.to_string().ends_with(r#"name each of them: "tasks.read", "tasks.write""#));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is not a valid scope name; {remedy}")]
pub struct InvalidScope {
    pub(super) name: Box<str>,
    pub(super) remedy: String,
}

/// How to correct this name; `None` if tokens can carry it.
pub(crate) fn scope_mistake(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("it is empty; name the scope, such as \"tasks.read\"".into());
    }
    if name.contains(char::is_whitespace) {
        let names: Vec<_> = name
            .split_whitespace()
            .map(|one| format!("{one:?}"))
            .collect();
        return Some(match names.as_slice() {
            [] | [_] => "write it without spaces".into(),
            several => format!(
                "spaces separate scopes; name each of them: {}",
                several.join(", ")
            ),
        });
    }
    if name.contains("://") {
        return Some(match name.rsplit('/').next() {
            Some("" | ".default") | None => {
                "it names the whole application; write the short name of one scope, such as \"tasks.read\"".into()
            }
            Some(short) => format!("tokens carry the short name: {short:?}"),
        });
    }
    (!is_scope_token(name)).then(|| {
        "RFC 6749 allows only visible ASCII characters, without double quotes and backslashes"
            .into()
    })
}

/// Whether RFC 6749 §3.3 allows this as a scope. Such text needs no escaping in a quoted string.
pub(super) fn is_scope_token(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_no_token_carries_is_refused_with_the_one_that_it_does() {
        for (name, remedy) in [
            (
                "https://contoso.onmicrosoft.com/tasks/tasks.read",
                "tokens carry the short name: \"tasks.read\"",
            ),
            (
                "api://tasks/tasks.read",
                "tokens carry the short name: \"tasks.read\"",
            ),
            (
                "api://tasks/.default",
                "it names the whole application; write the short name of one scope, such as \"tasks.read\"",
            ),
            (
                "a b",
                "spaces separate scopes; name each of them: \"a\", \"b\"",
            ),
            (" a", "write it without spaces"),
            ("", "it is empty; name the scope, such as \"tasks.read\""),
            (
                "a\"b",
                "RFC 6749 allows only visible ASCII characters, without double quotes and backslashes",
            ),
        ] {
            assert_eq!(scope_mistake(name).as_deref(), Some(remedy), "{name}");
        }
        for name in ["tasks.read", "Tasks/Read", "user:email", ".default"] {
            assert_eq!(scope_mistake(name), None, "{name}");
        }
    }

    #[test]
    fn the_panic_names_the_scope_and_the_remedy() {
        let panic = std::panic::catch_unwind(|| crate::requirement::scope("a b")).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(
            message.starts_with("\"a b\" is not a valid scope name; spaces separate"),
            "{message}"
        );
    }
}
