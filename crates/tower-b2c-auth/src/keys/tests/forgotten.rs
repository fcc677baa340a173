//! Forgotten keys whose authorities get other names or metadata URLs.

use crate::{
    keys::{forgotten::ForgottenKeys, forgotten_owners::Named},
    settings::ForgottenKey,
};

const ONE: &str = "https://one";
const TWO: &str = "https://two";

fn at(name: &'static str, url: &'static str) -> Named<'static> {
    Named {
        name,
        url: Some(url),
    }
}

/// An authority with only inline keys.
fn inline(name: &'static str) -> Named<'static> {
    Named { name, url: None }
}

fn bind(forgotten: &ForgottenKeys, authorities: &[Named<'_>]) {
    forgotten.bind(authorities.iter().copied());
}

fn has(forgotten: &ForgottenKeys, authority: Named<'_>) -> bool {
    forgotten.contains(|| authority, "k")
}

/// Forgets the key for the authority with this name.
fn forgotten_for(name: &str, authorities: &[Named<'_>]) -> ForgottenKeys {
    let forgotten = ForgottenKeys::default();
    forgotten.add(ForgottenKey::of(name, "k"), None);
    bind(&forgotten, authorities);
    forgotten
}

/// What another process knows from a snapshot.
fn restarted(before: &ForgottenKeys) -> ForgottenKeys {
    let after = ForgottenKeys::default();
    let saved = serde_json::to_string(&before.saved()).unwrap();
    after.restore(&serde_json::from_str(&saved).unwrap());
    after
}

#[test]
fn a_key_is_forgotten_everywhere_or_for_the_authority_that_is_named() {
    let forgotten = ForgottenKeys::default();
    forgotten.add(ForgottenKey::everywhere("everywhere"), None);
    for _ in 0..2 {
        forgotten.add(ForgottenKey::of("a", "k"), None);
    }
    let (a, b) = (at("a", ONE), at("b", TWO));
    bind(&forgotten, &[a, b]);
    assert!(
        [a, b]
            .iter()
            .all(|it| forgotten.contains(|| *it, "everywhere"))
    );
    assert!(has(&forgotten, a) && !has(&forgotten, b));
    assert!(forgotten.contains_at(a.url, "k") && !forgotten.contains_at(b.url, "k"));
    let saved = serde_json::json!({
        "everywhere": "all",
        "k": { "of": { "authorities": ["a"], "openid_configs": [ONE] } },
    });
    assert_eq!(serde_json::to_value(forgotten.saved()).unwrap(), saved);
    forgotten.add(ForgottenKey::everywhere("k"), None);
    forgotten.add(ForgottenKey::of("a", "k"), None);
    assert!(has(&restarted(&forgotten), b));
}

/// Authorities with one metadata URL have the same keys: one that is stolen is stolen from all.
#[test]
fn a_key_is_forgotten_for_all_authorities_with_the_metadata_url() {
    let (web, admin) = (at("web", ONE), at("admin", ONE));
    let forgotten = forgotten_for("web", &[web]);
    assert!(has(&forgotten, admin) && !has(&forgotten, at("shop", TWO)));
    let of_settings = ForgottenKeys::default();
    of_settings.set_of_settings(vec![ForgottenKey::of("web", "k")], [web].into_iter());
    assert!(has(&of_settings, admin) && !has(&of_settings, at("shop", TWO)));
    of_settings.set_of_settings(Vec::new(), [web].into_iter());
    assert!(!has(&of_settings, web));
}

#[test]
fn authorities_without_a_metadata_url_are_known_by_name_alone() {
    let forgotten = forgotten_for("a", &[inline("a"), inline("b")]);
    assert!(has(&forgotten, inline("a")) && !has(&forgotten, inline("b")));
    assert!(!forgotten.contains_at(None, "k"));
}

/// The bugs: after a restart under another name, an authority accepted the stolen key from the snapshot again; and so did one of two that exchanged their
/// order when they got other names.
#[test]
fn a_key_stays_forgotten_when_its_authority_changes_its_name_and_then_its_url() {
    for restarts in [false, true] {
        let pass = |it: ForgottenKeys| if restarts { restarted(&it) } else { it };
        let forgotten = pass(forgotten_for("a", &[at("a", ONE), at("admin", ONE)]));
        let (b, shop) = (at("b", ONE), at("shop", ONE));
        bind(&forgotten, &[shop, b]);
        assert!(has(&forgotten, b) && has(&forgotten, shop));
        // A waiting request knows it by its old name.
        assert!(has(&forgotten, at("a", ONE)) && has(&forgotten, inline("a")));
        let forgotten = pass(forgotten);
        let moved = at("b", TWO);
        bind(&forgotten, &[moved]);
        assert!(has(&forgotten, moved));
        let forgotten = pass(forgotten);
        assert!(has(&forgotten, at("later", TWO)) && has(&forgotten, at("later", ONE)));
        assert!(!has(&forgotten, at("later", "https://three")));
    }
}

#[test]
fn a_key_waits_for_an_authority_that_is_added_later() {
    let forgotten = restarted(&forgotten_for("a", &[at("b", TWO)]));
    bind(&forgotten, &[at("a", ONE)]);
    bind(&forgotten, &[at("c", ONE)]);
    assert!(has(&forgotten, at("c", ONE)) && !has(&forgotten, at("b", TWO)));
}

/// The bug: only the name of the authority that was given was noted, until the next change of the authorities.
#[test]
fn the_names_of_all_authorities_with_the_url_are_noted_at_once() {
    let forgotten = forgotten_for("web", &[at("admin", ONE), at("web", ONE), at("shop", TWO)]);
    let moved = at("admin", TWO);
    assert!(has(&forgotten, moved) && !has(&forgotten, at("shop", TWO)));
    bind(&forgotten, &[moved]);
    assert!(has(&forgotten, at("shop", TWO)));
}
