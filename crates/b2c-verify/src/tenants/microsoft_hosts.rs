//! Microsoft's hosts, worldwide and in the [national clouds](https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud).

/// The hosts of Microsoft's identity services in one cloud. Every rule about such hosts follows from these.
///
/// ```
/// use b2c_verify::MicrosoftHosts;
///
/// let [global, china, _] = MicrosoftHosts::ALL;
/// assert!(global.are_entra_id("login.microsoftonline.com", "sts.windows.net"));
/// assert!(!china.are_entra_id("login.microsoftonline.com", "sts.windows.net"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MicrosoftHosts {
    /// Entra ID's host, for metadata and in issuers of version 2.0.
    pub entra_id: &'static str,
    /// The host in Entra ID's issuers of version 1.0.
    pub entra_id_v1: &'static str,
    /// The domain below which each B2C tenant has a host, with a dot in front. `None` if the cloud has no B2C.
    pub b2c: Option<&'static str>,
    /// The domain below which each External ID tenant has a host, with a dot in front. `None` if none is known.
    pub external_id: Option<&'static str>,
}

impl MicrosoftHosts {
    /// The worldwide cloud, Azure.
    pub const GLOBAL: Self = Self {
        entra_id: "login.microsoftonline.com",
        entra_id_v1: "sts.windows.net",
        b2c: Some(".b2clogin.com"),
        external_id: Some(".ciamlogin.com"),
    };

    /// Azure in China, operated by 21Vianet.
    pub const CHINA: Self = Self {
        entra_id: "login.partner.microsoftonline.cn",
        entra_id_v1: "sts.chinacloudapi.cn",
        b2c: Some(".b2clogin.cn"),
        external_id: None,
    };

    /// Azure Government in the United States.
    pub const US_GOVERNMENT: Self = Self {
        entra_id: "login.microsoftonline.us",
        entra_id_v1: "sts.windows.net",
        b2c: None,
        external_id: None,
    };

    /// All clouds.
    pub const ALL: [Self; 3] = [Self::GLOBAL, Self::CHINA, Self::US_GOVERNMENT];

    /// Whether Entra ID's metadata at the host `metadata` may name an issuer of version 1.0 at the host `issuer_v1`, both in this cloud.
    #[must_use]
    pub fn are_entra_id(&self, metadata: &str, issuer_v1: &str) -> bool {
        metadata == self.entra_id && issuer_v1 == self.entra_id_v1
    }

    /// The tenant's part of an External ID host, if it is one.
    #[must_use]
    pub fn external_id_tenant(host: &str) -> Option<&str> {
        let mut domains = Self::ALL.iter().filter_map(|cloud| cloud.external_id);
        domains.find_map(|domain| host.strip_suffix(domain))
    }

    /// Whether this is Entra ID's host in any cloud, for metadata or in issuers of version 1.0.
    #[must_use]
    pub fn is_entra_id(host: &str) -> bool {
        let mut clouds = Self::ALL.iter();
        clouds.any(|cloud| host == cloud.entra_id || host == cloud.entra_id_v1)
    }
}
