//! Rows of lines and of whole dialogues, rated: what `spar score` reads and writes. The reading is the
//! one of play.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::language::Line;
use crate::reading::{
    BoundaryRisk, ConversationSkill, LineContext, LocalReading, Reader, Said, Side, Skill,
    SkillReader, SkillScore, SkillScores, over_lines,
};
use crate::rules::{Tier, is_shown};
use crate::units::{Confidence, Score};

/// How many of the lines before a line are looked at.
const CONTEXT_LINES: usize = 10;

/// A row as it is written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct RowFile {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    context: Vec<SaidFile>,
    text: Option<String>,
    dialogue: Option<Vec<SaidFile>>,
}

/// A line and who said it, as it is written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SaidFile {
    role: String,
    text: String,
}

impl SaidFile {
    /// `speaker` is the person who is rated; whatever else it is called, the other side.
    #[must_use]
    pub fn said(&self) -> Said<'_> {
        let own = matches!(self.role.as_str(), "speaker" | "user" | "you");
        Said { by: if own { Side::Own } else { Side::Partner }, text: &self.text }
    }
}

/// Why a row cannot be rated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// It is no such object.
    #[error("{0}")]
    Malformed(String),
    /// Neither a line nor a dialogue, or both.
    #[error("a row has either `text` (a line, with its `context`) or `dialogue`; this one has {0}")]
    Shape(&'static str),
    /// Nobody to rate.
    #[error("no line of the dialogue is by `speaker`")]
    NoSpeaker,
}

/// A row, rated. Its JSON is documented in `docs/cli.md`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rated {
    /// As given.
    pub id: Value,
    /// 0–100; `None` when nothing could be read.
    pub score: Option<Score>,
    /// 0–1.
    pub confidence: Confidence,
    /// The score's tier; `None` when the score is not sure enough to show one.
    pub tier: Option<Tier>,
    /// The highest of any line.
    pub boundary_risk: BoundaryRisk,
    /// Names of the cues, strongest first; of a dialogue, the most frequent first.
    pub cues: Vec<String>,
    /// Each skill that could be read.
    pub skills: Map<String, Value>,
    /// The lines of a dialogue, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<Value>>,
}

/// Rates a row of JSON.
///
/// # Errors
/// When it is no row; the message names what is wrong with it.
pub fn rate(row: &str, reader: &Reader, with_lines: bool) -> Result<Rated, RowError> {
    let row: RowFile =
        serde_json::from_str(row).map_err(|error| RowError::Malformed(error.to_string()))?;
    match (row.text, row.dialogue) {
        (Some(text), None) => {
            let context: Vec<Said<'_>> = row.context.iter().map(SaidFile::said).collect();
            Ok(rated_line(row.id, &read(reader, &text, &context)))
        }
        (None, Some(dialogue)) => rate_dialogue(row.id, &dialogue, reader, with_lines),
        (None, None) => Err(RowError::Shape("neither")),
        (Some(_), Some(_)) => Err(RowError::Shape("both")),
    }
}

/// A line and what was read off it.
struct ReadLine {
    local: LocalReading,
    skills: SkillScores,
}

