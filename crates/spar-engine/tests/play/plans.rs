//! What a run will play: every combination once, whatever the machine.

use std::collections::{BTreeMap, BTreeSet};

use spar_engine::Prepared;
use spar_engine::play::{Planned, Shard, plan};

use crate::support::prepared;

fn several() -> Vec<Prepared> {
    [
        "vars: {who: [Ada, Bo], when: [today, tomorrow, never]}\nrepeat: 4\nscript: [{user: \"{{who}}, {{when}}\"}]",
        "script: [{user: Hello}]",
        "",
    ]
    .map(prepared)
    .into()
}

fn keys(planned: &[Planned]) -> BTreeSet<String> {
    planned.iter().map(|one| one.key.clone()).collect()
}

#[test]
fn variables_multiply_repeats() {
    let all = plan(&several(), 0, None, None);
    assert_eq!(all.len(), 2 * 3 * 4 + 1, "a scenario without a script is not played");
    let mut combinations: BTreeMap<Vec<&str>, u32> = BTreeMap::new();
    for one in all.iter().filter(|one| one.scenario == 0) {
        *combinations.entry(one.vars.values().map(String::as_str).collect()).or_default() += 1;
    }
    assert_eq!(combinations.len(), 6);
    assert!(combinations.values().all(|count| *count == 4));
    assert_eq!(plan(&several(), 0, Some(2), None).len(), 2 * 3 * 2 + 2);
}

#[test]
fn every_conversation_has_a_seed_and_a_key_of_its_own() {
    let all = plan(&several(), 5, None, None);
    let seeds: BTreeSet<u64> = all.iter().map(|one| one.seed).collect();
    assert_eq!((seeds.len(), keys(&all).len()), (all.len(), all.len()));
    assert!(seeds.iter().all(|seed| *seed < 1 << 53), "every JSON reader keeps them whole");
    assert_eq!(all, plan(&several(), 5, None, None));
    let other = plan(&several(), 6, None, None);
    assert!(keys(&all).is_disjoint(&keys(&other)), "another seed is another run");
    // A longer run plays the shorter one first, seed for seed.
    let longer = plan(&several(), 5, Some(9), None);
    assert!(
        keys(&all)
            .iter()
            .filter(|key| key.contains("#1:"))
            .all(|key| { longer.iter().any(|one| &one.key == key) })
    );
}

#[test]
fn shards_are_disjoint_and_together_the_whole() {
    let whole = plan(&several(), 0, None, None);
    for count in [1, 2, 3, 7, 25, 40] {
        let mut together = BTreeSet::new();
        for index in 1..=count {
            let shard: Shard = format!("{index}/{count}").parse().expect("a shard");
            let part = plan(&several(), 0, None, Some(shard));
            assert!(part.len().abs_diff(whole.len() / count) <= 1, "{index}/{count} is fair");
            for one in part {
                assert!(whole.contains(&one));
                assert!(together.insert(one.key), "{index}/{count} plays what another plays");
            }
        }
        assert_eq!(together, keys(&whole), "{count} shards");
    }
}
