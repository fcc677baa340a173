//! Where the command looks for a named value.

/// The environment variable in which the command `b2c-auth` looks for the value of `{{name}}`.
///
/// ```
/// use tower_b2c_auth::apim::named_value_variable;
///
/// assert_eq!(named_value_variable("api-key"), "B2C_NAMED_VALUE_API_KEY");
/// ```
pub fn named_value_variable(name: &str) -> String {
    let of = |c: char| match c {
        _ if c.is_ascii_alphanumeric() => c.to_ascii_uppercase(),
        _ => '_',
    };
    PREFIX.chars().chain(name.chars().map(of)).collect()
}

/// Not `B2C_AUTH_`, which is the beginning of every setting: a service refuses settings that it does not know.
const PREFIX: &str = "B2C_NAMED_VALUE_";
