//! Authorities as values: what each becomes in the settings, and that the builder can say all that the settings can.

use tower_b2c_auth::{
    AuthoritySettings, B2cAuthLayer, DecryptionKeySettings, FetchSettings, ForgottenKey, InlineKey,
    KeySettings, MigrationSettings, RefusalSettings, RequiredClaim, RouteSettings, RoutingSettings,
    Settings, TokenSettings, b2c, entra_id, external_id, from_jwks, from_keys, from_metadata,
};

const ID: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

#[test]
fn each_tenant_keeps_its_own_policies() {
    let auth = B2cAuthLayer::builder()
        .authority(b2c("contoso").policy("B2C_1_a").policy("B2C_1_c"))
        .authority(b2c("fabrikam").policy("B2C_1_b").name("friends"))
        .authority(
            b2c("tailwind")
                .policy("B2C_1_d")
                .policy("B2C_1_e")
                .name("wind"),
        )
        .audience("api")
        .build()
        .unwrap();
    let health = auth.health();
    let authorities = health.authorities().iter();
    let found = authorities.map(|one| (&*one.authority, one.openid_config.as_deref().unwrap()));
    let url = |tenant: &str, policy: &str| {
        format!(
            "https://{tenant}.b2clogin.com/{tenant}.onmicrosoft.com/{policy}/v2.0/.well-known/openid-configuration"
        )
    };
    let expected = [
        ("contoso/B2C_1_a", url("contoso", "B2C_1_a")),
        ("contoso/B2C_1_c", url("contoso", "B2C_1_c")),
        ("friends", url("fabrikam", "B2C_1_b")),
        ("wind/B2C_1_d", url("tailwind", "B2C_1_d")),
        ("wind/B2C_1_e", url("tailwind", "B2C_1_e")),
    ];
    assert!(found.eq(expected.iter().map(|(name, url)| (*name, &**url))));
}

#[test]
fn the_family_of_a_tenant_names_its_metadata() {
    let auth = B2cAuthLayer::builder()
        .authority(external_id("contoso-ext", ID))
        .authority(entra_id(ID))
        .audience("api")
        .build()
        .unwrap();
    let health = auth.health();
    let authorities = health.authorities().iter();
    let found = authorities.map(|one| (&*one.authority, one.openid_config.as_deref().unwrap()));
    let external =
        format!("https://contoso-ext.ciamlogin.com/{ID}/v2.0/.well-known/openid-configuration");
    let entra =
        format!("https://login.microsoftonline.com/{ID}/v2.0/.well-known/openid-configuration");
    assert!(found.eq([("contoso-ext", &*external), (ID, &*entra)]));
}

