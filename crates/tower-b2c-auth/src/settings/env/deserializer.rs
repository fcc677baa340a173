//! Tables of variables ─▶ values for serde. A variable is only text, so the setting determines its type.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{
    Deserializer,
    de::{
        DeserializeSeed, Error as _, MapAccess, SeqAccess, Unexpected, Visitor,
        value::{MapDeserializer, SeqDeserializer, StrDeserializer},
    },
    forward_to_deserialize_any,
};

use super::variables::{Content, Node, SEPARATOR};

/// A variable that serde cannot read.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Misread {
    /// `None` until [`at`](Self::at) has added it.
    pub(super) variable: Option<String>,
    pub(super) message: String,
    pub(super) expected: Expected,
}

/// What was expected of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// Another value.
    Value,
    /// The name of one of these fields, as the last step of its name.
    Field(&'static [&'static str]),
    /// A number, as the last step of its name.
    Number,
    /// Further steps.
    Parts,
    /// No further steps.
    NoParts,
}

impl Misread {
    fn at(mut self, variable: &str) -> Self {
        self.variable.get_or_insert_with(|| variable.to_owned());
        self
    }

    fn expecting(self, expected: Expected) -> Self {
        Self { expected, ..self }
    }
}

impl serde::de::Error for Misread {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            variable: None,
            message: message.to_string(),
            expected: Expected::Value,
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn serde::de::Expected) -> Self {
        let error = Self::custom(format_args!("invalid type: {found}, expected {expected}"));
        match found {
            Unexpected::Map => error.expecting(Expected::NoParts),
            _ => error,
        }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::custom(format_args!("unknown field {field}")).expecting(Expected::Field(expected))
    }
}

/// Reads one setting, ignoring the variables that are known to be wrong.
#[derive(Clone, Copy)]
pub(super) struct Reader<'v> {
    pub(super) node: &'v Node,
    pub(super) wrong: &'v [String],
}

impl<'v> Reader<'v> {
    fn text(self) -> Result<&'v str, Misread> {
        match &self.node.content {
            Content::Text(text) => unquoted(text),
            Content::Table(_) => {
                let error = Misread::custom("expected a string, found parts of a table");
                Err(error.expecting(Expected::NoParts))
            }
        }
    }

    fn parsed<T: FromStr>(self, expected: &str) -> Result<T, Misread> {
        let text = self.text()?.trim();
        text.parse()
            .map_err(|_| Misread::custom(format_args!("expected {expected}, found another string")))
    }

    fn table(self) -> Result<&'v BTreeMap<String, Node>, Misread> {
        match &self.node.content {
            Content::Table(table) => Ok(table),
            Content::Text(_) => {
                let error = Misread::custom(format_args!(
                    "expected a table; append the name of one of its settings to this variable's name, as in {}{SEPARATOR}…",
                    self.node.name
                ));
                Err(error.expecting(Expected::Parts))
            }
        }
    }

    fn entries(self, table: &'v BTreeMap<String, Node>) -> Entries<'v> {
        let wrong = self.wrong;
        let all = table.iter();
        let right: Vec<_> = all
            .filter(|(_, node)| !wrong.contains(&node.name))
            .map(|(key, node)| (key.as_str(), Reader { node, wrong }))
            .collect();
        Entries {
            entries: right.into_iter(),
            value: None,
        }
    }

    /// The elements of a list given in numbered parts, in order.
    fn elements(self, table: &'v BTreeMap<String, Node>) -> Result<Vec<Self>, Misread> {
        let wrong = self.wrong;
        let right = table.iter().filter(|(_, node)| !wrong.contains(&node.name));
        let mut numbered = Vec::with_capacity(table.len());
        for (key, node) in right {
            let number = key.parse::<usize>().map_err(|_| {
                let message = "expected the number of an element, counted from 0";
                let error = Misread::custom(message).expecting(Expected::Number);
                error.at(&node.name)
            })?;
            numbered.push((number, node));
        }
        numbered.sort_by_key(|(number, _)| *number);
        // If an element is known to be wrong, a gap has been reported already.
        if numbered.len() == table.len() {
            for (at, (number, node)) in numbered.iter().enumerate() {
                if at != *number {
                    let message = format_args!(
                        "expected element {at} before this one; the elements are counted from 0"
                    );
                    return Err(Misread::custom(message).at(&node.name));
                }
            }
        }
        let elements = numbered.into_iter();
        Ok(elements.map(|(_, node)| Reader { node, wrong }).collect())
    }
}

