//! Labelled lines: read from JSONL files, a row for each line of a task.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};
use spar_core::rate::SaidFile;
use spar_core::reading::features::{Features, Said, extract};

/// What is learnt and measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// Its name, and that of the label.
    pub name: &'static str,
    /// The file that has the label, without `.jsonl`.
    pub file: &'static str,
    /// Real-valued (ranked) or yes and no.
    pub real: bool,
    /// Where the label stands.
    label: Label,
    /// Lines that were said before are read too. Off where they give the row away or are of another
    /// kind than a talk has.
    pub context: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    /// A number under the task's name.
    Number,
    /// Whether the list of strategies holds the task's name; only rewritten lines count, because what
    /// tells them from the originals would be learnt otherwise.
    Strategy,
}

const fn task(
    name: &'static str,
    file: &'static str,
    real: bool,
    label: Label,
    context: bool,
) -> Task {
    Task { name, file, real, label, context }
}

/// The ten tasks.
pub const TASKS: [Task; 10] = [
    task("politeness_z", "politeness", true, Label::Number, true),
    task("receptive_z", "receptiveness", true, Label::Number, true),
    task("uptake_z", "uptake", true, Label::Number, true),
    task("showing-empathy", "casino_strategy", false, Label::Number, true),
    task("elicit-pref", "casino_strategy", false, Label::Number, true),
    task("promote-coordination", "casino_strategy", false, Label::Number, true),
    task("uncivil", "github_incivility", false, Label::Number, false),
    task("inquiry", "persuasion_acts", false, Label::Number, true),
    task("growth", "positive_reframing", false, Label::Strategy, false),
    task("optimism", "positive_reframing", false, Label::Strategy, false),
];

/// Why a corpus could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// A file is not there or cannot be read.
    #[error("{}: {source}; a corpus has the folders train and dev with a file for each task", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A row is not as it should be.
    #[error("{}:{line}: {what}", path.display())]
    Row {
        /// Where.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
}

/// One labelled line.
#[derive(Debug, Clone)]
pub struct Example {
    /// Its name in the file.
    pub id: String,
    /// The conversation it is from; lines of one are never parted.
    pub dialogue: String,
    /// What people said of it, by task (its place in [`TASKS`]).
    pub labels: Vec<(usize, f32)>,
    /// The line as numbers.
    pub features: Features,
    /// Words, for the figure of length alone.
    pub words: f32,
}

/// Every row of a split, by file, in the order of the files.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    /// Rows that carry a label of some task.
    pub examples: Vec<Example>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    dialogue_id: String,
    #[serde(default)]
    context: Vec<SaidFile>,
    text: String,
    labels: Map<String, Value>,
}

impl Corpus {
    /// Reads the splits of a folder: `DIR/SPLIT/FILE.jsonl` for every task's file.
    pub fn read(folder: &Path, splits: &[&str]) -> Result<Self, CorpusError> {
        let mut files: Vec<&str> = TASKS.iter().map(|task| task.file).collect();
        files.dedup();
        let mut corpus = Self::default();
        for split in splits {
            for file in &files {
                corpus.read_file(&folder.join(split).join(format!("{file}.jsonl")), file)?;
            }
        }
        Ok(corpus)
    }

    /// The rows of a task, and the label of each.
    #[must_use]
    pub fn of(&self, task: usize) -> (Vec<&Example>, Vec<f32>) {
        let labelled = |example: &Example| {
            example.labels.iter().find(|(at, _)| *at == task).map(|(_, value)| *value)
        };
        self.examples.iter().filter_map(|one| Some((one, labelled(one)?))).unzip()
    }

    fn read_file(&mut self, path: &Path, file: &str) -> Result<(), CorpusError> {
        let unread = |source| CorpusError::File { path: path.to_owned(), source };
        let wrong =
            |line: usize, what: String| CorpusError::Row { path: path.to_owned(), line, what };
        for (at, line) in BufReader::new(File::open(path).map_err(unread)?).lines().enumerate() {
            let line = line.map_err(unread)?;
            if line.trim().is_empty() {
                continue;
            }
            let row: Row =
                serde_json::from_str(&line).map_err(|error| wrong(at + 1, error.to_string()))?;
            let labels = labels(&row, file).map_err(|what| wrong(at + 1, what))?;
            if !labels.is_empty() {
                self.examples.push(example(row, labels));
            }
        }
        Ok(())
    }
}

