//! Where scenarios come from: files and folders somebody names, folders given to look in, the
//! person's own folder, and the ones the binary carries. Reads disks; decides nothing about what a
//! scenario means.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use spar_core::scenario::{
    self, BuiltIn, MAX_BYTES, Problem, Problems, Scenario, builtin, decode, load_builtin, nearest,
};

/// Folders inside each other that are looked through.
const MAX_DEPTH: usize = 16;

/// The scenarios at hand.
#[derive(Debug, Clone, Default)]
pub struct Library {
    folders: Vec<PathBuf>,
}

/// Where a scenario stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In a file.
    File(PathBuf),
    /// In the binary; the name of its file.
    BuiltIn(&'static str),
}

/// A scenario and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The scenario.
    pub scenario: Scenario,
    /// Its file.
    pub origin: Origin,
}

/// Scenarios that could be read, and what is wrong with the others.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listing {
    /// In the order of the places, then of the files.
    pub scenarios: Vec<Found>,
    /// What is wrong with the others.
    pub problems: Vec<Problem>,
    /// YAML files of a folder that are no scenarios: they have no `spar:` key.
    pub skipped: Vec<PathBuf>,
}

/// Why a scenario was not found.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// No file and no id of that name.
    #[error("no scenario is called `{wanted}`{}", hint(suggestion.as_deref()))]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// The nearest id.
        suggestion: Option<String>,
    },
    /// The path cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file has problems.
    #[error("{0}")]
    Invalid(Problems),
    /// One was wanted, and there are several.
    #[error("{path} holds several scenarios; name one: {}", choices(path, ids))]
    Several {
        /// Where.
        path: String,
        /// Their ids.
        ids: Vec<String>,
    },
    /// There is none.
    #[error("{path} holds no scenario")]
    Empty {
        /// Where.
        path: String,
    },
}

fn hint(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(
        || "; `spar scenario list` shows what there is".to_owned(),
        |suggestion| format!("; did you mean `{suggestion}`?"),
    )
}

fn choices(path: &str, ids: &[String]) -> String {
    let shown: Vec<String> = ids.iter().take(8).map(|id| format!("{path}#{id}")).collect();
    shown.join(", ")
}

impl Library {
    /// Looks in the given folders first, then in the person's own
    /// (`$XDG_DATA_HOME/spar/scenarios`), then in the binary.
    #[must_use]
    pub fn open(folders: &[PathBuf]) -> Self {
        let mut library = Self::of(folders);
        library.folders.extend(user_folder());
        library
    }

    /// Looks in the given folders and the binary only.
    #[must_use]
    pub fn of(folders: &[PathBuf]) -> Self {
        Self { folders: folders.to_vec() }
    }

    /// One scenario: by id, by file, or by `FILE#ID` where a file holds several.
    ///
    /// # Errors
    /// There is none, there are several, or it has problems.
    pub fn find(&self, wanted: &str) -> Result<Found, LibraryError> {
        let (place, id) = match wanted.split_once('#') {
            Some((place, id)) if looks_like_path(place) => (place, Some(id)),
            _ => (wanted, None),
        };
        let mut listing = self.gather(place)?;
        if let Some(id) = id {
            listing.scenarios.retain(|found| found.scenario.id == id);
        }
        match listing.scenarios.len() {
            1 if listing.problems.is_empty() || id.is_some() => Ok(listing.scenarios.remove(0)),
            _ if !listing.problems.is_empty() => {
                Err(LibraryError::Invalid(Problems(listing.problems)))
            }
            0 if id.is_some() => {
                Err(LibraryError::Unknown { wanted: wanted.to_owned(), suggestion: None })
            }
            0 => Err(LibraryError::Empty { path: place.to_owned() }),
            _ => {
                let ids = listing.scenarios.into_iter().map(|found| found.scenario.id).collect();
                Err(LibraryError::Several { path: place.to_owned(), ids })
            }
        }
    }

