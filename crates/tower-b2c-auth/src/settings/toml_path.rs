//! A place in a TOML text ─▶ the names that lead there.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// An entry of a document, or an element of one of its arrays.
pub(super) struct TomlPath<'d> {
    /// The names of the tables around it, and its own name if it is an entry.
    pub(super) names: Vec<&'d str>,
    pub(super) value: &'d DeValue<'d>,
}

impl<'d> TomlPath<'d> {
    /// What is at this place, or `None` if nothing is there. TOML's own limit on nesting bounds the recursion.
    pub(super) fn at(document: &'d DeTable<'d>, place: &Range<usize>) -> Option<Self> {
        in_table(document, &[], place)
    }

    /// Its own name and the names of the tables around it.
    pub(super) fn split(&self) -> Option<(&'d str, &[&'d str])> {
        let (name, around) = self.names.split_last()?;
        Some((name, around))
    }
}

fn in_table<'d>(
    table: &'d DeTable<'d>,
    around: &[&'d str],
    place: &Range<usize>,
) -> Option<TomlPath<'d>> {
    table.iter().find_map(|(key, value)| {
        let names = [around, &[key.get_ref().as_ref()]].concat();
        // What is within an entry comes first: the place of a table is also that of its header.
        let within = in_value(value, &names, place);
        let value = value.get_ref();
        within.or_else(|| (key.span() == *place).then_some(TomlPath { names, value }))
    })
}

fn in_value<'d>(
    value: &'d Spanned<DeValue<'d>>,
    names: &[&'d str],
    place: &Range<usize>,
) -> Option<TomlPath<'d>> {
    let within = match value.get_ref() {
        DeValue::Table(table) => in_table(table, names, place),
        DeValue::Array(elements) => elements.iter().find_map(|it| in_value(it, names, place)),
        _ => None,
    };
    let names = names.to_vec();
    within.or_else(|| {
        (value.span() == *place).then(|| TomlPath {
            names,
            value: value.get_ref(),
        })
    })
}
