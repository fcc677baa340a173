//! Reads the operator's files, within limits.

use std::{
    error::Error,
    fs::File,
    io::{self, Read as _},
    path::Path,
};

/// The text of a file. `option` is the option or variable that names it, if one does.
///
/// # Errors
///
/// If it cannot be read, is not UTF-8, or is larger than [`MAX_FILE_BYTES`].
pub(crate) fn read(path: &Path, option: Option<&str>) -> Result<String, Box<dyn Error>> {
    read_up_to(path, option, MAX_FILE_BYTES)
}

/// The same with another limit.
///
/// # Errors
///
/// If it cannot be read, is not UTF-8, or is larger than `max_bytes`.
pub(crate) fn read_up_to(
    path: &Path,
    option: Option<&str>,
    max_bytes: usize,
) -> Result<String, Box<dyn Error>> {
    let bytes = bytes(path, max_bytes).map_err(|error| unreadable(path, option, &error))?;
    if bytes.len() > max_bytes {
        let path = path.display();
        return Err(
            format!("{path} is larger than {max_bytes} bytes; is it the right file?").into(),
        );
    }
    // Without a byte order mark, the zero bytes beside the first character show it.
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] = bytes.as_slice() {
        return Err(format!("{} is UTF-16; save it as UTF-8", path.display()).into());
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| format!("{} is not UTF-8: {error}; save it as UTF-8", path.display()))?;
    Ok(match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(text) => text.to_owned(),
        None => text,
    })
}

/// The message for a file that cannot be read.
pub(crate) fn unreadable(path: &Path, option: Option<&str>, error: &io::Error) -> String {
    let option = option.map_or_else(String::new, |option| format!(" ({option})"));
    format!("cannot read {}{option}: {error}", path.display())
}

/// XML begins with an angle bracket, TOML never does.
pub(crate) fn is_xml(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

/// Reads up to one byte more than `max_bytes`, so that the caller can tell that the file is too large.
///
/// # Errors
///
/// If it cannot be read, or is a named pipe.
pub(crate) fn bytes(path: &Path, max_bytes: usize) -> io::Result<Vec<u8>> {
    refuse_named_pipe(path)?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX);
    File::open(path)?
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opening a named pipe waits until another process writes to it, perhaps forever. A pipe without a name, such as `<(…)` in a shell, is already open.
fn refuse_named_pipe(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if path.metadata()?.file_type().is_fifo() && path.canonicalize().is_ok() {
            return Err(io::Error::other(
                "it is a named pipe; use a regular file instead",
            ));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// The largest configuration, document or certificate.
pub(crate) const MAX_FILE_BYTES: usize = 4 << 20;
/// The byte order mark that some editors write before UTF-8 text.
const BYTE_ORDER_MARK: char = '\u{feff}';
