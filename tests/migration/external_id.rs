//! The whole move from Azure AD B2C to Entra External ID: two tenants, users with other ids, and the end of the old one.

use std::{collections::HashMap, sync::Arc};

use axum::{Router, routing::get};
use b2c_emulator::{Emulator, Kind, Seed, TenantHandle, User};
use tower_b2c_auth::{
    AuthoritySettings, B2cAuthLayer, LookUpSettings, LookedUp, ManualClock, MigrationSettings,
    Settings, VerifiedUser,
    migration::{Stage, Verdict},
    permission,
};

use super::layer;
use crate::support::{API_ID, Answer, Api, POLICY, emulator_time, manual_clock};

const EXTERNAL_API: &str = "22223333-cccc-4444-dddd-5555eeee6666";
const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// The service's own user.
#[derive(Clone)]
struct Account(String);

/// Both tenants, where the same people have different ids, and the API that accepts tokens of both.
struct Move {
    emulator: Emulator,
    clock: ManualClock,
    auth: B2cAuthLayer,
    api: Api,
}

impl Move {
    async fn begin() -> Self {
        let clock = manual_clock();
        let emulator = Emulator::builder()
            .seed(Seed::default())
            .clock(emulator_time(&clock));
        let emulator = emulator.start().await.unwrap();
        let auth = layer(settings(&emulator, Stage::Accept), &clock);
        let accounts = accounts(&emulator);
        let look_up = move |user: VerifiedUser| {
            let account = accounts.get(&(user.issuer().to_owned(), user.id().to_owned()));
            let account = account.cloned();
            async move { Ok::<_, std::io::Error>(account) }
        };
        let accounts = auth.look_up(look_up, &LookUpSettings::default()).unwrap();
        let tell = async |account: LookedUp<Account>| account.0.clone();
        let router = Router::new()
            .route("/me", get(tell))
            .layer(accounts)
            .layer(auth.require(permission("tasks.read")))
            .layer(auth.clone());
        Self {
            api: Api::serve(router).await,
            emulator,
            clock,
            auth,
        }
    }

    fn tenant(&self, kind: Kind) -> TenantHandle {
        tenant(&self.emulator, kind)
    }

    /// What the API answers this user of the tenant, who uses this application.
    async fn ask(&self, kind: Kind, application: &str, user: &User) -> Answer {
        let tenant = self.tenant(kind);
        let (policy, api) = match kind {
            Kind::B2c => (POLICY, API_ID),
            _ => ("", EXTERNAL_API),
        };
        let token = tenant.token(policy).audience(api).scope("tasks.read");
        let token = token.client_id(application).claim("oid", &*user.object_id);
        self.api.get("/me", &token.sign()).await
    }

    fn enter(&self, stage: Stage) {
        let settings = settings(&self.emulator, stage);
        self.auth.swap_settings(&settings).unwrap();
    }
}

fn tenant(emulator: &Emulator, kind: Kind) -> TenantHandle {
    emulator.tenants().find(|it| it.kind() == kind).unwrap()
}

fn issuer(tenant: &TenantHandle) -> String {
    tenant.issuer(&b2c_emulator::IssuerForm::Default)
}

/// As in `docs/migrating.md`.
fn settings(emulator: &Emulator, stage: Stage) -> Settings {
    let (b2c, external) = (
        tenant(emulator, Kind::B2c),
        tenant(emulator, Kind::ExternalId),
    );
    Settings {
        authorities: vec![
            AuthoritySettings {
                audiences: vec![EXTERNAL_API.into()],
                issuers: vec![issuer(&external)],
                ..AuthoritySettings::openid_config(external.metadata_url(""))
            },
            AuthoritySettings {
                audiences: vec![API_ID.into()],
                legacy: true,
                ..AuthoritySettings::openid_config(b2c.metadata_url(POLICY))
            },
        ],
        migration: Some(MigrationSettings {
            stage,
            count_users: true,
            user_salt: Some("a salt for the tests, 32 bytes long".to_owned().into()),
            ..MigrationSettings::default()
        }),
        ..Settings::default()
    }
}

