//! The text form of a mission.

use std::fmt::Write as _;
use std::sync::Arc;

use spar_core::mission::{Mission, MissionEvent};
use spar_core::rules::{EventHint, RewardKind, Tier};
use spar_core::scenario::{Level, Scenario};

/// What a golden file asks to be played.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Script {
    /// The scenario's id.
    pub(crate) scenario: String,
    /// The mission's seed.
    pub(crate) seed: u64,
    /// The playthrough whose lines are played; `None`: the file's own.
    pub(crate) plays: Option<Level>,
    /// What is said.
    pub(crate) lines: Vec<String>,
}

impl Script {
    /// Reads the head and the `you:` lines; everything else was written by the test.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut script = Self::default();
        for line in text.lines() {
            let Some((key, value)) = line.split_once(": ") else { continue };
            match key {
                "scenario" if script.scenario.is_empty() => value.clone_into(&mut script.scenario),
                "seed" => script.seed = value.parse().map_err(|_| format!("seed `{value}`"))?,
                "plays" => {
                    let level = Level::ALL.into_iter().find(|level| level.name() == value);
                    script.plays = Some(level.ok_or_else(|| format!("no level `{value}`"))?);
                }
                "you" => script.lines.push(value.to_owned()),
                _ => {}
            }
        }
        if script.scenario.is_empty() {
            return Err("it names no scenario".to_owned());
        }
        Ok(script)
    }
}

/// The mission as text, from its events alone.
pub(crate) fn rendered(
    scenario: &Arc<Scenario>,
    script: &Script,
    events: &[MissionEvent],
) -> String {
    let mut text = format!("scenario: {}\nseed: {}\n", script.scenario, script.seed);
    if let Some(level) = script.plays {
        let _ = writeln!(text, "plays: {}", level.name());
    }
    let mut mission = Mission::new(Arc::clone(scenario));
    let name = &scenario.persona.name;
    let mut remarks: Vec<String> = Vec::new();
    for event in events {
        let before = mission.state().mood;
        mission.apply(event);
        match event {
            MissionEvent::Started { opener, .. } => {
                let _ = writeln!(text, "mood: {}", mission.state().mood.name());
                if let Some(opener) = opener {
                    let _ = writeln!(text, "\n{name}: {}", indented(opener));
                }
            }
            MissionEvent::UserSpoke { text: words, .. } => {
                flush(&mut text, &mut remarks);
                let _ = writeln!(text, "\nyou: {}", indented(words));
            }
            MissionEvent::TurnRead { .. } => text.push_str(&read_line(&mission, before.name())),
            MissionEvent::PersonaSpoke { line, .. } => {
                flush(&mut text, &mut remarks);
                let _ = writeln!(text, "{name}: {}", indented(&line.text));
            }
            MissionEvent::Ended { ending, .. } => {
                flush(&mut text, &mut remarks);
                let state = mission.state();
                let score = mission.score().map_or("none".to_owned(), |score| {
                    format!("{score} ({})", Tier::of(score).name())
                });
                let _ = writeln!(
                    text,
                    "\nended: {}   score {score}   {} XP   {} coins   {} gems   progress {:.0}",
                    ending.name(),
                    state.xp,
                    state.coins,
                    state.gems,
                    state.progress
                );
            }
            MissionEvent::CrisisPaused { .. } => text.push_str("  paused: help is shown\n"),
            other => remarks.extend(remark(other)),
        }
    }
    // Lines of the file itself are kept: a change of the rules may let them be heard.
    if script.plays.is_none() {
        for line in script.lines.iter().skip(mission.turns().len()) {
            let _ = writeln!(text, "\nyou: {line}\n  not heard: it was over");
        }
    }
    text
}

/// `guarded → warm   score 78 (A)   52/41/47` and what was recognised.
fn read_line(mission: &Mission, before: &str) -> String {
    let Some(spoken) = mission.turns().last() else { return String::new() };
    let Some(reading) = &spoken.reading else { return String::new() };
    let now = spoken.mood.name();
    let mood = if now == before { now.to_owned() } else { format!("{before} → {now}") };
    let tier = reading.shown_tier().map_or("unsure", Tier::name);
    let vector = spoken.vector;
    let mut line = format!(
        "  {mood}   score {} ({tier})   {:.0}/{:.0}/{:.0}",
        reading.score, vector.positivity, vector.tension, vector.comfort
    );
    match reading.hint {
        EventHint::Neutral => {}
        EventHint::Celebration => line.push_str("   celebration"),
        EventHint::Warning => line.push_str("   warning"),
    }
    let flags: Vec<&str> = reading.flags.iter().map(|flag| flag.name()).collect();
    if !flags.is_empty() {
        let _ = write!(line, "   {}", flags.join(" "));
    }
    let cues: Vec<&str> = reading.cues.iter().map(|hit| hit.cue.name()).collect();
    if !cues.is_empty() {
        let _ = write!(line, "\n  cues {}", cues.join(" "));
    }
    line.push('\n');
    line
}

fn remark(event: &MissionEvent) -> Option<String> {
    Some(match event {
        MissionEvent::GatePassed { gate, .. } => format!("gate {gate}: passed"),
        MissionEvent::ProgressMade { worth, .. } => format!("progress +{worth:.0}"),
        MissionEvent::SecretRevealed { secret, .. } => format!("secret {secret}: told from now on"),
        MissionEvent::StrikeGiven { cause, .. } => format!("strike: {}", cause.in_words()),
        MissionEvent::RewardGranted { reward, .. } => match reward.kind {
            RewardKind::Xp => format!("+{} XP", reward.amount),
            RewardKind::Coins => format!("+{} coins", reward.amount),
            RewardKind::Gem => "+1 gem".to_owned(),
        },
        MissionEvent::Resumed { .. } => "resumed".to_owned(),
        _ => return None,
    })
}

fn flush(text: &mut String, remarks: &mut Vec<String>) {
    if !remarks.is_empty() {
        let _ = writeln!(text, "  {}", remarks.join("   "));
        remarks.clear();
    }
}

/// Later lines of a text stand under its first.
fn indented(text: &str) -> String {
    text.replace('\n', "\n      ")
}
