//! Forgotten keys whose authorities get other names.

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

fn keys(forgotten: &ForgottenKeys, authorities: &[Named<'_>]) -> Vec<ForgottenKey> {
    let saved = forgotten.all(authorities.iter().copied());
    saved.into_iter().map(|(key, _)| key).collect()
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
    assert_eq!(keys(&forgotten, &[a, b]).len(), 2);
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
        keys(&forgotten, &[named("c", 1), named("a", 3)]),
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
fn restarted(before: &ForgottenKeys, authorities: &[Named<'_>]) -> ForgottenKeys {
    let after = ForgottenKeys::default();
    for (key, url) in before.all(authorities.iter().copied()) {
        after.restore(key, url.as_deref());
    }
    after
}

fn bind(forgotten: &ForgottenKeys, authorities: &[Named<'_>]) {
    forgotten.bind(authorities.iter().copied());
}

fn has(forgotten: &ForgottenKeys, authority: Named<'_>) -> bool {
    forgotten.contains(|| authority, "k")
}

/// Forgets the key for the authorities with these names.
fn forgotten_for(names: &[&str], authorities: &[Named<'_>]) -> ForgottenKeys {
    let forgotten = ForgottenKeys::default();
    for name in names {
        forgotten.add(ForgottenKey::of(*name, "k"));
    }
    bind(&forgotten, authorities);
    forgotten
}

/// The bug: after a restart under another name, an authority accepted the stolen key from the snapshot again.
#[test]
fn a_key_from_an_earlier_process_follows_the_metadata_url_to_another_name() {
    let old = [at("a", 1, "https://one")];
    let forgotten = restarted(&forgotten_for(&["a"], &old), &old);
    // The name has gone over to another authority, and the one that had it comes later.
    let (a, b, c) = (
        at("a", 2, "https://two"),
        at("b", 3, "https://one"),
        at("c", 4, "https://three"),
    );
    bind(&forgotten, &[a, c]);
    bind(&forgotten, &[a, b, c]);
    assert!(has(&forgotten, a) && has(&forgotten, b) && !has(&forgotten, c));
    assert!(has(&forgotten, at("d", 3, "https://one")));
    // The authority of the snapshot has been found, so none that comes later is taken for it.
    let later = at("later", 5, "https://one");
    bind(&forgotten, &[a, b, c, later]);
    assert!(has(&forgotten, b) && !has(&forgotten, later));
    let saved = forgotten.all([a, b, c, later].into_iter());
    let pair = |name: &str, url: &str| (ForgottenKey::of(name, "k"), Some(url.into()));
    for expected in [pair("a", "https://two"), pair("b", "https://one")] {
        assert!(saved.contains(&expected), "{saved:?}");
    }
}

#[test]
fn of_several_authorities_with_one_metadata_url_the_one_with_the_name_is_meant() {
    let url = "https://one";
    let (web, admin) = (at("web", 1, url), at("admin", 2, url));
    let before = forgotten_for(&["web"], &[web, admin]);
    let same = restarted(&before, &[web, admin]);
    bind(&same, &[web, admin]);
    assert!(has(&same, web) && !has(&same, admin));

    // The earlier process has noted the new name.
    let web2 = at("web 2", 1, url);
    bind(&before, &[web2, admin]);
    let first = restarted(&before, &[web2, admin]);
    bind(&first, &[web2, admin]);
    assert!(has(&first, web2) && !has(&first, admin));
    // The key is forgotten for another authority with the old name too, as in the earlier process.
    assert!(has(&first, at("web", 3, "https://two")));
    let mut noted = restarted(&before, &[web2, admin]);
    for _ in 0..3 {
        bind(&noted, &[web2]);
        bind(&noted, &[web2, admin]);
        noted = restarted(&noted, &[web2, admin]);
    }
    bind(&noted, &[web2, admin]);
    assert!(has(&noted, web2) && !has(&noted, admin));
}

/// The bug: a renamed authority accepted the key, because it was taken to have got the name of another one that had forgotten the key too.
#[test]
fn if_nobody_knows_which_authority_has_got_another_name_none_accepts_the_key() {
    let url = "https://one";
    let (web, admin) = (at("web", 1, url), at("admin", 2, url));
    let (web2, shop) = (at("web 2", 1, url), at("shop", 1, url));
    let both = forgotten_for(&["web", "admin"], &[web, admin]);
    // Within this process, `web` becomes `shop`, and there is another `web`.
    let reused = forgotten_for(&["web"], &[web]);
    bind(&reused, &[shop]);
    let another = at("web", 3, url);
    bind(&reused, &[shop, another]);
    let renamed = [at("web 3", 3, url), shop];
    for (before, old, new) in [
        (&both, [web, admin], [web2, admin]),
        (&reused, [shop, another], renamed),
        (&reused, [shop, another], [another, web2]),
    ] {
        let after = restarted(before, &old);
        bind(&after, &new);
        assert!(new.iter().all(|it| has(&after, *it)), "{after:?}");
    }
}

/// The bug: an entry stayed behind and waited for its authority, which had been found.
#[test]
fn a_key_that_waited_for_two_urls_concerns_no_authority_that_is_added_after_a_swap() {
    let (one, two) = ("https://one", "https://two");
    let forgotten = ForgottenKeys::default();
    for url in [one, two] {
        forgotten.restore(ForgottenKey::of("a", "k"), Some(url));
    }
    let (a, b, other) = (at("a", 1, two), at("b", 1, two), at("other", 2, two));
    bind(&forgotten, &[a, other]);
    bind(&forgotten, &[b, other]);
    assert!(has(&forgotten, b) && !has(&forgotten, other));
}

/// The bugs: a key that the settings listed for a removed authority was not forgotten if the authority came back under another name after a restart; and
/// another authority with the same metadata URL forgot the key as well.
#[test]
fn a_key_of_a_removed_authority_concerns_no_other_one() {
    let url = "https://one";
    let (web, admin) = (at("web", 1, url), at("admin", 2, url));
    let forgotten = ForgottenKeys::default();
    forgotten.add_of(ForgottenKey::of("web", "k"), web);
    bind(&forgotten, &[admin]);
    assert!(!has(&forgotten, admin) && has(&forgotten, at("web", 3, "https://two")));
    let after = restarted(&forgotten, &[]);
    let customers = at("customers", 1, url);
    bind(&after, &[customers]);
    assert!(has(&after, customers));
}
