//! Times of several cases, taken in turns.

use std::time::Instant;

/// Something to measure, in parts that are timed by themselves.
pub(crate) struct Case<'a> {
    pub(crate) name: &'static str,
    parts: usize,
    /// How many iterations each part consists of.
    iterations: usize,
    /// What must happen before the first part, off the clock.
    prepare: Box<dyn FnMut() + 'a>,
    pass: Box<dyn FnMut(usize) + 'a>,
}

impl<'a> Case<'a> {
    /// A case that does `pass` for each number below `parts`.
    pub(crate) fn new(
        name: &'static str,
        parts: usize,
        iterations: usize,
        pass: impl FnMut(usize) + 'a,
    ) -> Self {
        Self {
            name,
            parts,
            iterations,
            prepare: Box::new(|| ()),
            pass: Box::new(pass),
        }
    }

    pub(crate) fn prepared(mut self, prepare: impl FnMut() + 'a) -> Self {
        self.prepare = Box::new(prepare);
        self
    }
}

/// The times of one case.
pub(crate) struct Times {
    pub(crate) name: &'static str,
    iterations: usize,
    /// Nanoseconds of each part in each round, the shortest first.
    parts: Vec<Vec<f64>>,
}

impl Times {
    /// Nanoseconds per iteration if each part had always been as undisturbed as in its best round: the machine's neighbours only ever add time, and a short
    /// part finds a quiet moment more easily than a long pass.
    pub(crate) fn best(&self) -> f64 {
        self.mean(|times| times[0])
    }

    /// Nanoseconds per iteration as they mostly were.
    pub(crate) fn median(&self) -> f64 {
        self.mean(|times| times[times.len() / 2])
    }

    fn mean(&self, of: impl Fn(&[f64]) -> f64) -> f64 {
        let total: f64 = self.parts.iter().map(|times| of(times)).sum();
        total / (self.parts.len() * self.iterations) as f64
    }
}

/// Measures all cases `rounds` times in turns, so that whatever disturbs the machine disturbs all of them.
pub(crate) fn measure(mut cases: Vec<Case<'_>>, rounds: usize) -> Vec<Times> {
    let mut times: Vec<_> = cases
        .iter()
        .map(|case| Times {
            name: case.name,
            iterations: case.iterations,
            parts: vec![Vec::new(); case.parts],
        })
        .collect();
    for _ in 0..rounds {
        for (case, times) in cases.iter_mut().zip(&mut times) {
            (case.prepare)();
            for (part, times) in times.parts.iter_mut().enumerate() {
                let start = Instant::now();
                (case.pass)(part);
                times.push(start.elapsed().as_nanos() as f64);
            }
        }
    }
    for part in times.iter_mut().flat_map(|times| &mut times.parts) {
        part.sort_by(f64::total_cmp);
    }
    times
}
