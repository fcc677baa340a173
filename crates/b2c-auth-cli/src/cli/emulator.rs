//! The options of `b2c-auth emulator`.

use std::net::SocketAddr;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct EmulatorArguments {
    /// Where to listen; loopback addresses only. Port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// The first part of the tenant's domain.
    #[arg(long, value_name = "NAME", default_value = "contoso")]
    pub(crate) tenant: String,
    /// The tenant's GUID.
    #[arg(
        long,
        value_name = "GUID",
        default_value = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
    )]
    pub(crate) tenant_id: String,
    /// A user flow or custom policy; may be repeated.
    #[arg(long, value_name = "NAME", default_value = "B2C_1_signupsignin1")]
    pub(crate) policy: Vec<String>,
    /// The audience of the printed token: the client id of your API.
    #[arg(
        long,
        value_name = "ID",
        default_value = "00001111-aaaa-2222-bbbb-3333cccc4444"
    )]
    pub(crate) audience: String,
    /// A scope of the printed token; may be repeated.
    #[arg(long, value_name = "SCOPE")]
    pub(crate) scope: Vec<String>,
}
