//! Each family's documents and tokens at the addresses that its settings imply, and no family mistaken for another.

use b2c_emulator::{Emulator, Kind, Seed, SigningKey, TokenBuilder};
use http::Request;
use tower::ServiceExt as _;
use tower_b2c_auth::{
    AuthoritySettings, B2cAuthBuilder, B2cAuthLayer, Family as Product, Settings, VerifiedClaims,
    b2c, entra_id, entra_id_tenants, external_id, from_metadata,
};

use crate::support::{API_ID, Documents, POLICY, app, emulator_time, manual_clock, status};

const A: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
const B: &str = "bbbbcccc-1111-dddd-2222-eeee3333ffff";
const C: &str = "ccccdddd-2222-eeee-3333-ffff4444aaaa";
/// A tenant that no authority names.
const D: &str = "ddddeeee-3333-ffff-4444-aaaa5555bbbb";
const CLIENT: &str = "22223333-cccc-4444-dddd-5555eeee6666";

/// One family's tenant: its authority in code and in TOML, and the metadata URL and issuers that must follow from it.
struct Family {
    authority: Vec<AuthoritySettings>,
    toml: String,
    metadata: String,
    issuers: Vec<String>,
    key: SigningKey,
}

impl Family {
    fn new(
        authority: impl Into<Vec<AuthoritySettings>>,
        toml: &str,
        metadata: &str,
        issuers: &[&str],
    ) -> Self {
        let fill = |text: &str| {
            let ids = [("<A>", A), ("<B>", B), ("<C>", C), ("<D>", D)];
            ids.iter()
                .fold(text.to_owned(), |text, (place, id)| text.replace(place, id))
        };
        Self {
            authority: authority.into(),
            toml: format!("[[authorities]]\n{}\n", fill(toml)),
            metadata: fill(metadata) + "/.well-known/openid-configuration",
            issuers: issuers.iter().map(|issuer| fill(issuer)).collect(),
            // Every tenant's key has the same id.
            key: SigningKey::generate().unwrap().with_kid("one"),
        }
    }

    /// Where any tenant is accepted, the metadata names a template.
    fn metadata_issuer(&self) -> String {
        self.issuers[0].replace(D, "{tenantid}")
    }

    /// The tenant's id in its issuers.
    fn tenant(&self) -> &'static str {
        let mut ids = [A, B, C, D].into_iter();
        ids.find(|id| self.issuers[0].contains(id)).unwrap()
    }
}

/// The B2C tenant at the old host has the id of an Entra ID tenant, so their issuers differ only in a slash.
fn families() -> Vec<Family> {
    let old = "https://login.microsoftonline.com/tailwind.onmicrosoft.com/B2C_1_in/v2.0/.well-known/openid-configuration";
    vec![
        Family::new(
            b2c("contoso").policy("B2C_1_in"),
            "tenant = \"contoso\"\npolicy = \"B2C_1_in\"",
            "https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_in/v2.0",
            &["https://contoso.b2clogin.com/<A>/v2.0/"],
        ),
        Family::new(
            from_metadata(old)
                .metadata_issuer(format!("https://login.microsoftonline.com/{A}/v2.0/")),
            &format!(
                "openid_config = {old:?}\nmetadata_issuer = \"https://login.microsoftonline.com/<A>/v2.0/\""
            ),
            "https://login.microsoftonline.com/tailwind.onmicrosoft.com/B2C_1_in/v2.0",
            &["https://login.microsoftonline.com/<A>/v2.0/"],
        ),
        Family::new(
            b2c("fabrikam").policy("B2C_1A_in").china(),
            "tenant = \"fabrikam\"\npolicy = \"B2C_1A_in\"\ncloud = \"china\"",
            "https://fabrikam.b2clogin.cn/fabrikam.partner.onmschina.cn/B2C_1A_in/v2.0",
            &["https://fabrikam.b2clogin.cn/<A>/v2.0/"],
        ),
        Family::new(
            external_id("contoso-ext", A),
            "family = \"external_id\"\ntenant = \"contoso-ext\"\ntenant_id = \"<A>\"",
            "https://contoso-ext.ciamlogin.com/<A>/v2.0",
            &["https://<A>.ciamlogin.com/<A>/v2.0"],
        ),
        Family::new(
            entra_id(A),
            "family = \"entra_id\"\ntenant_id = \"<A>\"",
            "https://login.microsoftonline.com/<A>/v2.0",
            &[
                "https://login.microsoftonline.com/<A>/v2.0",
                "https://sts.windows.net/<A>/",
            ],
        ),
        Family::new(
            entra_id(B).us_government(),
            "family = \"entra_id\"\ntenant_id = \"<B>\"\ncloud = \"us_government\"",
            "https://login.microsoftonline.us/<B>/v2.0",
            &[
                "https://login.microsoftonline.us/<B>/v2.0",
                "https://sts.windows.net/<B>/",
            ],
        ),
        Family::new(
            entra_id(A).china(),
            "family = \"entra_id\"\ntenant_id = \"<A>\"\ncloud = \"china\"",
            "https://login.partner.microsoftonline.cn/<A>/v2.0",
            &[
                "https://login.partner.microsoftonline.cn/<A>/v2.0",
                "https://sts.chinacloudapi.cn/<A>/",
            ],
        ),
        Family::new(
            entra_id_tenants([C]),
            "family = \"entra_id\"\ntenant_id = \"<C>\"",
            "https://login.microsoftonline.com/<C>/v2.0",
            &[
                "https://login.microsoftonline.com/<C>/v2.0",
                "https://sts.windows.net/<C>/",
            ],
        ),
        Family::new(
            entra_id("organizations").danger_accept_any_tenant(),
            "family = \"entra_id\"\ntenant_id = \"organizations\"\ndanger_accept_any_tenant = true",
            "https://login.microsoftonline.com/organizations/v2.0",
            &[
                "https://login.microsoftonline.com/<D>/v2.0",
                "https://sts.windows.net/<D>/",
            ],
        ),
    ]
}

