//! The map in memory.

use std::{
    collections::{HashMap, hash_map},
    error::Error,
    fmt,
    path::Path,
};

use axum::http::HeaderValue;

use tower_b2c_auth::{Mistake, Settings, SystemClock};

use super::{csv, entry::Entry, json, mistakes::Mistakes};
use crate::file;

/// A map from an issuer's users to the service's own.
pub(crate) struct UserMap {
    /// The users by issuer, then by user id.
    users: HashMap<Box<str>, HashMap<Box<str>, Known>>,
    count: usize,
    /// The entries of the file, with mistakes or without.
    entries: usize,
    /// The most entries.
    max: usize,
}

struct Known {
    user: HeaderValue,
    line: u64,
}

impl UserMap {
    /// Reads a file: JSON if it begins with a bracket, otherwise CSV.
    ///
    /// # Errors
    ///
    /// If it cannot be read or is too large. Otherwise all the mistakes in it, with their lines.
    pub(crate) fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let text = file::read_up_to(path, Some(OPTION), MAX_MAP_BYTES)?;
        let mut mistakes = Mistakes::default();
        let map = Self::of(&text, MAX_USERS, &mut mistakes);
        mistakes.finish(path)?;
        Ok(map)
    }

    fn of(text: &str, max: usize, mistakes: &mut Mistakes) -> Self {
        let mut map = Self {
            users: HashMap::new(),
            count: 0,
            entries: 0,
            max,
        };
        if text.trim_start().starts_with('[') {
            json::read(text, &mut map, mistakes);
        } else {
            csv::read(text, &mut map, mistakes);
        }
        map
    }

    pub(crate) fn find(&self, issuer: &str, user_id: &str) -> Option<HeaderValue> {
        let known = self.users.get(issuer)?.get(user_id)?;
        Some(known.user.clone())
    }

    /// What is valid in the map but perhaps not intended, one line each: no user at all, and issuers that no token can have.
    pub(crate) fn remarks(&self, path: &Path) -> Vec<String> {
        if self.count == 0 {
            return vec![format!("{}: {NO_USER}", path.display())];
        }
        let mut remarks = Vec::new();
        for (issuer, users) in &self.users {
            // Judged as an issuer in the settings would be.
            let settings = Settings {
                issuers: vec![issuer.to_string()],
                ..Settings::default()
            };
            let line = users.values().map(|known| known.line).min();
            let warnings = settings.warnings(&SystemClock::default());
            remarks.extend(warnings.into_iter().map(|warning| (line, warning)));
        }
        remarks.sort_by_key(|(line, _)| *line);
        let remarks = remarks.into_iter().take(MAX_REMARKS);
        let place = path.display();
        remarks
            .map(|(line, warning)| {
                let line = line.unwrap_or_default();
                let Mistake { value, remedy, .. } = warning;
                format!("{place}:{line}: issuer = {value}: {remedy}")
            })
            .collect()
    }

    /// Whether this map may replace one that is in force.
    ///
    /// # Errors
    ///
    /// If it contains no user, but the other one does.
    pub(crate) fn check_replaces(&self, current: &Self, path: &Path) -> Result<(), String> {
        match (self.count, current.count) {
            (0, 1..) => Err(format!(
                "{}: {NO_USER} If it is, restart the gateway to use it",
                path.display()
            )),
            _ => Ok(()),
        }
    }

    /// The number of entries.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Whether the file may have one more entry, the one on this line. Entries with mistakes count too.
    pub(super) fn has_room(&mut self, line: u64, mistakes: &mut Mistakes) -> bool {
        if self.entries >= self.max {
            mistakes.add(line, format!("more than {} users", self.max));
            return false;
        }
        self.entries += 1;
        true
    }

    pub(super) fn add(&mut self, line: u64, entry: Entry, mistakes: &mut Mistakes) {
        let user = match entry.check() {
            Ok(user) => user,
            Err(mistake) => return mistakes.add(line, mistake),
        };
        let of_issuer = match self.users.get_mut(&*entry.issuer) {
            Some(of_issuer) => of_issuer,
            None => self.users.entry(entry.issuer.into()).or_default(),
        };
        match of_issuer.entry(entry.user_id.into()) {
            hash_map::Entry::Vacant(place) => {
                place.insert(Known { user, line });
                self.count += 1;
            }
            hash_map::Entry::Occupied(known) => {
                let first = known.get().line;
                mistakes.add(
                    line,
                    format!("issuer and user_id are the same as on line {first}"),
                );
            }
        }
    }
}

