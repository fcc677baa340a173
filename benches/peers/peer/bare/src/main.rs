fn main() {
    harness::run(|_| async { harness::bare() });
}
