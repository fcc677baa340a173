//! Checks the `[token]` table: at most one place, with a name that HTTP allows there, and a scheme only for `Authorization`.

use http::{HeaderName, header};

use crate::{
    settings::{Mistakes, SettingsError, TokenSettings},
    token_source::{Scheme, TokenSource},
};

/// Checks these settings alone.
///
/// # Errors
///
/// All the mistakes together.
pub(crate) fn token_source(settings: &TokenSettings) -> Result<TokenSource, SettingsError> {
    let mut mistakes = Mistakes::default();
    let source = settings.check(&mut mistakes);
    mistakes.finish(Some(source))
}

impl TokenSettings {
    pub(super) fn check(&self, mistakes: &mut Mistakes) -> TokenSource {
        let places = [&self.header, &self.query, &self.cookie];
        if places.into_iter().flatten().count() > 1 {
            let remedy = "sets more than one place; keep one of header, query and cookie";
            mistakes.add("token", "", remedy);
        }
        let scheme = match self.scheme.as_deref() {
            None => Scheme::Required,
            Some("") => Scheme::Optional,
            Some(scheme) if scheme.eq_ignore_ascii_case("Bearer") => Scheme::Required,
            Some(scheme) => {
                let remedy = "is not a supported scheme; write \"Bearer\", or \"\" to make the scheme optional";
                mistakes.add("token.scheme", scheme, remedy);
                Scheme::Required
            }
        };
        let source = self.source(scheme, mistakes);
        if self.scheme.is_some() && !matches!(source, TokenSource::Authorization(_)) {
            let remedy = "applies only to the Authorization header; remove it";
            mistakes.add("token.scheme", &self.scheme, remedy);
        }
        source
    }

    fn source(&self, scheme: Scheme, mistakes: &mut Mistakes) -> TokenSource {
        if let Some(name) = &self.header {
            let header = match name.parse::<HeaderName>() {
                Ok(header::AUTHORIZATION) => return TokenSource::Authorization(scheme),
                Ok(header::COOKIE) => Err(
                    "contains all cookies; set token.cookie to the name of the cookie with the token",
                ),
                Ok(header) => Ok(header),
                Err(_) => Err(
                    "is not a valid header name; write one, such as \"X-Token\", or remove the setting to use \"Authorization\"",
                ),
            };
            if let Some(header) = mistakes.note("token.header", name, header) {
                return TokenSource::Header(header);
            }
        } else if let Some(name) = &self.query {
            if name.is_empty() {
                let remedy = "is empty; name the parameter, such as \"access_token\"";
                mistakes.add("token.query", name, remedy);
            }
            return TokenSource::Query(name.as_str().into());
        } else if let Some(name) = &self.cookie {
            // RFC 6265 §4.1.1: like a header's name, it is a token as in RFC 9110.
            if name.parse::<HeaderName>().is_err() {
                let remedy = "is not a valid cookie name; write it without spaces, \"=\" and \";\"";
                mistakes.add("token.cookie", name, remedy);
            }
            return TokenSource::Cookie(name.as_str().into());
        }
        TokenSource::Authorization(scheme)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, scheme: &str, query: &str, cookie: &str) -> Result<TokenSource, String> {
        let given = |text: &str| (text != "-").then(|| text.to_owned());
        let settings = TokenSettings {
            header: given(header),
            scheme: given(scheme),
            query: given(query),
            cookie: given(cookie),
        };
        let mut mistakes = Mistakes::default();
        let source = settings.check(&mut mistakes);
        let error = mistakes.finish(Some(source));
        error.map_err(|error| error.mistakes()[0].field.clone())
    }

    #[test]
    fn exactly_one_token_source_is_chosen() {
        use Scheme::{Optional, Required};
        let header = |name| TokenSource::Header(HeaderName::from_static(name));
        for (settings, expected) in [
            (
                ["-", "-", "-", "-"],
                Ok(TokenSource::Authorization(Required)),
            ),
            (
                ["-", "bearer", "-", "-"],
                Ok(TokenSource::Authorization(Required)),
            ),
            (
                ["-", "", "-", "-"],
                Ok(TokenSource::Authorization(Optional)),
            ),
            (
                ["authorization", "", "-", "-"],
                Ok(TokenSource::Authorization(Optional)),
            ),
            (["X-Token", "-", "-", "-"], Ok(header("x-token"))),
            (["-", "-", "t", "-"], Ok(TokenSource::Query("t".into()))),
            (["-", "-", "-", "t"], Ok(TokenSource::Cookie("t".into()))),
            (["X-Token", "-", "t", "-"], Err("token")),
            (["-", "-", "t", "t"], Err("token")),
            (["-", "Basic", "-", "-"], Err("token.scheme")),
            (["X-Token", "Bearer", "-", "-"], Err("token.scheme")),
            (["-", "", "t", "-"], Err("token.scheme")),
            (["X Token", "-", "-", "-"], Err("token.header")),
            (["cookie", "-", "-", "-"], Err("token.header")),
            (["-", "-", "", "-"], Err("token.query")),
            (["-", "-", "-", ""], Err("token.cookie")),
            (["-", "-", "-", "a=b"], Err("token.cookie")),
        ] {
            let [header, scheme, query, cookie] = settings;
            let found = check(header, scheme, query, cookie);
            assert_eq!(found, expected.map_err(str::to_owned), "{settings:?}");
        }
    }
}
