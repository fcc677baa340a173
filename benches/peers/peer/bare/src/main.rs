use tower::layer::util::Identity;

fn main() {
    // What axum charges for any layer.
    if std::env::args().nth(3).as_deref() == Some("idle") {
        harness::run(|_| async { harness::bare().layer(Identity::new()) });
    } else {
        harness::run(|_| async { harness::bare() });
    }
}
