//! Counts how many users of each client application still use a legacy issuer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    ReportRow,
    user_days::counted_from,
    user_salt::SaltId,
    user_sketch::{STANDARD_ERROR_PERMILLE, UserSketch},
};

/// How users are counted, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserCounting {
    pub(super) salt: SaltId,
    /// Seconds since 1970.
    pub(super) since: u64,
}

/// How many users still use a legacy issuer. Times are seconds since 1970.
///
/// A user counts once, with any number of tokens and at any number of replicas. A user with tokens from two legacy issuers counts twice. The numbers are
/// estimates; see [`standard_error_permille`](Self::standard_error_permille).
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, MigrationSettings, b2c};
///
/// let migration = MigrationSettings {
///     count_users: true,
///     user_salt: Some("cGxlYXNlIG1ha2Ugb25lIG9mIHlvdXIgb3duISEhISE=".to_owned().into()),
///     ..MigrationSettings::from_issuer("https://login.microsoftonline.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/")
/// };
/// let auth = B2cAuthLayer::builder()
///     .authority(b2c("contoso").policy("B2C_1_a"))
///     .audience("api")
///     .migration(migration)
///     .build()?;
/// let users = auth.migration_report().legacy_users.unwrap();
/// assert_eq!((users.total, users.complete), (0, true));
/// # Ok::<(), tower_b2c_auth::SettingsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LegacyUsers {
    /// Identifies the salt that users were hashed with, without revealing it.
    pub(super) salt: SaltId,
    /// The start of the period that these numbers cover: the start of the day six days ago (UTC) or, if later, the time since which all replicas have
    /// counted users and every use of these legacy issuers.
    pub since: u64,
    /// Whether every replica counts users. If not, the numbers are too low.
    pub complete: bool,
    /// The standard error of the numbers, in thousandths.
    pub standard_error_permille: u16,
    /// All users.
    pub total: u64,
    /// The users of each client application, in descending order of their number.
    pub applications: Vec<ApplicationUsers>,
}

/// The users of one client application, in [`LegacyUsers`].
///
/// ```
/// use tower_b2c_auth::migration::{ApplicationUsers, LegacyUsers};
///
/// fn to_notify(users: &LegacyUsers) -> impl Iterator<Item = &ApplicationUsers> {
///     users.applications.iter().filter(|application| application.users > 100)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ApplicationUsers {
    /// The application that requested the tokens: `azp`, else `appid`. `None` for tokens that have neither, and for those in the row `(other legacy
    /// tokens)`.
    pub client_id: Option<String>,
    /// The number of its users.
    pub users: u64,
}

impl LegacyUsers {
    /// Starts without users. The numbers will cover `today` and the six days before.
    pub(super) fn new(counting: UserCounting, today: u32) -> Self {
        Self {
            salt: counting.salt,
            since: counting.since.max(counted_from(today)),
            complete: true,
            standard_error_permille: STANDARD_ERROR_PERMILLE,
            total: 0,
            applications: Vec::new(),
        }
    }

    /// Returns the id of the salt that users were hashed with, in 16 hexadecimal digits. It does not reveal the salt.
    pub fn salt(&self) -> String {
        self.salt.to_string()
    }

    /// Counts the users in the legacy rows.
    pub(super) fn count(&mut self, rows: &[ReportRow]) {
        let legacy = rows.iter().filter(|row| row.legacy);
        let counted =
            legacy.filter_map(|row| Some((row.client_id.as_deref(), row.users.as_ref()?)));
        let mut all = UserSketch::default();
        let mut of_application = BTreeMap::<_, UserSketch>::new();
        for (client_id, users) in counted {
            all.add(users);
            of_application.entry(client_id).or_default().add(users);
        }
        self.total = all.count();
        let applications = of_application.into_iter();
        self.applications = applications
            .map(|(client_id, users)| ApplicationUsers {
                client_id: client_id.map(str::to_owned),
                users: users.count(),
            })
            .collect();
        // Equal counts stay in the order of the names.
        self.applications
            .sort_by_key(|application| std::cmp::Reverse(application.users));
    }
}
