//! How long a tenant takes to start: with a stored key, a few milliseconds.
//!
//! Run with `cargo bench -p b2c-emulator --locked`.

use b2c_emulator::{Emulator, Https, SigningKey};

fn main() {
    divan::main();
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

fn kept_key() -> String {
    let key = SigningKey::generate().expect("a key");
    key.private_pem().to_owned()
}

/// Parses the key each time, as a new process would.
#[divan::bench]
fn with_a_kept_key(bencher: divan::Bencher<'_, '_>) {
    let (runtime, pem) = (runtime(), kept_key());
    bencher.bench_local(|| {
        let key = SigningKey::from_pem(&pem).expect("the kept key");
        let start = Emulator::builder().signing_key(key).start();
        runtime.block_on(start).expect("it starts")
    });
}

#[divan::bench]
fn with_a_kept_key_and_https(bencher: divan::Bencher<'_, '_>) {
    let (runtime, pem) = (runtime(), kept_key());
    bencher.bench_local(|| {
        let key = SigningKey::from_pem(&pem).expect("the kept key");
        let builder = Emulator::builder().signing_key(key);
        let start = builder.https(Https::ephemeral()).start();
        runtime.block_on(start).expect("it starts")
    });
}

#[divan::bench]
fn with_a_kept_key_and_no_socket(bencher: divan::Bencher<'_, '_>) {
    let pem = kept_key();
    bencher.bench_local(|| {
        let key = SigningKey::from_pem(&pem).expect("the kept key");
        let builder = Emulator::builder().signing_key(key);
        builder.without_socket().expect("it starts")
    });
}

#[divan::bench(sample_count = 20)]
fn with_a_new_key(bencher: divan::Bencher<'_, '_>) {
    let runtime = runtime();
    bencher.bench_local(|| runtime.block_on(Emulator::start()).expect("it starts"));
}
