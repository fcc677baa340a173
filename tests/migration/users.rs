//! How many users still need the legacy issuer, without who they are.

use std::time::Duration;

use b2c_emulator::{Emulator, IssuerForm};
use tower_b2c_auth::{
    B2cAuthBuilder, B2cAuthLayer, ManualClock, MigrationSettings, Settings,
    migration::{LegacyUsers, MergeError, MigrationReport, Stage, UsageSnapshot},
};

use super::{MOBILE, WEB, settings, tenant};
use crate::support::{POLICY, app, status};

const DAY: Duration = Duration::from_secs(86_400);
const SALT: &str = "a salt for the tests, 32 bytes long";
const OTHER_SALT: &str = "another salt for tests, 32 bytes long";

/// A tenant whose old issuer is legacy, and users of it.
struct World {
    tenant: Emulator,
    clock: ManualClock,
}

impl World {
    async fn new() -> Self {
        let (tenant, clock) = tenant().await;
        Self { tenant, clock }
    }

    fn settings(&self, salt: Option<&str>) -> Settings {
        let settings = settings(&self.tenant, Stage::Accept);
        let migration = settings.migration.map(|migration| MigrationSettings {
            count_users: salt.is_some(),
            user_salt: salt.map(|salt| salt.to_owned().into()),
            ..migration
        });
        Settings {
            migration,
            ..settings
        }
    }

    fn layer(&self, salt: Option<&str>) -> B2cAuthLayer {
        self.restarted(salt, None)
    }

    fn restarted(&self, salt: Option<&str>, usage: Option<UsageSnapshot>) -> B2cAuthLayer {
        let mut builder = B2cAuthBuilder::from(self.settings(salt)).clock(self.clock.clone());
        if let Some(usage) = usage {
            builder = builder.usage_snapshot(usage);
        }
        builder.build().unwrap()
    }

    fn token(&self, application: &str, user: &str, issuer: &IssuerForm) -> String {
        let token = self.tenant.token(POLICY).client_id(application);
        let token = token.issuer(self.tenant.issuer(issuer)).claim("oid", user);
        token.lifetime(3 * DAY).sign()
    }

    /// These users each come once with the legacy issuer.
    async fn come(&self, layer: &B2cAuthLayer, application: &str, users: std::ops::Range<u32>) {
        let app = app(layer);
        for user in users {
            let token = self.token(application, &user.to_string(), &IssuerForm::Legacy);
            assert_eq!(status(&app, &token).await, 200);
        }
    }
}

fn users(layer: &B2cAuthLayer) -> LegacyUsers {
    layer.migration_report().legacy_users.unwrap()
}

/// Each application with the number of its users.
fn counts(users: &LegacyUsers) -> Vec<(&str, u64)> {
    let applications = users.applications.iter();
    applications
        .map(|it| (it.client_id.as_deref().unwrap_or("-"), it.users))
        .collect()
}

#[tokio::test]
async fn users_count_once_and_only_with_a_legacy_issuer() {
    let world = World::new().await;
    let layer = world.layer(Some(SALT));
    for _ in 0..2 {
        world.come(&layer, WEB, 0..5).await;
        world.come(&layer, MOBILE, 3..6).await;
    }
    let app = app(&layer);
    let new = world.token(WEB, "who has moved", &IssuerForm::Default);
    assert_eq!(status(&app, &new).await, 200);
    let daemon = world.tenant.token(POLICY).client_id(WEB);
    let daemon = daemon.issuer(world.tenant.issuer(&IssuerForm::Legacy));
    let daemon = daemon.claim("idtyp", "app").sign();
    assert_eq!(status(&app, &daemon).await, 200);

    let users = users(&layer);
    assert_eq!(counts(&users), [(WEB, 5), (MOBILE, 3)]);
    assert_eq!((users.total, users.complete), (6, true));
    assert_eq!(users.standard_error_permille, 33);
    let text = layer.migration_report().to_string();
    let salt = users.salt();
    let section = format!(
        "\nusers of legacy issuers since 2027-01-15T08:00:00Z\nstandard error 3.3 %, salt {salt}\n  \
         application  users\n  web-app          5\n  mobile-app       3\n  all              6\n"
    );
    assert!(text.contains(&section), "{text}");
}

