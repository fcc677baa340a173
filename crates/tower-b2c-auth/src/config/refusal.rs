//! Checks the `[refusal]` table: the status is one of a refusal, from 400 to 599. Any other would tell clients and proxies that the request passed.

use http::StatusCode;

use crate::{
    refusal::ApimStyle,
    settings::{Mistakes, RefusalSettings},
};

impl RefusalSettings {
    pub(super) fn check(&self, mistakes: &mut Mistakes) -> Option<ApimStyle> {
        match StatusCode::from_u16(self.status) {
            Ok(status) if status.is_client_error() || status.is_server_error() => {
                Some(ApimStyle::new(status, self.message.as_deref()))
            }
            _ => {
                let remedy = "is not a status of a refusal; write 401, or another from 400 to 599";
                mistakes.add("refusal.status", self.status, remedy);
                None
            }
        }
    }
}