struct World {
    families: Vec<Family>,
    emulator: Emulator,
    auth: B2cAuthLayer,
}

impl World {
    /// The settings are the same from code and from TOML.
    async fn start() -> Self {
        let clock = manual_clock();
        let families = families();
        let toml: String = families.iter().map(|family| &*family.toml).collect();
        let settings = Settings::from_toml(&format!("audiences = [{API_ID:?}]\n{toml}")).unwrap();
        let mut builder = B2cAuthLayer::builder().audience(API_ID);
        for family in &families {
            builder = builder.authority(family.authority.clone());
        }
        assert_eq!(builder.settings(), settings);
        let documents = families.iter().fold(Documents::default(), |all, family| {
            all.tenant(&family.metadata, &family.metadata_issuer(), &family.key)
        });
        let auth = B2cAuthBuilder::from(settings)
            .fetch(documents)
            .clock(clock.clone())
            .build()
            .unwrap();
        auth.warm_up().await.unwrap();
        Self {
            families,
            emulator: Emulator::builder()
                .seed(Seed::from_toml(SEED).unwrap())
                .clock(emulator_time(&clock))
                .without_socket()
                .unwrap(),
            auth,
        }
    }

    /// A token as the tenant of one family issues it, but with this issuer and the key of the other's tenant.
    fn token(&self, of: &Family, issuer: &str, by: &Family) -> TokenBuilder {
        let kind = match of.authority[0].family {
            Product::B2c => Kind::B2c,
            Product::ExternalId => Kind::ExternalId,
            Product::EntraId => Kind::EntraId,
        };
        let mut tenants = self.emulator.tenants();
        let tenant = tenants.find(|tenant| tenant.kind() == kind).unwrap();
        let token = tenant.token(POLICY).audience(API_ID).client_id(CLIENT);
        let token = match kind {
            Kind::B2c => token,
            _ if issuer.contains("/sts.") => token.of_tenant(of.tenant()).version_1(),
            _ => token.of_tenant(of.tenant()),
        };
        token
            .scope("tasks.read")
            .issuer(issuer)
            .kid("one")
            .key(&by.key)
    }
}

const SEED: &str = r#"
    [[tenant]]
    name = "b2c"
    id = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
    policy = [{ name = "B2C_1_signupsignin1" }]

    [[tenant]]
    kind = "external-id"
    name = "customers"
    id = "bbbbcccc-1111-dddd-2222-eeee3333ffff"

    [[tenant]]
    kind = "entra-id"
    name = "work"
    id = "ccccdddd-2222-eeee-3333-ffff4444aaaa"
"#;

