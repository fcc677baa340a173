//! Settings that cannot be used: refused when the layer is built, all mistakes in one error, each with field, value and remedy.

use std::time::Duration;

use tower_b2c_auth::{
    AuthoritySettings, B2cAuthBuilder, B2cAuthLayer, DecryptionKeySettings, FetchSettings,
    ForgottenKey, InlineKey, KeySettings, MigrationSettings, RequiredClaim, Settings, SystemClock,
    b2c, entra_id, external_id, from_jwks, from_metadata,
};

use crate::support::API_ID;

#[test]
fn each_mistake_is_refused_with_field_value_and_remedy() {
    let authority = |authority: AuthoritySettings| good().authority(authority);
    let issuer = |issuer: &str| good().issuer(issuer);
    let cases = [
        (
            B2cAuthLayer::builder().authority(from_metadata(URL)),
            NO_AUDIENCE,
        ),
        (good().audience(""), BLANK_AUDIENCE),
        (B2cAuthLayer::builder().audience(API_ID), NO_AUTHORITY),
        (
            good().authority(from_metadata("http://contoso.b2clogin.com/x")),
            HTTP,
        ),
        (
            good().authority(from_metadata("http://127.0.0.1.example/x")),
            (
                "authorities[1].openid_config",
                "\"http://127.0.0.1.example/x\"",
                HTTP.2,
            ),
        ),
        (
            good().authority(from_metadata("contoso")),
            (
                "authorities[1].openid_config",
                "\"contoso\"",
                "is not a URL; write it in full, starting with https://",
            ),
        ),
        (
            good().authority(from_metadata("file:///etc/passwd")),
            (
                "authorities[1].openid_config",
                "\"file:///etc/passwd\"",
                "must start with https://",
            ),
        ),
        (
            authority(AuthoritySettings::tenant_policy(
                "contoso.onmicrosoft.com",
                "B2C_1_in",
            )),
            TENANT,
        ),
        (
            authority(AuthoritySettings::tenant_policy(ID, "B2C_1_in")),
            (
                "authorities[1].tenant",
                "\"aaaabbbb-0000-cccc-1111-dddd2222eeee\"",
                "is a tenant's id; write the tenant's name, \"contoso\" for contoso.onmicrosoft.com",
            ),
        ),
        (
            authority(AuthoritySettings::tenant_policy("contoso", "signin")),
            (
                "authorities[1].policy",
                "\"signin\"",
                "is not a policy name; write B2C_1_ (user flow) or B2C_1A_ (custom policy) and then letters, digits, '.', '_' or '-', such as \"B2C_1_signupsignin1\"",
            ),
        ),
        (
            authority(AuthoritySettings::default()),
            (
                "authorities[1]",
                "\"\"",
                "has neither metadata nor keys; set openid_config, or tenant and policy",
            ),
        ),
        (
            authority(AuthoritySettings {
                policy: Some("B2C_1_in".into()),
                ..AuthoritySettings::default()
            }),
            (
                "authorities[1].tenant",
                "\"\"",
                "is missing; name the tenant of the policy \"B2C_1_in\", such as \"contoso\"",
            ),
        ),
        (
            B2cAuthLayer::builder()
                .audience(API_ID)
                .authority(b2c("contoso")),
            (
                "authorities[0].policy",
                "\"\"",
                "is missing; name the user flow, such as \"B2C_1_signupsignin1\"",
            ),
        ),
        (issuer("contoso.b2clogin.com/t/v2.0/"), ISSUER),
        (
            issuer("urn:contoso"),
            (
                "issuers",
                "\"urn:contoso\"",
                "must start with https:// as it does in the metadata; it is compared byte for byte",
            ),
        ),
        (
            good().authority(external_id("contoso-ext", "contoso")),
            (
                "authorities[1].tenant_id",
                "\"contoso\"",
                "is not a tenant id; write the GUID in lower case, such as \"aaaabbbb-0000-cccc-1111-dddd2222eeee\"",
            ),
        ),
        (
            good().authority(external_id("evil.example/", ID)),
            ("authorities[1].tenant", "\"evil.example/\"", TENANT.2),
        ),
        (
            authority(AuthoritySettings {
                tenant: Some("contoso".into()),
                ..entra(ID)
            }),
            (
                "authorities[1].tenant",
                "\"contoso\"",
                "has no effect for Entra ID, where tenant_id names the tenant; remove it",
            ),
        ),
        (
            authority(AuthoritySettings {
                openid_config: Some(URL.into()),
                ..entra(ID)
            }),
            (
                "authorities[1].openid_config",
                "…",
                "cannot be combined with family, from which the metadata follows; remove one of the two",
            ),
        ),
        (
            authority(AuthoritySettings {
                tenant_id: Some(ID.into()),
                ..AuthoritySettings::openid_config(URL)
            }),
            (
                "authorities[1].tenant_id",
                "\"aaaabbbb-0000-cccc-1111-dddd2222eeee\"",
                "works only with tenant and policy, or with family = \"entra_id\" or \"external_id\"; remove it",
            ),
        ),
        (
            issuer("https://login.microsoftonline.com/{tenantid}/v2.0"),
            (
                "issuers",
                "\"https://login.microsoftonline.com/{tenantid}/v2.0\"",
                TEMPLATE,
            ),
        ),
        (
            good().authority(
                from_metadata(URL).issuer("https://login.microsoftonline.com/{tenantid}/v2.0"),
            ),
            (
                "authorities[1].issuers",
                "\"https://login.microsoftonline.com/{tenantid}/v2.0\"",
                TEMPLATE,
            ),
        ),
        (good().clock_skew("-5s"), NEGATIVE_SKEW),
        (
            good().clock_skew("60"),
            (
                "clock_skew",
                "\"60\"",
                "is not a duration; write a number with a unit, such as \"0s\", \"5m\", \"24h\" or \"7d\"",
            ),
        ),
        (
            good().clock_skew(Duration::from_secs(301)),
            (
                "clock_skew",
                "\"5m 1s\"",
                "must not be longer than \"5m\"; expired tokens would be accepted for the whole clock_skew",
            ),
        ),
        (
            good().required_claim(RequiredClaim::default()),
            (
                "required_claims[0].name",
                "\"\"",
                "is missing; name the claim, such as \"scp\"",
            ),
        ),
        (
            good().required_claim(scopes(&["a", FULL_SCOPE])),
            (
                "required_claims[0].values",
                "\"https://contoso.onmicrosoft.com/tasks/tasks.read\"",
                "tokens carry the short name: \"tasks.read\"",
            ),
        ),
    ];
    for (builder, mistake) in cases {
        assert_eq!(mistakes(builder), [owned(mistake)]);
    }
    // Accepted: the whole text of a token's `scp`, and, in a claim that may hold any text, the full name that was refused above.
    let whole = good().required_claim(scopes(&["a b", "a/b"]));
    let other = RequiredClaim {
        name: "resource".into(),
        ..scopes(&[FULL_SCOPE])
    };
    assert!(whole.required_claim(other).build().is_ok());
}

