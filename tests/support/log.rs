use std::{cell::RefCell, io, sync::Once};

use tracing::{callsite::rebuild_interest_cache, subscriber::set_global_default};
use tracing_subscriber::{
    Layer as _, filter::dynamic_filter_fn, fmt, layer::SubscriberExt as _, registry,
};

/// Records everything that our crates say on this thread from now on.
///
/// The subscriber is global. With a thread-local one, an event that another test's thread emits first would stay disabled everywhere, because tracing
/// caches the answer of that thread's subscriber.
pub(crate) fn start_log() {
    static SUBSCRIBER: Once = Once::new();
    LOG.set(Some(Vec::new()));
    SUBSCRIBER.call_once(|| {
        let ours = dynamic_filter_fn(|metadata, _| {
            let target = metadata.target();
            let is_ours = target.starts_with("tower_b2c_auth") || target.starts_with("b2c_verify");
            is_ours && LOG.with_borrow(Option::is_some)
        });
        let lines = fmt::layer().with_ansi(false).with_writer(|| Log);
        set_global_default(registry().with(lines.with_filter(ours))).unwrap();
        rebuild_interest_cache();
    });
}

/// What was recorded on this thread, which then stops recording.
pub(crate) fn logged() -> String {
    String::from_utf8(LOG.take().unwrap()).unwrap()
}

/// Where the log of this thread goes.
struct Log;

impl io::Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.as_mut().map_or(Ok(text.len()), |log| log.write(text)))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

thread_local! {
    /// The runtime of a test has no other thread than the test's own.
    static LOG: RefCell<Option<Vec<u8>>> = RefCell::default();
}