fn read(reader: &Reader, text: &str, before: &[Said<'_>]) -> ReadLine {
    let before = &before[before.len().saturating_sub(CONTEXT_LINES)..];
    let earlier: Vec<String> = before
        .iter()
        .filter(|said| said.by == Side::Own)
        .map(|said| said.text.to_owned())
        .collect();
    let partner = before.iter().rev().find(|said| said.by == Side::Partner).map(|said| said.text);
    let context = LineContext { partner, earlier: &earlier, strayed: false };
    let local = reader.read(&Line::new(text), &context);
    // What is not read at all shows no skill, and no lack of one.
    let skills = if local.confidence.get() > 0.0 {
        SkillReader::builtin().read(text, before).skills
    } else {
        SkillScores::default()
    };
    ReadLine { local, skills }
}

fn rated_line(id: Value, line: &ReadLine) -> Rated {
    let read = &line.local;
    let sure = read.confidence.get() > 0.0;
    Rated {
        id,
        score: sure.then_some(read.score),
        confidence: read.confidence,
        tier: is_shown(read.confidence).then(|| Tier::of(read.score)),
        boundary_risk: read.boundary_risk,
        cues: read.cues.iter().map(|hit| hit.cue.name().to_owned()).collect(),
        skills: line.skills.iter().map(|(skill, score)| line_skill(skill, score)).collect(),
        lines: None,
    }
}

fn line_skill(skill: Skill, score: SkillScore) -> (String, Value) {
    let value = json!({
        "score": score.score,
        "standing": score.standing,
        "confidence": score.confidence,
        "interval": score.interval,
    });
    (skill.name().to_owned(), value)
}

fn rate_dialogue(
    id: Value,
    dialogue: &[SaidFile],
    reader: &Reader,
    with_lines: bool,
) -> Result<Rated, RowError> {
    let said: Vec<Said<'_>> = dialogue.iter().map(SaidFile::said).collect();
    let reads: Vec<(usize, ReadLine)> = said
        .iter()
        .enumerate()
        .filter(|(_, line)| line.by == Side::Own)
        .map(|(at, line)| (at, read(reader, line.text, &said[..at])))
        .collect();
    if reads.is_empty() {
        return Err(RowError::NoSpeaker);
    }
    let counted: Vec<&ReadLine> = reads
        .iter()
        .map(|(_, line)| line)
        .filter(|line| line.local.confidence.get() > 0.0)
        .collect();
    let n = counted.len().max(1) as f64;
    let mean =
        |of: fn(&LocalReading) -> f64| counted.iter().map(|line| of(&line.local)).sum::<f64>() / n;
    let score = (!counted.is_empty()).then(|| Score::new(mean(|read| read.score.get())));
    let confidence = Confidence::new(mean(|read| read.confidence.get()));
    let risk = reads.iter().map(|(_, line)| line.local.boundary_risk).max().unwrap_or_default();
    let skills = Skill::ALL
        .into_iter()
        .filter_map(|skill| {
            let lines: Vec<SkillScore> =
                counted.iter().filter_map(|line| line.skills.get(skill)).collect();
            over_lines(&lines).map(|whole| whole_skill(skill, &whole))
        })
        .collect();
    let lines = with_lines.then(|| {
        reads
            .iter()
            .map(|(at, read)| {
                let mut value =
                    serde_json::to_value(rated_line(json!(at), read)).unwrap_or_default();
                if let Value::Object(line) = &mut value {
                    line.remove("id");
                    line.insert("line".to_owned(), json!(at));
                }
                value
            })
            .collect()
    });
    Ok(Rated {
        id,
        score,
        confidence,
        tier: score.filter(|_| is_shown(confidence)).map(Tier::of),
        boundary_risk: risk,
        cues: most_frequent(&reads),
        skills,
        lines,
    })
}

fn whole_skill(skill: Skill, whole: &ConversationSkill) -> (String, Value) {
    let kept = |value: f64| (value * 100.0).round() / 100.0;
    let value = json!({
        "score": kept(whole.score),
        "confidence": whole.confidence,
        "interval": whole.interval.map(kept),
        "level": kept(whole.level),
        "trend": whole.trend.map(kept),
        "recovery": whole.recovery.map(kept),
        "spread": kept(whole.spread),
        "lines": whole.lines,
    });
    (skill.name().to_owned(), value)
}

/// Names of all cues of the lines, the most frequent first; among equals by name.
fn most_frequent(reads: &[(usize, ReadLine)]) -> Vec<String> {
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for hit in reads.iter().flat_map(|(_, line)| &line.local.cues) {
        *counts.entry(hit.cue.name()).or_default() += 1;
    }
    let mut names: Vec<(&str, usize)> = counts.into_iter().collect();
    names.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    names.into_iter().map(|(name, _)| name.to_owned()).collect()
}
