//! A person's missions before one of theirs, as analyzers see them.

use rusqlite::{OptionalExtension, Row, params};
use spar_core::analysis::persona_memory::PersonaMemory;
use spar_core::analysis::{CategoryTotals, History, PastMission, StageOutput};
use spar_core::job::Stage;
use spar_core::mission::import::PROVIDER as IMPORTED;
use spar_core::rules::{Ending, Outcome};
use spar_core::scenario::{Category, Scenario};
use spar_core::units::{Score, Timestamp};

use super::missions::parsed;
use super::read::Snapshot;
use super::{MissionMeta, Store, StoreError};

/// What came before a mission.
#[derive(Debug, Clone, Default)]
pub struct Before {
    /// What analyzers may look at.
    pub history: History,
    /// Missions the person has had, this one included.
    pub total_missions: u32,
}

impl Store {
    /// The missions of the same person that were over when this one began. A headless conversation
    /// has none, and is none: what a run reports does not depend on what was played beside it. A
    /// conversation that was brought in as a transcript was no rehearsal: it counts where the same
    /// persona comes again, and nowhere else.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn before(&self, meta: &MissionMeta, scenario: &Scenario) -> Result<Before, StoreError> {
        if meta.run_label.is_some() {
            return Ok(Before { total_missions: 1, ..Before::default() });
        }
        self.read(|moment| {
            let mut missions = moment.past_missions(meta, &scenario.persona.name)?;
            for (row, past) in &mut missions {
                moment.add_findings(*row, past)?;
            }
            let history = History {
                missions: missions.into_iter().map(|(_, past)| past).collect(),
                category: moment.category_totals(meta, scenario)?,
            };
            Ok(Before { history, total_missions: moment.missions_before(meta)? + 1 })
        })
    }

    /// What the persona of this name and role remembers of the person's latest mission with them
    /// that was over at `at`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn memory_of(
        &self,
        user: &str,
        persona: &str,
        role: &str,
        at: Timestamp,
    ) -> Result<Option<PersonaMemory>, StoreError> {
        self.read(|moment| {
            let row: Option<i64> = moment
                .connection
                .prepare_cached(
                    // Scenarios are few and missions many: scenarios first.
                    "SELECT mission.id FROM mission WHERE mission.snapshot_hash IN (\
                     SELECT hash FROM scenario_snapshot WHERE body ->> '$.persona.name' = ?3 \
                     AND body ->> '$.persona.role' = ?4) \
                     AND +mission.user_id = ?1 AND mission.run_label IS NULL \
                     AND mission.ended_at <= ?2 \
                     AND EXISTS (SELECT 1 FROM analysis_result AS result \
                     WHERE result.mission_id = mission.id AND result.stage = 'persona_memory') \
                     ORDER BY mission.ended_at DESC, mission.id DESC LIMIT 1",
                )
                .and_then(|mut statement| {
                    let wanted = params![user, at.as_millis(), persona, role];
                    statement.query_row(wanted, |row| row.get(0)).optional()
                })
                .map_err(|error| moment.error(&error))?;
            let Some(row) = row else { return Ok(None) };
            let newest = moment.newest_result(row, Stage::PersonaMemory, None)?;
            Ok(match newest.and_then(|result| result.output()) {
                Some(StageOutput::PersonaMemory(memory)) => Some(memory),
                _ => None,
            })
        })
    }
}

