//! What a whole run came to.

use std::collections::BTreeMap;

use serde::Serialize;
use spar_core::mission::checks::{pass_hat, statistic_of};
use spar_core::scenario::Check;
use spar_core::units::MicroUsd;
use spar_engine::play::{PlayResult, Verdict};

use crate::cli::scenario::Found;
use crate::error::ExitStatus;

/// Results so far, and the checks that are about all plays of a scenario.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) results: Vec<PlayResult>,
    pub(super) wall_ms: f64,
    /// Conversations that a bug of ours took: they have no result.
    pub(super) lost: usize,
    wanted: Vec<PassHatWanted>,
    /// Scenarios that have no script, and so nothing to run.
    pub(super) without_script: Vec<String>,
}

#[derive(Debug)]
struct PassHatWanted {
    scenario: String,
    label: String,
    k: u32,
    min: f64,
    source_line: u32,
}

/// What came of a `pass_hat` check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct PassHat {
    pub(super) scenario: String,
    pub(super) label: String,
    /// `None`: too few plays to say.
    pub(super) estimate: Option<f64>,
    pub(super) passed: bool,
    pub(super) source_line: u32,
}

/// The last of the JSON lines.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    pub(super) conversations: usize,
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) unscored: usize,
    pub(super) over_budget: usize,
    pub(super) stopped: usize,
    pub(super) errors: usize,
    /// Conversations that a bug in spar took.
    pub(super) lost: usize,
    pub(super) turns: u32,
    pub(super) degraded_turns: u32,
    pub(super) repaired_turns: u32,
    pub(super) cost_micro_usd: Option<MicroUsd>,
    pub(super) turn_ms: Percentiles,
    pub(super) ttft_ms: Percentiles,
    pub(super) own_us: Percentiles,
    pub(super) pass_hat: Vec<PassHat>,
    pub(super) without_script: Vec<String>,
    pub(super) wall_ms: f64,
    pub(super) exit: u8,
}

/// Nearest-rank percentiles; null when there is nothing to rank.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(super) struct Percentiles {
    pub(super) p50: Option<f64>,
    pub(super) p95: Option<f64>,
    pub(super) p99: Option<f64>,
}

impl Percentiles {
    fn of(times: &[f64]) -> Self {
        Self {
            p50: statistic_of("p50", times),
            p95: statistic_of("p95", times),
            p99: statistic_of("p99", times),
        }
    }
}

impl Outcome {
    /// Nothing played yet.
    pub(super) fn new(scenarios: &[Found]) -> Self {
        let mut outcome = Self::default();
        for found in scenarios {
            let scenario = &found.prepared.scenario;
            if scenario.script.steps.is_empty() {
                outcome.without_script.push(scenario.id.clone());
            }
            for item in &scenario.expect {
                if let Check::PassHat { k, min } = &item.check {
                    outcome.wanted.push(PassHatWanted {
                        scenario: scenario.id.clone(),
                        label: item.label.clone(),
                        k: *k,
                        min: *min,
                        source_line: item.source_line,
                    });
                }
            }
        }
        outcome
    }

    pub(super) fn add(&mut self, result: PlayResult) {
        self.results.push(result);
    }

    pub(super) fn count(&self, verdict: Verdict) -> usize {
        self.results.iter().filter(|result| result.verdict == verdict).count()
    }

    /// The checks about all plays of a scenario.
    pub(super) fn pass_hats(&self) -> Vec<PassHat> {
        let mut plays: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        for result in &self.results {
            let (passed, all) = plays.entry(&result.scenario).or_default();
            match result.verdict {
                Verdict::Passed => (*passed, *all) = (*passed + 1, *all + 1),
                Verdict::Failed => *all += 1,
                Verdict::Unscored | Verdict::OverBudget | Verdict::Stopped | Verdict::Error => {}
            }
        }
        self.wanted
            .iter()
            .map(|wanted| {
                let (passed, all) = plays.get(wanted.scenario.as_str()).copied().unwrap_or((0, 0));
                let estimate = pass_hat(passed, all, wanted.k);
                PassHat {
                    scenario: wanted.scenario.clone(),
                    label: wanted.label.clone(),
                    passed: estimate.is_some_and(|estimate| estimate >= wanted.min),
                    estimate,
                    source_line: wanted.source_line,
                }
            })
            .collect()
    }