fn labels(row: &Row, file: &str) -> Result<Vec<(usize, f32)>, String> {
    let mut found = Vec::new();
    for (at, task) in TASKS.iter().enumerate().filter(|(_, task)| task.file == file) {
        let value = match task.label {
            Label::Number => {
                let label = row.labels.get(task.name).and_then(Value::as_f64);
                label.ok_or_else(|| format!("labels.{} is no number", task.name))? as f32
            }
            Label::Strategy => {
                if row.labels.get("is_reframe").and_then(Value::as_i64) != Some(1) {
                    continue;
                }
                let strategies = row.labels.get("strategies").and_then(Value::as_array);
                let strategies = strategies.ok_or("labels.strategies is no list")?;
                f32::from(u8::from(strategies.iter().any(|one| one == task.name)))
            }
        };
        found.push((at, value));
    }
    Ok(found)
}

fn example(row: Row, labels: Vec<(usize, f32)>) -> Example {
    let read = labels.iter().any(|(at, _)| TASKS[*at].context);
    let context: Vec<Said<'_>> = row.context.iter().map(SaidFile::said).collect();
    Example {
        features: extract(&row.text, if read { &context } else { &[] }),
        words: row.text.split_whitespace().count() as f32,
        id: row.id,
        dialogue: row.dialogue_id,
        labels,
    }
}

/// Numbers for the dialogues of some rows, from 0 in order of their first row.
#[must_use]
pub fn groups(examples: &[&Example]) -> Vec<u32> {
    let mut known: HashMap<&str, u32> = HashMap::new();
    examples
        .iter()
        .map(|example| {
            let next = known.len() as u32;
            *known.entry(&example.dialogue).or_insert(next)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A corpus with one row in each file; the last file is as given.
    fn corpus(reframing: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let split = folder.path().join("train");
        fs::create_dir(&split).expect("a folder");
        let row = |labels: &str| {
            format!(
                r#"{{"id":"a","dialogue_id":"d","context":[{{"role":"partner","text":"The tent leaks."}}],"text":"Which side leaks?","labels":{{{labels}}}}}"#
            )
        };
        for (file, labels) in [
            ("politeness", r#""politeness_z":0.5"#),
            ("receptiveness", r#""receptive_z":-0.5"#),
            ("uptake", r#""uptake_z":1.25"#),
            ("casino_strategy", r#""showing-empathy":0,"elicit-pref":1,"promote-coordination":0"#),
            ("github_incivility", r#""uncivil":0"#),
            ("persuasion_acts", r#""inquiry":1"#),
        ] {
            fs::write(split.join(format!("{file}.jsonl")), row(labels)).expect("a file");
        }
        fs::write(split.join("positive_reframing.jsonl"), reframing).expect("a file");
        folder
    }

    #[test]
    fn only_rewritten_lines_speak_for_a_strategy() {
        let folder = corpus(
            r#"{"id":"o","dialogue_id":"r","text":"I lost again.","labels":{"is_reframe":0,"strategies":[]}}
{"id":"r","dialogue_id":"r","text":"I lost, and I know what to train.","labels":{"is_reframe":1,"strategies":["growth"]}}"#,
        );
        let corpus = Corpus::read(folder.path(), &["train"]).expect("a corpus");
        assert_eq!(corpus.examples.len(), 7);
        let labels = |name: &str| {
            let at = TASKS.iter().position(|task| task.name == name).expect("a task");
            corpus.of(at).1
        };
        assert_eq!((labels("growth"), labels("optimism")), (vec![1.0], vec![0.0]));
        assert_eq!((labels("elicit-pref"), labels("uptake_z")), (vec![1.0], vec![1.25]));
    }

    #[test]
    fn a_wrong_row_is_named() {
        let folder = corpus(
            "{\"id\":\"r\",\"dialogue_id\":\"r\",\"text\":\"So.\",\"labels\":{\"is_reframe\":1}}",
        );
        let error = Corpus::read(folder.path(), &["train"]).expect_err("no strategies");
        let said = error.to_string();
        assert!(
            said.ends_with("positive_reframing.jsonl:1: labels.strategies is no list"),
            "{said}"
        );
        let error = Corpus::read(folder.path(), &["dev"]).expect_err("no such folder");
        assert!(error.to_string().contains("politeness.jsonl"), "{error}");
    }
}