macro_rules! parsed {
    ($($method:ident $visit:ident $expected:literal,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
            visitor.$visit(self.parsed($expected)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Misread;

    /// For settings with more than one form: text is read as a list, and so are numbered parts.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        let is_number = |key: &String| key.bytes().all(|byte| byte.is_ascii_digit());
        match &self.node.content {
            Content::Table(table) if !table.keys().all(is_number) => {
                visitor.visit_map(self.entries(table))
            }
            _ => self.deserialize_seq(visitor),
        }
    }

    parsed! {
        deserialize_bool visit_bool "true or false",
        deserialize_u8 visit_u8 "an integer of zero or more that is not too large",
        deserialize_u16 visit_u16 "an integer of zero or more that is not too large",
        deserialize_u32 visit_u32 "an integer of zero or more that is not too large",
        deserialize_u64 visit_u64 "an integer of zero or more that is not too large",
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misread> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        match &self.node.content {
            Content::Table(table) => visitor.visit_seq(Elements(self.elements(table)?.into_iter())),
            Content::Text(text) => {
                if text.trim_start().starts_with("[\"") {
                    return Err(Misread::custom(NOT_JSON));
                }
                let texts = unquoted(text)?.split(',').map(str::trim);
                let texts = texts.filter(|text| !text.is_empty()).map(unquoted);
                let texts = texts.collect::<Result<Vec<_>, _>>()?;
                if texts.is_empty() {
                    return Err(Misread::custom(EMPTY));
                }
                visitor.visit_seq(SeqDeserializer::new(texts.into_iter()))
            }
        }
    }

    /// `name=value`, separated by commas, because header names cannot be part of a variable's name.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        let pairs = self.text()?.split(',');
        let pairs = pairs.filter(|pair| !pair.trim().is_empty()).map(|pair| {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| Misread::custom(NO_PAIR))?;
            Ok((unquoted(name.trim())?, unquoted(value.trim())?))
        });
        let pairs = pairs.collect::<Result<Vec<_>, Misread>>()?;
        if pairs.is_empty() {
            return Err(Misread::custom(EMPTY));
        }
        visitor.visit_map(MapDeserializer::new(pairs.into_iter()))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misread> {
        visitor.visit_map(self.entries(self.table()?))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misread> {
        visitor.visit_enum(StrDeserializer::new(self.text()?.trim()))
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

struct Entries<'v> {
    entries: std::vec::IntoIter<(&'v str, Reader<'v>)>,
    value: Option<Reader<'v>>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Misread;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misread> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        let key = seed.deserialize(StrDeserializer::<Misread>::new(key));
        key.map(Some).map_err(|error| error.at(&value.node.name))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misread> {
        let value = self
            .value
            .take()
            .ok_or_else(|| Misread::custom("no value"))?;
        let read = seed.deserialize(value);
        read.map_err(|error| error.at(&value.node.name))
    }
}

struct Elements<'v>(std::vec::IntoIter<Reader<'v>>);

impl<'de> SeqAccess<'de> for Elements<'de> {
    type Error = Misread;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Misread> {
        let Some(element) = self.0.next() else {
            return Ok(None);
        };
        let read = match &element.node.content {
            Content::Text(text) => unquoted(text)
                .and_then(|text| seed.deserialize(StrDeserializer::<Misread>::new(text))),
            Content::Table(_) => seed.deserialize(element),
        };
        read.map(Some).map_err(|error| error.at(&element.node.name))
    }
}

/// The text, unless it is wrapped in quotation marks: a shell removes them, but `docker run --env-file` passes them on as a part of the value.
fn unquoted(text: &str) -> Result<&str, Misread> {
    let inner = text.trim();
    let is_wrapped =
        |mark: char| inner.len() > 1 && inner.starts_with(mark) && inner.ends_with(mark);
    if is_wrapped('"') || is_wrapped('\'') {
        return Err(Misread::custom(QUOTED));
    }
    Ok(text)
}

/// The error for a value in quotation marks.
const QUOTED: &str =
    "is wrapped in quotation marks, which are a part of the value here; leave them out";

/// The error for a list as JSON has it. No element of a setting begins like that.
const NOT_JSON: &str =
    "expected the elements themselves, separated by commas, without brackets and quotes";

/// The error for a map that has something else.
const NO_PAIR: &str = "expected name=value pairs, separated by commas";

/// The error for a list or a map without elements. An empty variable is rarely meant, and without its value, the settings might allow more.
const EMPTY: &str = "is empty; leave the variable out for the default";
