//! The scenario of a real conversation that belongs to no scenario.

use super::{
    Category, ModelSettings, Objective, ObjectiveKind, Playthroughs, Policy, SafetyResponse,
    Scenario, Script, Tone,
};
use crate::persona::{OfflineScript, Persona, Style};
use crate::reading::ReaderSpec;
use crate::rules::{Difficulty, Dynamics, Ending, MoodVector, RewardLimits};

/// A scenario without gates, aims, limits or rewards around what was really said: it asks nothing of
/// a conversation that nobody played. `id` is made safe for files.
#[must_use]
pub fn imported(id: &str, title: &str, category: Category, partner: &str) -> Scenario {
    Scenario {
        id: super::resolve::kebab(id),
        title: title.to_owned(),
        summary: "A real conversation, brought in to look at how it went.".to_owned(),
        category,
        tags: vec!["imported".to_owned()],
        language: "en".to_owned(),
        version: 1,
        tone: Tone::Neutral,
        persona: Persona {
            name: partner.to_owned(),
            role: "The other person in a real conversation".to_owned(),
            backstory: String::new(),
            wants: Vec::new(),
            fears: Vec::new(),
            voice: String::new(),
            style: Style::default(),
            start: MoodVector::default(),
            rest: MoodVector::default(),
            secrets: Vec::new(),
        },
        objective: Objective {
            kind: ObjectiveKind::Free,
            title: "Whatever it was about".to_owned(),
            description: String::new(),
            progress: Vec::new(),
            won_when: None,
            lost_when: None,
        },
        difficulty: Difficulty::Medium,
        knobs: Difficulty::Medium.knobs(),
        dynamics: Dynamics::default(),
        policy: Policy {
            max_turns: u32::MAX,
            min_turns: 1,
            strikes: 0,
            seconds_per_turn: None,
            seconds_extension: None,
            mission_seconds: None,
            milestone: None,
            on_threat: SafetyResponse::Strike,
            on_slur: SafetyResponse::Strike,
            on_sexual: SafetyResponse::Strike,
            endings: Ending::ALWAYS.to_vec(),
        },
        reader: ReaderSpec { english: true, ..ReaderSpec::default() },
        gates: Vec::new(),
        rewards: RewardLimits { xp: 0, coins: 0, gem: false },
        model: ModelSettings::default(),
        offline: OfflineScript::default(),
        script: Script::default(),
        expect: Vec::new(),
        playthroughs: Playthroughs::default(),
    }
}
