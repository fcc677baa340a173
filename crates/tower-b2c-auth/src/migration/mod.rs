//! Two issuers for a while: from `login.microsoftonline.com` to `b2clogin.com`, to a custom domain, to Entra External ID.
//!
//! | file | what it does |
//! |---|---|
//! | `stage.rs` | what happens to a token of the legacy issuer |
//! | `announcement.rs` | what its client is told |
//! | `ledger.rs`, `counter.rs` | who uses which issuer |
//! | `report.rs`, `table.rs` | what the owner is told, and whether the legacy issuer may go |
//! | `presets.rs` | the settings for the three pairs that occur |

mod announcement;
mod counter;
mod ledger;
pub mod presets;
mod report;
mod stage;
mod table;

pub(crate) use self::{
    announcement::Announcement,
    counter::Counter,
    ledger::{Ledger, Row, RowName},
    stage::Migration,
};
pub use self::{
    ledger::LedgerSnapshot,
    report::{MigrationReport, ReportRow, Verdict},
};
pub use crate::settings::Stage;
