//! Keeping a report: a page in a file of its own, in the current folder.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use spar_core::report::{Report, html};

/// Reports of one scenario and day that a folder can hold.
const MOST: u32 = 1_000;

/// Writes the report as a page into the folder and answers where it is. The page is there whole or not
/// at all. A file that is there already is left as it is: the next number is taken.
///
/// # Errors
/// When the folder cannot be written to; then nothing is left there.
pub(crate) fn save(report: &Report, folder: &Path) -> io::Result<PathBuf> {
    let stem = stem(report);
    let beside = folder.join(format!(".{stem}.{}.tmp", std::process::id()));
    // What an earlier process of this number may have left behind when it was killed.
    let _ = fs::remove_file(&beside);
    let saved = write(&beside, &html(report)).and_then(|()| name(&beside, &stem, folder));
    // Under its name now, or of no use to anybody.
    let _ = fs::remove_file(&beside);
    saved
}

fn write(path: &Path, page: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(page.as_bytes()).and_then(|()| file.sync_all())
}

/// Puts a finished page under the first name that is free.
fn name(page: &Path, stem: &str, folder: &Path) -> io::Result<PathBuf> {
    for nth in 1..=MOST {
        let name = if nth == 1 { format!("{stem}.html") } else { format!("{stem}-{nth}.html") };
        let path = folder.join(name);
        match put(page, &path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(
        ErrorKind::AlreadyExists,
        format!("{MOST} reports {stem} are there already"),
    ))
}

/// A second name for the page, in one step and never that of another file. Where files have one name
/// only, the name is reserved and the page takes its place.
fn put(page: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(page, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {}
        done => return done,
    }
    OpenOptions::new().write(true).create_new(true).open(path)?;
    fs::rename(page, path).inspect_err(|_| {
        // It is empty, and ours.
        let _ = fs::remove_file(path);
    })
}

/// `spar-report-SCENARIO-DATE`, the date being the local one of the mission's end.
fn stem(report: &Report) -> String {
    let scenario: String = report
        .mission
        .scenario_id
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
        .take(60)
        .collect();
    let at = report.mission.ended_at.or(report.mission.started_at);
    let date = at
        .and_then(|at| jiff::Timestamp::from_millisecond(at.as_millis()).ok())
        .map(|at| format!("-{}", at.to_zoned(TimeZone::system()).date()))
        .unwrap_or_default();
    format!("spar-report-{scenario}{date}")
}