impl fmt::Debug for UserMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserMap")
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

const OPTION: &str = "--user-map or B2C_AUTH_USER_MAP";
/// An export that failed is the likely cause.
const NO_USER: &str = "contains no user, so every user would be unknown; is the file complete?";
/// The most remarks. A map has few issuers, unless something is wrong with all of them.
const MAX_REMARKS: usize = 10;
/// The largest file. A million users, each with a B2C issuer, an id and a user of 36 characters, take about 150 MB.
const MAX_MAP_BYTES: usize = 256 << 20;
/// The most users. They take up to about 230 MB of memory, and almost twice that while the file is read. More users need a database, and a look-up in the
/// service itself.
const MAX_USERS: usize = 1_000_000;

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const A: &str = "https://a.example/";
    const B: &str = "https://b.example/";

    fn read(text: &str) -> Result<UserMap, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        let path = format!("{}:", file.path().display());
        UserMap::read(file.path()).map_err(|error| error.to_string().replace(&path, ""))
    }

    fn found(map: &UserMap, issuer: &str, user_id: &str) -> Option<String> {
        let user = map.find(issuer, user_id)?;
        Some(user.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_user_is_found_by_issuer_and_id_in_either_format() {
        let csv = format!("user_id,user,issuer\r\n1,one,{A}\n\"2,\"\"b\",two,{A}\n1,other,{B}\n");
        let json = format!(
            r#" [{{"issuer":"{A}","user_id":"1","user":"one"}},
                 {{"user":"two","user_id":"2,\"b","issuer":"{A}"}},
                 {{"issuer":"{B}","user_id":"1","user":"other"}}]"#
        );
        for text in [csv, json] {
            let map = read(&text).unwrap();
            assert_eq!(map.len(), 3);
            for (issuer, user_id, expected) in [
                (A, "1", Some("one")),
                (A, "2,\"b", Some("two")),
                (B, "1", Some("other")),
                (B, "2,\"b", None),
                ("https://a.example", "1", None),
                (A, "one", None),
            ] {
                assert_eq!(found(&map, issuer, user_id).as_deref(), expected);
            }
        }
        assert_eq!(read("issuer,user_id,user\n").unwrap().len(), 0);
        assert_eq!(read("[]").unwrap().len(), 0);
    }

    #[test]
    fn all_mistakes_are_told_with_their_lines_and_no_value_is() {
        let csv = format!(
            "issuer,user_id,user\n{A},secret-1,one\nsecret.example,2,two\n{A},,three\n{A},4\n{A},\" 5\",five\n{A},6,s%c\n{A},7,\n{A},secret-1,one\n"
        );
        let json = format!(
            r#"[
{{"issuer":"{A}","user_id":"secret-1","user":"one"}},
{{"issuer":"secret.example","user_id":"2","user":"two"}},
{{"issuer":"{A}","user_id":"","user":"three"}},
{{"issuer":"{A}",
"user_id":4}}, {{"issuer":"{A}","user_id":" 5","user":"five"}},
{{"issuer":"{A}","user_id":"6","user":"s%c"}},
{{"issuer":"{A}","user_id":"7","user":"","more":1}},
{{"issuer":"{A}","user_id":"secret-1","user":"one"}}]"#
        );
        for (text, lines) in [(csv, [3, 4, 5, 6, 7, 8, 9]), (json, [3, 4, 6, 6, 7, 8, 9])] {
            let error = read(&text).unwrap_err();
            let told: Vec<u64> = error
                .lines()
                .skip(1)
                .map(|line| line.trim().split(':').next().unwrap().parse().unwrap())
                .collect();
            assert_eq!(told, lines, "{error}");
            assert!(error.contains("the same as on line 2"), "{error}");
            assert!(
                !error.contains("secret") && !error.contains("five"),
                "{error}"
            );
        }
    }

    /// The bug: nothing warned of a map whose users are never recognised.
    #[test]
    fn issuers_that_no_token_can_have_are_remarked_on() {
        let good = "https://contoso.b2clogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/";
        let bad = good.trim_end_matches('/');
        let text = format!("issuer,user_id,user\n{good},1,a\n{A},1,a\n{bad},2,b\n{bad},1,a\n");
        let remarks = read(&text).unwrap().remarks(Path::new("users.csv"));
        assert_eq!(
            remarks,
            [format!(
                "users.csv:4: issuer = \"{bad}\": is compared byte for byte, and B2C's issuers end with a slash; add it"
            )]
        );
    }

    #[test]
    fn texts_that_are_not_user_maps_are_refused() {
        for (text, mistake) in [
            ("", "1: needs the columns issuer, user_id and user"),
            ("issuer,user_id\n", "1: needs the columns"),
            ("issuer,user_id,user,more\n", "1: needs the columns"),
            ("issuer,user_id,issuer\n", "1: needs the columns"),
            ("Issuer,user_id,user\n", "1: needs the columns"),
            ("issuer,user_id,user", "1: the last line has no line break"),
            ("[\n1]", "2: is not an object with the strings"),
            ("[\n{}]", "2: is not an object with the strings"),
            ("[[]", "1: is not a JSON array"),
            ("[\n] x", "2: is not a JSON array"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(mistake), "{text:?}: {error}");
        }
        let many = "issuer,user_id,user\n".to_owned() + &"x,y,z\n".repeat(300);
        let error = read(&many).unwrap_err();
        assert_eq!(error.lines().count(), 102);
        assert!(error.ends_with("and 200 more"), "{error}");
    }

    #[test]
    fn a_copy_that_was_cut_is_refused() {
        let whole = format!("issuer,user_id,user\n{A},1,customer-1\r\n{A},2,customer-25\r\n");
        assert_eq!(read(&whole).unwrap().len(), 2);
        // The carriage return ends the line, too.
        let one_less = whole.strip_suffix('\n').unwrap();
        assert_eq!(read(one_less).unwrap().len(), 2);
        for missing in 2..=5 {
            let cut = &whole[..whole.len() - missing];
            let error = read(cut).unwrap_err();
            assert!(
                error.ends_with("3: the last line has no line break; is the file complete?"),
                "{cut}: {error}"
            );
        }
    }

    #[test]
    fn lines_within_quotation_marks_are_refused() {
        let swallowed =
            format!("issuer,user_id,user\n{A},1,one\n{A},\"2,two\n{A},3\",three\n{A},4,four\n");
        let escaped = format!(r#"[{{"issuer":"{A}\u0000","user_id":"1","user":"one"}}]"#);
        for (text, line) in [(swallowed, 3), (escaped, 1)] {
            let error = read(&text).unwrap_err();
            let expected = format!("\n  {line}: issuer or user_id has a control character");
            assert!(error.contains(&expected), "{error}");
            assert_eq!(error.lines().count(), 2, "{error}");
        }
    }

    #[test]
    fn users_beyond_the_limit_are_refused_with_the_first_of_them() {
        let csv = |count: usize| {
            let line = |at: usize| format!("{A},{at},u\n");
            "issuer,user_id,user\n".to_owned() + &(0..count).map(line).collect::<String>()
        };
        let json = |count: usize| {
            let line = |at: usize| format!(r#"{{"issuer":"{A}","user_id":"{at}","user":"u"}}"#);
            format!(
                "[\n{}]",
                (0..count).map(line).collect::<Vec<_>>().join(",\n")
            )
        };
        let read = |text: &str| {
            let mut mistakes = Mistakes::default();
            let map = UserMap::of(text, 3, &mut mistakes);
            let error = mistakes.finish(Path::new("users")).err();
            (map.len(), error.map(|error| error.to_string()))
        };
        for (enough, too_many) in [(csv(3), csv(6)), (json(3), json(6))] {
            assert_eq!(read(&enough), (3, None));
            let error = read(&too_many).1.unwrap();
            assert!(error.ends_with("\n  users:5: more than 3 users"), "{error}");
        }
        // The bug: entries with mistakes did not count, so a file full of them was read to its end.
        for too_many in [
            "issuer,user_id,user\n1\n1\n1\n1\n1\n",
            "[\n1,\n1,\n1,\n1,\n1]",
        ] {
            let error = read(too_many).1.unwrap();
            assert!(error.ends_with("\n  users:5: more than 3 users"), "{error}");
        }
    }
}
