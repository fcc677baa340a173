//! Sign-in sessions, one per browser.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use axum::http::{HeaderMap, HeaderValue, header};
use serde_json::{Map, Value};

use crate::{random, route::Route};

/// A user's session in a browser, for all policies of the tenant.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) user: String,
    /// The edited claims.
    pub(crate) edited: Map<String, Value>,
    pub(crate) since: SystemTime,
    expires: SystemTime,
}

/// A tenant's sessions, by cookie value.
#[derive(Debug, Default)]
pub(crate) struct Sessions(BTreeMap<String, Session>);

impl Sessions {
    /// Begins a session and returns its cookie value.
    pub(crate) fn begin(
        &mut self,
        user: String,
        edited: Map<String, Value>,
        now: SystemTime,
        lifetime: Duration,
    ) -> String {
        self.0.retain(|_, session| session.expires > now);
        if self.0.len() >= MAX_SESSIONS {
            self.0.pop_first();
        }
        let id = random::secret();
        let session = Session {
            user,
            edited,
            since: now,
            expires: now + lifetime,
        };
        self.0.insert(id.clone(), session);
        id
    }

    pub(crate) fn find(&self, route: &Route, headers: &HeaderMap) -> Option<Session> {
        let session = self.0.get(cookie(route, headers)?)?;
        (session.expires > route.tenant.now()).then(|| session.clone())
    }

    pub(crate) fn end(&mut self, route: &Route, headers: &HeaderMap) {
        if let Some(id) = cookie(route, headers) {
            self.0.remove(id);
        }
    }
}

/// `Set-Cookie` to begin or end a session. MSAL opens the tenant in a frame on the application's site, so over https the cookie must be sent cross-site.
pub(crate) fn set_cookie(route: &Route, id: Option<&str>) -> Option<HeaderValue> {
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

/// Cookies ignore ports, but several emulators may run on one host.
fn cookie_name(route: &Route) -> String {
    let port = route.base.rsplit_once(':').map_or("", |(_, port)| port);
    let port: String = port.chars().filter(char::is_ascii_digit).collect();
    format!("x-ms-cpim-sso.{}.{port}", route.tenant.seed.name)
}

fn cookie<'a>(route: &Route, headers: &'a HeaderMap) -> Option<&'a str> {
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

/// More than any developer needs.
const MAX_SESSIONS: usize = 1000;
