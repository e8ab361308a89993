//! Checks of headless runs: what must be true after a turn, and at the end.

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::{Mission, SpokenTurn};
use crate::language::Line;
use crate::rules::{Comparison, GateStatus, Tier};
use crate::scenario::{Check, CheckItem, LatencyCheck, ReplyCheck};
use crate::units::MicroUsd;

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// As the scenario puts it.
    pub label: String,
    /// Whether it held.
    pub passed: bool,
    /// What was found instead; empty when it held.
    pub found: String,
    /// Line of the scenario file, 1-based.
    pub source_line: u32,
    /// The turn it was about; `None` at the end.
    pub turn: Option<u32>,
}

/// Checks the latest turn.
#[must_use]
pub fn check_turn(mission: &Mission, item: &CheckItem) -> CheckResult {
    let found = match mission.turns().last() {
        Some(spoken) => turn_finding(mission, spoken, &item.check),
        None => Err("no turn was played".to_owned()),
    };
    result(item, found, mission.turns().last().map(|spoken| spoken.turn.0))
}

/// Checks the mission as a whole. [`Check::PassHat`] is not about one mission: see [`pass_hat`].
#[must_use]
pub fn check_end(mission: &Mission, item: &CheckItem) -> CheckResult {
    result(item, end_finding(mission, &item.check), None)
}

fn result(item: &CheckItem, found: Result<(), String>, turn: Option<u32>) -> CheckResult {
    CheckResult {
        label: item.label.clone(),
        passed: found.is_ok(),
        found: found.err().unwrap_or_default(),
        source_line: item.source_line,
        turn,
    }
}

type Finding = Result<(), String>;

fn require(holds: bool, found: impl FnOnce() -> String) -> Finding {
    if holds { Ok(()) } else { Err(found()) }
}

fn number(comparison: Comparison, value: Option<f64>, what: &str) -> Finding {
    match value {
        Some(value) => require(comparison.holds(value), || {
            format!("{what} was {}", (value * 100.0).round() / 100.0)
        }),
        None => Err(format!("there is no {what}")),
    }
}

/// A check that reads the state alone: the same after a turn and at the end.
fn state_finding(mission: &Mission, check: &Check) -> Option<Finding> {
    let state = mission.state();
    Some(match check {
        Check::Mood(moods) => {
            require(moods.contains(&state.mood), || format!("the mood was {}", state.mood.name()))
        }
        Check::Positivity(cmp) => number(*cmp, Some(state.vector.positivity), "positivity"),
        Check::Tension(cmp) => number(*cmp, Some(state.vector.tension), "tension"),
        Check::Comfort(cmp) => number(*cmp, Some(state.vector.comfort), "comfort"),
        Check::Gate(gate, status) => {
            let passed = state.gates.contains_key(gate);
            require(passed == (*status == GateStatus::Passed), || {
                format!("gate {gate} was {}", if passed { "passed" } else { "open" })
            })
        }
        Check::Ending(endings) => match state.ending() {
            Some(ending) => require(endings.contains(&ending), || {
                format!("the mission ended with {}", ending.name())
            }),
            None => Err("the mission had not ended".to_owned()),
        },
        _ => return None,
    })
}

fn turn_finding(mission: &Mission, spoken: &SpokenTurn, check: &Check) -> Finding {
    if let Some(finding) = state_finding(mission, check) {
        return finding;
    }
    let reading = spoken.reading.as_ref();
    let reply = spoken.reply.as_ref();
    match check {
        Check::Tier(comparison) => match reading {
            Some(reading) => {
                let tier = Tier::of(reading.score);
                require(comparison.holds(tier), || {
                    format!("the tier was {} ({})", tier.name(), reading.score)
                })
            }
            None => Err("the turn was not scored".to_owned()),
        },
        Check::Score(cmp) => number(*cmp, reading.map(|reading| reading.score.get()), "score"),
        Check::Cue(names) => {
            let cues = reading.map(|reading| reading.cues.as_slice()).unwrap_or_default();
            require(cues.iter().any(|hit| names.contains(&hit.cue)), || {
                let seen: Vec<_> = cues.iter().map(|hit| hit.cue.name()).collect();
                format!("the cues were {}", listed(&seen))
            })
        }
        Check::Flags { has, none } => {
            let flags: Vec<_> = reading
                .map(|reading| reading.flags.iter().map(|flag| flag.name()).collect())
                .unwrap_or_default();
            require(has_and_none(&flags, has, none), || {
                format!("the flags were {}", listed(&flags))
            })
        }
        Check::BoundaryRisk(risks) => match reading {
            Some(reading) => require(risks.contains(&reading.boundary_risk), || {
                format!("the boundary risk was {:?}", reading.boundary_risk).to_lowercase()
            }),
            None => Err("the turn was not scored".to_owned()),
        },
        Check::EventHint(hints) => {
            let hint = reading.map(|reading| reading.hint).unwrap_or_default();
            require(hints.contains(&hint), || format!("the hint was {hint:?}").to_lowercase())
        }
        Check::Reply(wanted) => match reply {
            Some(reply) => reply_finding(wanted, &reply.text),
            None => Err("there was no reply".to_owned()),
        },
        Check::Valid(wanted) => {
            let valid = reply.is_some_and(|reply| reply.valid != Some(false));
            require(valid == *wanted, || format!("structured output was {}", validity(valid)))
        }
        Check::Degraded(wanted) => {
            let degraded = reply.is_some_and(|reply| reply.degraded);
            require(degraded == *wanted, || {
                format!("the turn was {}degraded", if degraded { "" } else { "not " })
            })
        }
        Check::LatencyMs(bounds) => {
            times_finding(bounds, &[reply.map_or(0.0, |reply| reply.timings.total_ms)], "latency")
        }
        Check::TtftMs(bounds) => match reply.and_then(|reply| reply.timings.ttft_ms) {
            Some(ttft) => times_finding(bounds, &[ttft], "time to the first token"),
            None => Err("there was no first token".to_owned()),
        },
        Check::CostUsd(cmp) => {
            number(*cmp, reply.and_then(|reply| reply.cost).map(MicroUsd::as_dollars), "known cost")
        }
        Check::Tokens(cmp) => number(*cmp, Some(tokens(std::slice::from_ref(spoken))), "tokens"),
        _ => Ok(()),
    }
}

