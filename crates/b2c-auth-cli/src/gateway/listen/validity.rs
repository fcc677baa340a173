//! When a certificate is valid.

use std::time::{Duration, UNIX_EPOCH};

use rustls_pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, Error, RootCertStore, client::verify_server_cert_signed_by_trust_anchor,
    server::ParsedCertificate,
};
use tower_b2c_auth::NumericDate;

/// From its first valid second to its last one, since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Validity {
    not_before: u64,
    not_after: u64,
}

impl Validity {
    /// `None` if it cannot be found out.
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let parsed = ParsedCertificate::try_from(certificate).ok()?;
        // The verifier says when a certificate expires only if it has expired. It looks at the dates before it looks for an issuer.
        let error_at = |secs| {
            let time = UnixTime::since_unix_epoch(Duration::from_secs(secs));
            let roots = RootCertStore::empty();
            verify_server_cert_signed_by_trust_anchor(&parsed, &roots, &[], time, &[]).err()
        };
        let not_after = match error_at(u64::MAX)? {
            Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. }) => {
                not_after.as_secs()
            }
            _ => return None,
        };
        let not_before = match error_at(0)? {
            Error::InvalidCertificate(CertificateError::NotValidYetContext {
                not_before, ..
            }) => not_before.as_secs(),
            _ => 0,
        };
        Some(Self {
            not_before,
            not_after,
        })
    }

    /// # Errors
    ///
    /// If the certificate has expired or is not valid yet.
    pub(super) fn check(self, now: NumericDate) -> Result<(), String> {
        if now.as_secs() > self.not_after {
            return Err(format!("expired at {}", date(self.not_after)));
        }
        if now.as_secs() < self.not_before {
            return Err(format!("is not valid before {}", date(self.not_before)));
        }
        Ok(())
    }

    /// Whether it is good enough to be used now. The issuer's clock may be ahead, so a certificate may become valid a little later.
    ///
    /// # Errors
    ///
    /// If the certificate has expired, or becomes valid only after [`CLOCK_TOLERANCE`].
    pub(super) fn check_with_tolerance(self, now: NumericDate) -> Result<(), String> {
        let early = self.not_before.saturating_sub(now.as_secs());
        match self.check(now) {
            Err(_) if (1..=CLOCK_TOLERANCE).contains(&early) => Ok(()),
            Err(wrong) if early > 0 => Err(format!("{wrong}; send SIGHUP again after that time")),
            other => other,
        }
    }

    /// What is wrong with it, or will be soon.
    pub(super) fn warning(self, now: NumericDate) -> Option<String> {
        if let Err(wrong) = self.check(now) {
            return Some(format!("{wrong}; clients refuse it"));
        }
        let lifetime = self.not_after.saturating_sub(self.not_before);
        let left = self.not_after.saturating_sub(now.as_secs());
        let is_late = left <= WEEK && left <= lifetime / 4;
        is_late.then(|| {
            let date = date(self.not_after);
            format!("expires at {date}; replace the file, if you have not done so yet, and then send SIGHUP")
        })
    }
}

fn date(secs: u64) -> String {
    let date = UNIX_EPOCH.checked_add(Duration::from_secs(secs));
    date.map_or_else(
        || secs.to_string(),
        |date| humantime::format_rfc3339_seconds(date).to_string(),
    )
}

const WEEK: u64 = 7 * 24 * 60 * 60;
/// In seconds.
const CLOCK_TOLERANCE: u64 = 5 * 60;

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    #[test]
    fn a_certificate_is_warned_of_before_it_expires_and_not_all_its_short_life() {
        let key = KeyPair::generate().unwrap();
        let mut issued = CertificateParams::new(["localhost".to_owned()]).unwrap();
        issued.not_before = date_time_ymd(2026, 1, 1);
        issued.not_after = date_time_ymd(2026, 3, 1);
        let issued = issued.self_signed(&key).unwrap();
        let validity = Validity::of(issued.der()).unwrap();
        let (start, end) = (1_767_225_600, 1_772_323_200);
        let expected = Validity {
            not_before: start,
            not_after: end,
        };
        assert_eq!(validity, expected);

        let short = Validity {
            not_before: end - 4 * 100,
            not_after: end,
        };
        for (validity, now, warning) in [
            (
                validity,
                start - 1,
                Some("is not valid before 2026-01-01T00:00:00Z; "),
            ),
            (validity, start, None),
            (validity, end - WEEK - 1, None),
            (
                validity,
                end - WEEK,
                Some("expires at 2026-03-01T00:00:00Z; "),
            ),
            (validity, end, Some("expires at 2026-03-01T00:00:00Z; ")),
            (validity, end + 1, Some("expired at 2026-03-01T00:00:00Z; ")),
            (short, end - 101, None),
            (short, end - 100, Some("expires at ")),
        ] {
            let found = validity.warning(NumericDate::from_secs(now));
            let is_it = match (&found, warning) {
                (Some(found), Some(warning)) => found.starts_with(warning),
                (found, warning) => found.is_none() && warning.is_none(),
            };
            assert!(is_it, "{now}: {found:?}");
        }
        assert_eq!(Validity::of(&CertificateDer::from(&b"x"[..])), None);
    }

    /// The bug: a renewed certificate was refused, because its issuer's clock was a few seconds ahead, and nothing tried it again.
    #[test]
    fn a_certificate_may_become_valid_within_five_minutes() {
        let (start, end) = (1_767_225_600, 1_772_323_200);
        let validity = Validity {
            not_before: start,
            not_after: end,
        };
        let early = Err(
            "is not valid before 2026-01-01T00:00:00Z; send SIGHUP again after that time"
                .to_owned(),
        );
        for (now, expected) in [
            (start - 301, early),
            (start - 300, Ok(())),
            (start - 1, Ok(())),
            (start, Ok(())),
            (end, Ok(())),
            (end + 1, Err("expired at 2026-03-01T00:00:00Z".to_owned())),
        ] {
            let found = validity.check_with_tolerance(NumericDate::from_secs(now));
            assert_eq!(found, expected, "{now}");
        }
    }
}
