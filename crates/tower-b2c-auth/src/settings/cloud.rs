//! Which of Microsoft's clouds an authority is in.

use b2c_verify::MicrosoftHosts;
use serde::{Deserialize, Serialize};

/// One of Microsoft's clouds. The metadata URL and the issuers follow from its hosts.
///
/// | | Entra ID, metadata and issuer 2.0 | Entra ID, issuer 1.0 | B2C |
/// |---|---|---|---|
/// | `global` | `login.microsoftonline.com` | `sts.windows.net` | `b2clogin.com` |
/// | `china` | `login.partner.microsoftonline.cn` | `sts.chinacloudapi.cn` | `b2clogin.cn` |
/// | `us_government` | `login.microsoftonline.us` | `sts.windows.net` | none |
///
/// Sources: [Microsoft](https://learn.microsoft.com/answers/questions/1190472/what-are-the-token-issuers-for-the-sovereign-cloud) for the issuers,
/// [Azure China](https://docs.azure.cn/active-directory-b2c/b2clogin) for B2C's hosts there. External ID has known hosts in the global cloud only.
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
    #[cfg(feature = "apim")]
    pub(crate) const ALL: [Self; 3] = [Self::Global, Self::China, Self::UsGovernment];

    pub(crate) const fn hosts(self) -> MicrosoftHosts {
        match self {
            Self::Global => MicrosoftHosts::GLOBAL,
            Self::China => MicrosoftHosts::CHINA,
            Self::UsGovernment => MicrosoftHosts::US_GOVERNMENT,
        }
    }

    /// What follows a B2C tenant's name in its domain. `None` if the cloud has no B2C.
    pub(crate) const fn b2c_directory(self) -> Option<&'static str> {
        match self {
            Self::Global => Some("onmicrosoft.com"),
            Self::China => Some("partner.onmschina.cn"),
            Self::UsGovernment => None,
        }
    }
}
