//! The tenant that an issuer names.

use std::fmt;

use super::MicrosoftHosts;

/// The GUID of a Microsoft Entra or Azure AD B2C tenant.
///
/// ```
/// use b2c_verify::TenantId;
///
/// let new = TenantId::of_issuer("https://contoso.b2clogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeee/v2.0/");
/// let old = TenantId::of_issuer("https://login.microsoftonline.com/AAAABBBB-0000-cccc-1111-dddd2222eeee/v2.0/");
/// assert!(new.is_some());
/// assert_eq!(new, old);
/// assert_eq!(new, TenantId::parse("aaaabbbb-0000-cccc-1111-dddd2222eeee"));
///
/// // None of Microsoft's forms has the GUID in the query.
/// assert_eq!(TenantId::of_issuer("https://contoso.com/?aaaabbbb-0000-cccc-1111-dddd2222eeee"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TenantId(u128);

impl TenantId {
    /// The tenant id, in any letter case, in an issuer of one of these forms. `None` for any other text.
    ///
    /// | form | issued by |
    /// |---|---|
    /// | `https://<host>/<id>/v2.0/` | B2C at b2clogin.com, at a custom domain, and at login.microsoftonline.com |
    /// | `https://<host>/tfp/<id>/<policy>/v2.0/` | B2C, if the policy is part of the issuer |
    /// | `https://login.microsoftonline.com/<id>/v2.0` | Entra ID, version 2.0; in the national clouds at `login.microsoftonline.us` and `login.partner.microsoftonline.cn` |
    /// | `https://sts.windows.net/<id>/` | Entra ID, version 1.0; in China at `sts.chinacloudapi.cn` |
    /// | `https://<id>.ciamlogin.com/<id>/v2.0` | Entra External ID |
    ///
    /// A local tenant may have `http://` with a loopback host instead of `https://<host>`. B2C's forms are among its
    /// [token compatibility settings](https://learn.microsoft.com/azure/active-directory-b2c/configure-tokens).
    pub fn of_issuer(issuer: &str) -> Option<Self> {
        let (scheme, rest) = issuer.split_once("://")?;
        let parts: Vec<&str> = rest.splitn(MOST_PARTS + 1, '/').collect();
        let host = *parts.first()?;
        let is_safe = scheme == "https" || scheme == "http" && is_loopback(host);
        if !is_safe || !is_host(host) {
            return None;
        }
        let id = match *parts.as_slice() {
            [_, id, "v2.0", ""] => id,
            [_, "tfp", id, policy, "v2.0", ""] if is_policy(policy) => id,
            [host, id, "v2.0"] if is_entra_id(|cloud| cloud.entra_id, host) => id,
            [host, id, ""] if is_entra_id(|cloud| cloud.entra_id_v1, host) => id,
            [host, id, "v2.0"] if MicrosoftHosts::external_id_tenant(host).is_some() => id,
            _ => return None,
        };
        let id = Self::parse(id)?;
        match MicrosoftHosts::external_id_tenant(host) {
            Some(tenant) if Self::parse(tenant) != Some(id) => None,
            _ => Some(id),
        }
    }

    /// The tenant with this id: groups of 8, 4, 4, 4 and 12 hexadecimal digits in any letter case (RFC 9562 §4). `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != GUID_LENGTH {
            return None;
        }
        let mut value = 0_u128;
        for (at, byte) in text.bytes().enumerate() {
            if matches!(at, 8 | 13 | 18 | 23) {
                if byte != b'-' {
                    return None;
                }
                continue;
            }
            let digit = char::from(byte).to_digit(16)?;
            value = (value << 4) | u128::from(digit);
        }
        Some(Self(value))
    }

    /// The tenant with this id, if it is written as Microsoft writes it.
    pub(crate) fn of_lower_case(text: &str) -> Option<Self> {
        let has_capitals = text.bytes().any(|byte| byte.is_ascii_uppercase());
        Self::parse(text).filter(|_| !has_capitals)
    }
}

/// As Microsoft writes it, in lower case.
impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = |shift: u32, digits: u32| (self.0 >> shift) & ((1 << (4 * digits)) - 1);
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            group(96, 8),
            group(80, 4),
            group(64, 4),
            group(48, 4),
            group(0, 12)
        )
    }
}

/// A name or address with an optional port.
fn is_host(host: &str) -> bool {
    is_made_of(host, b".-:[]")
}

fn is_loopback(host: &str) -> bool {
    ["127.0.0.1", "localhost", "[::1]"].into_iter().any(|name| {
        let port = host.strip_prefix(name);
        port.is_some_and(|port| port.is_empty() || port.starts_with(':'))
    })
}

fn is_entra_id(of_cloud: impl Fn(&MicrosoftHosts) -> &str, host: &str) -> bool {
    let mut clouds = MicrosoftHosts::ALL.iter();
    clouds.any(|cloud| of_cloud(cloud) == host)
}

