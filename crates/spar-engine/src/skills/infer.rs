//! Skills of missions that are in a database, inferred anew.

use std::sync::Arc;

use serde::Serialize;
use spar_core::analysis::skills::{Fusion, LearnerSkill, Skills, of_mission, over_missions};
use spar_core::ids::MissionId;
use spar_core::mission::Mission;

use crate::store::{MissionFilter, MissionMeta, Store, StoreError};

/// Missions of a person that are looked at, the newest: older ones hardly count any more.
const NEWEST: usize = 50;

/// A person and their skills.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Learner {
    /// Who.
    pub user: String,
    /// Missions that were looked at.
    pub missions: usize,
    /// Each skill there is evidence of.
    pub skills: Vec<LearnerSkill>,
}

/// The skills of a mission, from its lines and how it was played.
///
/// # Errors
/// When it is not there, or a row cannot be read back.
pub fn infer(store: &Store, id: MissionId, fusion: &Fusion) -> Result<Skills, StoreError> {
    let stored = store.load(id)?;
    let mut mission = Mission::new(Arc::new(stored.scenario));
    stored.events.iter().for_each(|event| mission.apply(event));
    Ok(of_mission(&mission, fusion))
}

/// The skills of a person, from their newest missions; `None` when they have none. Headless
/// conversations are nobody's.
///
/// # Errors
/// When a row cannot be read back.
pub fn infer_learner(
    store: &Store,
    user: &str,
    fusion: &Fusion,
) -> Result<Option<Learner>, StoreError> {
    let missions = store.list(&MissionFilter::default())?;
    let is_theirs = |meta: &MissionMeta| meta.user_id == user && meta.run_label.is_none();
    let theirs = missions.into_iter().filter(is_theirs).take(NEWEST);
    let skills: Vec<Skills> =
        theirs.map(|meta| infer(store, meta.id, fusion)).collect::<Result<_, _>>()?;
    let (user, missions) = (user.to_owned(), skills.len());
    let learner = || Learner { user, missions, skills: over_missions(&skills) };
    Ok((missions > 0).then(learner))
}
