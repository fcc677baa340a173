//! Counts users without storing who they are.
//!
//! A sketch keeps, for each of 1024 registers, the longest run of zeros that any hash has shown there. From those, the number of different users can be
//! estimated, and none of the users can be read. Two sketches are combined by taking the greater value of each register, so a user of two replicas counts
//! once.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hyperloglockless::HyperLogLog;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A HyperLogLog of the hashes of users ([Flajolet et al., 2007](https://algo.inria.fr/flajolet/Publications/FlFuGaMe07.pdf)): a kilobyte, however many
/// users there are. It can be combined with others, and identifies no user.
///
/// It is serialized as its registers in Base64.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct UserSketch(HyperLogLog<NoHasher>);

/// The inserted values are hashes already.
type NoHasher = std::hash::BuildHasherDefault<std::hash::DefaultHasher>;

impl UserSketch {
    pub(super) fn insert(&mut self, hash: u64) {
        self.0.insert_hash(hash);
    }

    /// Adds the users of another sketch with the same salt.
    pub(super) fn add(&mut self, other: &Self) {
        let added = self.0.union(&other.0);
        debug_assert!(added.is_ok(), "all sketches have the same size");
    }

    /// An estimate of the number of users, with the standard error [`STANDARD_ERROR_PERMILLE`].
    pub(super) fn count(&self) -> u64 {
        // The conversion saturates, and the estimate is never negative.
        self.0.raw_count().round() as u64
    }
}

impl Default for UserSketch {
    fn default() -> Self {
        Self(HyperLogLog::with_hasher(PRECISION, NoHasher::default()))
    }
}

impl Serialize for UserSketch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let registers: Vec<_> = self.0.iter().collect();
        serializer.serialize_str(&STANDARD.encode(registers))
    }
}

impl<'de> Deserialize<'de> for UserSketch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let registers = STANDARD.decode(text).map_err(D::Error::custom)?;
        let is_register = |register: &u8| *register <= MAX_REGISTER;
        if registers.len() != REGISTERS || !registers.iter().all(is_register) {
            return Err(D::Error::custom("not a sketch of users"));
        }
        let mut sketch = Self::default();
        // Rebuilds each register by inserting a hash that produces it, so that all derived state is right too.
        for (place, register) in (0_u64..).zip(registers) {
            if let Some(zeros) = register.checked_sub(1) {
                sketch.insert((place << PLACE_SHIFT) | (1 << zeros));
            }
        }
        Ok(sketch)
    }
}

impl fmt::Debug for UserSketch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserSketch").finish_non_exhaustive()
    }
}

const PRECISION: u8 = 10;
/// The number of registers, of one byte each.
const REGISTERS: usize = 1 << PRECISION;
const PLACE_SHIFT: u32 = u64::BITS - PRECISION as u32;
/// The greatest value of a register: that of a hash whose bits outside the index are all 0, except the last to be looked at. Only one hash in 2^54 has a 0
/// there too, and would exceed it.
const MAX_REGISTER: u8 = 64 - PRECISION;
/// The standard error: 1.04 divided by the square root of the number of registers, in thousandths.
pub(super) const STANDARD_ERROR_PERMILLE: u16 = 33;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migration::user_salt::UserSalt;

    fn of(users: std::ops::Range<u32>) -> UserSketch {
        let salt = UserSalt::new(b"salt");
        let mut sketch = UserSketch::default();
        for user in users {
            sketch.insert(salt.hash("https://a.example", &user.to_string()));
        }
        sketch
    }

    #[test]
    fn the_error_of_a_sketch_stays_within_the_documented_one() {
        assert_eq!(UserSketch::default().count(), 0);
        for count in [1, 2, 5, 10] {
            assert_eq!(of(0..count).count(), u64::from(count));
        }
        let mut squares = 0.0;
        let runs = 100;
        for run in 0..runs {
            let users = 20_000;
            let counted = of(run * users..(run + 1) * users).count();
            let error = counted as f64 / f64::from(users) - 1.0;
            squares += error * error;
        }
        let measured = (squares / f64::from(runs)).sqrt() * 1000.0;
        let said = f64::from(STANDARD_ERROR_PERMILLE);
        assert!((said * 0.7..said * 1.3).contains(&measured), "{measured}");
    }

    #[test]
    fn users_of_two_sketches_are_counted_once() {
        let mut all = of(0..30);
        all.add(&of(20..50));
        assert_eq!(all, of(0..50));
    }

    #[test]
    fn a_sketch_can_be_serialized_read_back_and_extended() {
        for sketch in [UserSketch::default(), of(0..3), of(0..50_000)] {
            let json = serde_json::to_string(&sketch).unwrap();
            let mut read: UserSketch = serde_json::from_str(&json).unwrap();
            assert_eq!((&read, read.count()), (&sketch, sketch.count()));
            let mut more = sketch;
            for sketch in [&mut more, &mut read] {
                sketch.add(&of(70_000..80_000));
            }
            assert_eq!(read.count(), more.count());
        }
    }

    #[test]
    fn texts_that_are_not_sketches_are_refused() {
        let registers = |registers: &[u8]| format!("\"{}\"", STANDARD.encode(registers));
        let good = registers(&[MAX_REGISTER; REGISTERS]);
        serde_json::from_str::<UserSketch>(&good).unwrap();
        for wrong in [
            registers(&[]),
            registers(&[0; REGISTERS - 1]),
            registers(&[0; REGISTERS + 1]),
            registers(&[MAX_REGISTER + 1; REGISTERS]),
            "\"?\"".into(),
            "[]".into(),
        ] {
            serde_json::from_str::<UserSketch>(&wrong).unwrap_err();
        }
    }
}
