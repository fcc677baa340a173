//! `<validate-azure-ad-token>`: Microsoft's examples, each rule, and what is refused.

use b2c_emulator::SigningKey;
use tower_b2c_auth::{AuthoritySettings, Cloud, entra_id};

use super::*;
use crate::support::{API_ID, Documents, Recipient};

const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
const OTHER: &str = "bbbbcccc-1111-dddd-2222-eeee3333ffff";
const CLIENT: &str = "22223333-cccc-4444-dddd-5555eeee6666";

/// Two tenants of Entra ID with one key id.
struct Entra {
    clock: ManualClock,
    tokens: Emulator,
    ours: SigningKey,
    theirs: SigningKey,
}

impl Entra {
    async fn start() -> Self {
        let clock = manual_clock();
        let key = || SigningKey::generate().unwrap().with_kid("one");
        Self {
            tokens: tenant_at(&clock).await,
            clock,
            ours: key(),
            theirs: key(),
        }
    }

    async fn api(&self, document: &str, options: &ReadOptions) -> Api {
        let url = |host: &str, id: &str| {
            format!("https://{host}/{id}/v2.0/.well-known/openid-configuration")
        };
        let documents = [
            ("login.microsoftonline.com", TENANT, &self.ours),
            ("login.microsoftonline.com", OTHER, &self.theirs),
            ("login.microsoftonline.us", TENANT, &self.theirs),
        ];
        let documents = documents
            .into_iter()
            .fold(Documents::default(), |all, (host, id, key)| {
                all.tenant(&url(host, id), &format!("https://{host}/{id}/v2.0"), key)
            });
        let documents = ["organizations", "common"]
            .into_iter()
            .fold(documents, |all, any| {
                let host = "login.microsoftonline.com";
                all.tenant(
                    &url(host, any),
                    &format!("https://{host}/{{tenantid}}/v2.0"),
                    &self.ours,
                )
            });
        let builder = B2cAuthBuilder::from(read(document, options));
        let builder = builder.fetch(documents).clock(self.clock.clone());
        Api::serve(protected(builder.build().unwrap())).await
    }

    fn v2(&self) -> TokenBuilder {
        let issuer = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
        let token = self.tokens.token(POLICY).without("tfp").issuer(issuer);
        token.client_id(CLIENT).kid("one").key(&self.ours)
    }

    fn v1(&self) -> TokenBuilder {
        let token = self
            .v2()
            .issuer(format!("https://sts.windows.net/{TENANT}/"));
        let token = token.without("azp").claim("appid", CLIENT);
        token.audience(format!("api://{API_ID}"))
    }

    /// From the other tenant.
    fn foreign(&self) -> TokenBuilder {
        let issuer = format!("https://login.microsoftonline.com/{OTHER}/v2.0");
        self.v2().issuer(issuer).key(&self.theirs)
    }
}

