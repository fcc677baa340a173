//! Checks the `[refusal]` table: the status must be an error, from 400 to 599. Any other would tell clients and proxies that the request passed.

use http::StatusCode;

use crate::{
    refusal::ApimStyle,
    settings::{Mistakes, RefusalSettings},
};

impl RefusalSettings {
    pub(super) fn check(&self, mistakes: &mut Mistakes) -> Option<ApimStyle> {
        let status = StatusCode::from_u16(self.status).ok();
        let status = status.filter(|it| it.is_client_error() || it.is_server_error());
        let status = status.ok_or("is not an error status; write 401, or another from 400 to 599");
        let status = mistakes.note("refusal.status", self.status, status)?;
        Some(ApimStyle::new(status, self.message.as_deref()))
    }
}
