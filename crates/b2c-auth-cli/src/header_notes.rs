//! Headers in the settings that are valid, but perhaps not intended.

use tower_b2c_auth::{Mistake, SystemClock};

use crate::{
    cli::Forwarded,
    configuration::{Configuration, MAPPED_USER},
};

impl Configuration {
    /// Adds a remark on each claim header that a client may be able to forge, or that may not carry what was meant, and on a header for the token that does
    /// not reach the gateway.
    pub(crate) fn note_headers(&mut self, proxy: Option<Forwarded>) {
        let mut notes = Vec::new();
        if let Some(header) = &self.settings.token.header {
            let note = proxy.and_then(|proxy| note_on_token(header, proxy));
            notes.extend(note.map(|note| self.remark("token.header", header, note)));
        }
        let warnings = self.settings.warnings(&SystemClock::default());
        for (header, claim) in &self.settings.claim_headers {
            let field = format!("claim_headers.{header}");
            // It may be a setting, and its value a secret.
            let is_hidden = |it: &Mistake| it.field == field && it.value == HIDDEN;
            if warnings.iter().any(is_hidden) {
                continue;
            }
            let found = [
                note_on_value(claim),
                note_on_underscore(header),
                note_on_prefix(header, proxy),
            ];
            let found = found.into_iter().flatten();
            notes.extend(found.map(|note| self.remark(&field, claim, note)));
        }
        self.remarks.extend(notes);
    }
}

fn note_on_value(claim: &str) -> Option<String> {
    (MAPPED_USER.strip_suffix("()") == Some(claim)).then(|| {
        format!(
            "without parentheses, this is a claim of the token; for the user, write {MAPPED_USER}"
        )
    })
}

fn note_on_underscore(header: &str) -> Option<String> {
    header.contains('_').then(|| {
        let better = header.replace('_', "-");
        format!(
            "many proxies and services drop a header with an underscore in its name; write {better}"
        )
    })
}

/// What the proxy, configured as in `deploy/`, removes from a client's request before it asks. The file of Traefik removes other spellings of the claim
/// headers there. They depend on the settings, so they are left out here.
fn note_on_token(header: &str, proxy: Forwarded) -> Option<String> {
    let (name, removes_prefix, removes_underscores) = match proxy {
        Forwarded::Caddy => ("caddy", true, true),
        Forwarded::Haproxy => ("haproxy", true, true),
        Forwarded::Nginx => ("nginx", false, true),
        Forwarded::Envoy => ("envoy", false, true),
        Forwarded::Traefik => return None,
    };
    let (what, remedy) = if removes_prefix && has_prefix(header, PREFIX) {
        ("begin with x-auth-", "does not begin with it")
    } else if proxy == Forwarded::Caddy && has_prefix(header, ORIGINAL_PREFIX) {
        ("begin with x-original-", "does not begin with it")
    } else if removes_underscores && header.contains('_') {
        ("contain an underscore", "contains none")
    } else {
        return None;
    };
    Some(format!(
        "configured as in deploy/, {name} removes a client's headers whose names {what} before it asks the gateway, so no token would arrive; choose a name that {remedy}"
    ))
}

fn has_prefix(header: &str, prefix: &str) -> bool {
    let start = header.get(..prefix.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// The files of Caddy and HAProxy remove a client's own claim headers by their prefix, and all with an underscore. Caddy also removes those that it is told
/// to copy. In the files of the others, each header has its own line.
fn note_on_prefix(header: &str, proxy: Option<Forwarded>) -> Option<String> {
    if has_prefix(header, PREFIX) || header.contains('_') {
        return None;
    }
    let note = match proxy? {
        Forwarded::Caddy => {
            "unless the Caddyfile names this header in copy_headers, a client could forge it"
        }
        Forwarded::Haproxy => {
            "configured as in deploy/, haproxy does not remove a client's own header of this name, so a client could forge it"
        }
        Forwarded::Nginx | Forwarded::Traefik | Forwarded::Envoy => return None,
    };
    Some(format!("{note}; choose a name that begins with {PREFIX}"))
}

/// What a mistake shows instead of a value that may be a secret.
const HIDDEN: &str = "…";
const PREFIX: &str = "x-auth-";
/// Caddy removes such headers, because nginx and HAProxy tell the gateway the request in them.
const ORIGINAL_PREFIX: &str = "x-original-";
