# One recipe a check; `.ci/run` runs the same commands.

default:
    @just --list

ci:
    .ci/run

fmt:
    cargo fmt --all

clippy:
    cargo clippy --workspace --all-targets --all-features --locked -- -D warnings

docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features --locked

test:
    cargo test --workspace --locked

quickstart:
    cargo run --locked --example quickstart

deny:
    cargo deny --locked check bans licenses sources

# Needs a network.
advisories:
    cargo deny --locked check advisories

bench:
    cargo bench -p tower-b2c-auth
