//! The parameters of a query or form. None may be repeated (RFC 6749 §3.1).

use std::collections::BTreeMap;

use axum::{
    extract::Request,
    http::{HeaderMap, Method},
};

/// Names and values, decoded.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params(BTreeMap<String, String>);

/// A query or form that is too large or repeats a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ParamsError {
    TooLarge,
    Duplicate(String),
}

impl Params {
    /// # Errors
    ///
    /// If it is longer than [`MAX_PARAMS_BYTES`], has more than [`MAX_PARAMS`] parameters, or repeats one.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, ParamsError> {
        if text.len() > MAX_PARAMS_BYTES {
            return Err(ParamsError::TooLarge);
        }
        let mut params = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            if params.len() == MAX_PARAMS {
                return Err(ParamsError::TooLarge);
            }
            if params
                .insert(name.clone().into_owned(), value.into_owned())
                .is_some()
            {
                return Err(ParamsError::Duplicate(name.into_owned()));
            }
        }
        Ok(Self(params))
    }

    /// A parameter's value. An empty value counts as missing (RFC 6749 §3.1).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

/// The headers, and the form of a POST or else the query.
///
/// # Errors
///
/// If the form is too large.
pub(crate) async fn read_query_or_form(
    request: Request,
) -> Result<(HeaderMap, Vec<u8>), ParamsError> {
    let (parts, body) = request.into_parts();
    let text = if parts.method == Method::POST {
        let form = axum::body::to_bytes(body, MAX_PARAMS_BYTES).await;
        form.map_err(|_| ParamsError::TooLarge)?.to_vec()
    } else {
        parts.uri.query().unwrap_or_default().into()
    };
    Ok((parts.headers, text))
}

/// More than any real client sends, which is a few kilobytes.
pub(crate) const MAX_PARAMS_BYTES: usize = 32 * 1024;
const MAX_PARAMS: usize = 100;

#[cfg(test)]
mod tests {
    use super::{MAX_PARAMS_BYTES, Params, ParamsError};

    #[test]
    fn values_are_decoded_and_empty_ones_are_absent() {
        let params = Params::parse(b"state=a%26%22%3Cb%3E&nonce=&scope=x+y").unwrap();
        assert_eq!(params.get("state"), Some("a&\"<b>"));
        assert_eq!(params.get("nonce"), None);
        assert_eq!(params.get("scope"), Some("x y"));
    }

    #[test]
    fn repeated_and_too_large_parameters_are_refused() {
        let twice = Params::parse(b"state=a&state=b");
        assert_eq!(twice.unwrap_err(), ParamsError::Duplicate("state".into()));
        let many: String = (0..200).map(|at| format!("{at}=&")).collect();
        assert_eq!(
            Params::parse(many.as_bytes()).unwrap_err(),
            ParamsError::TooLarge
        );
        let large = vec![b'a'; MAX_PARAMS_BYTES + 1];
        assert_eq!(Params::parse(&large).unwrap_err(), ParamsError::TooLarge);
    }
}