#[tokio::test]
async fn one_tenant_its_clients_and_an_audience_in_both_versions() {
    let entra = Entra::start().await;
    let document = r#"<validate-azure-ad-token tenant-id="{{aad-tenant-id}}" failed-validation-httpcode="403" failed-validation-error-message="No.">
            <client-application-ids><application-id>{{aad-client-application-id}}</application-id></client-application-ids>
            <audiences><audience>{{api}}</audience></audiences>
        </validate-azure-ad-token>"#;
    let options = ReadOptions::new()
        .named_value("aad-tenant-id", TENANT)
        .named_value("aad-client-application-id", CLIENT)
        .named_value("api", API_ID);
    let api = entra.api(document, &options).await;
    let (v1, v2) = (|| entra.v1(), || entra.v2());
    assert_decisions(
        &api,
        [
            ("version 2.0", v2().sign(), 200),
            ("version 1.0", v1().sign(), 200),
            (
                "version 1.0 with the id as audience",
                v1().audience(API_ID).sign(),
                200,
            ),
            ("another client", v2().client_id(OTHER).sign(), 403),
            (
                "another client of version 1.0",
                v1().claim("appid", OTHER).sign(),
                403,
            ),
            ("another audience", v2().audience(CLIENT).sign(), 403),
            ("another tenant", entra.foreign().sign(), 403),
            ("another tenant's key", v2().key(&entra.theirs).sign(), 403),
            (
                "B2C's issuer of the same tenant",
                v2().issuer(format!("https://login.microsoftonline.com/{TENANT}/v2.0/"))
                    .sign(),
                403,
            ),
            (
                "External ID, which the policy does not support",
                v2().issuer(format!("https://{TENANT}.ciamlogin.com/{TENANT}/"))
                    .sign(),
                403,
            ),
        ],
    )
    .await;
    let bare = get_from(&api, "/tasks", &[("authorization", &v2().sign())]).await;
    assert_eq!(bare.status, 200);
    let refused = get_from(&api, "/tasks", &[]).await;
    assert_eq!(refused.body, r#"{"statusCode":403,"message":"No."}"#);
}

#[tokio::test]
async fn organizations_and_common_accept_only_the_named_tenants() {
    let entra = Entra::start().await;
    let third = "ccccdddd-2222-eeee-3333-ffff4444aaaa";
    for well_known in ["organizations", "common"] {
        let document = format!(
            "<validate-azure-ad-token tenant-id='{well_known}'><audiences><audience>{API_ID}</audience></audiences>
            <required-claims><claim name='ctry' match='any'><value>US</value></claim></required-claims></validate-azure-ad-token>"
        );
        let refused = apim::read(&document, &ReadOptions::new()).unwrap_err();
        let mistake = &refused.mistakes()[0];
        assert_eq!(mistake.name, "tenant-id");
        assert!(mistake.remedy.contains("--tenant ID"));
        assert!(mistake.remedy.contains("--danger-accept-any-tenant"));

        let options = ReadOptions::new().tenant(TENANT).tenant(OTHER);
        let api = entra.api(&document, &options).await;
        let third = format!("https://login.microsoftonline.com/{third}/v2.0");
        let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
        assert_decisions(
            &api,
            [
                ("one", entra.v2().claim("ctry", "US").sign(), 200),
                ("the other", entra.foreign().claim("ctry", "US").sign(), 200),
                ("without the claim", entra.v2().sign(), 401),
                (
                    "one's key for the other",
                    entra.foreign().key(&entra.ours).claim("ctry", "US").sign(),
                    401,
                ),
                (
                    "a third",
                    entra.v2().issuer(third).claim("ctry", "US").sign(),
                    401,
                ),
                (
                    "the template",
                    entra.v2().issuer(template).claim("ctry", "US").sign(),
                    401,
                ),
            ],
        )
        .await;
    }
}

#[tokio::test]
async fn any_tenant_is_accepted_where_that_is_asked_for() {
    let entra = Entra::start().await;
    let third = "ccccdddd-2222-eeee-3333-ffff4444aaaa";
    let personal = "9188040d-6c67-4c5b-b112-36a304b66dad";
    for (well_known, of_personal) in [("organizations", 401), ("common", 200)] {
        let document = format!(
            "<validate-azure-ad-token tenant-id='{well_known}'><audiences><audience>{API_ID}</audience></audiences>
            <client-application-ids><application-id>{CLIENT}</application-id></client-application-ids></validate-azure-ad-token>"
        );
        let options = ReadOptions::new().danger_accept_any_tenant();
        let settings = read(&document, &options);
        let expected = entra_id(well_known).danger_accept_any_tenant();
        assert_eq!(settings.authorities, Vec::from(expected.client(CLIENT)));

        let api = entra.api(&document, &options).await;
        let of = |issuer: &str, tenant: &str| {
            let token = entra.v2().issuer(issuer.replace("<id>", tenant));
            token.claim("tid", tenant)
        };
        let (v2, v1) = (
            "https://login.microsoftonline.com/<id>/v2.0",
            "https://sts.windows.net/<id>/",
        );
        assert_decisions(
            &api,
            [
                ("one", of(v2, TENANT).sign(), 200),
                ("another", of(v2, OTHER).sign(), 200),
                ("a third, version 1.0", of(v1, third).sign(), 200),
                ("personal accounts", of(v2, personal).sign(), of_personal),
                ("another client", of(v2, third).client_id(OTHER).sign(), 401),
                ("no tenant", of(v2, third).without("tid").sign(), 401),
                (
                    "another tenant",
                    of(v2, third).claim("tid", OTHER).sign(),
                    401,
                ),
                (
                    "another cloud",
                    of("https://login.microsoftonline.us/<id>/v2.0", third).sign(),
                    401,
                ),
                ("the template", of(v2, "{tenantid}").sign(), 401),
            ],
        )
        .await;

        // `well_known` is not a tenant's id.
        let named = ReadOptions::new().tenant(well_known);
        let refused = apim::read(&document, &named).unwrap_err();
        assert_eq!(refused.mistakes()[0].name, "tenant-id");
        // A tenant is named, or any is accepted: not both. One tenant's policy is not widened.
        let refused = apim::read(&document, &options.clone().tenant(TENANT)).unwrap_err();
        assert_eq!(refused.mistakes()[0].name, "tenant-id");
        let one = read(&document.replace(well_known, TENANT), &options);
        assert!(!one.authorities[0].danger_accept_any_tenant);
    }
}

#[tokio::test]
async fn encrypted_tokens_backends_and_another_place() {
    let entra = Entra::start().await;
    let ours = Recipient::new();
    let document = format!(
        r#"<validate-azure-ad-token tenant-id="{TENANT}" token-value="@(context.Request.Url.Query.GetValueOrDefault(&quot;t&quot;,&quot;&quot;))">
            <decryption-keys><key certificate-id="cert" /></decryption-keys>
            <backend-application-ids><application-id>{API_ID}</application-id></backend-application-ids>
        </validate-azure-ad-token>"#
    );
    let options = ReadOptions::new().certificate("cert", ours.pem());
    let api = entra.api(&document, &options).await;
    for (token, expected) in [
        (entra.v2().sign(), 200),
        (ours.encrypt(&entra.v1().sign(), "1"), 200),
        (Recipient::new().encrypt(&entra.v1().sign(), "1"), 401),
        (entra.v2().audience(CLIENT).sign(), 401),
    ] {
        let answer = get_from(&api, &format!("/tasks?t={token}"), &[]).await;
        assert_eq!(answer.status, expected);
    }
}

#[tokio::test]
async fn the_endpoint_names_the_cloud() {
    let read = |endpoint: &str| {
        let document = format!(
            "<validate-azure-ad-token tenant-id='{TENANT}' authentication-endpoint='{endpoint}'><audiences><audience>{API_ID}</audience></audiences></validate-azure-ad-token>"
        );
        apim::read(&document, &ReadOptions::new())
    };
    for (endpoint, cloud) in [
        ("https://login.microsoftonline.com", Cloud::Global),
        ("https://login.microsoftonline.us/", Cloud::UsGovernment),
        ("login.microsoftonline.us", Cloud::UsGovernment),
        ("https://login.partner.microsoftonline.cn", Cloud::China),
    ] {
        let expected = AuthoritySettings {
            family: tower_b2c_auth::Family::EntraId,
            tenant_id: Some(TENANT.into()),
            cloud,
            ..AuthoritySettings::default()
        };
        assert_eq!(read(endpoint).unwrap().settings.authorities, [expected]);
    }
    for endpoint in [
        "https://login-microosftonline.com",
        "http://login.microsoftonline.us",
        "https://login.microsoftonline.us/x",
        "https://login.microsoftonline.us.example",
        "",
    ] {
        let refused = read(endpoint).unwrap_err();
        assert_eq!(refused.mistakes()[0].name, "authentication-endpoint");
    }

    let entra = Entra::start().await;
    let document = format!(
        "<validate-azure-ad-token tenant-id='{TENANT}' authentication-endpoint='https://login.microsoftonline.us'><audiences><audience>{API_ID}</audience></audiences></validate-azure-ad-token>"
    );
    let api = entra.api(&document, &ReadOptions::new()).await;
    let government = format!("https://login.microsoftonline.us/{TENANT}/v2.0");
    assert_decisions(
        &api,
        [
            (
                "the cloud's",
                entra.v2().issuer(government).key(&entra.theirs).sign(),
                200,
            ),
            ("the global cloud's", entra.v2().sign(), 401),
        ],
    )
    .await;
}

#[test]
fn unsupported_parts_are_refused_by_name() {
    let audience = "<audiences><audience>a</audience></audiences>";
    let id = format!("tenant-id='{TENANT}'");
    let cases = [
        (String::new(), audience, "validate-azure-ad-token"),
        (
            "tenant-id='contoso.onmicrosoft.com'".into(),
            audience,
            "tenant-id",
        ),
        (
            format!("{id} header-name='A' query-parameter-name='b'"),
            audience,
            "validate-azure-ad-token",
        ),
        (format!("{id} clock-skew='5'"), audience, "clock-skew"),
        (
            format!("{id} allow-proof-of-possession-tokens='true'"),
            audience,
            "allow-proof-of-possession-tokens",
        ),
        (
            format!("{id} allow-protected-forwarded-tokens='true'"),
            audience,
            "allow-protected-forwarded-tokens",
        ),
        (
            format!("{id} require-scheme='DPoP'"),
            audience,
            "require-scheme",
        ),
        (id.clone(), "", "validate-azure-ad-token"),
        (id.clone(), "<audiences/>", "audiences"),
        (
            id.clone(),
            "<audiences><audience>a</audience></audiences><issuers><issuer>x</issuer></issuers>",
            "issuers",
        ),
        (
            id.clone(),
            "<audiences><audience>a</audience></audiences><client-application-ids/>",
            "client-application-ids",
        ),
        (
            id.clone(),
            "<backend-application-ids><application-id/></backend-application-ids>",
            "application-id",
        ),
    ];
    for (attributes, children, name) in cases {
        let document =
            format!("<validate-azure-ad-token {attributes}>{children}</validate-azure-ad-token>");
        let refused = apim::read(&document, &ReadOptions::new()).unwrap_err();
        let names: Vec<_> = refused.mistakes().iter().map(|one| &*one.name).collect();
        assert_eq!(names, [name], "{document}");
    }
    let both = format!(
        "<inbound><validate-azure-ad-token {id}>{audience}</validate-azure-ad-token><validate-jwt/></inbound>"
    );
    let refused = apim::read(&both, &ReadOptions::new()).unwrap_err();
    assert_eq!(refused.mistakes().len(), 2);
}

/// The bug: the note on `claim` said the opposite, and `audiences` and `backend-application-ids` had no note. Later, all three had the note even for
/// audiences that stand only for themselves.
#[test]
fn that_an_application_id_stands_for_its_uri_too_is_noted() {
    let noted = |children: &str| {
        let document = format!(
            "<validate-azure-ad-token tenant-id=\"{TENANT}\">\n{children}</validate-azure-ad-token>"
        );
        let notes = apim::read(&document, &ReadOptions::new()).unwrap().notes;
        let notes = notes
            .into_iter()
            .filter(|note| note.text.contains("api://<id>"));
        let names: Vec<_> = notes.map(|note| note.name).collect();
        names
    };
    let id = |list: &str, name: &str, id: &str| format!("<{list}><{name}>{id}</{name}></{list}>");
    let claim = |audience: &str| {
        format!(
            "<required-claims><claim name='aud'><value>{audience}</value></claim></required-claims>"
        )
    };
    let backends = |id_of: &str| id("backend-application-ids", "application-id", id_of);
    assert_eq!(noted(&claim(API_ID)), ["claim"]);
    assert_eq!(noted(&id("audiences", "audience", API_ID)), ["audiences"]);
    assert_eq!(noted(&backends(API_ID)), ["backend-application-ids"]);
    let capitals = &API_ID.to_ascii_uppercase()[..];
    for only_itself in ["api://tasks", "api.contoso.com", capitals] {
        assert_eq!(noted(&claim(only_itself)), [""; 0], "{only_itself}");
        let audiences = id("audiences", "audience", only_itself);
        assert_eq!(noted(&audiences), [""; 0], "{only_itself}");
        assert_eq!(noted(&backends(only_itself)), [""; 0], "{only_itself}");
    }
}

/// The bug: the layer refused the settings, and the message named a setting that the policy does not have.
#[test]
fn a_named_tenant_must_be_an_id() {
    let document = format!(
        "<validate-azure-ad-token tenant-id=\"organizations\">\n<audiences><audience>{API_ID}</audience></audiences></validate-azure-ad-token>"
    );
    let error = apim::read(&document, &ReadOptions::new().tenant("contoso")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the policy cannot be used:\n  line 1, tenant-id: cannot mean the tenants that were named with --tenant, because one of these is not a tenant id; give the GUID"
    );
    let upper = ReadOptions::new().tenant(TENANT.to_ascii_uppercase());
    let settings = read(&document, &upper);
    assert_eq!(settings.authorities[0].tenant_id.as_deref(), Some(TENANT));
    assert!(B2cAuthLayer::from_settings(settings).is_ok());
}
