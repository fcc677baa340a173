//! Logs the state of the keys.
//!
//! | change | level |
//! |---|---|
//! | keys for the first time, or again after failures | info |
//! | only forgotten keys, or none, in the key set, while another known key is in use | warn, once |
//! | a failure while keys are known | warn; debug if it is the same failure again |
//! | no usable key, so that tokens get 503 | error; debug if it is the same failure again |
//! | any other fetch | debug |
//! | the keys that the settings forget, at the start and after each swap that changes them | info |
//! | no authority that forgets a key from now on has a key with its id | warn |
//!
//! A line about a fetch names the metadata's URL and any error, and nothing from the documents except an issuer that the settings do not allow. A long
//! outage is a few lines, not one for each attempt.

use super::{
    fetch::FetchError,
    forgotten::ForgottenKeys,
    forgotten_owners::{Named, Owners},
    health::AuthorityStatus,
    source::KeySource,
};
use crate::{settings::ForgottenKey, urls::HttpUrl};

/// Logs the result of a fetch: the first keys, each new failure, the end of the keys and each recovery once, everything else at debug level.
///
/// `was_cold`: whether the authority was already cold when the previous fetch ended. `before` does not show that, because keys can expire between fetches.
pub(super) fn log_event(
    source: &KeySource,
    outcome: Result<bool, FetchError>,
    (before, was_cold): (AuthorityStatus, bool),
    after: AuthorityStatus,
) {
    let Some(metadata) = &source.metadata else {
        return;
    };
    let url = &metadata.url;
    match (outcome, before, after) {
        (Ok(_), AuthorityStatus::Stale { since, .. }, _) => {
            tracing::info!(%url, failed_for = ?since, "keys fetched again");
        }
        (Ok(_), AuthorityStatus::Cold { .. }, AuthorityStatus::Ready) => {
            tracing::info!(%url, "keys fetched");
        }
        (Ok(_), AuthorityStatus::Cold { last_error: None }, AuthorityStatus::Cold { .. })
            if was_cold =>
        {
            tracing::debug!(%url, "the key set still has no usable keys, or only forgotten ones");
        }
        (Ok(_), _, AuthorityStatus::Cold { .. }) => {
            tracing::error!(%url, "the key set has no usable keys, or only forgotten ones");
        }
        (Ok(news), ..) => tracing::debug!(%url, news, "keys fetched"),
        (Err(error @ FetchError::RuntimeEnded {}), ..) => {
            tracing::debug!(%url, %error, "the async runtime that ran the fetch ended before the fetch did; this is not a failure, and a fetch that was due is still due");
        }
        (Err(error), AuthorityStatus::Cold { last_error }, _)
            if last_error == Some(error) && was_cold =>
        {
            tracing::debug!(%url, %error, "keys still cannot be fetched");
        }
        (Err(error @ FetchError::ForeignIssuer), _, AuthorityStatus::Cold { .. }) => {
            tracing::error!(%url, %error, "the metadata names an issuer that the settings do not allow, and no keys are known; tokens with that issuer get 401, unless another authority has it; tokens with an allowed issuer get 503");
        }
        (Err(error), _, AuthorityStatus::Cold { .. }) => {
            tracing::error!(%url, %error, "keys cannot be fetched and none are known; tokens are answered with 503");
        }
        (Err(error), AuthorityStatus::Stale { last_error, .. }, _) if last_error == error => {
            tracing::debug!(%url, %error, "keys still cannot be fetched");
        }
        (Err(error), ..) => {
            tracing::warn!(%url, %error, "keys cannot be fetched; known keys stay in use");
        }
    }
}

/// Warns that the key set of a ready authority has no key for new tokens. [`log_event`] reports a cold authority.
pub(super) fn log_no_published_key(source: &KeySource) {
    if let Some(metadata) = &source.metadata {
        let url = &metadata.url;
        tracing::warn!(%url, "the key set has no usable keys, or only forgotten ones; keys in the settings and known keys that it no longer lists stay in use; tokens signed with any other key get 401");
    }
}

/// Shows an operator the issuer to compare the settings with. It is not trusted: only its beginning is shown, and nothing in it can end the line.
pub(super) fn log_refused_issuer(url: &HttpUrl, issuer: &str) {
    let issuer: String = issuer.chars().take(MAX_ISSUER).collect();
    tracing::warn!(%url, ?issuer, "the metadata names this issuer, which the settings do not allow");
}

/// Confirms to the operator that the keys that the settings forget have changed, with the ids of those that they forget now.
pub(crate) fn log_forgotten(
    before: &[ForgottenKey],
    now: &[ForgottenKey],
    forgotten: &ForgottenKeys,
) {
    if before == now {
        return;
    }
    let (kid, more) = some_of(now.iter().map(id));
    if !now.is_empty() {
        tracing::info!(%kid, more, "the settings forget these keys");
        return;
    }
    let (kid, more) = some_of(forgotten.saved().keys().map(|kid| shortened(kid)));
    match kid.is_empty() {
        true => tracing::info!("the settings no longer forget any key"),
        false => tracing::info!(
            %kid,
            more,
            "the settings no longer forget any key, but these keys were also forgotten in another way and are still refused"
        ),
    }
}

/// Warns of each of these keys that is unknown to all of these authorities that forget it: perhaps its id is misspelt.
pub(crate) fn warn_of_unknown_keys<'a>(
    keys: impl Iterator<Item = &'a ForgottenKey>,
    authorities: impl Iterator<Item = (Named<'a>, &'a KeySource)> + Clone,
) {
    for key in keys {
        let mut owners = Owners::of(key.authority.clone(), None);
        owners.note(authorities.clone().map(|(named, _)| named));
        let mut concerned = authorities.clone().filter(|it| owners.include(it.0));
        if !concerned.any(|(_, source)| source.has_key(&key.kid)) {
            tracing::warn!(
                kid = %id(key),
                "an unknown key is to be forgotten: at present, none of the authorities concerned has a key with this id; if the key is still in use, the id is probably misspelt: compare it with the kid of the tokens"
            );
        }
    }
}

/// The first of these ids for one line, and how many more there are.
fn some_of(ids: impl Iterator<Item = String>) -> (String, Option<usize>) {
    let mut ids = ids.collect::<Vec<_>>();
    let more = ids.len().saturating_sub(MAX_IDS);
    ids.truncate(MAX_IDS);
    (ids.join(", "), Some(more).filter(|more| *more > 0))
}

/// The id, with the authority if only one forgets the key. Both as `Debug` shows them, so that they cannot look like another line of the log.
fn id(key: &ForgottenKey) -> String {
    let kid = shortened(&key.kid);
    match &key.authority {
        None => kid,
        Some(authority) => format!("{kid} of {}", shortened(authority)),
    }
}

fn shortened(text: &str) -> String {
    let text: String = text.chars().take(MAX_ID).collect();
    format!("{text:?}")
}

/// More characters than Microsoft's issuers have.
const MAX_ISSUER: usize = 256;
/// More ids than an emergency needs.
const MAX_IDS: usize = 16;
/// More characters than the ids of Microsoft's keys have, and than an authority's name needs.
const MAX_ID: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    /// The bug: a key that one authority forgets looked like one that all of them forget.
    #[test]
    fn the_log_says_which_authority_forgets_a_key() {
        assert_eq!(id(&ForgottenKey::everywhere("a\nb")), r#""a\nb""#);
        assert_eq!(id(&ForgottenKey::of("one\n", "a")), r#""a" of "one\n""#);
    }
}
