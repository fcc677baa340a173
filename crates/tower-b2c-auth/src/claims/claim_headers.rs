//! Verified claims as headers, for services that only see headers.

use std::{collections::BTreeMap, sync::Arc};

use b2c_verify::VerifiedToken;
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;

/// Which claims are sent as which headers; in the extensions of every accepted or [anonymous](crate::Settings::allow_anonymous) request if
/// [`claim_headers`](crate::Settings::claim_headers) is set.
///
/// Every header is present, and is empty if the token has no value for it, so a service that copies these headers replaces whatever a client has put in
/// their place. The elements of an array are separated by commas. Whatever a header cannot hold is percent-encoded (RFC 3986 §2.1) as UTF-8: control
/// characters, everything beyond ASCII, and `%` and `,` themselves. This way, no claim can end its header and begin another.
#[derive(Debug, Clone)]
pub struct ClaimHeaders {
    headers: Arc<[(HeaderName, Source)]>,
}

impl ClaimHeaders {
    /// None if one of the names is not a header's; the settings' check has said so then.
    pub(crate) fn new(names: &BTreeMap<String, String>) -> Option<Self> {
        let headers = names
            .iter()
            .map(|(header, claim)| Some((header.parse().ok()?, Source::named(claim))));
        Some(Self {
            headers: headers.collect::<Option<_>>()?,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.headers.is_empty()
    }

    /// Every header, empty: for a request without claims.
    ///
    /// A service that copies these headers drops whatever the client put in their place.
    pub fn empty(&self) -> HeaderMap {
        let names = self.headers.iter().map(|(header, _)| header.clone());
        names.map(|header| (header, NOTHING_TO_SAY)).collect()
    }

    /// The headers for these claims, each of them once.
    pub fn of(&self, claims: &VerifiedToken) -> HeaderMap {
        let all = self.headers.iter().map(|(header, source)| {
            let value = source.value(claims);
            (header.clone(), value.unwrap_or(NOTHING_TO_SAY))
        });
        all.collect()
    }
}

/// Where the value of a header comes from.
#[derive(Debug, Clone)]
enum Source {
    Claim(Box<str>),
    UserId,
}

impl Source {
    fn named(name: &str) -> Self {
        if name == USER_ID {
            Self::UserId
        } else {
            Self::Claim(name.into())
        }
    }

    fn value(&self, claims: &VerifiedToken) -> Option<HeaderValue> {
        let text = match self {
            Self::UserId => encoded(claims.user_id()?),
            Self::Claim(name) => match claims.get::<Value>(name).ok()?? {
                Value::Null => return None,
                Value::Array(elements) => {
                    elements.iter().map(element).collect::<Vec<_>>().join(",")
                }
                other => element(&other),
            },
        };
        HeaderValue::from_maybe_shared(text).ok()
    }
}

fn element(value: &Value) -> String {
    match value {
        Value::String(text) => encoded(text),
        other => encoded(&other.to_string()),
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NOT_IN_A_HEADER).to_string()
}

const NOT_IN_A_HEADER: &AsciiSet = &CONTROLS.add(b'%').add(b',');
const NOTHING_TO_SAY: HeaderValue = HeaderValue::from_static("");
/// No claim is called so: it is what [`VerifiedToken::user_id`] says.
const USER_ID: &str = "user_id()";