    /// Everything a name stands for: the one scenario of that id, all of a file, or all of a folder
    /// and the folders in it.
    ///
    /// # Errors
    /// The name stands for nothing, or cannot be read at all. Problems inside files are in the
    /// listing.
    pub fn gather(&self, wanted: &str) -> Result<Listing, LibraryError> {
        let path = Path::new(wanted);
        if !looks_like_path(wanted) {
            if let Some(listing) = self.by_id(wanted) {
                return Ok(listing);
            }
            if !path.exists() {
                let suggestion = self.nearest_id(wanted);
                return Err(LibraryError::Unknown { wanted: wanted.to_owned(), suggestion });
            }
        }
        let unreadable = |source| LibraryError::Unreadable { path: path.to_owned(), source };
        let metadata = fs::metadata(path).map_err(unreadable)?;
        let mut listing = Listing::default();
        if metadata.is_dir() {
            listing.take_folder(path).map_err(unreadable)?;
        } else {
            listing.take_file(path);
        }
        Ok(listing)
    }

    /// Every scenario at hand; of several with one id the first place wins.
    #[must_use]
    pub fn list(&self) -> Listing {
        let mut listing = Listing::default();
        for folder in &self.folders {
            if let Err(error) = listing.take_folder(folder)
                && error.kind() != io::ErrorKind::NotFound
            {
                listing.problems.push(unreadable(folder, &error));
            }
        }
        for file in builtin() {
            listing.take_builtin(file);
        }
        let mut seen = HashSet::new();
        listing.scenarios.retain(|found| seen.insert(found.scenario.id.clone()));
        listing
    }

    /// The scenario of an id; only files that name the id are parsed.
    fn by_id(&self, id: &str) -> Option<Listing> {
        let mut broken = None;
        for folder in &self.folders {
            for path in yaml_files(folder).unwrap_or_default() {
                let Ok(text) = text_of(&path) else { continue };
                if !text.contains(id) {
                    continue;
                }
                let mut listing = Listing::default();
                listing.take_text(&path, &text);
                listing.scenarios.retain(|found| found.scenario.id == id);
                if !listing.scenarios.is_empty() {
                    // What is wrong with its neighbours is not this scenario's problem.
                    listing.problems.clear();
                    return Some(listing);
                }
                let named_so = path.file_stem().is_some_and(|stem| stem == id);
                if named_so && !listing.problems.is_empty() {
                    broken = Some(listing);
                }
            }
        }
        if broken.is_some() {
            return broken;
        }
        let file = builtin().iter().find(|file| file.id == id)?;
        let mut listing = Listing::default();
        listing.take_builtin(file);
        Some(listing)
    }

    fn nearest_id(&self, wanted: &str) -> Option<String> {
        let mut ids: Vec<String> = builtin().iter().map(|file| file.id.to_owned()).collect();
        let mut listing = Listing::default();
        for folder in &self.folders {
            // A folder that cannot be read has no ids to suggest.
            let _ = listing.take_folder(folder);
        }
        ids.extend(listing.scenarios.into_iter().map(|found| found.scenario.id));
        nearest(wanted, ids.iter().map(String::as_str)).map(str::to_owned)
    }
}

impl Listing {
    fn take_folder(&mut self, folder: &Path) -> io::Result<()> {
        for path in yaml_files(folder)? {
            match text_of(&path) {
                Ok(text) if !text.lines().any(|line| line.trim_start().starts_with("spar:")) => {
                    self.skipped.push(path);
                }
                Ok(text) => self.take_text(&path, &text),
                Err(problem) => self.problems.push(problem),
            }
        }
        Ok(())
    }

    fn take_file(&mut self, path: &Path) {
        match text_of(path) {
            Ok(text) => self.take_text(path, &text),
            Err(problem) => self.problems.push(problem),
        }
    }

