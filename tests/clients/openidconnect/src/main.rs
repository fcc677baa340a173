//! The crate `openidconnect`: a desktop application, which has no secret.

mod cases;
mod harness;
mod relying_party;
mod shape;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let harness = harness::Harness::start()?;
    if std::env::args().any(|argument| argument == "shape") {
        shape::judge(&harness)
    } else {
        cases::run_all(&harness)
    }
}
