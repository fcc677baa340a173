//! A decoded token.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::dashboard::Shown;
use crate::{clock::seconds, request::Site};

/// Shows the header and claims, and whether a tenant here publishes the key. It does not verify the signature.
pub(crate) fn decoded(site: &Site, token: &str) -> Shown {
    let token = token.trim();
    let token = token.strip_prefix("Bearer ").unwrap_or(token);
    let mut parts = token.split('.').map(part);
    let (Some(Some(header)), Some(Some(claims))) = (parts.next(), parts.next()) else {
        return Shown::Problem(
            "This is not a token: it does not begin with two JSON objects in Base64url.".into(),
        );
    };
    Shown::Decoded {
        verdict: verdict(site, &header, &claims),
        header: pretty(&header),
        claims: pretty(&claims),
    }
}

fn part(text: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn verdict(site: &Site, header: &Value, claims: &Value) -> String {
    let kid = header["kid"].as_str().unwrap_or_default();
    let publisher = site
        .tenants
        .iter()
        .find(|tenant| tenant.published_kids().contains(kid));
    let key = match publisher {
        Some(tenant) => format!("Its key is published by {}.", tenant.seed.name),
        None => "No tenant here publishes its key.".to_owned(),
    };
    let now = seconds(site.now());
    let time = match claims["exp"].as_u64() {
        Some(exp) if exp > now => format!("It expires in {} s.", exp - now),
        Some(exp) => format!("It expired {} s ago.", now - exp),
        None => "It has no expiry.".to_owned(),
    };
    let kind = match (claims["scp"].is_null(), claims["roles"].is_null()) {
        (false, _) => "It is an access token.",
        (true, false) => {
            "It has roles and no scope: an application's access token, or an ID token of an application with app roles."
        }
        (true, true) => {
            "It has no scope and no role. It is probably an ID token, which APIs must refuse."
        }
    };
    format!("{kind} {key} {time}")
}
