//! Figures and names in words, the same in every form.

use super::TurnLine;
use crate::analysis::breakthroughs::BreakthroughKind;
use crate::analysis::insights::InsightKind;
use crate::analysis::mood_timeline::ArcKind;
use crate::analysis::topics::Whose;
use crate::analysis::turn_impact::KeyLineKind;
use crate::ids::TurnIndex;
use crate::mission::ReadingSource;
use crate::rules::{Outcome, Tier};
use crate::units::{MicroUsd, Score, Timestamp};

/// "1 turn", "7 turns".
pub(super) fn count(number: u32, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// "turn 3", "turns 1, 4 and 6".
pub(super) fn turns(turns: &[TurnIndex]) -> String {
    match turns {
        [] => String::new(),
        [only] => format!("turn {only}"),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(ToString::to_string).collect();
            format!("turns {} and {last}", first.join(", "))
        }
    }
}

/// "83", "83 (A)".
pub(super) fn score(score: Score, tier: Option<Tier>) -> String {
    tier.map_or_else(|| score.to_string(), |tier| format!("{score} ({})", tier.name()))
}

/// "+4", "−3", "±0"; a tenth of a point is not something anyone can act on.
pub(super) fn signed(value: f64) -> String {
    let whole = value.round() as i64;
    match whole {
        0 => "±0".to_owned(),
        more if more > 0 => format!("+{more}"),
        less => format!("−{}", less.unsigned_abs()),
    }
}

/// A whole number, halves up as everywhere else.
pub(super) fn whole(value: f64) -> String {
    (value.round() as i64).to_string()
}

/// "412 ms", "2.4 s", "7 min 30 s", "1 h 5 min".
pub(super) fn duration(ms: f64) -> String {
    let seconds = (ms / 1_000.0).round() as u64;
    match ms {
        _ if ms < 1_000.0 => format!("{} ms", trimmed(ms)),
        _ if ms < 60_000.0 => format!("{:.1} s", ms / 1_000.0),
        _ if seconds < 3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// At most one decimal, and none when it says nothing.
pub(super) fn trimmed(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// "$0.0123"; "unknown" is not nothing.
pub(super) fn money(cost: Option<MicroUsd>) -> String {
    match cost {
        None => "unknown".to_owned(),
        Some(MicroUsd(0)) => "nothing".to_owned(),
        Some(cost) if cost.0 < 10_000 => format!("${:.6}", cost.as_dollars()),
        Some(cost) => format!("${:.4}", cost.as_dollars()),
    }
}

/// "2026-11-26 07:05 UTC".
pub(super) fn moment(at: Timestamp) -> String {
    let minutes = at.as_millis().div_euclid(60_000);
    let (days, minute) = (minutes.div_euclid(1_440), minutes.rem_euclid(1_440));
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", minute / 60, minute % 60)
}

/// Year, month and day of a number of days since 1970. Years are counted from March, so that the
/// leap day is the last of them; 146,097 days make the 400 years after which the calendar repeats.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let leap_days = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day - (153 * from_march + 2) / 5 + 1)
}

pub(super) fn outcome(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::Success) => "Mission won",
        Some(Outcome::Failure) => "Mission lost",
        Some(Outcome::Aborted) => "Mission left",
        None => "Not over",
    }
}

pub(super) fn arc(kind: ArcKind) -> &'static str {
    match kind {
        ArcKind::RisingWarmth => "rising warmth",
        ArcKind::CoolDown => "cooling down",
        ArcKind::TestingSpike => "testing",
        ArcKind::Recovery => "recovery",
        ArcKind::TensionBuild => "tension builds",
        ArcKind::Stable => "steady",
    }
}

pub(super) fn breakthrough(kind: BreakthroughKind) -> &'static str {
    match kind {
        BreakthroughKind::Trust => "trust",
        BreakthroughKind::Repair => "repair",
        BreakthroughKind::Emotion => "emotion",
        BreakthroughKind::Insight => "insight",
        BreakthroughKind::Commitment => "commitment",
        BreakthroughKind::Boundary => "boundary",
    }
}

pub(super) fn insight(kind: InsightKind) -> &'static str {
    match kind {
        InsightKind::Gate => "gate",
        InsightKind::Hook => "moment",
        InsightKind::Pattern => "habit",
        InsightKind::Tip => "try this",
        InsightKind::Mood => "mood",
        InsightKind::Synergy => "traits together",
    }
}

pub(super) fn key_line(kind: KeyLineKind) -> &'static str {
    match kind {
        KeyLineKind::Top => "among your best",
        KeyLineKind::Bottom => "among your weakest",
        KeyLineKind::Rare => "rare",
    }
}

pub(super) fn source(source: ReadingSource) -> &'static str {
    match source {
        ReadingSource::Model => "by the model",
        ReadingSource::Local => "locally",
        ReadingSource::Blended => "by both",
    }
}

/// Whose an action is, the persona by name.
pub(super) fn whose(whose: Whose, persona: &str) -> String {
    match whose {
        Whose::User => "you".to_owned(),
        Whose::Persona => persona.to_owned(),
        Whose::Both => format!("you and {persona}"),
    }
}

/// What there is to say about a turn besides its score: " · mood warm · answered offline · plain".
pub(super) fn about(turn: &TurnLine) -> String {
    let mut words = format!(" · mood {}", turn.mood.name());
    if turn.taken_back {
        words.push_str(" · taken back");
    }
    if turn.degraded {
        words.push_str(" · answered offline");
    }
    let flags: Vec<_> = turn.flags.iter().map(|flag| spaced(flag.name())).collect();
    if !flags.is_empty() {
        words.push_str(&format!(" · {}", flags.join(", ")));
    }
    words
}

/// `off_topic` as people write it.
pub(super) fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_in_words() {
        let turn = TurnIndex;
        assert_eq!(turns(&[turn(1), turn(4), turn(6)]), "turns 1, 4 and 6");
        assert_eq!([signed(3.6), signed(-2.5), signed(0.2)], ["+4", "−3", "±0"]);
        let lengths = [0.4, 812.0, 2_449.0, 59_900.0, 450_000.0, 3_900_000.0].map(duration);
        assert_eq!(lengths, ["0.4 ms", "812 ms", "2.4 s", "59.9 s", "7 min 30 s", "1 h 5 min"]);
        let costs = [None, Some(MicroUsd(0)), Some(MicroUsd(180)), Some(MicroUsd(1_234_567))];
        assert_eq!(costs.map(money), ["unknown", "nothing", "$0.000180", "$1.2346"]);
    }

    #[test]
    fn days_of_the_calendar() {
        let cases = [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_399_999, "2000-02-28 23:59 UTC"),
            (951_782_400_000, "2000-02-29 00:00 UTC"),
            (1_700_000_000_000, "2023-11-14 22:13 UTC"),
            (-1, "1969-12-31 23:59 UTC"),
        ];
        for (millis, words) in cases {
            assert_eq!(moment(Timestamp::from_millis(millis)), words);
        }
    }
}
