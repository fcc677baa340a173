//! Claims that this layer did not verify, for tests of handlers.

use std::{sync::Arc, time::Duration};

use b2c_verify::{VerificationKey, VerifiedToken};

use super::b2c_auth_layer::B2cAuthLayer;
#[cfg(feature = "migration")]
use crate::migration::UsageKey;
use crate::{
    claims::{Verified, VerifiedClaims},
    issuer::Issuer,
    keys::LiveKey,
};

impl B2cAuthLayer {
    /// Returns the claims as if this layer's first authority had issued them.
    pub(crate) fn as_if_verified(
        &self,
        token: VerifiedToken,
        key: VerificationKey,
    ) -> VerifiedClaims {
        let authenticator = self.current.load_full();
        let shared = &authenticator.shared;
        let authority = authenticator.authorities().into_iter().next();
        let authority = authority.expect("the layer of a test kit has an authority");
        VerifiedClaims::new(Arc::new(Verified {
            #[cfg(feature = "migration")]
            usage: shared.usage.row(&UsageKey::of(&token)),
            token,
            key: Arc::new(LiveKey::unlimited(key)),
            issuer: Arc::new(Issuer::new(authority, Duration::MAX, None)),
            layer: shared.layer,
            #[cfg(feature = "migration")]
            counted_on: Default::default(),
        }))
    }
}
