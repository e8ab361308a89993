//! The scenarios the binary carries: the files of `scenarios/`, as text. Nothing is parsed before
//! it is asked for, so that one run pays for one file.

use std::sync::OnceLock;

/// Names and texts, listed by the build script.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// A scenario the binary carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its id, which is also the name of its file.
    pub id: &'static str,
    /// The path it is shown and extended by.
    pub file: &'static str,
    /// The file.
    pub text: &'static str,
}

/// Every built-in scenario, by id. `base.yaml` and files whose name starts with `_` are only there
/// to be extended and are left out.
#[must_use]
pub fn builtin() -> &'static [BuiltIn] {
    static LIST: OnceLock<Vec<BuiltIn>> = OnceLock::new();
    LIST.get_or_init(|| {
        FILES
            .iter()
            .filter(|(file, _)| *file != "base.yaml" && !file.starts_with('_'))
            .map(|(file, text)| BuiltIn {
                id: file.strip_suffix(".yaml").unwrap_or(file),
                file,
                text,
            })
            .collect()
    })
}

/// The text of a built-in file, for `extends` between them.
///
/// # Errors
/// There is no such file.
pub fn load_builtin(path: &str) -> Result<String, String> {
    FILES
        .iter()
        .find(|(file, _)| *file == path)
        .map(|(_, text)| (*text).to_owned())
        .ok_or_else(|| "no built-in file is called so".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn every_builtin_is_one_scenario_named_after_its_file() {
        for file in builtin() {
            let (scenarios, problems) = read(file.file, file.text, &mut load_builtin);
            assert_eq!(problems, [], "{}", super::super::Problems(problems.clone()));
            let ids: Vec<&str> = scenarios.iter().map(|scenario| scenario.id.as_str()).collect();
            assert_eq!(ids, [file.id]);
        }
    }

    #[test]
    fn what_is_not_there_is_said_so() {
        assert!(load_builtin("nowhere.yaml").is_err());
    }
}
