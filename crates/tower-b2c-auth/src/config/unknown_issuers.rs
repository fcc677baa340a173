//! Limits the authorities whose issuer is known only after their metadata is fetched.

use std::collections::HashMap;

use super::AuthorityConfig;
use crate::settings::{Mistakes, Settings};

impl Settings {
    /// A token from an unknown issuer may belong to any of them, so all of them judge it, and the on-demand ones are fetched for it.
    pub(super) fn check_unknown_issuers(
        &self,
        authorities: &[AuthorityConfig],
        mistakes: &mut Mistakes,
    ) {
        let mut on_demand = 0_usize;
        let mut eager = HashMap::new();
        for (at, authority) in authorities.iter().enumerate() {
            let Some(metadata) = &authority.metadata else {
                continue;
            };
            let field = format!("authorities[{at}]");
            if authority.is_unknown_on_demand() {
                on_demand += 1;
                if on_demand > MAX_UNKNOWN_ON_DEMAND {
                    mistakes.add(field, &authority.name, SAY_THE_ISSUER);
                }
            } else if !authority.has_exact_issuers {
                let origin = metadata.url.origin();
                let count = eager.entry(origin).or_insert(0_usize);
                *count += 1;
                if *count > MAX_UNKNOWN_OF_A_HOST {
                    mistakes.add(field, &authority.name, TOO_MANY_OF_A_HOST);
                }
            }
        }
    }
}

impl AuthorityConfig {
    /// Whether a token from an unknown issuer makes the layer fetch it.
    pub(crate) fn is_unknown_on_demand(&self) -> bool {
        self.on_demand && self.metadata.is_some() && !self.has_exact_issuers
    }
}

pub(super) const SAY_THE_ISSUER: &str = "is on demand, and its issuer is not known before its metadata is fetched; with more than 16 of these, a token from an unknown issuer would cause too many fetches. Set tenant_id for a B2C tenant, or metadata_issuer";
const TOO_MANY_OF_A_HOST: &str = "is one of more than 64 authorities whose metadata is on the same host and whose issuers are not known before it is fetched; all of them would judge each token from an unknown issuer on that host. Set metadata_issuer";

/// How many on-demand authorities may learn their issuer from the metadata.
pub(super) const MAX_UNKNOWN_ON_DEMAND: usize = 16;
/// How many eager authorities with one host may do so. They are fetched regardless of tokens, and looked up by their host.
const MAX_UNKNOWN_OF_A_HOST: usize = 64;
