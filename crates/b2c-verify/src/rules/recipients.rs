//! Whom a token is for, who may send it, and what it grants: RFC 7519 §4.1.3, RFC 8725 §3.
//!
//! | claim | check |
//! |---|---|
//! | `aud` | it is, or contains, one of the accepted audiences (RFC 7519 §4.1.3) |
//! | `azp`, else `appid` | it is one of the listed clients, if any are listed |
//! | `tid` | if the rules name a tenant, it is that tenant or absent; if any tenant is accepted, it is the one that `iss` names |
//! | `scp`, `roles` | one of them grants something, so that the token is an access token (RFC 8725 §3.12) |
//!
//! All values are compared byte for byte. An `aud` of the wrong type is refused, and so is such a `tid` if it is checked. Any other claim of the wrong type
//! counts as absent, so it grants nothing.

use super::{AcceptedTokens, TokenRules};
use crate::{
    error::{Claim, TokenError},
    json::{Content, Value},
    tenants::TenantId,
    token::UnverifiedToken,
};

impl TokenRules {
    pub(super) fn check_recipients(&self, token: &UnverifiedToken<'_>) -> Result<(), TokenError> {
        if !self.shared.algorithms.contains(token.alg()) {
            return Err(TokenError::UnsupportedAlgorithm);
        }
        let accepted = match token.claims().get("aud").map(|aud| aud.content()) {
            Some(Content::Text(aud)) => self.shared.audiences.contains(aud),
            Some(Content::Texts(auds)) => {
                self.shared.audiences.is_any()
                    || auds.iter().any(|aud| self.shared.audiences.contains(aud))
            }
            Some(Content::Other) => return Err(TokenError::InvalidClaim(Claim::Aud)),
            None if self.shared.audiences.is_any() => true,
            None => return Err(TokenError::MissingClaim(Claim::Aud)),
        };
        if accepted {
            Ok(())
        } else {
            Err(TokenError::WrongAudience)
        }
    }

    pub(super) fn check_client(&self, token: &UnverifiedToken<'_>) -> Result<(), TokenError> {
        if self.shared.clients.is_empty() {
            return Ok(());
        }
        let claim = |name| token.claims().get(name).and_then(Value::text);
        let client = claim("azp").or_else(|| claim("appid"));
        if client.is_some_and(|client| self.shared.clients.iter().any(|known| **known == *client)) {
            Ok(())
        } else {
            Err(TokenError::ForeignClient)
        }
    }

    pub(super) fn check_tenant(&self, token: &UnverifiedToken<'_>) -> Result<(), TokenError> {
        if let Some(any) = &self.shared.any_tenant {
            let tid = token.claims().get("tid").and_then(Value::text);
            let tid = tid.and_then(TenantId::of_lower_case);
            return if tid.is_some() && tid == any.tenant_of(token.issuer()?) {
                Ok(())
            } else {
                Err(TokenError::WrongTenant)
            };
        }
        let Some(expected) = &self.tenant_id else {
            return Ok(());
        };
        match token.claims().get("tid") {
            Some(tenant) if tenant.text() != Some(expected) => Err(TokenError::WrongTenant),
            _ => Ok(()),
        }
    }

    pub(super) fn check_kind(&self, token: &UnverifiedToken<'_>) -> Result<(), TokenError> {
        let grants = |name| {
            let content = token.claims().get(name).map(Value::content);
            match content {
                Some(Content::Text(text)) => text.bytes().any(|byte| byte != b' '),
                Some(Content::Texts(texts)) => texts.iter().any(|text| !text.is_empty()),
                Some(Content::Other) | None => false,
            }
        };
        match self.shared.accept {
            AcceptedTokens::DangerAnyTokens => Ok(()),
            AcceptedTokens::AccessTokens if grants("scp") || grants("roles") => Ok(()),
            AcceptedTokens::AccessTokens => Err(TokenError::NotAccessToken),
        }
    }
}
