//! Which statuses came up in which kinds of steps.

use std::{collections::BTreeMap, fmt};

use super::step::Step;

#[derive(Debug, Default)]
pub(super) struct Coverage {
    counts: BTreeMap<(Step, u16), u64>,
}

impl Coverage {
    pub(super) fn count(&mut self, step: Step, status: u16) {
        *self.counts.entry((step, status)).or_default() += 1;
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (pair, count) in &other.counts {
            *self.counts.entry(*pair).or_default() += count;
        }
    }

    /// The pairs that came up too rarely, though they can come up.
    pub(super) fn missing(&self, least: u64) -> Vec<(Step, u16, u64)> {
        let pairs = Step::ALL
            .into_iter()
            .flat_map(|(step, _)| STATUSES.map(|status| (step, status)));
        let possible = pairs.filter(|(step, status)| impossible(*step, *status).is_none());
        let counted = possible.map(|(step, status)| (step, status, self.of(step, status)));
        counted.filter(|(.., count)| *count < least).collect()
    }

    fn of(&self, step: Step, status: u16) -> u64 {
        self.counts
            .get(&(step, status))
            .copied()
            .unwrap_or_default()
    }
}

/// Why a status cannot come up in this kind of step.
fn impossible(step: Step, status: u16) -> Option<&'static str> {
    match (step, status) {
        (Step::Foreign, 500) => None,
        (_, 500) => Some("only a requirement without its layer is answered with 500"),
        _ => None,
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (step, _) in Step::ALL {
            write!(f, "{:<14}", format!("{step:?}"))?;
            for status in STATUSES {
                match impossible(step, status) {
                    Some(_) => write!(f, "  {status}        –")?,
                    None => write!(f, "  {status} {:>8}", self.of(step, status))?,
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

const STATUSES: [u16; 6] = [200, 400, 401, 403, 500, 503];
