//! Settings that make no sense with `danger_accept_any_tenant` are refused when the layer is built, with what to do instead.

use tower_b2c_auth::{
    AuthoritySettings, B2cAuthBuilder, Family, MigrationSettings, SettingsError, b2c, external_id,
    from_metadata,
};

use super::*;

fn any(tenants: &str) -> AuthoritySettings {
    AuthoritySettings {
        family: Family::EntraId,
        tenant_id: Some(tenants.into()),
        danger_accept_any_tenant: true,
        ..AuthoritySettings::default()
    }
}

fn with(authority: impl Into<Vec<AuthoritySettings>>) -> B2cAuthBuilder {
    B2cAuthLayer::builder()
        .audience(API_ID)
        .authority(authority)
}

/// Each mistake's field, and whether its remedy says this.
fn mistakes(builder: B2cAuthBuilder, remedy: &str) -> Vec<(String, bool)> {
    let error: SettingsError = builder.build().unwrap_err();
    let mistakes = error.mistakes().iter();
    mistakes
        .map(|one| (one.field.clone(), one.remedy.contains(remedy)))
        .collect()
}

#[test]
fn the_tenant_id_and_the_dangerous_switch_must_agree() {
    for (authority, field, remedy) in [
        (
            AuthoritySettings {
                danger_accept_any_tenant: false,
                ..any("organizations")
            },
            "tenant_id",
            "name each tenant by its id, or set danger_accept_any_tenant",
        ),
        (any(A), "tenant_id", "write \"organizations\""),
        (any("consumers"), "tenant_id", "write \"organizations\""),
        (any("Organizations"), "tenant_id", "write \"organizations\""),
        (
            AuthoritySettings {
                tenant_id: None,
                ..any("")
            },
            "tenant_id",
            "is missing",
        ),
        (
            AuthoritySettings {
                issuers: vec![v2(A)],
                ..any("common")
            },
            "issuers",
            "an authority of its own",
        ),
        (
            AuthoritySettings {
                metadata_issuer: Some(v2(A)),
                ..any("common")
            },
            "metadata_issuer",
            "an authority of its own",
        ),
        (
            AuthoritySettings {
                openid_config: Some(v2(A)),
                ..any("common")
            },
            "openid_config",
            "remove one of the two",
        ),
    ] {
        let expected = [(format!("authorities[0].{field}"), true)];
        assert_eq!(mistakes(with(authority), remedy), expected);
    }
    let switch = [("authorities[0].danger_accept_any_tenant".to_owned(), true)];
    let b2c = b2c("contoso").policy("B2C_1_in");
    for mut other in [Vec::from(external_id("contoso", A)), b2c.into()] {
        other[0].danger_accept_any_tenant = true;
        assert_eq!(mistakes(with(other), "family = \"entra_id\""), switch);
    }
    let legacy = AuthoritySettings {
        legacy: true,
        ..any("common")
    };
    let migration = MigrationSettings::default();
    assert_eq!(
        mistakes(with(legacy).migration(migration), "an authority of its own"),
        [("authorities[0].legacy".to_owned(), true)]
    );
}

#[test]
fn any_audience_of_any_tenant_is_refused_without_clients() {
    let all = AuthoritySettings {
        danger_accept_any_audience: true,
        ..any("organizations")
    };
    let layer = |authority: AuthoritySettings| B2cAuthLayer::builder().authority(authority);
    let expected = [("authorities[0].danger_accept_any_audience".to_owned(), true)];
    assert_eq!(
        mistakes(layer(all.clone()), "set audiences, or set clients"),
        expected
    );
    let of_client = AuthoritySettings {
        clients: vec![CLIENT.into()],
        ..all
    };
    assert!(layer(of_client).build().is_ok());
}

#[test]
fn listed_issuers_do_not_belong_to_any_tenant() {
    let other = "https://login.contoso.com/";
    for (builder, field) in [
        (with(any("common")).issuer(v2(A)), "issuers"),
        (with(any("common")).issuer(other), "issuers"),
        (
            with(any("common")).migration(MigrationSettings::from_issuer(v2(A))),
            "migration.legacy_issuers",
        ),
    ] {
        let expected = [(field.to_owned(), true)];
        assert_eq!(mistakes(builder, "accepts any tenant"), expected);
    }
    // Of several authorities, an issuer goes to those of its tenant.
    let both = with(any("common")).authority(b2c("contoso").policy("B2C_1_in"));
    assert!(both.clone().issuer(v2(A) + "/").build().is_ok());
    let expected = [("issuers".to_owned(), true)];
    assert_eq!(mistakes(both.issuer(other), "has no tenant id"), expected);
}

/// Otherwise the template would cover a tenant until its own metadata is fetched.
#[test]
fn an_authority_beside_it_has_a_known_issuer_if_it_is_at_the_same_hosts() {
    for at in [
        "https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0/m",
        "https://login.microsoftonline.com/contoso.onmicrosoft.com/B2C_1_in/v2.0/m",
        "https://sts.windows.net/contoso.onmicrosoft.com/m",
    ] {
        let beside = |authority| with(any("organizations")).authority(authority);
        let expected = [("authorities[1]".to_owned(), true)];
        assert_eq!(
            mistakes(beside(from_metadata(at)), "metadata_issuer"),
            expected
        );
        assert!(
            beside(from_metadata(at).metadata_issuer(v2(A)))
                .build()
                .is_ok()
        );
        assert!(with(from_metadata(at)).build().is_ok());
    }
    let government = entra_id("common")
        .danger_accept_any_tenant()
        .us_government();
    for (at, may_stand) in [
        (
            "https://login.partner.microsoftonline.cn/contoso/v2.0/m",
            true,
        ),
        (
            "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_in/v2.0/m",
            true,
        ),
        ("https://login.microsoftonline.us/contoso/v2.0/m", false),
        // Its issuer of version 1.0 is the same in both clouds.
        ("https://login.microsoftonline.com/contoso/v2.0/m", false),
    ] {
        let built = with(government.clone())
            .authority(from_metadata(at))
            .build();
        assert_eq!(built.is_ok(), may_stand, "{at}");
    }
}

#[test]
fn at_most_sixteen_authorities_accept_any_tenant() {
    let many = |count| with(vec![any("organizations"); count]);
    assert!(many(16).build().is_ok());
    assert_eq!(
        mistakes(many(17), "more than 16"),
        [("authorities[16]".to_owned(), true)]
    );
}
