//! Which issuers and tenants are accepted, and what the claims say.

use tower_b2c_auth::{AuthoritySettings, B2cAuthBuilder, Cloud, Family, Settings};

use super::*;

#[tokio::test]
async fn a_token_of_any_tenant_is_accepted_in_both_versions_if_its_tid_is_that_of_its_issuer() {
    let world = World::start();
    let auth = world.organizations().build().unwrap();
    let app = who(&auth);
    for (token, accepted) in [
        (world.of(A), Some(A)),
        (world.of(B), Some(B)),
        (world.token(&v1(A), A), Some(A)),
        (
            world.token(&v1(B), B).audience(format!("api://{API_ID}")),
            Some(B),
        ),
        (world.of(A).without("tid"), None),
        (world.token(&v1(A), A).without("tid"), None),
        (world.of(A).claim("tid", B), None),
        (world.token(&v1(A), B), None),
        (world.of(A).claim("tid", A.to_uppercase()), None),
        (world.of(&A.to_uppercase()), None),
        (world.of(A).claim("tid", serde_json::json!([A])), None),
        (world.of(A).audience(CLIENT), None),
        (world.of(A).key(&key()), None),
    ] {
        let token = token.sign();
        let expected = accepted.map_or("401".to_owned(), |tenant| {
            format!("{tenant} of organizations")
        });
        assert_eq!(answer(&app, &token).await, expected);
        // Again, from the cache.
        assert_eq!(answer(&app, &token).await, expected);
    }
}

#[tokio::test]
async fn an_issuer_is_the_template_with_a_tenants_id_and_nothing_like_it() {
    let world = World::start();
    let auth = world.organizations().build().unwrap();
    auth.warm_up().await.unwrap();
    let app = who(&auth);
    for name in [
        "{tenantid}",
        "organizations",
        "common",
        "contoso.onmicrosoft.com",
        "",
        &A[1..],
        &format!("{A}0"),
        &A.replace('-', ""),
        &format!("{{{A}}}"),
    ] {
        for issuer in [v2(name), v1(name)] {
            let token = world.token(&issuer, name).sign();
            assert_eq!(status(&app, &token).await, 401, "{issuer}");
        }
    }
    for issuer in [
        v2(A) + "/",
        v1(A).trim_end_matches('/').to_owned(),
        v2(A).replace("https", "http"),
        v2(A).replace("/v2.0", ""),
        v2(A).to_uppercase(),
        format!("https://login.microsoftonline.com/{A}/{A}/v2.0"),
        format!("https://evil.example/?{}", v2(A)),
        format!("https://{A}.ciamlogin.com/{A}/v2.0"),
        format!("https://login.microsoftonline.us/{A}/v2.0"),
        format!("https://login.partner.microsoftonline.cn/{A}/v2.0"),
        format!("https://sts.chinacloudapi.cn/{A}/"),
    ] {
        let token = world.token(&issuer, A).sign();
        assert_eq!(status(&app, &token).await, 401, "{issuer}");
    }
    // None of them became a URL.
    let known = [
        "/v2.0/.well-known/openid-configuration",
        "/discovery/v2.0/keys",
    ];
    let known = known.map(|path| format!("https://login.microsoftonline.com/organizations{path}"));
    assert_eq!(world.provider.asked(), known);
}

#[tokio::test]
async fn each_cloud_has_its_own_issuers_and_keys() {
    let world = World::start();
    let china = "login.partner.microsoftonline.cn";
    let government = "login.microsoftonline.us";
    let (of_china, of_government) = (key(), key());
    for (host, key) in [(china, &of_china), (government, &of_government)] {
        let cloud = provider::entra_id(&world.clock, host, NOBODY, key);
        world.provider.add(&cloud);
    }
    let any = || entra_id("organizations").danger_accept_any_tenant();
    let all = world.organizations().authority(any().china().name("china"));
    let all = all.authority(any().us_government().name("government"));
    let auth = all.build().unwrap();
    auth.warm_up().await.unwrap();
    let app = who(&auth);
    let issuers = [
        ("organizations", v2(A), &world.key),
        ("china", at(china, A), &of_china),
        (
            "china",
            format!("https://sts.chinacloudapi.cn/{A}/"),
            &of_china,
        ),
        ("government", at(government, A), &of_government),
    ];
    for (authority, issuer, own) in &issuers {
        for key in [&world.key, &of_china, &of_government] {
            let token = world.token(issuer, A).key(key).sign();
            let expected = match key.public_jwk() == own.public_jwk() {
                true => format!("{A} of {authority}"),
                false => "401".to_owned(),
            };
            assert_eq!(answer(&app, &token).await, expected, "{issuer}");
        }
    }
    // Two clouds have the same issuer of version 1.0.
    for (authority, key) in [
        ("organizations", &world.key),
        ("government", &of_government),
    ] {
        let token = world.token(&v1(A), A).key(key).sign();
        assert_eq!(answer(&app, &token).await, format!("{A} of {authority}"));
    }
    assert_eq!(
        status(&app, &world.token(&v1(A), A).key(&of_china).sign()).await,
        401
    );
}

#[tokio::test]
async fn personal_accounts_are_among_the_common_tenants_only() {
    let world = World::start();
    let common = entra_id("common").danger_accept_any_tenant();
    let organizations = world.organizations().build().unwrap();
    let common = world.builder().authority(common).build().unwrap();
    for issuer in [v2(PERSONAL), v1(PERSONAL)] {
        let token = world.token(&issuer, PERSONAL).sign();
        assert_eq!(answer(&who(&organizations), &token).await, "401");
        assert_eq!(
            answer(&who(&common), &token).await,
            format!("{PERSONAL} of common")
        );
    }
    let token = world.of(A).sign();
    assert_eq!(
        answer(&who(&common), &token).await,
        format!("{A} of common")
    );
}

#[tokio::test]
async fn code_and_toml_say_the_same_and_requirements_hold_as_for_any_token() {
    let world = World::start();
    let toml = format!(
        r#"
        audiences = ["{API_ID}"]

        [[authorities]]
        family = "entra_id"
        tenant_id = "organizations"
        danger_accept_any_tenant = true
        clients = ["{CLIENT}"]

        [[required_claims]]
        name = "tid"
        match = "any"
        values = ["{A}"]
        "#
    );
    let settings = Settings::from_toml(&toml).unwrap();
    let authority = AuthoritySettings {
        family: Family::EntraId,
        cloud: Cloud::Global,
        tenant_id: Some("organizations".into()),
        danger_accept_any_tenant: true,
        clients: vec![CLIENT.into()],
        ..AuthoritySettings::default()
    };
    let of_code = entra_id("organizations")
        .danger_accept_any_tenant()
        .client(CLIENT);
    assert_eq!(settings.authorities, [authority]);
    assert_eq!(settings.authorities, Vec::from(of_code));
    let builder = B2cAuthBuilder::from(settings);
    let builder = builder
        .fetch(world.provider.clone())
        .clock(world.clock.clone());
    let app = who(&builder.build().unwrap());
    assert_eq!(status(&app, &world.of(A).sign()).await, 200);
    assert_eq!(status(&app, &world.of(A).client_id(B).sign()).await, 401);
    assert_eq!(status(&app, &world.of(B).sign()).await, 403);
}
