/// A range of bytes in a text. Half the size of `Range<usize>`, because verified claims are kept by the thousand.
#[derive(Clone, Copy, Default)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// `None` beyond 4 GiB.
    pub(super) fn new(start: usize, end: usize) -> Option<Self> {
        Some(Self {
            start: start.try_into().ok()?,
            end: end.try_into().ok()?,
        })
    }

    /// Where `part` lies in `whole`. `None` if it does not.
    pub(super) fn locate(part: &str, whole: &str) -> Option<Self> {
        let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
        let end = start.checked_add(part.len())?;
        (whole.get(start..end)?.as_ptr() == part.as_ptr()).then(|| Self::new(start, end))?
    }

    /// The same in half the size. `None` beyond 64 KiB.
    pub(super) fn shorten(self) -> Option<ShortSpan> {
        Some(ShortSpan {
            start: self.start.try_into().ok()?,
            end: self.end.try_into().ok()?,
        })
    }

    /// The text in this range; empty if there is no such range, which cannot be as long as spans stay with the text they were made for.
    pub(super) fn of(self, text: &str) -> &str {
        let (Ok(start), Ok(end)) = (self.start.try_into(), self.end.try_into()) else {
            return "";
        };
        text.get::<std::ops::Range<usize>>(start..end)
            .unwrap_or_default()
    }

    /// The same for a range of a list.
    pub(super) fn of_list<T>(self, list: &[T]) -> &[T] {
        let (Ok(start), Ok(end)) = (self.start.try_into(), self.end.try_into()) else {
            return &[];
        };
        list.get::<std::ops::Range<usize>>(start..end)
            .unwrap_or_default()
    }

    /// The same range without its first and last byte: a string without its quotes.
    pub(super) fn inner(self) -> Self {
        Self {
            start: self.start.saturating_add(1),
            end: self.end.saturating_sub(1),
        }
    }
}

/// A [`Span`] in a text of less than 64 KiB.
#[derive(Clone, Copy)]
pub(super) struct ShortSpan {
    start: u16,
    end: u16,
}

impl From<ShortSpan> for Span {
    fn from(short: ShortSpan) -> Self {
        Self {
            start: short.start.into(),
            end: short.end.into(),
        }
    }
}
