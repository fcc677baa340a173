//! The options of `b2c-auth completions` and `b2c-auth man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell to complete for.
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// The folder for the pages. It must exist.
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
}
