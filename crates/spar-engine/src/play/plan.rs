//! What a headless run will play: every scenario, times its variables, times its repeats, each with
//! a seed that depends on nothing else.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use spar_core::scenario::Script;

use crate::Prepared;

/// One conversation to be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Position of its scenario in the list that was planned.
    pub scenario: usize,
    /// The script's variables.
    pub vars: BTreeMap<String, String>,
    /// 1-based.
    pub repeat: u32,
    /// The mission's seed, 53 bits.
    pub seed: u64,
    /// Names this conversation across runs: same scenario text, variables, repeat and seed, same
    /// key.
    pub key: String,
}

/// Which part of a run this process plays: `2/4` is the second quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

/// Why a text names no shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no shard; write it like 2/4: the second of four")]
pub struct ShardError(String);

impl std::str::FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = || {
            let (index, count) = text.split_once('/')?;
            let (index, count): (usize, usize) = (index.parse().ok()?, count.parse().ok()?);
            (index >= 1 && index <= count).then_some(Self { index, count })
        };
        parts().ok_or_else(|| ShardError(text.to_owned()))
    }
}

/// Plans every conversation. The order is that of the scenarios; shards take turns, so that each
/// gets some of every kind.
#[must_use]
pub fn plan(
    scenarios: &[Prepared],
    seed: u64,
    repeat: Option<u32>,
    shard: Option<Shard>,
) -> Vec<Planned> {
    let mut all = Vec::new();
    for (at, prepared) in scenarios.iter().enumerate() {
        let script = &prepared.scenario.script;
        if script.steps.is_empty() {
            continue;
        }
        let repeats = repeat.unwrap_or(script.repeat).max(1);
        for vars in combinations(script) {
            for nth in 1..=repeats {
                let key = key(prepared, &vars, nth, seed);
                all.push(Planned {
                    scenario: at,
                    seed: seed_of(&key),
                    vars: vars.clone(),
                    repeat: nth,
                    key,
                });
            }
        }
    }
    match shard {
        None => all,
        Some(Shard { index, count }) => all.into_iter().skip(index - 1).step_by(count).collect(),
    }
}

/// Every combination of the script's variables, in the order of the file.
fn combinations(script: &Script) -> Vec<BTreeMap<String, String>> {
    script.vars.iter().fold(vec![BTreeMap::new()], |so_far, var| {
        so_far
            .iter()
            .flat_map(|chosen| {
                var.values.iter().map(|value| {
                    let mut next = chosen.clone();
                    next.insert(var.name.clone(), value.clone());
                    next
                })
            })
            .collect()
    })
}

fn key(prepared: &Prepared, vars: &BTreeMap<String, String>, repeat: u32, seed: u64) -> String {
    let mut hasher = Sha256::new();
    hasher.update(prepared.hash());
    for (name, value) in vars {
        hasher.update([0]);
        hasher.update(name);
        hasher.update([1]);
        hasher.update(value);
    }
    hasher.update(seed.to_le_bytes());
    let digest = hasher.finalize();
    let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{}#{repeat}:{hex}", prepared.scenario.id)
}

fn seed_of(key: &str) -> u64 {
    let digest = Sha256::digest(key);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(bytes) >> 11
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_one_based() {
        assert!("1/1".parse::<Shard>().is_ok() && "4/4".parse::<Shard>().is_ok());
        for wrong in ["0/4", "5/4", "2", "a/b", "2/0", ""] {
            assert_eq!(wrong.parse::<Shard>(), Err(ShardError(wrong.to_owned())));
        }
    }
}