fn scopes(names: &[&str]) -> RequiredClaim {
    RequiredClaim {
        name: "scp".into(),
        values: names.iter().map(|&name| name.to_owned()).collect(),
        ..RequiredClaim::default()
    }
}

/// As the portal shows it.
const FULL_SCOPE: &str = "https://contoso.onmicrosoft.com/tasks/tasks.read";

#[test]
fn algorithms_that_prove_nothing_are_refused() {
    for (algorithm, remedy) in [
        (
            "HS256",
            "is symmetric: anyone who can verify such a token can also forge one; B2C signs with RS256; a secret among an authority's keys needs no entry here",
        ),
        ("none", "is not a supported algorithm; B2C signs with RS256"),
        (
            "rs256",
            "is not a supported algorithm; B2C signs with RS256",
        ),
    ] {
        let settings = Settings {
            algorithms: vec![algorithm.into()],
            ..good().settings()
        };
        let value = format!("{algorithm:?}");
        assert_eq!(
            mistakes(settings.into()),
            [owned(("algorithms", &value, remedy))]
        );
    }
    let settings = Settings {
        algorithms: Vec::new(),
        ..good().settings()
    };
    let none = (
        "algorithms",
        "[]",
        "is empty; write [\"RS256\"] or remove the setting",
    );
    assert_eq!(mistakes(settings.into()), [owned(none)]);
}

