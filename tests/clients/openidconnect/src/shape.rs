//! What the crate makes of B2C's own shape.

use serde_json::{Value, json};

use crate::{
    harness::{Error, Harness, chain, send},
    relying_party::RelyingParty,
};

pub(crate) fn judge(harness: &Harness) -> Result<(), Error> {
    let issuers = harness.setup["issuers"].as_object().ok_or("no issuers")?;
    let mut discovered = None;
    for (case, issuer) in issuers {
        let party = RelyingParty::discover(harness, issuer.as_str().unwrap_or_default());
        verdict(case, &party)?;
        // The first one is the tenant that is signed in to.
        if case == "discovery, localhost" {
            discovered = party.ok();
        }
    }
    let Some(party) = discovered else {
        return Ok(());
    };
    let user = harness.setup["user"].as_str();
    let read = [harness.text("read")?];
    verdict("keys without alg", &party.sign_in(harness, user, &read))?;
    let nothing = party.sign_in(harness, user, &[]);
    verdict("sign-in without an API's scope", &nothing)
}

fn verdict<T>(case: &str, found: &Result<T, Error>) -> Result<(), Error> {
    let message: Value = match found {
        Ok(_) => json!({ "case": case, "verdict": "accepted" }),
        Err(error) => {
            json!({ "case": case, "verdict": "refused", "reason": chain(error.as_ref()) })
        }
    };
    send(&message)
}
