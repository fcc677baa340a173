# One recipe for each check; most are commands of `.ci/run`.

default:
    @just --list

# All that must pass before a change lands.
ci:
    .ci/run

fmt:
    cargo fmt --all --check

clippy:
    cargo clippy --workspace --all-targets --all-features --locked -- -D warnings

docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features --locked

no-features:
    cargo clippy -p tower-b2c-auth --no-default-features --locked -- -D warnings

test:
    cargo test --workspace --locked

test-without-fetch:
    cargo test -p tower-b2c-auth --no-default-features --features axum --lib --locked

test-grpc:
    cargo test -p b2c-auth-cli --features grpc --locked --test cli grpc::

quickstart:
    cargo run --locked --example quickstart

# Each proxy with its configuration in deploy/: a minute, with nginx and HAProxy installed.
proxies *ARGUMENTS:
    tests/proxies/run {{ARGUMENTS}}

deny:
    cargo deny --locked check bans licenses sources

# MSAL and others sign in to the emulator: a minute, the first time longer, with Node.js, Python, Chromium and certutil.
clients *ARGUMENTS:
    tests/clients/run {{ARGUMENTS}}

# Checks decryption against Wycheproof's vectors and jwcrypto's tokens, and counts the instructions of refusals: some minutes, with Python and valgrind; not in `ci`.
decryption *ARGUMENTS:
    tests/decryption/run {{ARGUMENTS}}

# A page that signs in, its API, and a tenant of each kind, until Ctrl-C.
spa *ARGUMENTS:
    examples/spa/run {{ARGUMENTS}}

# The package: built, then installed in a fresh Debian under systemd, as its README says. Some minutes, with root, debootstrap, systemd-container and cargo-deb.
package:
    deploy/debian/build
    deploy/debian/try

# A bill of materials (CycloneDX) of the binary in the package and the image. Needs cargo-cyclonedx.
sbom FILE="target/b2c-auth.cdx.json":
    deploy/container/sbom {{FILE}}

# Needs a network; not in `ci`.
advisories:
    cargo deny --locked check advisories

# Takes minutes, on a machine that does nothing else; not in `ci`.
bench:
    cargo bench -p tower-b2c-auth --locked

# The goals, the peers and Envoy in one table: a quarter of an hour, with Python and two cores; not in `ci`.
peers *ARGUMENTS:
    benches/peers/run {{ARGUMENTS}}

# Envoy asking the gateway, beside its own jwt_authn: three minutes, with wrk, nginx, oha and two cores; not in `ci`.
envoy *ARGUMENTS:
    benches/envoy/run {{ARGUMENTS}}

# N random schedules of the simulation, from SEED on. Prints a seed that fails; run alone, it fails again.
simulate N="1000" SEED="0":
    SIMULATION_SEEDS={{N}} SIMULATION_FIRST={{SEED}} cargo test -p b2c-tests --locked --test simulation -- --nocapture

# A minute of schedules from today's first seed on.
simulate-today:
    SIMULATION_FIRST=$(($(date +%s) / 86400 * 10000)) SIMULATION_SEEDS=10000 SIMULATION_SECONDS=60 cargo test -p b2c-tests --locked --test simulation -- --nocapture

# Undoes each fix in turn, and prints the seed that detects it: half an hour on two cores; not in `ci`.
bite *PATCHES:
    tests/simulation/bite {{PATCHES}}