#[test]
fn key_times_that_contradict_each_other_are_refused() {
    let keys = KeySettings::default;
    let cases = [
        (
            KeySettings {
                refresh_interval: "1ms".into(),
                fetch_timeout: "1ms".into(),
                connect_timeout: "1ms".into(),
                unknown_key_interval: "1ms".into(),
                ..keys()
            },
            "refresh_interval",
            "1ms",
            "must be at least \"1s\"",
        ),
        (
            KeySettings {
                max_stale: "59m".into(),
                retired_key_grace: "0s".into(),
                ..keys()
            },
            "max_stale",
            "59m",
            "must not be shorter than refresh_interval, otherwise keys expire between two fetches",
        ),
        (
            KeySettings {
                max_stale: "31d".into(),
                ..keys()
            },
            "max_stale",
            "31d",
            "must not be longer than \"30d\"; a key that has not been confirmed for that long proves nothing",
        ),
        (
            KeySettings {
                retired_key_grace: "25h".into(),
                ..keys()
            },
            "retired_key_grace",
            "25h",
            "must not be longer than max_stale, after which the key expires anyway",
        ),
        (
            KeySettings {
                unknown_key_interval: "0s".into(),
                ..keys()
            },
            "unknown_key_interval",
            "0s",
            "must not be zero, otherwise every unknown key id causes a fetch",
        ),
        (
            KeySettings {
                unknown_key_interval: "2h".into(),
                ..keys()
            },
            "unknown_key_interval",
            "2h",
            "must not be longer than refresh_interval, because the regular refresh would find new keys sooner",
        ),
        (
            KeySettings {
                connect_timeout: "0s".into(),
                ..keys()
            },
            "connect_timeout",
            "0s",
            "must not be zero",
        ),
        (
            KeySettings {
                connect_timeout: "6s".into(),
                ..keys()
            },
            "connect_timeout",
            "6s",
            "must not be longer than fetch_timeout, which includes it",
        ),
        (
            KeySettings {
                fetch_timeout: "2h".into(),
                ..keys()
            },
            "fetch_timeout",
            "2h",
            "must not be longer than refresh_interval",
        ),
        (
            KeySettings {
                refresh_interval: "-1h".into(),
                ..keys()
            },
            "refresh_interval",
            "-1h",
            "must not be negative; write a duration with a unit, such as \"60s\"",
        ),
    ];
    for (keys, field, value, remedy) in cases {
        let expected = (
            format!("keys.{field}"),
            format!("{value:?}"),
            remedy.to_owned(),
        );
        assert_eq!(mistakes(good().keys(keys)), [expected]);
    }
}

/// The bug: the table's bounds were checked only if every duration could be read.
#[test]
fn a_key_time_that_cannot_be_read_hides_no_other_mistake() {
    let keys = KeySettings {
        refresh_interval: "hourly".into(),
        max_stale: "31d".into(),
        connect_timeout: "6s".into(),
        unknown_key_fetches: 0,
        ..KeySettings::default()
    };
    let mistakes = mistakes(good().keys(keys));
    let fields: Vec<_> = mistakes.iter().map(|(field, ..)| &**field).collect();
    assert_eq!(
        fields,
        [
            "keys.refresh_interval",
            "keys.max_stale",
            "keys.unknown_key_fetches",
            "keys.connect_timeout",
        ]
    );
}

/// The bug: it was accepted, and no keys could ever be fetched.
#[test]
fn a_host_that_no_url_could_have_is_refused() {
    let bad = [
        "https://keys.contoso.com",
        "Keys.contoso.com",
        "keys.contoso.com:443",
        "keys.contoso.com/",
        "user@keys.contoso.com",
        "",
    ];
    for host in bad {
        let found = mistakes(good().authority(from_metadata(URL).keys_host(host)));
        let [(field, value, _)] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(
            (&**field, value),
            ("authorities[1].keys_host", &format!("{host:?}"))
        );
    }
    for host in [
        "keys.contoso.com",
        "keys.contoso.com:8443",
        "127.0.0.1:8443",
    ] {
        let authority = from_metadata(URL).keys_host(host);
        assert!(good().authority(authority).build().is_ok(), "{host}");
    }
    let mut inline: Vec<AuthoritySettings> = from_jwks("https://id.example/", "{}").into();
    inline[0].keys_host = Some("keys.contoso.com".into());
    let found = mistakes(good().authority(inline));
    let of_host = found
        .iter()
        .find(|(field, ..)| field.ends_with("keys_host"));
    assert!(of_host.is_some_and(|(_, _, remedy)| remedy.contains("no effect")));
}

