//! The few expressions for `token-value` that have one obvious meaning: a header, with or without its scheme; a query parameter; a cookie.
//!
//! Any other is refused: C# that is understood only in part could take the token from another place than API Management does.

/// The place that an expression takes the token from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    Header {
        name: String,
        /// Whether the expression removes a scheme in front of the token.
        is_cut: bool,
    },
    Query(String),
    Cookie(String),
}

impl Place {
    /// `None` for every other expression.
    pub(super) fn of(expression: &str) -> Option<Self> {
        let text = without_spaces(expression.trim())?;
        let inner = text.strip_prefix("@(")?.strip_suffix(')')?;
        let request = inner.strip_prefix("context.Request.")?;
        if let Some(headers) = request.strip_prefix("Headers") {
            let (name, rest) = value_or_default(headers)?;
            if name.eq_ignore_ascii_case("Cookie") {
                return cookie(rest).map(Self::Cookie);
            }
            let is_cut = match rest {
                "" => false,
                _ if CUTS.contains(&rest) => true,
                _ => return None,
            };
            let name = name.to_owned();
            return Some(Self::Header { name, is_cut });
        }
        let query = request
            .strip_prefix("OriginalUrl.Query")
            .or_else(|| request.strip_prefix("Url.Query"))?;
        match value_or_default(query)? {
            (name, "") if !name.is_empty() => Some(Self::Query(name.to_owned())),
            _ => None,
        }
    }
}

/// The name in `.GetValueOrDefault("name","")` or `.GetValueOrDefault("name")`, and the text after it.
fn value_or_default(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = quoted(text.strip_prefix(".GetValueOrDefault(")?)?;
    let rest = rest
        .strip_prefix(",\"\")")
        .or_else(|| rest.strip_prefix(')'))?;
    Some((name, rest))
}

/// The usual way to read one cookie: `.Split(';').Select(c=>c.Trim()).FirstOrDefault(c=>c.StartsWith("name="))?.Substring(5)`. The number may also be written
/// as `"name=".Length`, and each dot as `?.`.
fn cookie(rest: &str) -> Option<String> {
    let rest = rest.replace("?.", ".");
    let rest = rest.strip_prefix(".Split(';')")?;
    let (rest, variable) = call_with_lambda(rest, ".Select(")?;
    let rest = rest.strip_prefix(&format!("{variable}.Trim())"))?;
    let (rest, variable) = call_with_lambda(rest, ".FirstOrDefault(")?;
    let (prefix, rest) = quoted(rest.strip_prefix(&format!("{variable}.StartsWith("))?)?;
    let rest = rest.strip_prefix("))")?;
    let length = prefix.len().to_string();
    let ways = [
        format!(".Substring({length})"),
        format!(".Substring(\"{prefix}\".Length)"),
    ];
    let name = prefix.strip_suffix('=')?;
    let is_name = !name.is_empty() && !name.contains('=');
    (is_name && ways.iter().any(|way| way == rest)).then(|| name.to_owned())
}

/// The text after `.Call(x=>`, and `x`.
fn call_with_lambda<'t>(text: &'t str, call: &str) -> Option<(&'t str, &'t str)> {
    let (variable, rest) = text.strip_prefix(call)?.split_once("=>")?;
    let is_name = !variable.is_empty() && variable.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_name.then_some((rest, variable))
}

/// A C# string without escapes, and the text after it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let (inner, rest) = text.strip_prefix('"')?.split_once('"')?;
    (!inner.contains('\\')).then_some((inner, rest))
}

/// Removes the spaces outside string and character literals. `None` if a literal is not closed.
fn without_spaces(text: &str) -> Option<String> {
    let mut open = None;
    let mut short = String::with_capacity(text.len());
    for character in text.chars() {
        match open {
            Some(quote) if character == quote => open = None,
            None if matches!(character, '"' | '\'') => open = Some(character),
            _ => {}
        }
        if open.is_some() || !character.is_whitespace() {
            short.push(character);
        }
    }
    open.is_none().then_some(short)
}