#[tokio::test]
async fn many_users_are_counted_within_the_error_that_is_said() {
    let world = World::new().await;
    let layer = world.layer(Some(SALT));
    world.come(&layer, WEB, 0..200).await;
    let total = users(&layer).total;
    // Three standard errors; the salt and with it the result stay the same.
    assert!((180..220).contains(&total), "{total}");
}

#[tokio::test]
async fn without_a_salt_no_users_are_counted() {
    let world = World::new().await;
    let layer = world.layer(None);
    world.come(&layer, WEB, 0..3).await;
    let report = layer.migration_report();
    assert_eq!(report.legacy_users, None);
    let json = serde_json::to_string(&(&report, layer.usage_snapshot())).unwrap();
    assert!(!json.contains("users"), "{json}");
    assert!(!report.to_string().contains("users of"));
}

#[tokio::test]
async fn a_user_who_has_moved_drops_out_and_a_long_lived_token_counts_each_day() {
    let world = World::new().await;
    let layer = world.layer(Some(SALT));
    let app = app(&layer);
    let long_lived = world.token(WEB, "who stays", &IssuerForm::Legacy);
    assert_eq!(status(&app, &long_lived).await, 200);
    world.come(&layer, WEB, 0..2).await;
    assert_eq!(users(&layer).total, 3);
    for _ in 0..2 {
        world.clock.advance(DAY);
        assert_eq!(status(&app, &long_lived).await, 200);
    }
    world.clock.advance(4 * DAY);
    assert_eq!(users(&layer).total, 3);
    for left in [1, 1, 0] {
        world.clock.advance(DAY);
        assert_eq!(users(&layer).total, left);
    }
}

#[tokio::test]
async fn users_refused_for_their_issuer_are_counted() {
    let world = World::new().await;
    let mut settings = world.settings(Some(SALT));
    settings.migration.as_mut().unwrap().stage = Stage::Refuse;
    let layer = B2cAuthBuilder::from(settings).clock(world.clock.clone());
    let layer = layer.build().unwrap();
    let token = world.token(WEB, "alex", &IssuerForm::Legacy);
    assert_eq!(status(&app(&layer), &token).await, 401);
    assert_eq!(counts(&users(&layer)), [(WEB, 1)]);
}

#[tokio::test]
async fn users_of_several_replicas_count_once() {
    let world = World::new().await;
    let replicas = [world.layer(Some(SALT)), world.layer(Some(SALT))];
    world.come(&replicas[0], WEB, 0..5).await;
    world.come(&replicas[1], WEB, 3..8).await;
    world.come(&replicas[1], MOBILE, 0..1).await;
    let json = replicas
        .each_ref()
        .map(|it| serde_json::to_string(&it.migration_report()).unwrap());
    let reports = || json.iter().map(|it| serde_json::from_str(it).unwrap());
    let merged = MigrationReport::merge(reports()).unwrap();
    let users = merged.legacy_users.clone().unwrap();
    assert_eq!(counts(&users), [(WEB, 8), (MOBILE, 1)]);
    assert_eq!((users.total, users.complete), (8, true));
    assert_eq!(MigrationReport::merge([merged.clone()]), Ok(merged.clone()));

    let silent = world.layer(None).migration_report();
    let merged = MigrationReport::merge(reports().chain([silent])).unwrap();
    let users = merged.legacy_users.as_ref().unwrap();
    assert_eq!((users.total, users.complete), (8, false));
    assert!(merged.to_string().contains("the numbers are too low"));
}

#[tokio::test]
async fn counts_with_other_salts_are_not_combined() {
    let world = World::new().await;
    let (one, other) = (world.layer(Some(SALT)), world.layer(Some(OTHER_SALT)));
    world.come(&one, WEB, 0..3).await;
    world.come(&other, WEB, 0..3).await;
    let reports = [one.migration_report(), other.migration_report()];
    let error = MigrationReport::merge(reports).unwrap_err();
    let expected = MergeError::OtherSalt {
        one: users(&one).salt(),
        other: users(&other).salt(),
    };
    assert_eq!(error, expected);
    let text = error.to_string();
    assert!(text.contains("the same migration.user_salt"), "{text}");
    assert!(!text.contains(SALT) && !text.contains(OTHER_SALT));
}