    fn take_text(&mut self, path: &Path, text: &str) {
        let mut load = |path: &str| text_of(Path::new(path)).map_err(|problem| problem.message);
        let (scenarios, problems) = scenario::read(&path.to_string_lossy(), text, &mut load);
        let origin = Origin::File(path.to_owned());
        let found = |scenario| Found { scenario, origin: origin.clone() };
        self.scenarios.extend(scenarios.into_iter().map(found));
        self.problems.extend(problems);
    }

    fn take_builtin(&mut self, file: &BuiltIn) {
        let (scenarios, problems) = scenario::read(file.file, file.text, &mut load_builtin);
        let found = |scenario| Found { scenario, origin: Origin::BuiltIn(file.file) };
        self.scenarios.extend(scenarios.into_iter().map(found));
        self.problems.extend(problems);
    }
}

/// The person's own folder of scenarios; `None` when they have no home.
#[must_use]
pub fn user_folder() -> Option<PathBuf> {
    let dirs = etcetera::choose_base_strategy().ok()?;
    Some(dirs.data_dir().join("spar").join("scenarios"))
}

/// Whether somebody means a place on disk rather than an id.
fn looks_like_path(wanted: &str) -> bool {
    wanted.contains(['/', '\\'])
        || wanted.starts_with('.')
        || [".yaml", ".yml"].iter().any(|end| wanted.ends_with(end))
}

/// The YAML files of a folder and of those in it, sorted; hidden ones and links to folders are
/// left out. A file stands for itself, whatever it is called.
fn yaml_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fn look(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> io::Result<()> {
        let mut entries: Vec<fs::DirEntry> = fs::read_dir(folder)?.flatten().collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let is_yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
            if hidden {
                continue;
            } else if is_folder && depth < MAX_DEPTH {
                // One folder that may not be read does not hide the others.
                let _ = look(&path, depth + 1, found);
            } else if is_yaml && !is_folder {
                found.push(path);
            }
        }
        Ok(())
    }

    if fs::metadata(folder)?.is_file() {
        return Ok(vec![folder.to_owned()]);
    }
    let mut found = Vec::new();
    look(folder, 0, &mut found)?;
    Ok(found)
}

/// The text of a scenario file. Its size is looked at before it is read, and devices and pipes are
/// refused, so that no path can fill the memory or wait for ever.
fn text_of(path: &Path) -> Result<String, Problem> {
    let failed = |error: io::Error| unreadable(path, &error);
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(Problem::of_file(&path.to_string_lossy(), "this is no file", None));
    }
    let mut bytes = Vec::new();
    if metadata.len() > MAX_BYTES as u64 {
        let message = format!(
            "the file has {} bytes; a scenario may have at most {MAX_BYTES}",
            metadata.len()
        );
        let help = "split it, and share the common part with `extends`".to_owned();
        return Err(Problem::of_file(&path.to_string_lossy(), message, Some(help)));
    }
    let file = File::open(path).map_err(failed)?;
    // It may have grown since: one byte more than allowed is enough to see that.
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    decode(&path.to_string_lossy(), bytes)
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "reading it is not allowed".to_owned(),
        _ => error.to_string(),
    };
    Problem::of_file(&path.to_string_lossy(), reason, None)
}

