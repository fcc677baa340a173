//! The crate `openidconnect`: a desktop application, which has no secret.

mod cases;
mod harness;
mod relying_party;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut harness = harness::Harness::start()?;
    cases::run_all(&mut harness)
}