#[test]
fn numbers_that_leave_no_room_are_refused() {
    let keys = KeySettings::default;
    let cases = [
        (
            KeySettings {
                max_document_bytes: 1023,
                ..keys()
            },
            (
                "keys.max_document_bytes",
                "1023",
                "must be at least 1024; a key set with one key needs about 500",
            ),
        ),
        (
            KeySettings {
                unknown_key_fetches: 0,
                ..keys()
            },
            (
                "keys.unknown_key_fetches",
                "0",
                "must be at least 1, otherwise only the regular refresh finds new keys",
            ),
        ),
        (
            KeySettings {
                max_waiting_per_authority: 0,
                ..keys()
            },
            (
                "keys.max_waiting_per_authority",
                "0",
                "must be at least 1, otherwise no request can wait for its keys",
            ),
        ),
        (
            KeySettings {
                max_waiting: 255,
                ..keys()
            },
            (
                "keys.max_waiting_per_authority",
                "1024",
                "must not be larger than max_waiting, which limits all authorities together",
            ),
        ),
    ];
    for (keys, mistake) in cases {
        assert_eq!(mistakes(good().keys(keys)), [owned(mistake)]);
    }
}

#[test]
fn names_and_forgotten_keys_must_fit_the_authorities() {
    let named = |name: &str| AuthoritySettings {
        name: Some(name.to_owned()),
        ..AuthoritySettings::openid_config(URL)
    };
    let twice = good().authority(named("a")).authority(named("a"));
    let expected = (
        "authorities[2].name",
        "\"a\"",
        "is already the name of another authority; authority names must be unique",
    );
    assert_eq!(mistakes(twice), [owned(expected)]);

    let forgets = |authority: &str, kid: &str| Settings {
        forgotten_keys: vec![ForgottenKey {
            kid: kid.to_owned(),
            authority: Some(authority.to_owned()),
        }],
        ..good().authority(named("a")).settings()
    };
    for known in ["a", URL] {
        assert!(B2cAuthLayer::from_settings(forgets(known, "k")).is_ok());
    }
    let remedy =
        format!("is not the name of an authority; use one of [{URL:?}, \"a\"], or remove it");
    assert_eq!(
        mistakes(forgets("b", "k").into()),
        [owned(("forgotten_keys[0].authority", "\"b\"", &remedy))]
    );
    let expected = (
        "forgotten_keys[0].kid",
        "\"\"",
        "is empty; write the key's id as it appears in the key set",
    );
    assert_eq!(mistakes(forgets("a", "").into()), [owned(expected)]);
    // The bug: it was accepted, and the stolen key stayed in use.
    for (kid, shown) in [("k ", "\"k \""), ("\u{a0}k", "\"\\u{a0}k\"")] {
        let expected = (
            "forgotten_keys[0].kid",
            shown,
            "has white space at an end, which no key's id has; remove it, because ids are compared exactly",
        );
        assert_eq!(mistakes(forgets("a", kid).into()), [owned(expected)]);
    }

    let inline = AuthoritySettings {
        on_demand: true,
        issuers: vec!["contoso.com".to_owned()],
        keys: vec![InlineKey {
            secret: Some(
                "c2VjcmV0IG9mIDMyIGJ5dGVzIG9yIGEgZmV3IG1vcmU="
                    .to_owned()
                    .into(),
            ),
            ..InlineKey::default()
        }],
        ..AuthoritySettings::default()
    };
    let expected = (
        "authorities[1].on_demand",
        "true",
        "cannot be combined with inline keys, which are never fetched; remove it",
    );
    assert_eq!(mistakes(good().authority(inline)), [owned(expected)]);
}

