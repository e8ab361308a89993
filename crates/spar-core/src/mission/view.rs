//! A turn as other programs see it: the response of `spar run --json` and of exports.

use serde::Serialize;

use super::{Mission, Problem, ReadingSource, Timings};
use crate::chat::Usage;
use crate::ids::{MissionId, SessionId, TurnIndex};
use crate::reading::{BoundaryRisk, Delta, MicroFlag};
use crate::rules::{EventHint, Mood, MoodVector, Rarity, Tier};
use crate::units::{MicroUsd, Score};

/// One turn in the program's public JSON. Names are as documented; unscored parts are null.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TurnResponse {
    /// The persona's words.
    pub reply: String,
    /// The mood's label after the turn.
    pub current_mood: Mood,
    /// The mood's numbers after the turn, 0–100.
    pub mood: MoodVector,
    /// The score's tier; null when the reading is not sure enough to be shown.
    pub local_score_tier: Option<Tier>,
    /// The score, 0–100; null when the turn was not scored.
    pub local_score_numeric: Option<Score>,
    /// How rare the tier is.
    pub local_score_rarity: Option<Rarity>,
    /// What a screen may do.
    pub ui_event_hint: EventHint,
    /// Small remarks.
    pub micro_flags: Vec<MicroFlag>,
    /// Positivity moved so.
    pub mood_delta: Delta,
    /// Tension moved so.
    pub tension_delta: Delta,
    /// Comfort moved so.
    pub comfort_delta: Delta,
    /// How close to overstepping.
    pub boundary_risk: BoundaryRisk,
    /// Who read the line.
    pub reading_source: ReadingSource,
    /// Why the score is what it is.
    pub reason: String,
    /// The embedded persona answered for a model that failed.
    pub degraded: bool,
    /// Fields that fell back.
    pub problems: Vec<Problem>,
    /// Which mission.
    pub mission_id: MissionId,
    /// Which session.
    pub session_id: SessionId,
    /// Which turn.
    pub turn_index: TurnIndex,
    /// Where the time went.
    #[serde(rename = "timings")]
    pub timings: Timings,
    /// Tokens.
    pub usage: Usage,
    /// Cost in micro-USD; null when the price is not known.
    #[serde(rename = "cost_micro_usd")]
    pub cost_micro_usd: Option<MicroUsd>,
}

/// The latest turn of a mission; `None` before the first answer.
#[must_use]
pub fn turn_response(
    mission: &Mission,
    mission_id: MissionId,
    session_id: SessionId,
) -> Option<TurnResponse> {
    let spoken = mission.turns().last()?;
    let line = spoken.reply.as_ref()?;
    let reading = spoken.reading.as_ref();
    let tier = reading.and_then(super::TurnReading::shown_tier);
    let deltas = reading.map(|reading| reading.deltas).unwrap_or_default();
    Some(TurnResponse {
        reply: line.text.clone(),
        current_mood: spoken.mood,
        mood: spoken.vector,
        local_score_tier: tier,
        local_score_numeric: reading.map(|reading| reading.score),
        local_score_rarity: tier.map(Tier::rarity),
        ui_event_hint: reading.map(|reading| reading.hint).unwrap_or_default(),
        micro_flags: reading.map(|reading| reading.flags.clone()).unwrap_or_default(),
        mood_delta: deltas.mood,
        tension_delta: deltas.tension,
        comfort_delta: deltas.comfort,
        boundary_risk: reading.map(|reading| reading.boundary_risk).unwrap_or_default(),
        reading_source: reading.map(|reading| reading.source).unwrap_or_default(),
        reason: reading.map(|reading| reading.reason.clone()).unwrap_or_default(),
        degraded: line.degraded,
        problems: reading.map(|reading| reading.problems.clone()).unwrap_or_default(),
        mission_id,
        session_id,
        turn_index: spoken.turn,
        timings: line.timings,
        usage: line.usage,
        cost_micro_usd: line.cost,
    })
}
