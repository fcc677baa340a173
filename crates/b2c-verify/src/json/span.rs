use std::ops::Range;

/// A range of bytes in a text, or of elements in a list. Half the size of `Range<usize>`.
#[derive(Clone, Copy, Default)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    /// `None` beyond 4 GiB.
    pub(super) fn new(start: usize, end: usize) -> Option<Self> {
        Some(Self {
            start: start.try_into().ok()?,
            end: end.try_into().ok()?,
        })
    }

    /// The position of `part` in `whole`. `None` if it is not a slice of `whole`.
    pub(super) fn locate(part: &str, whole: &str) -> Option<Self> {
        let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
        let end = start.checked_add(part.len())?;
        (whole.get(start..end)?.as_ptr() == part.as_ptr()).then(|| Self::new(start, end))?
    }

    /// The elements in this range. Empty if out of range, which cannot happen with the list that the span was made for.
    pub(super) fn of<T>(self, list: &[T]) -> &[T] {
        self.range()
            .and_then(|range| list.get(range))
            .unwrap_or_default()
    }

    /// The text in this range. Empty if out of range, which cannot happen with the text that the span was made for.
    pub(super) fn text_of(self, text: &str) -> &str {
        self.range()
            .and_then(|range| text.get(range))
            .unwrap_or_default()
    }

    fn range(self) -> Option<Range<usize>> {
        Some(self.start.try_into().ok()?..self.end.try_into().ok()?)
    }

    /// The same range, relative to a text that begins `length` bytes later. `None` if the range begins before that text.
    pub(super) fn back_by(self, length: usize) -> Option<Self> {
        let length = length.try_into().ok()?;
        Some(Self {
            start: self.start.checked_sub(length)?,
            end: self.end.checked_sub(length)?,
        })
    }

    /// The same range without its first and last byte: a string without its quotes.
    pub(super) fn inner(self) -> Self {
        Self {
            start: self.start.saturating_add(1),
            end: self.end.saturating_sub(1),
        }
    }
}