/// The service's table: people with the same mail address in both tenants are one user.
fn accounts(emulator: &Emulator) -> Arc<HashMap<(String, String), Account>> {
    let mut accounts = HashMap::new();
    for kind in [Kind::B2c, Kind::ExternalId] {
        let tenant = tenant(emulator, kind);
        for user in tenant.users() {
            let account = Account(format!("account of {}", user.emails[0]));
            accounts.insert((issuer(&tenant), user.object_id), account);
        }
    }
    Arc::new(accounts)
}

#[tokio::test]
async fn a_move_to_external_id_keeps_every_user_and_ends_when_nobody_needs_the_old_tenant() {
    let journey = Move::begin().await;
    let before = journey.tenant(Kind::B2c).users();
    let after = journey.tenant(Kind::ExternalId).users();

    // Both are accepted, and a user who has moved is the same one.
    for (old, new) in before.iter().zip(&after) {
        assert_ne!(old.object_id, new.object_id);
        let own = format!("account of {}", old.emails[0]);
        for answer in [
            journey.ask(Kind::B2c, "web", old).await,
            journey.ask(Kind::ExternalId, "web", new).await,
        ] {
            assert_eq!((answer.status, &answer.body), (200, &own));
        }
        // An id means nothing at the other tenant.
        assert_eq!(journey.ask(Kind::ExternalId, "web", old).await.status, 403);
    }
    let report = journey.auth.migration_report();
    assert_eq!(report.verdict, Verdict::Keep);
    let legacy: Vec<_> = report.rows.iter().filter(|row| row.legacy).collect();
    assert_eq!(legacy.len(), 1);
    assert_eq!(
        (&*legacy[0].issuer, legacy[0].client_id.as_deref()),
        (&*issuer(&journey.tenant(Kind::B2c)), Some("web"))
    );

    // Three people still come with the old tenant: one of them with a second application, and each of them twice.
    for _ in 0..2 {
        for (user, application) in [(0, "web"), (1, "web"), (2, "web"), (2, "phone")] {
            let answer = journey.ask(Kind::B2c, application, &before[user]).await;
            assert_eq!(answer.status, 200);
        }
    }
    let users = journey.auth.migration_report().legacy_users.unwrap();
    let by_application = users.applications.iter();
    let [(Some("web"), web), (Some("phone"), 1)] = by_application
        .map(|it| (it.client_id.as_deref(), it.users))
        .collect::<Vec<_>>()[..]
    else {
        panic!("{users:?}")
    };
    // In one of 300 runs, two of the three users get the same register, because the random port is part of the issuer that is hashed.
    assert!((2..=3).contains(&web) && users.total == web, "{users:?}");

    // The remaining clients are told.
    journey.enter(Stage::Announce);
    let answer = journey.ask(Kind::B2c, "web", &before[0]).await;
    assert_eq!(answer.status, 200);
    assert!(answer.headers.contains_key("deprecation"));
    let answer = journey.ask(Kind::ExternalId, "web", &after[0]).await;
    assert!(!answer.headers.contains_key("deprecation"));

    // A week without them.
    for _ in 0..8 {
        journey.clock.advance(DAY);
        let answer = journey.ask(Kind::ExternalId, "web", &after[0]).await;
        assert_eq!(answer.status, 200);
    }
    let report = journey.auth.migration_report();
    assert_eq!(report.verdict, Verdict::SafeToRemove);
    assert_eq!(report.legacy_users.unwrap().total, 0);

    // The old tenant is refused, and then it is gone from the settings.
    journey.enter(Stage::Refuse);
    for is_gone in [false, true] {
        if is_gone {
            let remove = |settings: &mut Settings| {
                settings.authorities.remove(1);
                settings.migration = None;
            };
            journey.auth.update_settings(remove).unwrap();
        }
        for (old, new) in before.iter().zip(&after) {
            assert_eq!(journey.ask(Kind::B2c, "web", old).await.status, 401);
            assert_eq!(journey.ask(Kind::ExternalId, "web", new).await.status, 200);
        }
    }
}