/// The bugs: the header was empty in every request.
#[test]
fn a_claim_header_names_a_claim_or_a_function() {
    for (claim, shown, remedy) in [
        (
            "userid()",
            "\"userid()\"",
            "there is no such function; write user_id() or the name of a claim",
        ),
        (
            "sub ",
            "\"sub \"",
            "has white space at an end, which no claim's name has; remove it",
        ),
    ] {
        let builder = good().claim_header("x-auth-subject", claim);
        let expected = ("claim_headers.x-auth-subject", shown, remedy);
        assert_eq!(mistakes(builder), [owned(expected)]);
    }
}

/// The bugs: the message gave a remedy for another product, or for another mistake.
#[test]
fn a_message_is_about_the_mistake_that_was_made() {
    let port = b2c("contoso").policy("B2C_1_in");
    for (authority, expected) in [
        (
            Vec::from(external_id("login.contoso.com", ID)),
            (
                "authorities[1].tenant",
                "\"login.contoso.com\"",
                "is not a tenant name; write only the first part of the tenant's domain, \"contoso\" for contoso.ciamlogin.com; if this is a custom domain, give openid_config (and metadata_issuer, if its issuer is on another host) instead of family, cloud, tenant and tenant_id",
            ),
        ),
        (
            Vec::from(port.clone().custom_domain("login.contoso.com:444")),
            (
                "authorities[1].custom_domain",
                "\"login.contoso.com:444\"",
                "has a port, but the host is always reached at port 443; remove the port",
            ),
        ),
        (
            Vec::from(port.clone().custom_domain("login.contoso.com:https")),
            (
                "authorities[1].custom_domain",
                "\"login.contoso.com:https\"",
                NO_HOST_NAME,
            ),
        ),
        (
            Vec::from(port.custom_domain("localhost:444")),
            (
                "authorities[1].custom_domain",
                "\"localhost:444\"",
                NO_HOST_NAME,
            ),
        ),
    ] {
        assert_eq!(mistakes(good().authority(authority)), [owned(expected)]);
    }
}

const NO_HOST_NAME: &str = "is not a host name; write it in lower case without scheme and path, such as \"login.contoso.com\"";

/// The bugs: the message did not name the file, or not the folder in which it was looked for.
#[test]
fn a_file_that_cannot_be_read_is_named_with_its_folder() {
    let path = std::env::current_dir().unwrap().join("none.pem");
    let missing = format!("names a file that cannot be read, {}: ", path.display());
    let key = DecryptionKeySettings::from_file("none.pem");
    let fetch = FetchSettings {
        ca_file: Some("none.pem".into()),
        ..FetchSettings::default()
    };
    for settings in [
        Settings {
            decryption_keys: vec![key],
            ..good().settings()
        },
        Settings {
            fetch,
            ..good().settings()
        },
    ] {
        let error = B2cAuthLayer::from_settings(settings).unwrap_err();
        assert!(error.to_string().contains(&missing), "{error}");
    }
}

#[test]
fn claim_headers_that_differ_only_in_case_are_one_header() {
    let header = |name: &str| (name.to_owned(), "sub".to_owned());
    let settings = Settings {
        claim_headers: [header("X-User"), header("x-user")].into(),
        ..good().settings()
    };
    let expected = (
        "claim_headers",
        "\"x-user\"",
        "is the same header as \"X-User\", because header names are case-insensitive; delete one of the two",
    );
    assert_eq!(mistakes(settings.into()), [owned(expected)]);
}

/// The bug: `forgotten_keys = "…"` at the end of a file that ends in `[claim_headers]` was a claim header, and the key stayed in use.
#[test]
fn a_setting_is_not_a_claim_header() {
    for name in ["forgotten_keys", "audiences", "accept", "clock_skew"] {
        let settings = Settings {
            claim_headers: [(name.to_owned(), "hush".to_owned())].into(),
            ..good().settings()
        };
        let field = format!("claim_headers.{name}");
        let remedy = "is the name of a setting; if you mean the setting, write it in TOML above the first table, where it holds for all requests; if you mean a header, choose another name, such as \"x-auth-subject\"";
        assert_eq!(mistakes(settings.into()), [owned((&field, "…", remedy))]);
    }
}