impl Snapshot<'_> {
    /// The newest of them with their rows, without what was found in them.
    fn past_missions(
        &self,
        meta: &MissionMeta,
        persona: &str,
    ) -> Result<Vec<(i64, PastMission)>, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT mission.id, mission.public_id, mission.scenario_id, \
                 snapshot.body ->> '$.category', snapshot.body ->> '$.persona.name', \
                 mission.ended_at, mission.ending, mission.score_tenths, mission.turns \
                 FROM mission JOIN scenario_snapshot AS snapshot \
                 ON snapshot.hash = mission.snapshot_hash \
                 WHERE mission.user_id = ?1 AND mission.run_label IS NULL \
                 AND mission.ended_at <= ?2 AND mission.public_id <> ?3 \
                 AND (mission.provider <> ?5 OR snapshot.body ->> '$.persona.name' = ?6) \
                 ORDER BY mission.ended_at DESC, mission.id DESC LIMIT ?4",
            )
            .and_then(|mut statement| {
                let wanted = params![
                    meta.user_id,
                    meta.started_at.as_millis(),
                    meta.id.to_string(),
                    History::KEPT as u32,
                    IMPORTED,
                    persona,
                ];
                // A category or an ending of a newer version is none of ours.
                statement.query_map(wanted, past_from_row)?.filter_map(Result::transpose).collect()
            })
            .map_err(|error| self.error(&error))
    }

    /// Adds what the analyzers found in a past mission.
    fn add_findings(&self, row: i64, past: &mut PastMission) -> Result<(), StoreError> {
        for stage in [Stage::Traits, Stage::Insights, Stage::PersonaMemory] {
            let newest = self.newest_result(row, stage, None)?;
            match newest.and_then(|result| result.output()) {
                Some(StageOutput::Traits(traits)) => past.traits = traits.scores,
                Some(StageOutput::Insights(insights)) => {
                    past.insights = insights.cards.into_iter().map(|card| card.key).collect();
                }
                Some(StageOutput::PersonaMemory(memory)) => past.memory = Some(memory),
                _ => {}
            }
        }
        Ok(())
    }

    /// All of one walk of life, each mission counted from its own row.
    fn category_totals(
        &self,
        meta: &MissionMeta,
        scenario: &Scenario,
    ) -> Result<CategoryTotals, StoreError> {
        let wins: Vec<String> = Ending::PRECEDENCE
            .into_iter()
            .filter(|ending| ending.outcome() == Outcome::Success)
            .map(|ending| format!("'{}'", ending.name()))
            .collect();
        self.connection
            .prepare_cached(&format!(
                "SELECT count(*), coalesce(sum(mission.ending IN ({})), 0), \
                 count(mission.score_tenths), coalesce(sum(mission.score_tenths), 0), \
                 max(mission.score_tenths) \
                 FROM scenario_snapshot AS snapshot \
                 JOIN mission ON mission.snapshot_hash = snapshot.hash \
                 WHERE snapshot.body ->> '$.category' = ?1 AND mission.user_id = ?2 \
                 AND mission.run_label IS NULL AND mission.ended_at <= ?3 \
                 AND mission.public_id <> ?4 AND mission.provider <> ?5",
                wins.join(", ")
            ))
            .and_then(|mut statement| {
                let wanted = params![
                    scenario.category.name(),
                    meta.user_id,
                    meta.started_at.as_millis(),
                    meta.id.to_string(),
                    IMPORTED,
                ];
                statement.query_row(wanted, |row| {
                    Ok(CategoryTotals {
                        missions: row.get(0)?,
                        won: row.get(1)?,
                        scored: row.get(2)?,
                        score_tenths: row.get(3)?,
                        best: row.get::<_, Option<i64>>(4)?.map(score),
                    })
                })
            })
            .map_err(|error| self.error(&error))
    }

    fn missions_before(&self, meta: &MissionMeta) -> Result<u32, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT count(*) FROM mission WHERE user_id = ?1 AND run_label IS NULL \
                 AND ended_at <= ?2 AND public_id <> ?3",
            )
            .and_then(|mut statement| {
                let wanted =
                    params![meta.user_id, meta.started_at.as_millis(), meta.id.to_string()];
                statement.query_row(wanted, |row| row.get(0))
            })
            .map_err(|error| self.error(&error))
    }
}

fn score(tenths: i64) -> Score {
    Score::new(tenths as f64 / 10.0)
}

fn past_from_row(row: &Row<'_>) -> rusqlite::Result<Option<(i64, PastMission)>> {
    let category: Option<String> = row.get(3)?;
    let category =
        Category::ALL.into_iter().find(|known| Some(known.name()) == category.as_deref());
    let ending: Option<String> = row.get(6)?;
    let ending = ending.as_deref().and_then(Ending::from_name);
    let (Some(category), Some(ending)) = (category, ending) else { return Ok(None) };
    let past = PastMission {
        mission_id: parsed(row, 1)?,
        scenario_id: row.get(2)?,
        category,
        persona: row.get::<_, Option<String>>(4)?.unwrap_or_default(),
        ended_at: Timestamp::from_millis(row.get(5)?),
        ending,
        score: row.get::<_, Option<i64>>(7)?.map(score),
        turns: row.get(8)?,
        traits: None,
        insights: Vec::new(),
        memory: None,
    };
    Ok(Some((row.get(0)?, past)))
}
