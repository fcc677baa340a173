//! The names of the settings, as serde knows them.

use serde::{
    Deserialize as _, Deserializer,
    de::{Error as _, Visitor, value::Error},
    forward_to_deserialize_any,
};

use super::Settings;

/// The names of all settings of the top level, in TOML.
pub(crate) fn top_level_names() -> &'static [&'static str] {
    let mut names: &[&str] = &[];
    // It reads nothing, so there is always an error.
    Settings::deserialize(Names(&mut names)).err();
    names
}

/// Takes the names of the fields and reads nothing.
struct Names<'n>(&'n mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(Error::custom("only the names are read"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq tuple tuple_struct
        map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_fields() {
        let names = top_level_names();
        for name in ["token", "audiences", "claim_headers", "forgotten_keys"] {
            assert!(names.contains(&name), "{name}");
        }
        assert!(!names.contains(&"tenant"));
    }
}
