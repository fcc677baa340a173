//! The errors of steps that do not depend on each other, so that an operator sees all of them at once.

use std::{error::Error, fmt};

#[derive(Debug, Default)]
pub(crate) struct AllErrors(Vec<Box<dyn Error>>);

impl AllErrors {
    /// The value of a step. `None` if it failed; its error is kept.
    pub(crate) fn value<T>(&mut self, result: Result<T, impl Into<Box<dyn Error>>>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                match error.into().downcast::<Self>() {
                    Ok(several) => self.0.extend(several.0),
                    Err(one) => self.0.push(one),
                }
                None
            }
        }
    }

    /// # Errors
    ///
    /// All errors, if there are any.
    pub(crate) fn finish(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    /// One by one, in the order of the steps.
    pub(crate) fn each(&self) -> impl Iterator<Item = &(dyn Error + 'static)> {
        self.0.iter().map(|error| &**error)
    }
}

impl fmt::Display for AllErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.each().enumerate() {
            let separator = if at == 0 { "" } else { "; " };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl Error for AllErrors {}
