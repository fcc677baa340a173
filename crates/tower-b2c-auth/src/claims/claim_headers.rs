//! Verified claims as headers, for services that only see headers.

use std::{collections::BTreeMap, sync::Arc};

use b2c_verify::VerifiedToken;
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;

use super::LayerId;

/// Which claims go out as which headers; in the extensions of every accepted request if
/// [`claim_headers`](crate::Settings::claim_headers) is set, and of every [anonymous](crate::Settings::allow_anonymous) one.
///
/// A claim that is not in the token has no header. Of an array each element is written, separated by commas. What a header cannot hold is
/// percent-encoded (RFC 3986 §2.1) as UTF-8: control characters, everything beyond ASCII, and `%` and `,` themselves. So no claim can end
/// its header and begin another.
#[derive(Debug, Clone)]
pub struct ClaimHeaders {
    /// The layer that let this request pass without credentials, if one did.
    anonymous: Option<LayerId>,
    headers: Arc<[(HeaderName, Box<str>)]>,
}

impl ClaimHeaders {
    /// None if one of the names is not a header's; the settings' check has said so then.
    pub(crate) fn new(names: &BTreeMap<String, String>) -> Option<Self> {
        let headers = names
            .iter()
            .map(|(header, claim)| Some((header.parse().ok()?, claim.as_str().into())));
        Some(Self {
            anonymous: None,
            headers: headers.collect::<Option<_>>()?,
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.headers.is_empty()
    }

    /// The same, in a request that this layer let pass without credentials.
    pub(crate) fn of_anonymous(&self, layer: LayerId) -> Self {
        Self {
            anonymous: Some(layer),
            headers: Arc::clone(&self.headers),
        }
    }

    /// The layer that let this request pass without credentials, if one did.
    pub(super) fn anonymous(&self) -> Option<LayerId> {
        self.anonymous
    }

    /// Every header, empty: for a request without claims, so that a service behind a proxy never takes what a client wrote there itself for ours.
    pub fn empty(&self) -> HeaderMap {
        let empty = HeaderValue::from_static("");
        let all = self.headers.iter();
        all.map(|(header, _)| (header.clone(), empty.clone()))
            .collect()
    }

    /// The headers for these claims.
    pub fn of(&self, claims: &VerifiedToken) -> HeaderMap {
        let all = self
            .headers
            .iter()
            .filter_map(|(header, claim)| Some((header.clone(), value(claims, claim)?)));
        all.collect()
    }
}

fn value(claims: &VerifiedToken, name: &str) -> Option<HeaderValue> {
    let text = match claims.get::<Value>(name).ok()?? {
        Value::Null => return None,
        Value::Array(elements) => elements.iter().map(encoded).collect::<Vec<_>>().join(","),
        other => encoded(&other),
    };
    HeaderValue::from_maybe_shared(text).ok()
}

fn encoded(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    utf8_percent_encode(&text, NOT_IN_A_HEADER).to_string()
}

const NOT_IN_A_HEADER: &AsciiSet = &CONTROLS.add(b'%').add(b',');
