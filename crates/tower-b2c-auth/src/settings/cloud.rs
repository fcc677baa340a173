//! Which of Microsoft's clouds an authority is in.

use serde::{Deserialize, Serialize};

/// One of Microsoft's clouds. Each has its own hosts, from which the metadata URL and the issuers follow.
///
/// | | Entra ID, metadata and issuer 2.0 | Entra ID, issuer 1.0 | B2C |
/// |---|---|---|---|
/// | `global` | `login.microsoftonline.com` | `sts.windows.net` | `b2clogin.com` |
/// | `china` | `login.partner.microsoftonline.cn` | `sts.chinacloudapi.cn` | `b2clogin.cn` |
/// | `us_government` | `login.microsoftonline.us` | `sts.windows.net` | none |
///
/// The issuers are [Microsoft's](https://learn.microsoft.com/answers/questions/1190472/what-are-the-token-issuers-for-the-sovereign-cloud), and so are the
/// [hosts of B2C in China](https://docs.azure.cn/active-directory-b2c/b2clogin). External ID has known hosts in the global cloud only.
///
/// ```
/// use tower_b2c_auth::{B2cAuthLayer, b2c, entra_id, external_id};
///
/// let auth = B2cAuthLayer::builder()
///     .authority(b2c("contoso").policy("B2C_1_signupsignin1").china())
///     .authority(entra_id("aaaabbbb-0000-cccc-1111-dddd2222eeee").us_government())
///     .audience("00001111-aaaa-2222-bbbb-3333cccc4444");
/// assert!(auth.clone().build().is_ok());
///
/// let unknown = auth.authority(external_id("contoso", "ccccdddd-2222-eeee-3333-ffff4444aaaa").us_government());
/// assert_eq!(unknown.build().unwrap_err().mistakes()[0].field, "authorities[2].cloud");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cloud {
    /// The worldwide cloud, Azure.
    #[default]
    Global,
    /// Azure in China, operated by 21Vianet.
    China,
    /// Azure Government in the United States.
    UsGovernment,
}

impl Cloud {
    /// The host of Entra ID, for metadata and in issuers of version 2.0.
    pub(crate) const fn entra_host(self) -> &'static str {
        match self {
            Self::Global => "login.microsoftonline.com",
            Self::China => "login.partner.microsoftonline.cn",
            Self::UsGovernment => "login.microsoftonline.us",
        }
    }

    /// The host in Entra ID's issuers of version 1.0.
    pub(crate) const fn entra_v1_host(self) -> &'static str {
        match self {
            Self::Global | Self::UsGovernment => "sts.windows.net",
            Self::China => "sts.chinacloudapi.cn",
        }
    }

    /// What follows a B2C tenant's name in its host, and in its domain. `None` if the cloud has no B2C.
    pub(crate) const fn b2c_suffixes(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Global => Some(("b2clogin.com", "onmicrosoft.com")),
            Self::China => Some(("b2clogin.cn", "partner.onmschina.cn")),
            Self::UsGovernment => None,
        }
    }

    /// What follows an External ID tenant's name in its host. `None` if no host is known.
    pub(crate) const fn external_id_suffix(self) -> Option<&'static str> {
        match self {
            Self::Global => Some("ciamlogin.com"),
            Self::China | Self::UsGovernment => None,
        }
    }
}