#[test]
fn toml_and_the_builder_say_the_same() {
    let toml = format!(
        r#"
        audiences = ["api"]
        clock_skew = "1m"
        algorithms = ["RS256", "ES256"]
        require_expiration_time = false
        max_token_lifetime = "1d"
        max_token_age = "2d"
        accept = "danger_any_tokens"
        issuers = ["https://login.contoso.com/"]
        danger_pool_issuers = true
        forgotten_keys = ["k1"]
        danger_report_only = true
        allow_preflights = true
        allow_anonymous = true
        verified_token_cache_bytes = 5

        [token]
        header = "x-token"

        [refusal]
        status = 403

        [keys]
        max_waiting = 10

        [migration]
        legacy_issuers = ["https://old.example/"]

        [[authorities]]
        name = "ours"
        tenant = "contoso"
        policy = "B2C_1_a"
        custom_domain = "login.contoso.com"
        audiences = ["api-2"]
        clients = ["app"]
        issuers = ["https://own.example/"]
        on_demand = true

        [[authorities]]
        family = "external_id"
        tenant = "contoso-ext"
        tenant_id = "{ID}"
        danger_accept_any_audience = true

        [[authorities]]
        family = "entra_id"
        cloud = "china"
        tenant_id = "{ID}"
        legacy = true
        optional = true

        [[authorities]]
        family = "entra_id"
        tenant_id = "common"
        danger_accept_any_tenant = true

        [[authorities]]
        openid_config = "https://a.example/m"
        metadata_issuer = "https://a.example/issuer"
        keys_host = "b.example"

        [[authorities]]
        issuers = ["inline"]
        keys = [{{ id = "k", public_key = "pem" }}]

        [[authorities]]
        issuers = ["inline"]
        jwks = "{{}}"

        [[required_claims]]
        name = "idp"

        [[decryption_keys]]
        id = "d"
        file = "d.pem"

        [[routes]]
        path = "/tasks/**"
        scopes = ["tasks.read"]

        [routing]
        ignore_case = true

        [fetch]
        ca_file = "ca.pem"
        proxy = "http://proxy:3128"
        proxy_user = "svc"
        proxy_password = "p"
        system_proxy = false

        [claim_headers]
        x-user = "oid"
        "#
    );
    let key = InlineKey {
        id: Some("k".into()),
        public_key: Some("pem".into()),
        ..InlineKey::default()
    };
    let built = B2cAuthLayer::builder()
        .audience("api")
        .clock_skew("1m")
        .algorithms(["RS256", "ES256"])
        .danger_accept_no_expiration()
        .danger_accept_any_tokens()
        .max_token_lifetime("1d")
        .max_token_age("2d")
        .issuer("https://login.contoso.com/")
        .danger_pool_issuers()
        .forgotten_key(ForgottenKey::everywhere("k1"))
        .decryption_key(DecryptionKeySettings::from_file("d.pem").id("d"))
        .danger_report_only()
        .allow_anonymous()
        .allow_preflights()
        .verified_token_cache_bytes(5)
        .token(TokenSettings {
            header: Some("x-token".into()),
            ..TokenSettings::default()
        })
        .refusal(RefusalSettings {
            status: 403,
            ..RefusalSettings::default()
        })
        .keys(KeySettings {
            max_waiting: 10,
            ..KeySettings::default()
        })
        .migration(MigrationSettings::from_issuer("https://old.example/"))
        .authority(
            b2c("contoso")
                .policy("B2C_1_a")
                .name("ours")
                .custom_domain("login.contoso.com")
                .audience("api-2")
                .client("app")
                .issuer("https://own.example/")
                .on_demand(),
        )
        .authority(external_id("contoso-ext", ID).danger_accept_any_audience())
        .authority(entra_id(ID).china().legacy().optional())
        .authority(entra_id("common").danger_accept_any_tenant())
        .authority(
            from_metadata("https://a.example/m")
                .metadata_issuer("https://a.example/issuer")
                .keys_host("b.example"),
        )
        .authority(from_keys("inline", [key]))
        .authority(from_jwks("inline", "{}"))
        .required_claim(RequiredClaim {
            name: "idp".into(),
            ..RequiredClaim::default()
        })
        .route(RouteSettings::new("/tasks/**").scope("tasks.read"))
        .routing(RoutingSettings {
            ignore_case: true,
            ..RoutingSettings::default()
        })
        .claim_header("x-user", "oid")
        .ca_file("ca.pem")
        .proxy("http://proxy:3128")
        .proxy_credentials("svc", "p")
        .no_system_proxy()
        .settings();
    assert_eq!(Settings::from_toml(&toml), Ok(built.clone()));
    assert_every_field_differs_from_the_default(built);
}

/// A field of the settings that the builder lacks fails to compile here, or is found unset.
fn assert_every_field_differs_from_the_default(settings: Settings) {
    let default = Settings::default();
    macro_rules! differ {
        ($type:ident: $of:expr, $default:expr; $($field:ident),* $(,)?) => {{
            let $type { $($field),* } = $of;
            $(assert!($field != $default.$field, stringify!($field));)*
        }};
    }
    let merged = merged(&settings.authorities);
    let fetch = settings.fetch.clone();
    differ!(Settings: settings, default;
        token, audiences, clock_skew, algorithms, require_expiration_time, max_token_lifetime, max_token_age, accept, authorities, issuers,
        danger_pool_issuers, required_claims, routes, routing, refusal, forgotten_keys, decryption_keys, keys, fetch, claim_headers, migration,
        danger_report_only, allow_anonymous, allow_preflights, verified_token_cache_bytes);
    let default = FetchSettings::default();
    differ!(FetchSettings: fetch, default; ca_file, proxy, proxy_user, proxy_password, system_proxy);
    let default = AuthoritySettings::default();
    differ!(AuthoritySettings: merged, default;
        name, family, cloud, openid_config, tenant, tenant_id, policy, custom_domain, issuers, metadata_issuer, audiences, clients,
        keys_host, jwks, keys, danger_accept_any_audience, danger_accept_any_tenant, legacy, on_demand, optional);
}

/// Every field that any of them sets.
fn merged(all: &[AuthoritySettings]) -> AuthoritySettings {
    let default = AuthoritySettings::default();
    let mut merged = default.clone();
    macro_rules! take {
        ($one:ident; $($field:ident),* $(,)?) => {
            $(if $one.$field != default.$field { merged.$field = $one.$field.clone(); })*
        };
    }
    for one in all {
        take!(one; name, family, cloud, openid_config, tenant, tenant_id, policy, custom_domain, issuers, metadata_issuer,
            audiences, clients, keys_host, jwks, keys, danger_accept_any_audience, danger_accept_any_tenant, legacy, on_demand, optional);
    }
    merged
}
