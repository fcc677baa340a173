//! What the operator sets.

use std::collections::BTreeSet;

use tower_b2c_auth::{
    AuthoritySettings, ForgottenKey, InlineKey, KeyRefresh, KeySettings, MigrationSettings,
    RequiredClaim, Settings, migration::Stage,
};

use super::{
    tokens::public_pem,
    topology::{INLINE, INLINE_KEY, SOURCES, listed_issuers},
};

/// The settings as far as schedules vary them. Times are in seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) authorities: Vec<Authority>,
    /// The sources that have their other name.
    pub(super) renamed: BTreeSet<usize>,
    pub(super) listed: Vec<String>,
    pub(super) legacy: Vec<String>,
    pub(super) migrates: bool,
    pub(super) stage: u8,
    pub(super) wants_admin: bool,
    pub(super) forgotten: Vec<(Option<usize>, String)>,
    pub(super) refresh: u64,
    pub(super) max_stale: u64,
    pub(super) grace: u64,
    pub(super) unknown_fetches: u64,
    pub(super) unknown_interval: u64,
    pub(super) max_waiting: usize,
    pub(super) max_per_authority: usize,
    pub(super) quiet: u64,
    pub(super) on_request: bool,
    pub(super) caches: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authority {
    /// An index into [`SOURCES`], or [`INLINE`].
    pub(super) source: usize,
    name: &'static str,
    pub(super) assigned: Vec<String>,
    pub(super) audience: &'static str,
    pub(super) on_demand: bool,
    pub(super) legacy: bool,
}

impl Plan {
    /// The settings that a schedule starts with. Some never change, such as how long keys are kept.
    pub(super) fn random(rng: &mut fastrand::Rng) -> Self {
        let is_short = rng.bool();
        let max_waiting = [2, 5, 100][rng.usize(..3)];
        let mut plan = Self {
            authorities: Vec::new(),
            renamed: BTreeSet::new(),
            listed: Vec::new(),
            legacy: Vec::new(),
            migrates: false,
            stage: 0,
            wants_admin: false,
            forgotten: Vec::new(),
            refresh: 3600,
            max_stale: if is_short { 7200 } else { 86_400 },
            grace: [0, 600, 3600][rng.usize(..3)],
            unknown_fetches: 3,
            unknown_interval: 60,
            max_waiting,
            max_per_authority: if rng.u8(..3) > 0 { max_waiting } else { 2 },
            quiet: 7200,
            on_request: false,
            caches: rng.u8(..4) > 0,
        };
        plan.change(rng);
        plan
    }

    /// Other settings of the same operator.
    pub(super) fn change(&mut self, rng: &mut fastrand::Rng) {
        let before = std::mem::take(&mut self.authorities);
        for source in 0..=INLINE {
            if rng.u8(..10) < 7 || (source == INLINE && self.authorities.is_empty()) {
                if rng.u8(..8) == 0 && before.iter().any(|it| it.source == source) {
                    self.rename(source);
                }
                let authority = Authority::random(source, self, rng);
                self.authorities.push(authority);
            }
        }
        let some = |rng: &mut fastrand::Rng| {
            let issuers = listed_issuers().into_iter();
            issuers.filter(|_| rng.u8(..3) == 0).collect::<Vec<_>>()
        };
        let listed = some(rng);
        let are_taken = self.authorities.iter().any(|it| !it.legacy);
        self.listed = if are_taken { listed } else { Vec::new() };
        self.legacy = some(rng);
        self.stage = rng.u8(..3);
        self.migrates = !self.legacy.is_empty() || self.authorities.iter().any(|it| it.legacy);
        self.wants_admin = rng.u8(..5) == 0;
        self.refresh = [300, 3600][rng.usize(..2)];
        self.unknown_fetches = [1, 3][rng.usize(..2)];
        self.unknown_interval = [60, 120][rng.usize(..2)];
        self.on_request = rng.u8(..4) == 0;
        let is_there = |of: &Option<usize>| {
            of.is_none_or(|of| self.authorities.iter().any(|it| it.source == of))
        };
        self.forgotten.retain(|(of, _)| is_there(of));
    }

    /// Other settings of one authority.
    pub(super) fn change_one(&mut self, rng: &mut fastrand::Rng) {
        let at = rng.usize(..self.authorities.len());
        let source = self.authorities[at].source;
        if rng.bool() {
            self.rename(source);
        }
        let legacy = self.authorities[at].legacy;
        self.authorities[at] = Authority {
            legacy,
            ..Authority::random(source, self, rng)
        };
    }

    /// Removes issuers that were assigned or listed.
    pub(super) fn take_away(&mut self) {
        let fetched = self.authorities.iter_mut();
        for authority in fetched.filter(|it| it.source != INLINE) {
            authority.assigned.clear();
        }
        self.listed.clear();
        self.legacy.clear();
        self.migrates = self.authorities.iter().any(|it| it.legacy);
    }

    /// Gives an authority its other name.
    pub(super) fn rename(&mut self, source: usize) {
        if !self.renamed.remove(&source) {
            self.renamed.insert(source);
        }
        let name = self.name_of(source);
        let authorities = self.authorities.iter_mut();
        authorities
            .filter(|it| it.source == source)
            .for_each(|it| it.name = name);
    }

