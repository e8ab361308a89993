//! Reading a scenario file: text in, scenarios and problems out.

use std::collections::HashMap;

use super::Scenario;
use super::check::check;
use super::compose::{Composer, Loader};
use super::file::ScenarioFile;
use super::problems::{Problem, Problems, Report};
use super::resolve::{Document, Written, resolve};
use super::schema;
use super::tree::from_node;
use super::yaml::{Node, Value, documents};

/// Reads every scenario of a file. `path` is how the caller names the file; `load` gives the text
/// of the files it extends, by paths as seen from where `path` is seen.
///
/// Documents without problems become scenarios whatever is wrong with the others; abstract ones are
/// checked and left out.
#[must_use]
pub fn read(path: &str, text: &str, load: Loader<'_>) -> (Vec<Scenario>, Vec<Problem>) {
    let mut report = Report::default();
    let (file, documents) = documents(&mut report, path, text);
    if documents.is_empty() && report.count() == 0 {
        let help = "`spar scenario new` writes a first one".to_owned();
        report.add(
            super::problems::Span { file, ..Default::default() },
            "the file holds no scenario",
            Some(help),
        );
    }
    let mut composer = Composer::new(&mut report, load);
    let mut scenarios: Vec<Scenario> = Vec::new();
    let mut lines: HashMap<String, u32> = HashMap::new();
    for document in documents {
        let Some((scenario, node)) = one(document, path, &mut composer) else { continue };
        let at = node.get("id").map_or(node.at, |id| id.at);
        if let Some(line) = lines.get(&scenario.id) {
            let message = format!("two scenarios of this file are called `{}`", scenario.id);
            composer.report.add(at, message, Some(format!("the first one is on line {line}")));
            continue;
        }
        lines.insert(scenario.id.clone(), at.line);
        scenarios.push(scenario);
    }
    (scenarios, report.finish())
}

/// One document: put together, checked, resolved. `None` when it is abstract or has problems.
fn one(document: Node, path: &str, composer: &mut Composer<'_, '_>) -> Option<(Scenario, Node)> {
    if !matches!(document.value, Value::Map(_)) {
        let help = "start with `spar: 1`, then `id: …`".to_owned();
        composer.report.add(document.at, "a scenario is a map of keys", Some(help));
        return None;
    }
    let before = composer.report.count();
    let at = document.at;
    let document = composer.whole(document, path);
    let written = Written::of(&document);
    let (checked, damaged) = check(schema(), document, composer.report);
    let checked = checked?;
    let file: ScenarioFile = match from_node(&checked) {
        Ok(file) => file,
        Err(error) => {
            composer.report.add(error.at.unwrap_or(at), error.message, None);
            return None;
        }
    };
    if file.is_abstract == Some(true) {
        return None;
    }
    let document = Document { file: &file, written: &written, at, damaged };
    let scenario = resolve(document, composer.report);
    if scenario.is_none() && composer.report.count() == before {
        // Whoever adds a way for `resolve` to give up without a word has to answer for it here.
        composer.report.add(at, "this scenario cannot be understood", None);
    }
    let good = composer.report.count() == before;
    scenario.filter(|_| good).map(|scenario| (scenario, checked))
}

/// Reads a text that holds one scenario and extends nothing: for tests and for texts that the
/// program wrote itself.
///
/// # Errors
/// Everything that is wrong with it, or that it holds none or several.
pub fn parse_one(path: &str, text: &str) -> Result<Scenario, Problems> {
    let (mut scenarios, mut problems) =
        read(path, text, &mut |_| Err("no other files are at hand here".to_owned()));
    match scenarios.pop() {
        Some(scenario) if problems.is_empty() && scenarios.is_empty() => Ok(scenario),
        _ if problems.is_empty() => {
            let message = "the file must hold one scenario that is not abstract";
            problems.push(Problem::of_file(path, message, None));
            Err(Problems(problems))
        }
        _ => Err(Problems(problems)),
    }
}
