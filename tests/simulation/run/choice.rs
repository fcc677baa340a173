//! Which tokens the requests have.

use super::Run;
use crate::{
    tokens::{KEYS, Shape, Token},
    topology::{INLINE, INLINE_KEY, SOURCES, listed_issuers},
};

impl Run<'_> {
    /// A token that this source issues now.
    pub(super) fn token_of(&mut self, source: usize) -> Token {
        let date = self.time.date();
        let (issuer, kid, key) = if source == INLINE {
            (SOURCES[0].forms[0].clone(), None, INLINE_KEY)
        } else {
            let world = self.provider.world();
            let it = &world.sources[source];
            let signing = it.published.last().unwrap();
            (
                SOURCES[source].forms[it.form].clone(),
                Some(signing.kid.clone()),
                signing.key,
            )
        };
        let authority = self.plan.authorities.iter().find(|it| it.source == source);
        Token {
            issuer,
            audience: authority.map_or("api", |it| it.audience).to_owned(),
            kid,
            key,
            issued_at: date,
            not_before: date,
            expires_at: date + 3600,
            admin: self.rng.u8(..4) > 0,
            shape: Shape::Sound,
        }
    }

    /// A token that this source issues now, with any of its keys.
    pub(super) fn any_token_of(&mut self, source: usize) -> Token {
        let mut token = self.token_of(source);
        let world = self.provider.world();
        let published = &world.sources[source].published;
        let any = &published[self.rng.usize(..published.len())];
        (token.kid, token.key) = (Some(any.kid.clone()), any.key);
        token
    }

    pub(super) fn good_token(&mut self) -> Token {
        if !self.recent.is_empty() && self.rng.u8(..3) == 0 {
            return self.recent[self.rng.usize(..self.recent.len())].clone();
        }
        let source = self.likely_source();
        let mut token = self.token_of(source);
        if self.rng.u8(..if source == 0 { 3 } else { 6 }) == 0 {
            token.issuer = listed_issuers()[usize::from(source == 2)].clone();
        }
        if self.recent.len() >= RECENT {
            self.recent.remove(0);
        }
        self.recent.push(token.clone());
        token
    }

    /// A source, most of the time one that the settings name.
    pub(super) fn likely_source(&mut self) -> usize {
        if self.rng.u8(..8) == 0 {
            return self.rng.usize(..=INLINE);
        }
        let authorities = &self.plan.authorities;
        authorities[self.rng.usize(..authorities.len())].source
    }

    pub(super) fn bad_token(&mut self) -> Token {
        let source = self.likely_source();
        let mut token = self.token_of(source);
        match self.rng.u8(..14) {
            0 => token.kid = Some("never published".to_owned()),
            1 => token.audience = "another api".to_owned(),
            2 => token.expires_at = self.time.date() - 200,
            3 => token.not_before = self.time.date() + 500,
            4 => token.shape = Shape::Tampered,
            5 => token.key = (token.key + 1) % KEYS,
            // The key of one source and the issuer of another.
            6 | 7 => {
                let other = self.rng.usize(..=INLINE);
                token.issuer = self.token_of(other).issuer;
            }
            8 => token.kid = None,
            9 => {
                token.issuer =
                    "https://evil.example/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/".to_owned()
            }
            13 => token.issuer = self.any_form(source),
            // A key that is not published yet, and may be soon.
            12 if source != INLINE => {
                let serial = self.provider.world().sources[source].serial + 1;
                (token.kid, token.key) = next_key(source, serial);
            }
            10 => {
                token.shape = [Shape::Missing, Shape::Unsigned, Shape::Twice][self.rng.usize(..3)]
            }
            _ => {
                let withdrawn = self
                    .provider
                    .world()
                    .sources
                    .get(source)
                    .and_then(|it| it.withdrawn.last().cloned());
                if let Some(gone) = withdrawn {
                    (token.kid, token.key) = (Some(gone.kid), gone.key);
                }
            }
        }
        token
    }

    /// A form of the source's issuer, perhaps not the one it has.
    pub(super) fn any_form(&mut self, source: usize) -> String {
        let forms = SOURCES
            .get(source)
            .map_or(&SOURCES[0].forms, |it| &it.forms);
        forms[self.rng.usize(..forms.len())].clone()
    }
}

/// The key that the source publishes as its next, with this serial number.
pub(super) fn next_key(source: usize, serial: usize) -> (Option<String>, usize) {
    let key = (source * 5 + serial) % INLINE_KEY;
    (Some(format!("{source}-{serial}")), key)
}

/// How many tokens are kept, to be sent again.
const RECENT: usize = 24;
