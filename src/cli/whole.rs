//! Files that are there whole or not at all: whoever reads one while it is written, or after a crash,
//! sees the old text or the new.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Says whether the file can be written, and leaves it as it is.
pub(crate) fn probe(path: &Path) -> io::Result<()> {
    let is_new = !path.try_exists()?;
    OpenOptions::new().append(true).create(true).open(path)?;
    if is_new { fs::remove_file(path) } else { Ok(()) }
}

/// Writes a text, or bytes, in one step.
pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) -> io::Result<()> {
    match fs::metadata(path) {
        // A pipe or a device has no name to be put under.
        Ok(metadata) if !metadata.is_file() => fs::write(path, text),
        // A file may be writable in a folder that is not, or be mounted by itself.
        _ => replace(path, text.as_ref()).or_else(|_| fs::write(path, text)),
    }
}

/// Puts the text in the place of the file.
pub(crate) fn replace(path: &Path, text: impl AsRef<[u8]>) -> io::Result<()> {
    // A link stays a link: what it leads to is replaced.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let mut beside = path.clone().into_os_string();
    beside.push(format!(".{}.tmp", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&beside)?;
    let written = file.write_all(text.as_ref()).and_then(|()| file.sync_all());
    let replaced = written.and_then(|()| fs::rename(&beside, &path));
    if replaced.is_err() {
        // It is ours alone, and of no use to anybody.
        let _ = fs::remove_file(&beside);
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_takes_the_place_of_the_old_one_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("report.xml");
        probe(&path).expect("it could be written");
        assert!(!path.exists(), "nothing is left of the question");
        write(&path, "old").expect("it is written");
        // Whoever has the old one open keeps reading the old one.
        let mut open = fs::File::open(&path).expect("it is there");
        probe(&path).expect("it can be written");
        write(&path, "new and longer").expect("it is replaced");
        let mut seen = String::new();
        io::Read::read_to_string(&mut open, &mut seen).expect("the old file reads");
        assert_eq!(seen, "old");
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "new and longer");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