    /// The exit code: the gravest of what happened.
    pub(super) fn status(&self) -> ExitStatus {
        let mut status = match (self.lost, self.results.len()) {
            (1.., _) => ExitStatus::Bug,
            (0, 0) => ExitStatus::Inconclusive,
            (0, _) => ExitStatus::Success,
        };
        let judged: Vec<_> = self.wanted.iter().map(|wanted| wanted.scenario.as_str()).collect();
        for result in &self.results {
            status = status.and(match result.verdict {
                Verdict::Passed => ExitStatus::Success,
                // Where a scenario says how often it must pass, one failure decides nothing.
                Verdict::Failed if judged.contains(&result.scenario.as_str()) => {
                    ExitStatus::Success
                }
                Verdict::Failed => ExitStatus::Failed,
                Verdict::Unscored => ExitStatus::Provider,
                Verdict::OverBudget => ExitStatus::Budget,
                Verdict::Stopped => ExitStatus::Inconclusive,
                Verdict::Error => ExitStatus::BadInput,
            });
        }
        for check in self.pass_hats() {
            status = status.and(match check.estimate {
                None => ExitStatus::Inconclusive,
                Some(_) if check.passed => ExitStatus::Success,
                Some(_) => ExitStatus::Failed,
            });
        }
        status
    }

    pub(super) fn summary(&self) -> Summary {
        let results = &self.results;
        let all = |pick: fn(&PlayResult) -> &Vec<f64>| {
            let times: Vec<f64> = results.iter().flat_map(|result| pick(result).clone()).collect();
            Percentiles::of(&times)
        };
        let own: Vec<f64> =
            results.iter().flat_map(|result| result.own_us.iter().map(|own| *own as f64)).collect();
        Summary {
            conversations: results.len(),
            passed: self.count(Verdict::Passed),
            failed: self.count(Verdict::Failed),
            unscored: self.count(Verdict::Unscored),
            over_budget: self.count(Verdict::OverBudget),
            stopped: self.count(Verdict::Stopped),
            errors: self.count(Verdict::Error),
            lost: self.lost,
            turns: results.iter().map(|result| result.turns).sum(),
            degraded_turns: results.iter().map(|result| result.degraded_turns).sum(),
            repaired_turns: results.iter().map(|result| result.repaired_turns).sum(),
            cost_micro_usd: results
                .iter()
                .try_fold(MicroUsd(0), |total, result| Some(total + result.cost_micro_usd?)),
            turn_ms: all(|result| &result.turn_ms),
            ttft_ms: all(|result| &result.ttft_ms),
            own_us: Percentiles::of(&own),
            pass_hat: self.pass_hats(),
            without_script: self.without_script.clone(),
            wall_ms: self.wall_ms,
            exit: self.status().code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn result(verdict: Verdict) -> PlayResult {
        PlayResult {
            key: String::new(),
            scenario: "talk".to_owned(),
            title: String::new(),
            provider: "embedded".to_owned(),
            model: "embedded".to_owned(),
            vars: BTreeMap::new(),
            repeat: 1,
            seed: 0,
            mission_id: None,
            verdict,
            reason: None,
            ending: None,
            score: None,
            tier: None,
            turns: 0,
            steps_left: 0,
            degraded_turns: 0,
            repaired_turns: 0,
            checks: Vec::new(),
            cost_micro_usd: None,
            turn_ms: Vec::new(),
            ttft_ms: Vec::new(),
            own_us: Vec::new(),
            duration_ms: 0.0,
            responses: Vec::new(),
        }
    }

    fn code(verdicts: &[Verdict], lost: usize) -> u8 {
        let results = verdicts.iter().copied().map(result).collect();
        Outcome { results, lost, ..Outcome::default() }.status().code()
    }

    #[test]
    fn of_several_statuses_the_gravest_is_reported() {
        use Verdict::{Error, Failed, OverBudget, Passed, Stopped, Unscored};
        let gravest_first = [Error, OverBudget, Unscored, Failed, Stopped, Passed];
        let codes = [2, 4, 3, 1, 5, 0];
        for (at, expected) in codes.into_iter().enumerate() {
            assert_eq!(code(&gravest_first[at..], 0), expected);
        }
        assert_eq!(code(&gravest_first, 1), 70, "a conversation that a bug took outranks them all");
        assert_eq!(code(&[], 1), 70);
        assert_eq!(code(&[], 0), 5);
    }

    fn of_five(passed: usize, k: u32, min: f64) -> u8 {
        let mut verdicts = vec![Verdict::Passed; passed];
        verdicts.resize(5, Verdict::Failed);
        let wanted = PassHatWanted {
            scenario: "talk".to_owned(),
            label: "pass_hat".to_owned(),
            k,
            min,
            source_line: 1,
        };
        let results = verdicts.into_iter().map(result).collect();
        Outcome { results, wanted: vec![wanted], ..Outcome::default() }.status().code()
    }

    #[test]
    fn pass_hat_decides_for_the_plays_it_is_about() {
        // Four of five passed: both of two plays pass with probability 6/10.
        assert_eq!(of_five(4, 2, 0.6), 0);
        assert_eq!(of_five(4, 2, 0.61), 1);
        assert_eq!(of_five(5, 6, 0.5), 5, "five plays say nothing about six");
    }
}
