//! A check in one line, as a scenario file puts it: what reports and annotations call it.

use std::fmt::Display;

use super::{Check, LatencyCheck, ReplyCheck};

/// `tier: ">= B"`, `gate: {plain: passed}`.
pub(super) fn label(check: &Check) -> String {
    match check {
        Check::Tier(comparison) => compared("tier", comparison),
        Check::Score(comparison) => compared("score", comparison),
        Check::Mood(moods) => listed("mood", moods.iter().map(|mood| mood.name())),
        Check::Positivity(comparison) => compared("positivity", comparison),
        Check::Tension(comparison) => compared("tension", comparison),
        Check::Comfort(comparison) => compared("comfort", comparison),
        Check::Gate(gate, status) => format!("gate: {{{gate}: {}}}", word(status)),
        Check::Ending(endings) => listed("ending", endings.iter().map(|ending| ending.name())),
        Check::Cue(cues) => listed("cue", cues.iter().map(|cue| cue.name())),
        Check::Flags { has, none } if none.is_empty() => {
            format!("flags: [{}]", has.join(", "))
        }
        Check::Flags { has, none } if has.is_empty() => {
            format!("flags: {{none: [{}]}}", none.join(", "))
        }
        Check::Flags { has, none } => {
            format!("flags: {{has: [{}], none: [{}]}}", has.join(", "), none.join(", "))
        }
        Check::BoundaryRisk(risks) => {
            let words: Vec<String> = risks.iter().map(word).collect();
            listed("boundary_risk", words.iter().map(String::as_str))
        }
        Check::EventHint(hints) => {
            let words: Vec<String> = hints.iter().map(word).collect();
            listed("event_hint", words.iter().map(String::as_str))
        }
        Check::Reply(reply) => format!("reply: {{{}}}", reply_parts(reply).join(", ")),
        Check::Valid(truth) => format!("valid: {truth}"),
        Check::Degraded(truth) => format!("degraded: {truth}"),
        Check::LatencyMs(times) => times_label("latency_ms", times),
        Check::TtftMs(times) => times_label("ttft_ms", times),
        Check::CostUsd(comparison) => compared("cost_usd", comparison),
        Check::Tokens(comparison) => compared("tokens", comparison),
        Check::PassHat { k, min } => format!("pass_hat: {{k: {k}, min: {min}}}"),
    }
}

fn compared(key: &str, comparison: &impl Display) -> String {
    format!("{key}: \"{comparison}\"")
}

fn listed<'a>(key: &str, words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.collect();
    match words.as_slice() {
        [one] => format!("{key}: {one}"),
        several => format!("{key}: [{}]", several.join(", ")),
    }
}

/// The name of a unit variant, asked of serde, so that it is the one in files.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn reply_parts(reply: &ReplyCheck) -> Vec<String> {
    let ReplyCheck { contains, not_contains, matches, not_matches, max_chars, language } = reply;
    let mut parts = Vec::new();
    for (key, texts) in [("contains", contains), ("not_contains", not_contains)] {
        if !texts.is_empty() {
            let quoted: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
            parts.push(format!("{key}: [{}]", quoted.join(", ")));
        }
    }
    for (key, pattern) in [("matches", matches), ("not_matches", not_matches)] {
        parts.extend(pattern.as_ref().map(|pattern| format!("{key}: \"{pattern}\"")));
    }
    parts.extend(max_chars.map(|most| format!("max_chars: {most}")));
    parts.extend(language.as_ref().map(|tag| format!("language: {tag}")));
    parts
}

fn times_label(key: &str, times: &LatencyCheck) -> String {
    match times.bounds.as_slice() {
        [(name, comparison)] if name == "value" => compared(key, comparison),
        bounds => {
            let parts: Vec<String> =
                bounds.iter().map(|(name, comparison)| compared(name, comparison)).collect();
            format!("{key}: {{{}}}", parts.join(", "))
        }
    }
}
