use std::fmt;

use serde::de::DeserializeOwned;

/// A claim is missing or is not of the requested type.
///
/// The message names the claim, if serde tells which one it is, and for a wrong type usually the type found and the type expected. Unlike serde's own
/// messages, it never contains the claim's value.
///
/// ```
#[doc = include_str!("../../docs/example_tokens.txt")]
/// use std::collections::BTreeMap;
///
/// let claims = r#"{ "iss": "https://contoso.b2clogin.com/tid/v2.0/", "aud": "my-api", "exp": 2000, "scp": "tasks.read", "limits": { "tasks": 3 } }"#;
/// # let token = verified(claims)?;
///
/// let limits: BTreeMap<String, u8> = token.get("limits")?.unwrap_or_default();
/// assert_eq!(limits["tasks"], 3);
///
/// let error = token.get::<String>("limits").unwrap_err();
/// assert_eq!(error.claim(), Some("limits"));
/// assert_eq!(error.to_string(), r#"the claim "limits" is an object, expected a string"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimError {
    /// `None` for the payload as a whole.
    claim: Option<Box<str>>,
    /// Whether the problem is with a value inside the claim's array or object.
    inside: bool,
    problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem {
    Missing,
    /// A member of the claim's object.
    MissingMember(Box<str>),
    OtherType {
        found: &'static str,
        expected: Box<str>,
    },
    /// The type refuses claims that it does not know.
    Unknown,
    /// The same with a member of an object in the claim or, if serde does not say where, in the payload.
    UnknownMember,
    Unexpected,
}

impl ClaimError {
    /// Deserializes `json`: the claim `name` or, without a name, the whole payload.
    pub(crate) fn reading<T: DeserializeOwned>(json: &str, name: Option<&str>) -> Result<T, Self> {
        // Tracking the path takes time, so only a failed read is repeated with it.
        serde_json::from_str(json).map_err(|_| Self::diagnose::<T>(json, name))
    }

    fn diagnose<T: DeserializeOwned>(json: &str, name: Option<&str>) -> Self {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut deserializer) else {
            return Self::unexpected(name);
        };
        let mut path = error.path().iter();
        let claim = match name {
            Some(name) => Some(name.into()),
            None => path.next().and_then(|first| match first {
                serde_path_to_error::Segment::Map { key } => Some(key.as_str().into()),
                _ => None,
            }),
        };
        let inside = path.next().is_some();
        let message = error.inner().to_string();
        if let Some(unknown) = unknown_field(&message) {
            let is_claim = name.is_none() && !inside && claim.as_deref() == Some(unknown);
            let problem = match is_claim {
                true => Problem::Unknown,
                false => Problem::UnknownMember,
            };
            return Self {
                claim,
                inside: false,
                problem,
            };
        }
        match (Problem::of(&message), claim) {
            (Problem::MissingMember(name), None) => Self {
                claim: Some(name),
                inside: false,
                problem: Problem::Missing,
            },
            (problem, claim) => Self {
                claim,
                inside,
                problem,
            },
        }
    }

    fn unexpected(name: Option<&str>) -> Self {
        Self {
            claim: name.map(Into::into),
            inside: false,
            problem: Problem::Unexpected,
        }
    }

    /// The name of the claim. `None` if the error concerns the payload as a whole, or if serde does not tell which claim it is, as with `#[serde(flatten)]`.
    #[must_use]
    pub fn claim(&self) -> Option<&str> {
        self.claim.as_deref()
    }

    /// Whether the payload itself may be meant if serde has not named a claim. It is an object, and its members are claims.
    fn is_about_the_payload(&self) -> bool {
        match self.problem {
            Problem::OtherType { found, .. } => found == "an object",
            Problem::UnknownMember => false,
            _ => true,
        }
    }

    /// Whether the token lacks the claim.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.problem == Problem::Missing
    }
}

/// The name that a type does not know, in serde's message.
fn unknown_field(message: &str) -> Option<&str> {
    let (name, _) = message.strip_prefix("unknown field `")?.split_once('`')?;
    Some(name)
}

impl Problem {
    /// Parses serde's message and drops the value that it quotes.
    fn of(message: &str) -> Self {
        if let Some(rest) = message.strip_prefix("missing field `")
            && let Some((name, _)) = rest.split_once('`')
        {
            return Self::MissingMember(name.into());
        }
        let quoted = message
            .strip_prefix("invalid type: ")
            .or_else(|| message.strip_prefix("invalid value: "));
        let Some(quoted) = quoted else {
            return Self::Unexpected;
        };
        let found = FOUND.iter().find(|(serde, _)| quoted.starts_with(serde));
        // The quoted value comes first and may itself contain this text, so the last occurrence counts.
        let expected = quoted.rsplit_once(", expected ");
        match (found, expected) {
            (Some((_, found)), Some((_, expected))) => {
                let expected = expected
                    .rsplit_once(" at line ")
                    .map_or(expected, |(text, _)| text);
                Self::OtherType {
                    found,
                    expected: expected.into(),
                }
            }
            _ => Self::Unexpected,
        }
    }
}

impl fmt::Display for ClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.claim {
            Some(name) if self.inside => write!(f, "a value in the claim {name:?} ")?,
            Some(name) => write!(f, "the claim {name:?} ")?,
            None if self.is_about_the_payload() => f.write_str("the payload ")?,
            None => f.write_str("a value in the payload ")?,
        }
        match &self.problem {
            Problem::Missing => f.write_str("is missing"),
            Problem::MissingMember(name) => write!(f, "has no member {name:?}"),
            Problem::OtherType { found, expected } => write!(f, "is {found}, expected {expected}"),
            Problem::Unknown => f.write_str("is not known to the requested type"),
            Problem::UnknownMember => {
                f.write_str("contains a member that the requested type does not know")
            }
            Problem::Unexpected => f.write_str("cannot be read as the requested type"),
        }
    }
}

impl std::error::Error for ClaimError {}

/// serde's word for the type it found, and JSON's.
const FOUND: [(&str, &str); 9] = [
    ("string", "a string"),
    ("integer", "a number"),
    ("floating point", "a number"),
    ("number", "a number"),
    ("boolean", "a boolean"),
    ("null", "null"),
    ("unit", "null"),
    ("sequence", "an array"),
    ("map", "an object"),
];