/// Ways to cut `Bearer ` off.
const CUTS: [&str; 9] = [
    ".Substring(7)",
    ".Substring(\"Bearer \".Length)",
    ".Replace(\"Bearer \",\"\")",
    ".Replace(\"bearer \",\"\")",
    ".Replace(\"Bearer\",\"\").Trim()",
    ".Split(' ').Last()",
    ".Split(' ')[1]",
    ".Split(' ')?.Last()",
    ".Split(' ').LastOrDefault()",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, is_cut: bool) -> Option<Place> {
        let name = name.to_owned();
        Some(Place::Header { name, is_cut })
    }

    #[test]
    fn a_header_a_query_parameter_and_a_cookie_are_recognised_by_form() {
        let cookie = || Some(Place::Cookie("token".into()));
        let query = || Some(Place::Query("access_token".into()));
        let cases = [
            (
                r#"@(context.Request.Headers.GetValueOrDefault("Authorization",""))"#,
                header("Authorization", false),
            ),
            (
                r#" @( context.Request.Headers.GetValueOrDefault("x-token", "") ) "#,
                header("x-token", false),
            ),
            (
                r#"@(context.Request.Headers.GetValueOrDefault("x-token"))"#,
                header("x-token", false),
            ),
            (
                r#"@(context.Request.Headers.GetValueOrDefault("Authorization","").Substring(7))"#,
                header("Authorization", true),
            ),
            (
                r#"@(context.Request.Headers.GetValueOrDefault("Authorization", "").Replace("Bearer ", ""))"#,
                header("Authorization", true),
            ),
            (
                r#"@(context.Request.Headers.GetValueOrDefault("Authorization","").Split(' ').Last())"#,
                header("Authorization", true),
            ),
            (
                r#"@(context.Request.Headers.GetValueOrDefault("Authorization","").Substring("Bearer ".Length))"#,
                header("Authorization", true),
            ),
            (
                r#"@(context.Request.Url.Query.GetValueOrDefault("access_token",""))"#,
                query(),
            ),
            (
                r#"@(context.Request.OriginalUrl.Query.GetValueOrDefault("access_token"))"#,
                query(),
            ),
            (
                r#"@(context.Request.Headers.GetValueOrDefault("Cookie","").Split(';').Select(c => c.Trim()).FirstOrDefault(c => c.StartsWith("token="))?.Substring(6))"#,
                cookie(),
            ),
            (
                r#"@(context.Request.Headers.GetValueOrDefault("cookie")?.Split(';').Select(x=>x.Trim()).FirstOrDefault(y=>y.StartsWith("token="))?.Substring("token=".Length))"#,
                cookie(),
            ),
        ];
        for (expression, expected) in cases {
            assert_eq!(Place::of(expression), expected, "{expression}");
        }
    }

    #[test]
    fn other_expressions_are_not_recognised() {
        for expression in [
            "",
            "abc",
            "@()",
            r#"@{ return context.Request.Headers.GetValueOrDefault("Authorization",""); }"#,
            r#"@(context.Request.Headers.GetValueOrDefault("Authorization","x"))"#,
            r#"@(context.Request.Headers["Authorization"][0])"#,
            r#"@(context.Request.Headers.GetValueOrDefault("Authorization","").Substring(6))"#,
            r#"@(context.Request.Headers.GetValueOrDefault("Authorization","").Replace("Basic ",""))"#,
            r#"@(context.Request.Headers.GetValueOrDefault("Authorization","") + "x")"#,
            r#"@(context.Request.Headers.GetValueOrDefault("a\"b",""))"#,
            r#"@(context.Request.Headers.GetValueOrDefault("a,"")"#,
            r#"@(context.Request.Url.Query.GetValueOrDefault("access_token","").Substring(7))"#,
            r#"@(context.Request.Url.Query.GetValueOrDefault("",""))"#,
            r#"@(context.Request.Body.As<string>())"#,
            r#"@(context.Variables.GetValueOrDefault("token",""))"#,
            r#"@((string)context.Variables["token"])"#,
            r#"@(context.Request.Headers.GetValueOrDefault("Cookie",""))"#,
            // Cuts off seven characters, but `token=` has six.
            r#"@(context.Request.Headers.GetValueOrDefault("Cookie","").Split(';').Select(c=>c.Trim()).FirstOrDefault(c=>c.StartsWith("token="))?.Substring(7))"#,
            r#"@(context.Request.Headers.GetValueOrDefault("Cookie","").Split(';').Select(c=>c.Trim()).FirstOrDefault(c=>c.StartsWith("token"))?.Substring(5))"#,
            r#"@(context.Request.Headers.GetValueOrDefault("Cookie","").Split(',').Select(c=>c.Trim()).FirstOrDefault(c=>c.StartsWith("token="))?.Substring(6))"#,
        ] {
            assert_eq!(Place::of(expression), None, "{expression}");
        }
    }
}