/// The bug: it was said to have no tenant id, although the id is there and the host is wrong.
#[test]
fn an_issuer_of_external_id_has_the_tenants_id_as_its_host() {
    let issuer = format!("https://contoso.ciamlogin.com/{ID}/v2.0");
    let settings = good()
        .authority(external_id("contoso", ID))
        .issuer(issuer.as_str());
    let told = mistakes(settings);
    assert_eq!(told.len(), 1, "{told:?}");
    let [(field, _, remedy)] = &*told else {
        panic!("{told:?}");
    };
    assert_eq!(*field, "issuers");
    assert!(
        remedy.contains("\"https://<tenant id>.ciamlogin.com/<tenant id>/v2.0\""),
        "{remedy}"
    );
}

#[test]
fn an_issuer_of_microsofts_is_spelled_as_microsoft_spells_it() {
    let remedies = |issuer: &str| {
        let refused = good().migration(MigrationSettings::from_issuer(issuer));
        let refused = refused.build().err();
        let warned = good().issuer(issuer).settings();
        let warned = warned.warnings(&SystemClock::default());
        [
            refused.map(|error| error.mistakes()[0].remedy.clone()),
            warned.first().map(|warning| warning.remedy.clone()),
        ]
    };
    for good in [
        format!("https://contoso.b2clogin.com/{ID}/v2.0/"),
        format!("https://contoso.b2clogin.com/tfp/{ID}/B2C_1_In/v2.0/"),
        format!("https://login.microsoftonline.com/{ID}/v2.0"),
        format!("https://sts.windows.net/{ID}/"),
        format!("https://{ID}.ciamlogin.com/{ID}/v2.0"),
        format!("https://{ID}.ciamlogin.com/{ID}/"),
        format!("https://contoso.b2clogin.com/{ID}/"),
        // Others spell theirs as they like.
        "https://Login.Contoso.com/AAAABBBB-0000-CCCC-1111-DDDD2222EEEE".to_owned(),
    ] {
        assert_eq!(remedies(&good), [None, None], "{good}");
    }
    for (bad, expected) in [
        (
            format!("https://contoso.b2clogin.com/{}/v2.0/", ID.to_uppercase()),
            "in lower case",
        ),
        (
            format!("https://ContosoB2C.b2clogin.com/{ID}/v2.0/"),
            "in lower case",
        ),
        (
            format!("https://contoso.b2clogin.com/{ID}/v2.0"),
            "end with a slash",
        ),
        (
            "https://login.microsoftonline.com/contoso/v2.0/".to_owned(),
            "is none of Microsoft's issuers",
        ),
        (
            format!("https://contoso.ciamlogin.com/{ID}/v2.0"),
            "is none of Microsoft's issuers",
        ),
        (
            format!("https://contoso.b2clogin.com/{ID}/V2.0/"),
            "in lower case",
        ),
    ] {
        for remedy in remedies(&bad) {
            let remedy = remedy.unwrap();
            assert!(remedy.contains(expected), "{bad}: {remedy}");
        }
    }
}

#[test]
fn dates_and_times_of_a_migration_make_sense() {
    let legacy = format!("https://login.microsoftonline.com/{ID}/v2.0/");
    let migration = MigrationSettings {
        sunset: Some("2027-03-31T00:00:00Z".into()),
        deprecated_since: Some("2027-04-01T00:00:00Z".into()),
        quiet_period: "0s".into(),
        ..MigrationSettings::from_issuer(legacy)
    };
    let found = mistakes(good().migration(migration));
    let fields: Vec<_> = found.iter().map(|(field, ..)| field.as_str()).collect();
    let expected = ["migration.deprecated_since", "migration.quiet_period"];
    assert_eq!(fields, expected);
}

