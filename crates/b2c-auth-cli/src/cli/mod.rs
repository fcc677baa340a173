//! The command line.

mod address;
mod command;
mod documents;
mod emulator;
mod gateway;
mod health;
mod migration_report;
mod url;
mod validate_jwt;

pub(crate) use self::{
    address::Address,
    command::{Cli, Command, option_variables},
    documents::{CompletionsArguments, ManArguments},
    emulator::{EmulatorArguments, TokenArguments},
    gateway::{
        CheckArguments, Forwarded, GatewayArguments, LogFormat, OriginalRequest, ProxyArguments,
        Source, UnknownUsers,
    },
    health::HealthArguments,
    migration_report::MigrationReportArguments,
    validate_jwt::{ConvertArguments, DocumentReferences},
};
