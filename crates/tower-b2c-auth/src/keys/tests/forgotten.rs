//! Forgotten keys whose authorities get other names.

use std::sync::Arc;

use crate::{
    keys::{
        forgotten::ForgottenKeys,
        forgotten_entry::Named,
        ids::{Lineage, Sequence, SourceId},
    },
    settings::ForgottenKey,
};

fn named(name: &str, lineage: u64) -> Named<'_> {
    let first = SourceId(Sequence(lineage));
    Named {
        name,
        lineage: Lineage(first),
        url: None,
    }
}

fn keys(forgotten: &ForgottenKeys) -> Vec<ForgottenKey> {
    forgotten.all().into_iter().map(|saved| saved.key).collect()
}

#[test]
fn a_key_is_forgotten_everywhere_or_for_the_authority_that_is_named() {
    let forgotten = ForgottenKeys::default();
    let key = |kid: &str, authority: Option<&str>| ForgottenKey {
        kid: kid.to_owned(),
        authority: authority.map(str::to_owned),
    };
    forgotten.add(key("everywhere", None));
    forgotten.add(key("there", Some("a")));
    forgotten.add(key("there", Some("a")));
    let (a, b) = (named("a", 1), named("b", 2));
    assert!(forgotten.contains(|| a, "everywhere") && forgotten.contains(|| b, "everywhere"));
    assert!(forgotten.contains(|| a, "there") && !forgotten.contains(|| b, "there"));
    assert_eq!(keys(&forgotten).len(), 2);
}

#[test]
fn a_key_follows_its_authority_to_another_name_and_stays_with_the_old_one() {
    let forgotten = ForgottenKeys::default();
    let names = |known: [Named<'static>; 2]| forgotten.bind(known.into_iter());
    forgotten.add(ForgottenKey::of("a", "k"));
    names([named("a", 1), named("b", 2)]);
    names([named("c", 1), named("b", 2)]);
    assert!(
        forgotten.contains(|| named("c", 1), "k") && !forgotten.contains(|| named("b", 2), "k")
    );
    // A waiting request knows it by its old name.
    assert!(forgotten.contains(|| named("a", 1), "k"));
    names([named("c", 1), named("a", 3)]);
    assert!(forgotten.contains(|| named("c", 1), "k") && forgotten.contains(|| named("a", 3), "k"));
    assert_eq!(
        keys(&forgotten),
        [ForgottenKey::of("a", "k"), ForgottenKey::of("c", "k")]
    );
}

fn at(name: &'static str, lineage: u64, url: &'static str) -> Named<'static> {
    Named {
        url: Some(url),
        ..named(name, lineage)
    }
}

/// What another process knows from a snapshot.
fn restarted(before: &ForgottenKeys) -> ForgottenKeys {
    let after = ForgottenKeys::default();
    before
        .all()
        .into_iter()
        .for_each(|saved| after.restore(saved));
    after
}

/// The bug: after a restart under another name, an authority accepted the stolen key from the snapshot again.
#[test]
fn a_key_from_an_earlier_process_follows_the_metadata_url_to_another_name() {
    let before = ForgottenKeys::default();
    before.add(ForgottenKey::of("a", "k"));
    before.bind([at("a", 1, "https://one")].into_iter());
    let forgotten = restarted(&before);
    let is_forgotten = |authority| forgotten.contains(|| authority, "k");
    // The name has gone over to another authority, and the one that had it comes later.
    let (a, b, c) = (
        at("a", 2, "https://two"),
        at("b", 3, "https://one"),
        at("c", 4, "https://three"),
    );
    forgotten.bind([a, c].into_iter());
    forgotten.bind([a, b, c].into_iter());
    assert!(is_forgotten(a) && is_forgotten(b) && !is_forgotten(c));
    assert!(is_forgotten(at("d", 3, "https://one")));
    let saved = forgotten.all().into_iter();
    let saved: Vec<_> = saved.map(|it| (it.key.authority, it.url)).collect();
    let pair = |name: &str, url: &str| (Some(name.to_owned()), Some(Arc::from(url)));
    let expected = [
        pair("a", "https://one"),
        pair("a", "https://two"),
        pair("b", "https://one"),
    ];
    assert_eq!(saved, expected);
}

#[test]
fn of_several_authorities_with_one_metadata_url_those_that_forgot_the_key_are_known_after_a_restart()
 {
    let url = "https://one";
    let (web, admin, other) = (at("web", 1, url), at("admin", 2, url), at("other", 3, url));
    let is_forgotten = |keys: &ForgottenKeys, authority| keys.contains(|| authority, "k");
    let before = ForgottenKeys::default();
    before.add(ForgottenKey::of("web", "k"));
    before.bind([web, admin, other].into_iter());
    // The name is the same, or the earlier process has noted the new one.
    let web2 = at("web 2", 1, url);
    let same = restarted(&before);
    same.bind([web, admin, other].into_iter());
    before.bind([web2, admin, other].into_iter());
    let mut noted = restarted(&before);
    for _ in 0..3 {
        noted.bind([web2, admin].into_iter());
        noted.bind([web2, admin, other].into_iter());
        noted = restarted(&noted);
    }
    noted.bind([web2, admin, other].into_iter());
    for (keys, it) in [(&same, web), (&noted, web2)] {
        assert!(
            is_forgotten(keys, it) && !is_forgotten(keys, admin),
            "{keys:?}"
        );
    }

    // The bug: since `admin` had forgotten the key too and kept its name, `web` was taken to have become `admin`.
    let both = ForgottenKeys::default();
    both.add(ForgottenKey::of("web", "k"));
    both.add(ForgottenKey::of("admin", "k"));
    both.bind([web, admin, other].into_iter());
    let both = restarted(&both);
    both.bind([web2, admin].into_iter());
    assert!(is_forgotten(&both, web2) && is_forgotten(&both, admin));

    // Nobody knows which of the two has become which, and that stays so.
    let (web3, other2) = (at("web 3", 1, url), at("other 2", 3, url));
    let unclear = restarted(&same);
    unclear.bind([web2, other].into_iter());
    let unclear = restarted(&unclear);
    unclear.bind([web3, other].into_iter());
    assert!(is_forgotten(&unclear, web3) && is_forgotten(&unclear, other));
    unclear.bind([web3, other2].into_iter());
    assert!(is_forgotten(&unclear, other2));
}
