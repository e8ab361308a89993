//! Missions made ready to be studied: folded once, and shared by the stages of a pass.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use spar_core::mission::Mission;
use spar_core::reading::Reader;
use spar_core::scenario::Scenario;

use crate::store::{Before, MissionMeta, Store, StoreError};

/// Missions kept: those whose stages may be under way at one time, and a few more.
const MISSIONS: usize = 8;
/// Scenarios kept with their readers: making one ready costs more than folding a short mission.
const SCENARIOS: usize = 16;

/// A mission as the stages of a pass see it.
pub(super) struct Loaded {
    pub(super) meta: MissionMeta,
    pub(super) mission: Mission,
    pub(super) before: Before,
}

/// A scenario and its reader.
type Ready = (Arc<Scenario>, Arc<Reader>);
/// Filled by whoever needs it first; the others wait for that.
type Shared<T> = Arc<OnceLock<Result<Arc<T>, StoreError>>>;

/// What is kept, the latest used last.
type Kept<K, T> = Mutex<Vec<(K, Shared<T>)>>;

/// The latest of them.
#[derive(Default)]
pub(super) struct Cache {
    missions: Kept<(i64, u32), Loaded>,
    scenarios: Kept<String, Ready>,
}

impl Cache {
    /// The mission of a row with its first `seq` events.
    pub(super) fn load(
        &self,
        store: &Store,
        row: i64,
        seq: u32,
    ) -> Result<Arc<Loaded>, StoreError> {
        let slot = take(&self.missions, (row, seq), MISSIONS);
        let loaded = slot.get_or_init(|| self.read(store, row, seq).map(Arc::new)).clone();
        if loaded.is_err() {
            // What was not there or could not be read may be the next time.
            forget(&self.missions, &(row, seq));
        }
        loaded
    }

    fn read(&self, store: &Store, row: i64, seq: u32) -> Result<Loaded, StoreError> {
        let meta = store.mission_at(row)?;
        let (scenario, reader) = &*self.scenario(store, &meta.snapshot_hash)?;
        let mut mission = Mission::with_reader(Arc::clone(scenario), Arc::clone(reader));
        let events = store.first_events(row, seq)?;
        events.iter().for_each(|event| mission.apply(event));
        let before = store.before(&meta, scenario)?;
        Ok(Loaded { meta, mission, before })
    }

    fn scenario(&self, store: &Store, hash: &str) -> Result<Arc<Ready>, StoreError> {
        let slot = take(&self.scenarios, hash.to_owned(), SCENARIOS);
        let read = || {
            let scenario = store.scenario_at(hash)?;
            let reader = Arc::new(Reader::new(scenario.reader.clone()));
            Ok(Arc::new((Arc::new(scenario), reader)))
        };
        let ready = slot.get_or_init(read).clone();
        if ready.is_err() {
            forget(&self.scenarios, &hash.to_owned());
        }
        ready
    }
}

/// The slot of a key, now the newest; the oldest goes when there are too many.
fn take<K: PartialEq, T>(kept: &Kept<K, T>, key: K, most: usize) -> Shared<T> {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    let found = kept.iter().position(|(known, _)| *known == key);
    let slot = found.map_or_else(Shared::default, |at| kept.remove(at).1);
    kept.push((key, Arc::clone(&slot)));
    if kept.len() > most {
        kept.remove(0);
    }
    slot
}

fn forget<K: PartialEq, T>(kept: &Kept<K, T>, key: &K) {
    kept.lock().unwrap_or_else(PoisonError::into_inner).retain(|(known, _)| known != key);
}
