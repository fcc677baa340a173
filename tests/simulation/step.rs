//! The kinds of steps.

/// What happens next. A few requests follow each step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Rotate,
    Withdraw,
    Republish,
    Outage,
    /// Requests come with tokens of sources that hang.
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
    /// The wall clock differs by more than that.
    WrongClock,
    Good,
    Bad,
    Many,
    /// Tokens with random key ids, or with any form of the issuer.
    Junk,
    /// Some requests that wait are dropped.
    Drop,
    /// A layer that only reports lies inside, and in it a requirement of the outer one.
    Nested,
    /// A requirement of a layer that the request has not passed.
    Foreign,
    /// The runtime of the background task stops, or goes on.
    Drive,
    Report,
}

impl Step {
    pub(super) const ALL: [(Self, u8); 28] = [
        (Self::Rotate, 6),
        (Self::Withdraw, 4),
        (Self::Republish, 4),
        (Self::Outage, 4),
        (Self::Hang, 4),
        (Self::Poison, 4),
        (Self::Recover, 6),
        (Self::Answer, 4),
        (Self::ChangeIssuer, 8),
        (Self::Swap, 6),
        (Self::Forget, 4),
        (Self::Save, 4),
        (Self::SaveUsage, 4),
        (Self::Restart, 4),
        (Self::Crash, 4),
        (Self::Forward, 7),
        (Self::Later, 6),
        (Self::Skew, 4),
        (Self::WrongClock, 6),
        (Self::Good, 4),
        (Self::Bad, 4),
        (Self::Many, 4),
        (Self::Junk, 4),
        (Self::Drop, 4),
        (Self::Nested, 4),
        (Self::Foreign, 4),
        (Self::Drive, 4),
        (Self::Report, 4),
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