    pub(super) fn name_of(&self, source: usize) -> &'static str {
        let (name, other) = SOURCES
            .get(source)
            .map_or(("inline", "inline keys"), |it| (it.name, it.other_name));
        if self.renamed.contains(&source) {
            other
        } else {
            name
        }
    }

    pub(super) fn authority(&self, source: usize) -> Option<&Authority> {
        self.authorities.iter().find(|it| it.source == source)
    }

    /// The authorities with metadata.
    pub(super) fn fetched(&self) -> impl Iterator<Item = &Authority> {
        self.authorities.iter().filter(|it| it.source != INLINE)
    }

    pub(super) fn has_one_authority(&self) -> bool {
        self.authorities.len() == 1
    }

    /// The issuers that are assigned to an authority. A listed issuer belongs to the only authority.
    pub(super) fn assigned<'a>(&'a self, of: &'a Authority) -> impl Iterator<Item = &'a String> {
        let is_only = !of.legacy && self.has_one_authority();
        let listed = self.listed.iter().filter(move |_| is_only);
        of.assigned.iter().chain(listed)
    }

    /// Whether an issuer that is listed without an authority could belong to this one.
    pub(super) fn lists_for(&self, of: &Authority, issuer: &str) -> bool {
        let is_in = |list: &[String]| list.iter().any(|it| it == issuer);
        is_in(&self.legacy) || (!of.legacy && is_in(&self.listed))
    }

    /// Whether a key of this source is forgotten.
    pub(super) fn forgets(&self, source: usize, kid: &str) -> bool {
        let mut forgotten = self.forgotten.iter();
        forgotten.any(|(of, it)| it == kid && of.is_none_or(|of| of == source))
    }

    /// The earliest and the latest time for the next regular fetch to begin, after one that ended at this time.
    pub(super) fn due(&self, ended: u64) -> (u64, u64) {
        (ended + self.refresh * 9 / 10, ended + self.refresh)
    }

    pub(super) fn settings(&self) -> Settings {
        let span = |seconds: u64| format!("{seconds}s").as_str().into();
        Settings {
            audiences: vec!["api".into()],
            algorithms: vec!["RS256".into(), "ES256".into()],
            authorities: self.authorities.iter().map(Authority::settings).collect(),
            issuers: self.listed.clone(),
            required_claims: if self.wants_admin {
                vec![RequiredClaim {
                    name: "scp".into(),
                    values: vec!["admin".into()],
                    separator: Some(" ".into()),
                    ..Default::default()
                }]
            } else {
                Vec::new()
            },
            forgotten_keys: self
                .forgotten
                .iter()
                .map(|(of, kid)| forgotten_key(of.map(|of| self.name_of(of)), kid))
                .collect(),
            keys: KeySettings {
                refresh_interval: span(self.refresh),
                max_stale: span(self.max_stale),
                retired_key_grace: span(self.grace),
                unknown_key_fetches: u32::try_from(self.unknown_fetches).unwrap(),
                unknown_key_interval: span(self.unknown_interval),
                max_waiting: u32::try_from(self.max_waiting).unwrap(),
                max_waiting_per_authority: u32::try_from(self.max_per_authority).unwrap(),
                refresh: if self.on_request {
                    KeyRefresh::OnRequest
                } else {
                    KeyRefresh::Auto
                },
                fetch_timeout: span(super::topology::FETCH_TIMEOUT),
                ..KeySettings::default()
            },
            migration: self.migrates.then(|| MigrationSettings {
                legacy_issuers: self.legacy.clone(),
                stage: [Stage::Accept, Stage::Announce, Stage::Refuse][usize::from(self.stage)],
                quiet_period: span(self.quiet),
                ..MigrationSettings::default()
            }),
            verified_token_cache_bytes: if self.caches { 1 << 20 } else { 0 },
            ..Settings::default()
        }
    }
}

impl Authority {
    fn random(source: usize, plan: &Plan, rng: &mut fastrand::Rng) -> Self {
        let old = SOURCES[4].forms[0].clone();
        let assigned = match source {
            INLINE => vec![SOURCES[0].forms[0].clone()],
            0 if rng.bool() => vec![old],
            _ => Vec::new(),
        };
        Self {
            source,
            name: plan.name_of(source),
            assigned,
            audience: if source == 1 && rng.bool() {
                "edit"
            } else {
                "api"
            },
            on_demand: source != INLINE && rng.u8(..4) == 0,
            legacy: source == 4 && rng.bool(),
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    fn settings(&self) -> AuthoritySettings {
        let inline = self.source == INLINE;
        AuthoritySettings {
            name: Some(self.name.to_owned()),
            openid_config: (!inline).then(|| SOURCES[self.source].url.to_owned()),
            keys: if inline {
                vec![InlineKey {
                    public_key: Some(public_pem(INLINE_KEY)),
                    ..InlineKey::default()
                }]
            } else {
                Vec::new()
            },
            issuers: self.assigned.clone(),
            audiences: if self.audience == "api" {
                Vec::new()
            } else {
                vec![self.audience.to_owned()]
            },
            on_demand: self.on_demand,
            legacy: self.legacy,
            ..AuthoritySettings::default()
        }
    }
}

pub(super) fn forgotten_key(of: Option<&str>, kid: &str) -> ForgottenKey {
    match of {
        None => ForgottenKey::everywhere(kid),
        Some(of) => ForgottenKey::of(of, kid),
    }
}
