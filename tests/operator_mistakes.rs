//! Settings that cannot be used: refused when the layer is built, all mistakes in one error, each with field, value and remedy.

use std::time::Duration;

use tower_b2c_auth::{
    AuthoritySettings, B2cAuthBuilder, B2cAuthLayer, KeySettings, RequiredClaim, Settings,
};

use crate::support::API_ID;

#[test]
fn each_mistake_is_refused_with_field_value_and_remedy() {
    let authority = |authority| good().authority(authority);
    let issuer = |issuer: &str| good().issuer(issuer);
    let cases = [
        (B2cAuthLayer::builder().openid_config(URL), NO_AUDIENCE),
        (good().audience(""), BLANK_AUDIENCE),
        (B2cAuthLayer::builder().audience(API_ID), NO_AUTHORITY),
        (good().openid_config("http://contoso.b2clogin.com/x"), HTTP),
        (
            good().openid_config("http://127.0.0.1.example/x"),
            (
                "authorities[1].openid_config",
                "\"http://127.0.0.1.example/x\"",
                HTTP.2,
            ),
        ),
        (
            good().openid_config("contoso"),
            (
                "authorities[1].openid_config",
                "\"contoso\"",
                "is not a URL; write it in full, starting with https://",
            ),
        ),
        (
            good().openid_config("file:///etc/passwd"),
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
            authority(AuthoritySettings::tenant_policy("contoso", "signin")),
            (
                "authorities[1].policy",
                "\"signin\"",
                "is not a policy name; it starts with B2C_1_ (user flow) or B2C_1A_ (custom policy), such as \"B2C_1_signupsignin1\"",
            ),
        ),
        (
            authority(AuthoritySettings::default()),
            (
                "authorities[1]",
                "\"\"",
                "names nobody; give openid_config, or tenant and policy",
            ),
        ),
        (
            good().policy("B2C_1_in"),
            (
                "authorities[1].tenant",
                "\"\"",
                "is missing; name the tenant of the policy \"B2C_1_in\", such as \"contoso\"",
            ),
        ),
        (
            B2cAuthLayer::builder().audience(API_ID).tenant("contoso"),
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
                "authorities[0].issuers",
                "\"urn:contoso\"",
                "must start with https:// as it stands in the metadata; it is compared byte for byte",
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
                "must not be longer than \"5m\"; expired tokens would be accepted for so long",
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
    ];
    for (builder, mistake) in cases {
        assert_eq!(mistakes(builder), [owned(mistake)]);
    }
}

#[test]
fn algorithms_that_prove_nothing_are_refused() {
    for (algorithm, remedy) in [
        (
            "HS256",
            "is symmetric: whoever can check such a token can also make one; B2C signs with RS256",
        ),
        (
            "none",
            "is not an algorithm this layer verifies; B2C signs with RS256",
        ),
        (
            "rs256",
            "is not an algorithm this layer verifies; B2C signs with RS256",
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
        "is empty; write [\"RS256\"], or leave it out",
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
                unknown_key_cooldown: "1ms".into(),
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
            "must not be shorter than refresh_interval, or keys expire between two fetches",
        ),
        (
            KeySettings {
                max_stale: "31d".into(),
                ..keys()
            },
            "max_stale",
            "31d",
            "must not be longer than \"30d\"; a key that nobody has confirmed for so long proves nothing",
        ),
        (
            KeySettings {
                retired_key_grace: "25h".into(),
                ..keys()
            },
            "retired_key_grace",
            "25h",
            "must not be longer than max_stale, which ends it anyway",
        ),
        (
            KeySettings {
                unknown_key_cooldown: "0s".into(),
                ..keys()
            },
            "unknown_key_cooldown",
            "0s",
            "must not be zero, or each unknown key id causes a fetch",
        ),
        (
            KeySettings {
                unknown_key_cooldown: "2h".into(),
                ..keys()
            },
            "unknown_key_cooldown",
            "2h",
            "must not be longer than refresh_interval, which would then find new keys first",
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
            "must not be longer than fetch_timeout, of which it is a part",
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
    let keys = KeySettings {
        max_document_bytes: 1023,
        ..keys()
    };
    let small = (
        "keys.max_document_bytes",
        "1023",
        "must be at least 1024; a key set with one key needs about 500",
    );
    assert_eq!(mistakes(good().keys(keys)), [owned(small)]);
}

#[test]
fn all_mistakes_come_in_one_error_in_the_order_of_the_settings() {
    let builder = B2cAuthLayer::builder()
        .openid_config(URL)
        .openid_config("http://contoso.b2clogin.com/x")
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
            unknown_key_cooldown: "0s".into(),
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
            "keys.unknown_key_cooldown",
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
            "  audiences = []: is empty; give the application (client) id of this API, or tokens for any other API would do"
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
        let (_, rest) = field.split_once('.').unwrap();
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
fn a_misspelt_setting_is_not_passed_over() {
    for (toml, name) in [
        ("audience = []", "audience"),
        ("[keys]\nrefresh = \"1h\"", "refresh"),
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

fn good() -> B2cAuthBuilder {
    B2cAuthLayer::builder().openid_config(URL).audience(API_ID)
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

const URL: &str = "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_in/v2.0/.well-known/openid-configuration";
const NO_AUDIENCE: (&str, &str, &str) = (
    "audiences",
    "[]",
    "is empty; give the application (client) id of this API, or tokens for any other API would do",
);
const BLANK_AUDIENCE: (&str, &str, &str) = (
    "audiences",
    "\"\"",
    "must not be empty, nor start or end with a space; it is compared exactly",
);
const NO_AUTHORITY: (&str, &str, &str) = (
    "authorities",
    "[]",
    "names nobody; give tenant and policy, or openid_config",
);
const HTTP: (&str, &str, &str) = (
    "authorities[1].openid_config",
    "\"http://contoso.b2clogin.com/x\"",
    "must start with https://; http is only for loopback addresses, where nobody can listen in",
);
const TENANT: (&str, &str, &str) = (
    "authorities[1].tenant",
    "\"contoso.onmicrosoft.com\"",
    "is not a tenant name; write only the first part of the domain, \"contoso\" for contoso.onmicrosoft.com",
);
const ISSUER: (&str, &str, &str) = (
    "authorities[0].issuers",
    "\"contoso.b2clogin.com/t/v2.0/\"",
    "is not an issuer; write the whole URL as it stands in the metadata, such as \"https://contoso.b2clogin.com/<tenant id>/v2.0/\"",
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
