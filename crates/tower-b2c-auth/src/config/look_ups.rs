//! Checks the settings for look-ups of users.

use std::time::Duration;

use super::keys::count;
use crate::settings::{LookUpSettings, Mistakes, SettingsError, WithoutResult};

/// [`LookUpSettings`] after the check.
#[derive(Debug, Clone)]
pub(crate) struct LookUpConfig {
    pub(crate) found_for: Duration,
    pub(crate) absent_for: Duration,
    pub(crate) stale_for: Duration,
    pub(crate) max_users: usize,
    pub(crate) max_at_once: usize,
    pub(crate) max_waiting: usize,
    pub(crate) timeout: Duration,
    pub(crate) unknown_users: WithoutResult,
    pub(crate) no_user: WithoutResult,
}

impl LookUpSettings {
    /// # Errors
    ///
    /// All the mistakes together.
    pub(crate) fn check(&self) -> Result<LookUpConfig, SettingsError> {
        let mut mistakes = Mistakes::default();
        let stale_for = mistakes.duration("look_up.stale_for", &self.stale_for);
        let found_for = mistakes.positive("look_up.found_for", &self.found_for);
        let absent_for = mistakes.positive("look_up.absent_for", &self.absent_for);
        let timeout = mistakes.positive("look_up.timeout", &self.timeout);
        for (name, count, max) in [
            ("max_users", self.max_users, MAX_USERS),
            ("max_at_once", self.max_at_once, u32::MAX),
            ("max_waiting", self.max_waiting, u32::MAX),
        ] {
            if !(1..=max).contains(&count) {
                let remedy = format!("must be at least 1 and at most {max}");
                mistakes.add(format!("look_up.{name}"), count, remedy);
            }
        }
        let spans = stale_for.zip(found_for).zip(absent_for.zip(timeout));
        mistakes.finish(spans.map(
            |((stale_for, found_for), (absent_for, timeout))| LookUpConfig {
                found_for,
                absent_for,
                stale_for,
                max_users: count(self.max_users),
                max_at_once: count(self.max_at_once),
                max_waiting: count(self.max_waiting),
                timeout,
                unknown_users: self.unknown_users,
                no_user: self.no_user,
            },
        ))
    }
}

/// More users than are active at one service within minutes. They take about 2 GiB, plus the results.
const MAX_USERS: u32 = 10_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_told_with_its_field() {
        let settings = LookUpSettings {
            found_for: "soon".into(),
            absent_for: "0s".into(),
            stale_for: "-1h".into(),
            max_users: 0,
            max_at_once: 0,
            max_waiting: 0,
            timeout: "0ms".into(),
            ..LookUpSettings::default()
        };
        let error = settings.check().unwrap_err();
        let fields: Vec<_> = error.mistakes().iter().map(|it| it.field.clone()).collect();
        assert_eq!(
            fields,
            [
                "look_up.stale_for",
                "look_up.found_for",
                "look_up.absent_for",
                "look_up.timeout",
                "look_up.max_users",
                "look_up.max_at_once",
                "look_up.max_waiting",
            ]
        );
        let no_longer = LookUpSettings {
            stale_for: "0s".into(),
            ..LookUpSettings::default()
        };
        assert!(no_longer.check().is_ok());
    }
}
