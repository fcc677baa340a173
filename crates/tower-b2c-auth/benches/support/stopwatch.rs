//! Times of several cases, taken in turns.

use std::time::Instant;

/// Something to measure: one pass does `iterations` times the same.
pub(crate) struct Case<'a> {
    pub(crate) name: &'static str,
    pub(crate) iterations: usize,
    /// What must happen before each pass, off the clock.
    pub(crate) prepare: Box<dyn FnMut() + 'a>,
    pub(crate) pass: Box<dyn FnMut() + 'a>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(name: &'static str, iterations: usize, pass: impl FnMut() + 'a) -> Self {
        Self {
            name,
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

/// The times of one case in nanoseconds per iteration, the shortest first.
pub(crate) struct Times {
    pub(crate) name: &'static str,
    sorted: Vec<f64>,
}

impl Times {
    /// The shortest, in which the neighbours on the machine disturbed least.
    pub(crate) fn best(&self) -> f64 {
        self.sorted[0]
    }

    pub(crate) fn median(&self) -> f64 {
        self.sorted[self.sorted.len() / 2]
    }
}

/// Measures all cases `rounds` times in turns, so that whatever disturbs the machine disturbs all of them.
pub(crate) fn measure(mut cases: Vec<Case<'_>>, rounds: usize) -> Vec<Times> {
    let mut times: Vec<_> = cases
        .iter()
        .map(|case| Times {
            name: case.name,
            sorted: Vec::new(),
        })
        .collect();
    for _ in 0..rounds {
        for (case, times) in cases.iter_mut().zip(&mut times) {
            (case.prepare)();
            let start = Instant::now();
            (case.pass)();
            let nanos = start.elapsed().as_nanos() as f64;
            times.sorted.push(nanos / case.iterations as f64);
        }
    }
    for times in &mut times {
        times.sorted.sort_by(f64::total_cmp);
    }
    times
}
