//! `b2c-auth emulator`: local tenants until somebody stops it.

mod ca_folder;
mod describe;
mod run;

pub(crate) use self::run::run;