fn end_finding(mission: &Mission, check: &Check) -> Finding {
    if let Some(finding) = state_finding(mission, check) {
        return finding;
    }
    let turns = mission.turns();
    let replies = || turns.iter().filter_map(|spoken| spoken.reply.as_ref());
    match check {
        Check::Tier(comparison) => match mission.score() {
            Some(score) => require(comparison.holds(Tier::of(score)), || {
                format!("the mission's tier was {} ({score})", Tier::of(score).name())
            }),
            None => Err("the mission was not scored".to_owned()),
        },
        Check::Score(cmp) => number(*cmp, mission.score().map(|score| score.get()), "score"),
        Check::Cue(names) => {
            let seen = names.iter().any(|name| mission.state().cues.contains_key(name));
            require(seen, || "the cue was never recognised".to_owned())
        }
        Check::Flags { has, none } => {
            let flags: Vec<_> = turns
                .iter()
                .filter_map(|spoken| spoken.reading.as_ref())
                .flat_map(|reading| reading.flags.iter().map(|flag| flag.name()))
                .collect();
            require(has_and_none(&flags, has, none), || {
                format!("the flags were {}", listed(&flags))
            })
        }
        Check::BoundaryRisk(_) | Check::EventHint(_) => {
            turns.last().map_or(Ok(()), |spoken| turn_finding(mission, spoken, check))
        }
        Check::Reply(wanted) => turns
            .iter()
            .filter_map(|spoken| Some((spoken.turn, spoken.reply.as_ref()?)))
            .try_for_each(|(turn, reply)| {
                reply_finding(wanted, &reply.text).map_err(|found| format!("turn {turn}: {found}"))
            }),
        Check::Valid(wanted) => {
            let valid = replies().all(|reply| reply.valid != Some(false));
            require(valid == *wanted, || format!("structured output was {}", validity(valid)))
        }
        Check::Degraded(wanted) => {
            let degraded = mission.state().degraded_turns;
            require((degraded > 0) == *wanted, || format!("{degraded} turns were degraded"))
        }
        Check::LatencyMs(bounds) => {
            let times: Vec<_> = replies().map(|reply| reply.timings.total_ms).collect();
            times_finding(bounds, &times, "latency")
        }
        Check::TtftMs(bounds) => {
            let times: Vec<_> = replies().filter_map(|reply| reply.timings.ttft_ms).collect();
            times_finding(bounds, &times, "time to the first token")
        }
        Check::CostUsd(cmp) => {
            number(*cmp, mission.state().cost.map(MicroUsd::as_dollars), "known cost")
        }
        Check::Tokens(cmp) => number(*cmp, Some(tokens(turns)), "tokens"),
        _ => Ok(()),
    }
}

fn validity(valid: bool) -> &'static str {
    if valid { "valid" } else { "not valid" }
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn has_and_none(flags: &[&str], has: &[String], none: &[String]) -> bool {
    has.iter().all(|name| flags.contains(&name.as_str()))
        && !none.iter().any(|name| flags.contains(&name.as_str()))
}

fn tokens(turns: &[SpokenTurn]) -> f64 {
    turns
        .iter()
        .filter_map(|spoken| spoken.reply.as_ref())
        .map(|reply| {
            f64::from(reply.usage.input.unwrap_or(0)) + f64::from(reply.usage.output.unwrap_or(0))
        })
        .sum()
}