fn is_policy(name: &str) -> bool {
    is_made_of(name, b"._-")
}

/// Whether the text has only letters, digits and these.
fn is_made_of(text: &str, others: &[u8]) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || others.contains(&byte);
    !text.is_empty() && text.bytes().all(known)
}

const GUID_LENGTH: usize = 36;
/// Of the longest form: host, `tfp`, id, policy, `v2.0`, and the empty part after the last slash.
const MOST_PARTS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

    #[test]
    fn each_known_form_names_its_tenant_in_any_case() {
        let expected = TenantId::parse(ID);
        assert!(expected.is_some());
        for form in [
            "https://contoso.b2clogin.com/<id>/v2.0/",
            "https://login.contoso.com/<id>/v2.0/",
            "https://contoso.b2clogin.com/tfp/<id>/b2c_1a_tp_sign-up-or-sign-in/v2.0/",
            "https://login.microsoftonline.com/<id>/v2.0/",
            "https://login.microsoftonline.com/<id>/v2.0",
            "https://login.microsoftonline.com/tfp/<id>/B2C_1_in/v2.0/",
            "https://sts.windows.net/<id>/",
            "https://login.microsoftonline.us/<id>/v2.0",
            "https://login.partner.microsoftonline.cn/<id>/v2.0",
            "https://sts.chinacloudapi.cn/<id>/",
            "https://<id>.ciamlogin.com/<id>/v2.0",
            "http://127.0.0.1:8080/<id>/v2.0/",
            "http://localhost/tfp/<id>/b2c_1_in/v2.0/",
        ] {
            for id in [ID, &ID.to_uppercase()] {
                let issuer = form.replace("<id>", id);
                assert_eq!(TenantId::of_issuer(&issuer), expected, "{issuer}");
            }
        }
    }

    #[test]
    fn an_id_is_written_in_lower_case() {
        for id in [
            ID,
            "00000000-0000-0000-0000-000000000001",
            "12345678-9abc-def0-1234-56789abcdef0",
        ] {
            let parsed = TenantId::parse(&id.to_uppercase()).unwrap();
            assert_eq!(parsed.to_string(), id);
            assert_eq!(TenantId::of_lower_case(id), Some(parsed));
        }
        assert_eq!(TenantId::of_lower_case(&ID.to_uppercase()), None);
    }

    #[test]
    fn other_texts_contain_no_tenant_id() {
        for form in [
            "",
            "<id>",
            "contoso.com",
            "https://contoso.com/",
            "https:///<id>/v2.0/",
            "http://contoso.b2clogin.com/<id>/v2.0/",
            "http://127.0.0.1.example/<id>/v2.0/",
            "https://contoso.b2clogin.com/<id>/v2.0",
            "https://contoso.b2clogin.com/<id>/",
            "https://contoso.b2clogin.com/<id>/v1.0/",
            "https://contoso.b2clogin.com/<id>/v2.0/x",
            "https://contoso.b2clogin.com/<id>/v2.0//",
            "https://contoso.b2clogin.com/<id>/v2.0/?",
            "https://contoso.b2clogin.com/x/<id>/v2.0/",
            "https://contoso.b2clogin.com/tfp/<id>/v2.0/",
            "https://contoso.b2clogin.com/tfp/<id>//v2.0/",
            "https://contoso.b2clogin.com/tfp/<id>/a%2f/v2.0/",
            "https://contoso.b2clogin.com/?/<id>/v2.0/",
            "https://user@contoso.b2clogin.com/<id>/v2.0/",
            "https://contoso.b2clogin.com/contoso.onmicrosoft.com/v2.0/",
            "https://contoso.b2clogin.com/<id>0/v2.0/",
            "https://contoso.b2clogin.com/{<id>}/v2.0/",
            "https://contoso.b2clogin.com/aaaabbbb0000cccc1111dddd2222eeee0000/v2.0/",
            "https://contoso.b2clogin.com/aaaabbbb-0000-cccc-1111-dddd2222eeeg/v2.0/",
            "https://contoso.b2clogin.com/aaaabbbb-0000-cccc-1111-dddd2222eee/v2.0/",
            "https://sts.windows.net/<id>",
            "https://sts.chinacloudapi.cn/<id>/v2.0",
            "https://login.microsoftonline.us/<id>",
            "https://sts.windows.net.example/<id>/",
            "https://contoso.ciamlogin.com/<id>/v2.0",
            "https://00000000-0000-0000-0000-000000000000.ciamlogin.com/<id>/v2.0",
            "https://00000000-0000-0000-0000-000000000000.ciamlogin.com/<id>/v2.0/",
        ] {
            let issuer = form.replace("<id>", ID);
            assert_eq!(TenantId::of_issuer(&issuer), None, "{issuer}");
        }
    }
}
