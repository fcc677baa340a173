//! The cookie with the id of a session.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::request::Route;

/// The id in the request's cookie.
pub(super) fn session_id<'a>(route: &Route, headers: &'a HeaderMap) -> Option<&'a str> {
    let name = cookie_name(route);
    let lines = headers.get_all(header::COOKIE).iter();
    let mut pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(this, _)| *this == name)
        .map(|(_, value)| value)
}

/// `Set-Cookie` to begin or end a session. MSAL opens the tenant in a frame on the application's site, so over https the cookie must be sent cross-site.
pub(super) fn set_cookie(route: &Route, id: Option<&str>) -> Option<HeaderValue> {
    let reach = if route.base.starts_with("https:") {
        "SameSite=None; Secure"
    } else {
        "SameSite=Lax"
    };
    let end = if id.is_none() { "; Max-Age=0" } else { "" };
    let cookie = format!(
        "{}={}; Path=/; HttpOnly; {reach}{end}",
        cookie_name(route),
        id.unwrap_or_default()
    );
    cookie.parse().ok()
}

/// The port is in the name, because browsers send a host's cookies to all of its ports, and several emulators may run on one host.
fn cookie_name(route: &Route) -> String {
    let port = route.base.rsplit_once(':').map_or("", |(_, port)| port);
    let port: String = port.chars().filter(char::is_ascii_digit).collect();
    format!("x-ms-cpim-sso.{}.{port}", route.tenant.seed.name)
}
