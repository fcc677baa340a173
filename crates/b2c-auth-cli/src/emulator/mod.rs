//! `b2c-auth emulator`: runs local tenants until stopped.

mod ca_folder;
mod describe;
mod run;

pub(crate) use self::run::run;
