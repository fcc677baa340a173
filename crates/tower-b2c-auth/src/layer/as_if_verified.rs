//! Claims that this layer did not verify, for tests of handlers.

use std::{sync::Arc, time::Duration};

use b2c_verify::{VerificationKey, VerifiedToken};

use super::b2c_auth_layer::B2cAuthLayer;
use crate::{
    claims::{Verified, VerifiedClaims},
    keys::LiveKey,
    migration::UsageKey,
};

impl B2cAuthLayer {
    /// The claims as this layer's first authority would have them.
    pub(crate) fn as_if_verified(
        &self,
        token: VerifiedToken,
        key: VerificationKey,
    ) -> VerifiedClaims {
        let authenticator = self.current.load_full();
        let lasting = authenticator.lasting();
        let authority = authenticator.authorities().first();
        VerifiedClaims::new(Arc::new(Verified {
            usage: lasting.usage.row(&UsageKey::of(&token)),
            token,
            key: Arc::new(LiveKey::unlimited(key)),
            authority: Arc::clone(authority.expect("no layer is without an authority")),
            legacy: false,
            issuer_until: Duration::MAX,
            discoveries: 0,
            layer: lasting.layer,
        }))
    }
}