fn reply_finding(wanted: &ReplyCheck, text: &str) -> Finding {
    let lower = text.to_lowercase();
    let quoted = || format!("the reply was \"{text}\"");
    let has = |part: &String| lower.contains(&part.to_lowercase());
    require(wanted.contains.iter().all(has), quoted)?;
    require(!wanted.not_contains.iter().any(has), quoted)?;
    // Patterns were compiled once when the scenario was read; one that fails here matches nothing.
    let matches = |pattern: &String| Regex::new(pattern).is_ok_and(|regex| regex.is_match(text));
    require(wanted.matches.as_ref().is_none_or(matches), quoted)?;
    require(!wanted.not_matches.as_ref().is_some_and(matches), quoted)?;
    let length = text.chars().count();
    require(wanted.max_chars.is_none_or(|most| length <= most as usize), || {
        format!("the reply had {length} characters")
    })?;
    match &wanted.language {
        Some(language) if language.starts_with("en") => {
            require(looks_english(text), || format!("the reply does not look English: \"{text}\""))
        }
        _ => Ok(()),
    }
}

/// Whether at least one word in eight is among the commonest of English, or the reply is too short
/// to tell. Wrong languages have next to none.
fn looks_english(text: &str) -> bool {
    const COMMON: [&str; 40] = [
        "the", "be", "to", "of", "and", "a", "in", "that", "have", "i", "it", "for", "not", "on",
        "with", "he", "as", "you", "do", "at", "this", "but", "we", "they", "is", "are", "was",
        "my", "your", "what", "so", "me", "can", "if", "it's", "i'm", "don't", "no", "yes", "just",
    ];
    let line = Line::new(text);
    let words = line.words();
    if words.len() < 4 {
        return text.chars().filter(|c| c.is_alphabetic()).all(|c| c.is_ascii());
    }
    let common = words.iter().filter(|word| COMMON.contains(&word.as_str())).count();
    common * 8 >= words.len()
}

fn times_finding(check: &LatencyCheck, times: &[f64], what: &str) -> Finding {
    for (statistic, comparison) in &check.bounds {
        if statistic == "value" {
            for time in times {
                number(*comparison, Some(*time), &format!("{what} in ms"))?;
            }
        } else {
            let value = statistic_of(statistic, times);
            number(*comparison, value, &format!("{statistic} of {what} in ms"))?;
        }
    }
    Ok(())
}

/// `p50` … `p99` (nearest rank), `max` or `mean` of some times; `None` when there are none.
#[must_use]
pub fn statistic_of(name: &str, times: &[f64]) -> Option<f64> {
    if times.is_empty() {
        return None;
    }
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    match name {
        "mean" => Some(sorted.iter().sum::<f64>() / sorted.len() as f64),
        "max" => sorted.last().copied(),
        _ => {
            let percent: f64 = name.strip_prefix('p')?.parse().ok()?;
            let rank = (percent / 100.0 * sorted.len() as f64).ceil().max(1.0) as usize;
            sorted.get(rank - 1).copied()
        }
    }
}

/// The unbiased estimate that `k` plays in a row pass, from `passed` of `plays`:
/// C(passed, k) / C(plays, k), after Yao et al., τ-bench (2024). `None` with fewer than `k` plays.
#[must_use]
pub fn pass_hat(passed: u32, plays: u32, k: u32) -> Option<f64> {
    if k == 0 || plays < k {
        return None;
    }
    Some((0..k).fold(1.0, |product, taken| {
        let left = f64::from(passed) - f64::from(taken);
        product * (left.max(0.0) / f64::from(plays - taken))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_rank() {
        let times: Vec<f64> = (1..=100).map(f64::from).collect();
        let all: Vec<_> = ["p50", "p90", "p95", "p99", "max", "mean"]
            .iter()
            .map(|name| statistic_of(name, &times).expect("there are times"))
            .collect();
        assert_eq!(all, [50.0, 90.0, 95.0, 99.0, 100.0, 50.5]);
        assert_eq!(statistic_of("p50", &[]), None);
        assert_eq!(statistic_of("q50", &[1.0]), None);
    }

    #[test]
    fn pass_hat_matches_worked_examples() {
        // 3 of 4 passed: C(3,2)/C(4,2) = 3/6.
        assert_eq!(pass_hat(3, 4, 2), Some(0.5));
        assert_eq!(pass_hat(4, 4, 4), Some(1.0));
        assert_eq!(pass_hat(1, 4, 2), Some(0.0));
        assert_eq!(pass_hat(1, 1, 2), None);
    }

    #[test]
    fn languages_are_told_apart() {
        assert!(looks_english("I don't know what you want me to do about it."));
        assert!(looks_english("Fine."));
        assert!(!looks_english("Ich weiß nicht, was du von mir hören willst."));
    }
}
