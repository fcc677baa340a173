//! The kinds of steps.

/// What happens next. Each is followed by a few requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Rotate,
    Withdraw,
    Republish,
    Outage,
    Hang,
    Poison,
    Recover,
    /// Requests that hang are answered.
    Answer,
    ChangeIssuer,
    Swap,
    Forget,
    /// Keys and usage are saved.
    Save,
    SaveUsage,
    /// With a save at the end.
    Restart,
    Crash,
    /// By seconds.
    Forward,
    /// By minutes and hours.
    Later,
    /// The wall clock differs by less than the clock skew that is allowed.
    Skew,
    /// By more.
    WrongClock,
    Good,
    Bad,
    Many,
    /// Tokens with random key ids.
    Junk,
    /// Some requests that wait are dropped.
    Drop,
    /// A layer that only reports lies inside, and in it a requirement of the outer one.
    Nested,
    /// A requirement of a layer that is not there.
    Foreign,
    /// The runtime of the background task stops, or goes on.
    Drive,
    Report,
}

impl Step {
    pub(super) const ALL: [(Self, u8); 28] = [
        (Self::Rotate, 6),
        (Self::Withdraw, 3),
        (Self::Republish, 2),
        (Self::Outage, 3),
        (Self::Hang, 3),
        (Self::Poison, 3),
        (Self::Recover, 7),
        (Self::Answer, 4),
        (Self::ChangeIssuer, 3),
        (Self::Swap, 4),
        (Self::Forget, 2),
        (Self::Save, 2),
        (Self::SaveUsage, 2),
        (Self::Restart, 2),
        (Self::Crash, 2),
        (Self::Forward, 10),
        (Self::Later, 6),
        (Self::Skew, 2),
        (Self::WrongClock, 2),
        (Self::Good, 4),
        (Self::Bad, 6),
        (Self::Many, 4),
        (Self::Junk, 4),
        (Self::Drop, 3),
        (Self::Nested, 4),
        (Self::Foreign, 3),
        (Self::Drive, 2),
        (Self::Report, 2),
    ];

    pub(super) fn random(rng: &mut fastrand::Rng) -> Self {
        let total: u32 = Self::ALL.iter().map(|(_, weight)| u32::from(*weight)).sum();
        let mut at = rng.u32(..total);
        for (step, weight) in Self::ALL {
            match at.checked_sub(weight.into()) {
                None => return step,
                Some(rest) => at = rest,
            }
        }
        unreachable!("the weights add up")
    }
}
