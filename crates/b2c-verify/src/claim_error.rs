use std::fmt;

use serde::de::DeserializeOwned;

/// A claim is missing, or not of the type that was asked for.
///
/// It names the claim and both types, never the value: serde's own messages would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimError {
    /// None: the claims as a whole.
    claim: Option<Box<str>>,
    problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem {
    Missing,
    /// A member inside of the claim.
    MissingMember(Box<str>),
    OtherType {
        found: &'static str,
        expected: Box<str>,
    },
    Unexpected,
}

impl ClaimError {
    /// Reads `json`, which [`Self::diagnose`]s itself if that fails. `name` is the claim; none: all claims as an object.
    pub(crate) fn reading<T: DeserializeOwned>(json: &str, name: Option<&str>) -> Result<T, Self> {
        // The path costs time, so it is asked for only when there is something to say.
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
        let message = error.inner().to_string();
        match (Problem::of(&message), claim) {
            (Problem::MissingMember(name), None) => Self {
                claim: Some(name),
                problem: Problem::Missing,
            },
            (problem, claim) => Self { claim, problem },
        }
    }

    fn unexpected(name: Option<&str>) -> Self {
        Self {
            claim: name.map(Into::into),
            problem: Problem::Unexpected,
        }
    }

    /// The claim. `None` if it cannot be said.
    #[must_use]
    pub fn claim(&self) -> Option<&str> {
        self.claim.as_deref()
    }

    /// Whether the claim is not in the token.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.problem == Problem::Missing
    }
}

impl Problem {
    /// What serde says, without the value that it quotes.
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
        // The value stands before it, whatever it holds.
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
            Some(name) => write!(f, "the claim {name:?} ")?,
            None => f.write_str("the payload ")?,
        }
        match &self.problem {
            Problem::Missing => f.write_str("is missing"),
            Problem::MissingMember(name) => write!(f, "has no member {name:?}"),
            Problem::OtherType { found, expected } => write!(f, "is {found}, expected {expected}"),
            Problem::Unexpected => f.write_str("cannot be read as the type asked for"),
        }
    }
}

impl std::error::Error for ClaimError {}

/// How serde begins to say what it found, and how JSON calls it.
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