#[test]
fn a_listed_issuer_needs_an_authority_that_it_can_be_assigned_to() {
    const OTHER: &str =
        "https://fabrikam.b2clogin.com/f/B2C_1_in/v2.0/.well-known/openid-configuration";
    const WITH_ID: &str = "https://login.contoso.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/";
    const WITHOUT: &str = "https://login.contoso.com/";
    let several = || good().authority(from_metadata(OTHER));
    let legacy = |issuer: &str| MigrationSettings::from_issuer(issuer);
    let pooled = Settings {
        danger_pool_issuers: true,
        ..several().issuer(WITHOUT).settings()
    };
    let assigned = AuthoritySettings {
        issuers: vec![WITHOUT.to_owned()],
        ..AuthoritySettings::openid_config(OTHER)
    };
    for accepted in [
        good().issuer(WITHOUT),
        good().migration(legacy(WITHOUT)),
        several().issuer(WITH_ID).migration(legacy(WITH_ID)),
        several().migration(legacy(WITHOUT)).authority(assigned),
        pooled.into(),
    ] {
        assert_eq!(accepted.build().err(), None);
    }
    let value = format!("{WITHOUT:?}");
    let remedy = "has no tenant id that would assign it to one of the authorities; write it into authorities[i].issuers";
    for (builder, field) in [
        (several().issuer(WITHOUT), "issuers"),
        (
            several().migration(legacy(WITHOUT)),
            "migration.legacy_issuers",
        ),
    ] {
        assert_eq!(mistakes(builder), [owned((field, &value, remedy))]);
    }

    let only_legacy = B2cAuthLayer::builder()
        .audience(API_ID)
        .authority(AuthoritySettings {
            legacy: true,
            ..AuthoritySettings::openid_config(URL)
        })
        .migration(legacy(WITH_ID));
    assert_eq!(only_legacy.clone().build().err(), None);
    let value = format!("{WITHOUT:?}");
    let remedy = "belongs to no authority, because every authority is legacy, has secrets or accepts any tenant; write it into authorities[i].issuers";
    assert_eq!(
        mistakes(only_legacy.issuer(WITHOUT)),
        [owned(("issuers", &value, remedy))]
    );
}

#[test]
fn all_mistakes_come_in_one_error_in_the_order_of_the_settings() {
    let builder = B2cAuthLayer::builder()
        .authority(from_metadata(URL))
        .authority(from_metadata("http://contoso.b2clogin.com/x"))
        .authority(AuthoritySettings::tenant_policy(
            "contoso.onmicrosoft.com",
            "B2C_1_in",
        ))
        .authority(AuthoritySettings {
            issuers: vec!["contoso.b2clogin.com/t/v2.0/".into()],
            ..AuthoritySettings::openid_config(URL)
        })
        .required_claim(RequiredClaim::default())
        .keys(KeySettings {
            unknown_key_interval: "0s".into(),
            fetch_timeout: "0s".into(),
            connect_timeout: "0s".into(),
            ..KeySettings::default()
        })
        .clock_skew("-5s");
    let error = builder.build().unwrap_err();
    let fields: Vec<_> = error
        .mistakes()
        .iter()
        .map(|mistake| &*mistake.field)
        .collect();
    assert_eq!(
        fields,
        [
            "audiences",
            "clock_skew",
            "authorities[1].openid_config",
            "authorities[2].tenant",
            "authorities[3].issuers",
            "required_claims[0].name",
            "keys.unknown_key_interval",
            "keys.connect_timeout",
            "keys.fetch_timeout",
        ]
    );
    let text = error.to_string();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("the settings cannot be used:"));
    assert_eq!(
        lines.next(),
        Some(
            "  audiences = []: is empty; set the application (client) id of this API, otherwise tokens for any API would be accepted"
        )
    );
    assert_eq!(
        lines.next(),
        Some(
            "  clock_skew = \"-5s\": must not be negative; write a duration with a unit, such as \"60s\""
        )
    );
    assert_eq!(lines.count(), 7);
}

#[test]
fn a_toml_file_is_held_to_the_same() {
    let toml = r#"
        clock_skew = "-5s"

        [[authorities]]
        openid_config = "http://contoso.b2clogin.com/x"

        [[authorities]]
        tenant = "contoso.onmicrosoft.com"
        policy = "B2C_1_in"
        issuers = ["contoso.b2clogin.com/t/v2.0/"]
    "#;
    let settings: Settings = toml::from_str(toml).unwrap();
    let at = |position: usize, (field, value, remedy): (&str, &str, &str)| {
        let (_, rest) = field.split_once('.').unwrap_or(("", field));
        (
            format!("authorities[{position}].{rest}"),
            value.to_owned(),
            remedy.to_owned(),
        )
    };
    assert_eq!(
        mistakes(settings.into()),
        [
            owned(NO_AUDIENCE),
            owned(NEGATIVE_SKEW),
            at(0, HTTP),
            at(1, TENANT),
            at(1, ISSUER)
        ]
    );
    assert_eq!(
        mistakes(Settings::default().into()),
        [owned(NO_AUDIENCE), owned(NO_AUTHORITY)]
    );
}