#[cfg(test)]
mod tests {
    use spar_core::scenario::starter;
    use tempfile::TempDir;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders are made");
            fs::write(path, text).expect("the file is written");
        }
        folder
    }

    fn path(folder: &TempDir, name: &str) -> String {
        folder.path().join(name).to_string_lossy().into_owned()
    }

    fn ids(listing: &Listing) -> Vec<&str> {
        listing.scenarios.iter().map(|found| found.scenario.id.as_str()).collect()
    }

    #[test]
    fn a_folder_is_read_in_order_and_other_yaml_is_left_alone() {
        let two = format!("{}\n---\n{}", starter("one", ""), starter("two", ""));
        let folder = folder(&[
            ("b/deep.yml", &starter("deep", "")),
            ("a.yaml", &two),
            ("base.yaml", "spar: 1\nabstract: true\n"),
            ("ci.yaml", "jobs: []\n"),
            (".hidden/x.yaml", "spar: nonsense"),
            ("z.yaml", "spar: 1\nid: broken\n"),
        ]);
        let library = Library::of(&[]);
        let listing = library.gather(&path(&folder, "")).expect("a folder");
        assert_eq!(ids(&listing), ["one", "two", "deep"]);
        assert_eq!(listing.skipped, [folder.path().join("ci.yaml")]);
        assert!(!listing.problems.is_empty());
        assert!(listing.problems.iter().all(|problem| problem.file.ends_with("z.yaml")));
    }

    #[test]
    fn one_of_several_is_named_with_a_hash() {
        let two = format!("{}\n---\n{}", starter("one", ""), starter("two", ""));
        let folder = folder(&[("a.yaml", &two)]);
        let file = path(&folder, "a.yaml");
        let library = Library::of(&[]);
        let error = library.find(&file).expect_err("two");
        assert!(error.to_string().ends_with(&format!("{file}#one, {file}#two")), "{error}");
        assert_eq!(library.find(&format!("{file}#two")).expect("one").scenario.id, "two");
        assert!(library.find(&format!("{file}#three")).is_err());
    }

    #[test]
    fn ids_are_looked_up_in_folders_and_suggested() {
        let folder = folder(&[("any-name.yaml", &starter("heating-talk", ""))]);
        let library = Library::of(&[folder.path().to_owned()]);
        let found = library.find("heating-talk").expect("it is there");
        assert_eq!(found.origin, Origin::File(folder.path().join("any-name.yaml")));
        let error = library.find("heating-tlak").expect_err("no such id");
        assert!(error.to_string().contains("did you mean `heating-talk`?"), "{error}");
        assert_eq!(ids(&library.list()).first(), Some(&"heating-talk"));
    }

    #[test]
    fn a_file_may_stand_in_place_of_a_folder() {
        let folder =
            folder(&[("mine.yaml", &starter("mine", "")), ("other.yaml", "spar: 1\nid: x")]);
        let library = Library::of(&[folder.path().join("mine.yaml")]);
        assert_eq!(library.find("mine").expect("it is there").scenario.id, "mine");
        let listing = library.list();
        assert_eq!(ids(&listing).first(), Some(&"mine"));
        assert_eq!(listing.problems, []);
    }

    #[test]
    fn extends_reads_the_neighbour_and_says_when_it_is_missing() {
        let child = starter("child", "").replace("policy:", "extends: base.yaml\npolicy:");
        let folder = folder(&[
            ("x/child.yaml", &child),
            ("x/base.yaml", "spar: 1\nabstract: true\ntone: grave\n"),
            ("y/child.yaml", &child),
        ]);
        let library = Library::of(&[]);
        let found = library.find(&path(&folder, "x/child.yaml")).expect("it reads");
        assert_eq!(found.scenario.tone, scenario::Tone::Grave);
        let error = library.find(&path(&folder, "y/child.yaml")).expect_err("no base");
        assert!(error.to_string().contains("there is no such file"), "{error}");
    }

    #[test]
    fn what_is_no_scenario_file_is_refused() {
        let folder = folder(&[("empty.yaml", ""), ("binary.yaml", "a\0b")]);
        fs::write(folder.path().join("huge.yaml"), vec![b'a'; 10_000_000]).expect("10 MB");
        let library = Library::of(&[]);
        for (name, reason) in [
            ("empty.yaml", "holds no scenario"),
            ("binary.yaml", "binary"),
            ("huge.yaml", "10000000 bytes"),
            ("absent.yaml", "cannot read"),
        ] {
            let error = library.find(&path(&folder, name)).expect_err(name);
            assert!(error.to_string().contains(reason), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_refused_at_once() {
        let error = Library::of(&[]).find("/dev/zero").expect_err("a device");
        assert!(error.to_string().contains("this is no file"), "{error}");
    }
}
