//! Removes an entry from a TOML document.

use std::{mem, ops::Range};

use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue},
};

/// Removes the entry or the element at this place. Returns the place of the table or array that it was in, or `None` if nothing is there.
///
/// TOML's own limit on nesting bounds the recursion.
pub(super) fn leave_out(
    document: &mut Spanned<DeTable<'_>>,
    place: &Range<usize>,
) -> Option<Range<usize>> {
    let around = document.span();
    from_table(document.get_mut(), around, place)
}

fn from_table(
    table: &mut DeTable<'_>,
    around: Range<usize>,
    place: &Range<usize>,
) -> Option<Range<usize>> {
    for (_, value) in table.iter_mut() {
        if let Some(left) = from_value(value, place) {
            return Some(left);
        }
    }
    let mut entries = table.iter();
    let (key, _) = entries.find(|(key, value)| key.span() == *place || value.span() == *place)?;
    let key = key.get_ref().clone().into_owned();
    table.remove(&*key).map(|_| around)
}

fn from_value(value: &mut Spanned<DeValue<'_>>, place: &Range<usize>) -> Option<Range<usize>> {
    let around = value.span();
    match value.get_mut() {
        DeValue::Table(table) => from_table(table, around, place),
        DeValue::Array(elements) => {
            let left = elements.iter_mut().find_map(|it| from_value(it, place));
            if left.is_some() {
                return left;
            }
            let before = elements.len();
            let all = mem::replace(elements, DeArray::new()).into_iter();
            *elements = all.filter(|element| element.span() != *place).collect();
            (elements.len() < before).then_some(around)
        }
        _ => None,
    }
}