#[tokio::test]
async fn user_counts_survive_a_restart_with_the_same_salt_only() {
    let world = World::new().await;
    let before = world.layer(Some(SALT));
    world.come(&before, WEB, 0..3).await;
    let saved = serde_json::to_string(&before.usage_snapshot()).unwrap();
    assert!(!saved.contains(SALT));
    let read = || serde_json::from_str::<UsageSnapshot>(&saved).unwrap();
    world.clock.advance(Duration::from_secs(60));

    let after = world.restarted(Some(SALT), Some(read()));
    assert_eq!(users(&after), users(&before));
    world.come(&after, WEB, 2..5).await;
    assert_eq!(users(&after).total, 5);

    let after = world.restarted(Some(OTHER_SALT), Some(read()));
    assert_eq!(
        (users(&after).total, users(&after).since),
        (0, crate::support::NOW + 60)
    );
    assert_eq!(
        after.migration_report().rows[0].accepted,
        3,
        "requests are kept"
    );
    world.come(&after, WEB, 0..2).await;
    assert_eq!(users(&after).total, 2);

    // Without a salt nothing is counted, so the old counts would be too low.
    let after = world.restarted(None, Some(read()));
    after.swap_settings(&world.settings(Some(SALT))).unwrap();
    assert_eq!(users(&after).total, 0);
}

#[tokio::test]
async fn a_swap_keeps_the_counts_unless_it_changes_the_salt() {
    let world = World::new().await;
    let layer = world.layer(Some(SALT));
    world.come(&layer, WEB, 0..3).await;
    let salt = users(&layer).salt();
    layer.swap_settings(&world.settings(Some(SALT))).unwrap();
    assert_eq!(
        (users(&layer).total, users(&layer).salt()),
        (3, salt.clone())
    );
    layer
        .swap_settings(&world.settings(Some(OTHER_SALT)))
        .unwrap();
    assert_eq!(users(&layer).total, 0);
    assert_ne!(users(&layer).salt(), salt);
    // The same tokens count again.
    world.come(&layer, WEB, 0..3).await;
    assert_eq!(users(&layer).total, 3);
    layer.swap_settings(&world.settings(None)).unwrap();
    assert_eq!(layer.migration_report().legacy_users, None);
}

#[tokio::test]
async fn logs_and_files_contain_no_salt_and_no_user() {
    let world = World::new().await;
    let layer = world.layer(Some(SALT));
    let token = world.token(WEB, "alex-secretname", &IssuerForm::Legacy);
    assert_eq!(status(&app(&layer), &token).await, 200);
    let (report, usage) = (layer.migration_report(), layer.usage_snapshot());
    let all = format!(
        "{layer:?} {report:?} {report} {usage:?} {} {} {:?} {}",
        serde_json::to_string(&report).unwrap(),
        serde_json::to_string(&usage).unwrap(),
        layer.settings(),
        serde_json::to_string(&*layer.settings()).unwrap(),
    );
    for secret in [SALT, "alex-secretname"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    let clear = layer.settings().with_secrets_in_clear();
    assert!(serde_json::to_string(&clear).unwrap().contains(SALT));
}

#[test]
fn counting_users_without_a_salt_is_refused_at_the_start() {
    let settings = Settings::from_toml(
        r#"
        audiences = ["api"]

        [[authorities]]
        tenant = "contoso"
        policy = "B2C_1_a"

        [migration]
        legacy_issuers = ["https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/"]
        count_users = true
        "#,
    );
    let error = B2cAuthLayer::from_settings(settings.unwrap()).unwrap_err();
    let [mistake] = error.mistakes() else {
        panic!("{error}")
    };
    assert_eq!(mistake.field, "migration.user_salt");
    assert!(mistake.to_string().contains("is missing"), "{mistake}");
}