#[test]
fn a_misspelt_setting_is_refused() {
    for (toml, name) in [
        ("audience = []", "audience"),
        ("[keys]\nrefresh_every = \"1h\"", "refresh_every"),
        ("[[authorities]]\nopenid-config = \"x\"", "openid-config"),
        ("[[required_claims]]\nvalue = \"x\"", "value"),
        ("[migration]\nlegacy = []", "legacy"),
    ] {
        let error = toml::from_str::<Settings>(toml).unwrap_err().to_string();
        assert!(
            error.contains(&format!("unknown field `{name}`")),
            "{error}"
        );
    }
}

fn entra(id: &str) -> AuthoritySettings {
    let one: Vec<_> = entra_id(id).into();
    one.into_iter().next().unwrap()
}

fn good() -> B2cAuthBuilder {
    B2cAuthLayer::builder()
        .authority(from_metadata(URL))
        .audience(API_ID)
}

/// What `build` reports: field, value and remedy of each.
fn mistakes(builder: B2cAuthBuilder) -> Vec<(String, String, String)> {
    let error = builder.build().unwrap_err();
    let all = error.mistakes().iter().cloned();
    all.map(|mistake| (mistake.field, mistake.value, mistake.remedy))
        .collect()
}

fn owned((field, value, remedy): (&str, &str, &str)) -> (String, String, String) {
    (field.into(), value.into(), remedy.into())
}

const TEMPLATE: &str = "is a template for the issuers of many tenants; write each tenant's own issuer, with its id in place of the braces";
const ID: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
const URL: &str = "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_in/v2.0/.well-known/openid-configuration";
const NO_AUDIENCE: (&str, &str, &str) = (
    "audiences",
    "[]",
    "is empty; set the application (client) id of this API, otherwise tokens for any API would be accepted",
);
const BLANK_AUDIENCE: (&str, &str, &str) = (
    "audiences",
    "\"\"",
    "must not be empty or have white space at either end; it is compared exactly",
);
const NO_AUTHORITY: (&str, &str, &str) = (
    "authorities",
    "[]",
    "is empty; configure an authority with tenant and policy, or with openid_config",
);
const HTTP: (&str, &str, &str) = (
    "authorities[1].openid_config",
    "\"http://contoso.b2clogin.com/x\"",
    "must start with https://; http is allowed only for loopback addresses, where nobody can eavesdrop",
);
const TENANT: (&str, &str, &str) = (
    "authorities[1].tenant",
    "\"contoso.onmicrosoft.com\"",
    "is not a tenant name; write only the first part of the domain, \"contoso\" for contoso.onmicrosoft.com",
);
const ISSUER: (&str, &str, &str) = (
    "issuers",
    "\"contoso.b2clogin.com/t/v2.0/\"",
    "is not an issuer; write the whole URL as it appears in the metadata, such as \"https://contoso.b2clogin.com/<tenant id>/v2.0/\"",
);
const NEGATIVE_SKEW: (&str, &str, &str) = (
    "clock_skew",
    "\"-5s\"",
    "must not be negative; write a duration with a unit, such as \"60s\"",
);

#[test]
fn two_claim_headers_that_differ_in_case_are_one_too_many() {
    let mut settings = good().settings();
    for (header, claim) in [("X-Auth-Roles", "roles"), ("x-auth-roles", "scp")] {
        settings.claim_headers.insert(header.into(), claim.into());
    }
    let error = B2cAuthLayer::from_settings(settings).unwrap_err();
    let [mistake] = error.mistakes() else {
        panic!("{error}");
    };
    assert_eq!(
        (&*mistake.field, &*mistake.value),
        ("claim_headers", "\"x-auth-roles\"")
    );
    assert!(mistake.remedy.contains("\"X-Auth-Roles\""), "{error}");
}
