//! What the stages of the first wave leave, as text.

use std::fmt::Write as _;

use spar_core::analysis::traits::Trait;

use crate::Studied;

pub(crate) fn first_wave(studied: &Studied) -> String {
    let mut text = String::new();
    let results = &studied.results;
    let state = studied.mission.state();
    let _ = writeln!(
        text,
        "{}, {} turns, {}",
        studied.mission.scenario().id,
        studied.mission.turns().len(),
        state.ending().map_or("open", |ending| ending.name())
    );
    if let Some(summary) = &results.action_summary {
        let _ = writeln!(text, "summary: {}", summary.text);
    }
    if let Some(mood) = &results.mood_timeline {
        let _ = writeln!(text, "\nMOOD: {}\n{}", mood.vibe, mood.summary);
        for arc in &mood.arcs {
            let _ = writeln!(text, "  arc {}–{}: {}", arc.from, arc.to, arc.kind.in_words());
        }
        for point in &mood.points {
            let _ = writeln!(
                text,
                "  {}: score {} smoothed {} {} {}/{}/{} warmth {} flow {} {:?}",
                point.turn,
                point.score.map_or_else(|| "–".to_owned(), |score| score.to_string()),
                point.smoothed,
                point.mood.name(),
                point.positivity,
                point.tension,
                point.comfort,
                point.warmth,
                point.flow,
                point.state
            );
        }
    }
    if let Some(impacts) = &results.turn_impact {
        let shown: Vec<String> =
            impacts.turns.iter().map(|turn| format!("{}: {}", turn.turn, turn.impact)).collect();
        let _ = writeln!(text, "\nIMPACT  {}", shown.join("  "));
        for line in &impacts.key_lines {
            let _ = writeln!(
                text,
                "  {:?} {} ({} {}) “{}”\n      {}",
                line.kind,
                line.turn,
                line.score,
                line.tier.map_or("unsure", |tier| tier.name()),
                line.text,
                line.reason
            );
            if let Some(better) = &line.better {
                let _ = writeln!(text, "      better: {better}");
            }
        }
    }
    if let Some(traits) = &results.traits {
        let _ = writeln!(text, "\nTRAITS ({} in the mean)", traits.missions);
        if let Some(scores) = &traits.scores {
            for (of, why) in Trait::ALL.into_iter().zip(&traits.reasons) {
                let _ = writeln!(text, "  {} {}: {why}", of.in_words(), scores.get(of));
            }
        }
    }
    if let Some(gates) = &results.gates {
        let _ = writeln!(text, "\nGATES");
        for gate in &gates.gates {
            let how = match (&gate.passed_in, &gate.missing) {
                (Some(turn), _) => format!("passed in turn {turn}"),
                (None, missing) => format!("open: {}", missing.as_deref().unwrap_or("?")),
            };
            let _ = writeln!(text, "  {}: {how}", gate.title);
        }
    }
    if let Some(topics) = &results.topics {
        let _ = writeln!(text, "\nTOPICS");
        for topic in &topics.topics {
            let _ = writeln!(text, "  {} ({:.0} %)", topic.name, topic.share.get() * 100.0);
        }
        for action in &topics.actions {
            let _ = writeln!(text, "  {:?} in turn {}: {}", action.whose, action.turn, action.text);
        }
        if let Some(technique) = &topics.technique {
            let _ = writeln!(
                text,
                "  by {} (turn {}): {}",
                technique.name, technique.turn, technique.why
            );
        }
    }
    if let Some(breakthroughs) = &results.breakthroughs {
        let _ = writeln!(text, "\nBREAKTHROUGHS");
        for moment in &breakthroughs.moments {
            let _ = writeln!(
                text,
                "  {} in turn {} ({:.0} %): {}",
                moment.kind.name(),
                moment.turn,
                moment.confidence.get() * 100.0,
                moment.label
            );
        }
    }
    text
}
