//! Required claim ─▶ requirement.
//!
//! A full scope name in `scp`, such as `https://contoso.onmicrosoft.com/tasks-api/tasks.read`, is a mistake: tokens carry short names, so the requirement
//! could never be met. A value with spaces is allowed, because without a separator it may be a token's whole `scp`.

use crate::{
    requirement::{ClaimRequirement, Requirement, scope_mistake},
    settings::{Mistakes, RequiredClaim},
};

impl RequiredClaim {
    pub(super) fn check(&self, field: &str, mistakes: &mut Mistakes) -> Option<Requirement> {
        if self.name.is_empty() {
            let remedy = "is missing; name the claim, such as \"scp\"";
            mistakes.add(format!("{field}.name"), &self.name, remedy);
            return None;
        }
        if self.separator.as_ref().is_some_and(String::is_empty) {
            let remedy = "must not be empty; write \" \" for scp, or leave it out";
            mistakes.add(format!("{field}.separator"), "", remedy);
            return None;
        }
        let full_names = self.values.iter().filter(|value| value.contains("://"));
        for value in full_names.filter(|_| self.name == "scp") {
            if let Some(remedy) = scope_mistake(value) {
                mistakes.add(format!("{field}.values"), value, remedy);
            }
        }
        let claim = ClaimRequirement::new(
            self.name.as_str(),
            self.values.iter().map(String::as_str),
            self.matching,
        );
        Some(
            match &self.separator {
                Some(separator) => claim.separated_by(separator.as_str()),
                None => claim,
            }
            .into(),
        )
    }
}