#[tokio::test]
async fn a_key_signs_for_the_issuers_of_its_own_family_and_tenant_only() {
    let world = World::start().await;
    let app = app(&world.auth);
    for (of, family) in world.families.iter().enumerate() {
        for issuer in &family.issuers {
            for (by, signer) in world.families.iter().enumerate() {
                let token = world.token(family, issuer, signer).sign();
                let expected = if of == by { 200 } else { 401 };
                assert_eq!(status(&app, &token).await, expected, "{issuer} by {by}");
            }
        }
    }
}

#[tokio::test]
async fn an_issuer_with_another_slash_scheme_or_case_or_a_template_is_refused() {
    let world = World::start().await;
    let app = app(&world.auth);
    for family in &world.families {
        for issuer in &family.issuers {
            let turned = match issuer.strip_suffix('/') {
                Some(shorter) => shorter.to_owned(),
                None => format!("{issuer}/"),
            };
            let others = [
                issuer.to_uppercase(),
                issuer
                    .replace(A, "{tenantid}")
                    .replace(B, "{tenantid}")
                    .replace(C, "{tenantid}")
                    .replace(D, "{tenantid}"),
                issuer
                    .replace(A, "organizations")
                    .replace(B, "common")
                    .replace(C, "common")
                    .replace(D, "common"),
                issuer.replace("https", "http"),
            ];
            // With the slash changed, the issuer is nobody's or another family's, and that family has another key.
            for other in others.iter().chain([&turned]) {
                let token = world.token(family, other, family).sign();
                assert_eq!(status(&app, &token).await, 401, "{other}");
            }
        }
    }
}

#[tokio::test]
async fn entra_ids_tokens_of_both_versions_are_accepted_as_they_come() {
    let world = World::start().await;
    let router = axum::Router::new()
        .route(
            "/",
            axum::routing::get(|claims: VerifiedClaims| async move {
                format!("{:?} {:?}", claims.client_id(), claims.user_id())
            }),
        )
        .layer(world.auth.clone());
    let (b2c, entra) = (&world.families[0], &world.families[4]);
    let uri = format!("api://{API_ID}");
    let of = |version: usize, audience: &str| {
        let token = world.token(entra, &entra.issuers[2 - version], entra);
        token.audience(audience).claim("oid", "user")
    };
    let (v2, v1) = (|audience| of(2, audience), |audience| of(1, audience));
    let seen = format!("Some({CLIENT:?}) Some(\"user\")");
    for (token, expected) in [
        (v2(API_ID), Some(&seen)),
        (v1(API_ID), Some(&seen)),
        (v1(&uri), Some(&seen)),
        (v1(&format!("{uri}/")), None),
        (v1(&format!("API://{API_ID}")), None),
        (v1(&format!("api://{B}")), None),
        // A tenant that is not the issuer's.
        (v2(API_ID).claim("tid", B), None),
        // B2C's audience is the id alone.
        (world.token(b2c, &b2c.issuers[0], b2c).audience(&uri), None),
    ] {
        let token = token.sign();
        let request = Request::get("/").header("authorization", format!("Bearer {token}"));
        let request = request.body(axum::body::Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status() == 200, expected.is_some());
        if let Some(expected) = expected {
            let body = axum::body::to_bytes(response.into_body(), 1000)
                .await
                .unwrap();
            assert_eq!(body, expected.as_bytes());
        }
    }
}

#[test]
fn a_family_without_a_host_in_a_cloud_is_refused_with_a_remedy() {
    let with = |authority: AuthoritySettings| {
        let built = B2cAuthLayer::builder()
            .audience(API_ID)
            .authority(authority);
        let refused = built.build().unwrap_err();
        let mistake = &refused.mistakes()[0];
        (
            mistake.field.clone(),
            mistake.remedy.contains("openid_config"),
        )
    };
    let refused = ("authorities[0].cloud".to_owned(), true);
    let parse = |text: &str| {
        let settings = Settings::from_toml(&format!("[[authorities]]\n{text}")).unwrap();
        settings.authorities[0].clone()
    };
    for text in [
        "tenant = \"contoso\"\npolicy = \"B2C_1_in\"\ncloud = \"us_government\"".to_owned(),
        format!(
            "family = \"external_id\"\ntenant = \"contoso\"\ntenant_id = {A:?}\ncloud = \"china\""
        ),
        format!(
            "family = \"external_id\"\ntenant = \"contoso\"\ntenant_id = {A:?}\ncloud = \"us_government\""
        ),
    ] {
        assert_eq!(with(parse(&text)), refused, "{text}");
    }
}
