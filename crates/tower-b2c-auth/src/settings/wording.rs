//! Rewords serde's messages for the authors of settings.

use super::nearest_name::nearest_name;

/// The message in one line, without any value.
pub(super) fn reworded(message: &str) -> String {
    let message = message.replace('\n', ", ");
    match (without_value(&message), intended_name(&message)) {
        (Some(message), _) => message,
        (None, Some(name)) => format!("{}; did you mean `{name}`?", first_half(&message)),
        (None, None) => message,
    }
}

/// One of serde's messages about a value, without the value, which may be a secret in the wrong place. `None` if the message is about something else.
fn without_value(message: &str) -> Option<String> {
    // The value may contain ", expected " itself; the expectation never does.
    let (about, expected) = message.rsplit_once(", expected ")?;
    if about.starts_with("unknown variant ") {
        return Some(format!("expected {expected}, found another string"));
    }
    let found = ["invalid type: ", "invalid value: ", "invalid length "]
        .iter()
        .find_map(|prefix| about.strip_prefix(prefix))?;
    // "string \"…\"", "integer `…`", "sequence"; a length is a number alone.
    let kind = found.split(['"', '`']).next().unwrap_or_default().trim();
    let kind = match kind {
        "string" | "character" => "a string",
        "integer" => "an integer",
        "floating point" => "a number with a fraction",
        "boolean" => "true or false",
        "sequence" => "an array",
        "map" => "a table",
        _ => "something else",
    };
    Some(format!("expected {}, found {kind}", in_words(expected)))
}

/// serde's expectation, in the terms of a TOML file.
fn in_words(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => {
            "an integer of zero or more that is not too large"
        }
        "a boolean" => "true or false",
        "a sequence" => "an array",
        "a map" => "a table",
        named if named.starts_with("struct ") => "a table",
        other => other,
    }
}

/// From "unknown field `a`, expected one of `b`, `c`", the name most similar to `a`, if any is similar.
fn intended_name(message: &str) -> Option<&str> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let given = quoted.next().filter(|_| message.starts_with("unknown "))?;
    nearest_name(given, quoted)
}

fn first_half(message: &str) -> &str {
    message
        .split_once(", expected")
        .map_or(message, |(first, _)| first)
}
