//! Moods: what moves them and when their label changes.

use proptest::prelude::*;
use spar_core::mission::turn::Verdict;
use spar_core::reading::{Delta, Deltas, LocalReading};
use spar_core::rules::{Difficulty, Dynamics, Modifier, ModifierKind, Mood, MoodVector};

use crate::moves::{begun, cases, deltas};
use crate::support::scored;

const GOOD: Deltas = Deltas { mood: Delta::Up, tension: Delta::Down, comfort: Delta::Up };
const BAD: Deltas = Deltas { mood: Delta::Down, tension: Delta::Up, comfort: Delta::Down };

fn vector() -> impl Strategy<Value = MoodVector> {
    (0.0..=100.0_f64, 0.0..=100.0_f64, 0.0..=100.0_f64)
        .prop_map(|(positivity, tension, comfort)| MoodVector { positivity, tension, comfort })
}

fn dynamics() -> impl Strategy<Value = Dynamics> {
    prop::array::uniform6(0.0..=100.0_f64).prop_map(|values| {
        let [pace, warmth, hostility, dryness, vulnerability, escalation_speed] = values;
        Dynamics { pace, warmth, hostility, dryness, vulnerability, escalation_speed }
    })
}

fn modifiers() -> impl Strategy<Value = Vec<Modifier>> {
    let every = [ModifierKind::TensionSpike, ModifierKind::ScoreDrop, ModifierKind::TwoBadFlags];
    prop::sample::subsequence(every.to_vec(), 0..=3).prop_map(|kinds| {
        kinds.iter().map(|kind| Modifier { kind: *kind, turns_left: 1 }).collect()
    })
}

fn mood() -> impl Strategy<Value = Mood> {
    prop::sample::select(Mood::ALL.to_vec())
}

fn difficulty() -> impl Strategy<Value = Difficulty> {
    prop::sample::select(Difficulty::ALL.to_vec())
}

/// How much better one set of deltas is than another, part by part: never worse.
fn is_at_least_as_good(one: Deltas, other: Deltas) -> bool {
    one.mood.sign() >= other.mood.sign()
        && one.tension.sign() <= other.tension.sign()
        && one.comfort.sign() >= other.comfort.sign()
}

proptest! {
    #![proptest_config(cases(256))]

    /// In one turn, from anywhere, under any temperament.
    #[test]
    fn a_better_line_never_leaves_a_worse_mood(
        from in vector(),
        rest in vector(),
        level in difficulty(),
        dynamics in dynamics(),
        modifiers in modifiers(),
        one in deltas(),
        other in deltas(),
        strength in 0.5..1.5_f64,
    ) {
        prop_assume!(is_at_least_as_good(one, other));
        let after = |deltas| {
            from.after(deltas, strength, &rest, &level.knobs(), &dynamics, &modifiers)
        };
        let (better, worse) = (after(one), after(other));
        prop_assert!(better.tension <= worse.tension);
        prop_assert!(better.positivity >= worse.positivity && better.comfort >= worse.comfort);
    }

    /// A harder persona takes the same line no better.
    #[test]
    fn harder_never_takes_a_line_better(
        from in vector(),
        deltas in deltas(),
        strength in 0.5..1.5_f64,
    ) {
        let after = |level: Difficulty| {
            from.after(deltas, strength, &from, &level.knobs(), &Dynamics::default(), &[])
        };
        for pair in Difficulty::ALL.windows(2) {
            let (easier, harder) = (after(pair[0]), after(pair[1]));
            prop_assert!(easier.tension <= harder.tension + 1e-9);
            prop_assert!(easier.positivity >= harder.positivity - 1e-9);
            prop_assert!(easier.comfort >= harder.comfort - 1e-9);
        }
    }

    /// Over a mission: good lines keep tension at or below where bad ones would have driven it.
    #[test]
    fn better_lines_lower_tension(lines in prop::collection::vec((0.0..100.0_f64, 0.5..1.5_f64), 1..30)) {
        let (mut good, mut bad) = (begun(1), begun(1));
        for (score, strength) in lines {
            let before = good.mission.state().vector.tension;
            let line = |deltas| LocalReading { deltas, strength, ..scored(score) };
            good.say_read(line(GOOD), Verdict::Proceed);
            bad.say_read(line(BAD), Verdict::Proceed);
            let (calm, tense) = (good.mission.state(), bad.mission.state());
            prop_assert!(calm.vector.tension <= tense.vector.tension);
            prop_assert!(calm.vector.positivity >= tense.vector.positivity);
            // Below rest it drifts back up to it, but a good line never takes it beyond.
            let rest = good.mission.scenario().persona.rest.tension;
            prop_assert!(calm.vector.tension <= before.max(rest));
        }
    }

    /// Without a push, the mood only ever comes nearer to rest.
    #[test]
    fn left_alone_a_mood_comes_to_rest(from in vector(), rest in vector(), dynamics in dynamics()) {
        let after = from.after(
            Deltas::default(), 1.0, &rest, &Difficulty::Medium.knobs(), &dynamics, &[],
        );
        for (before, after, rest) in [
            (from.positivity, after.positivity, rest.positivity),
            (from.tension, after.tension, rest.tension),
            (from.comfort, after.comfort, rest.comfort),
        ] {
            prop_assert!((after - rest).abs() <= (before - rest).abs());
            prop_assert!((after - rest) * (before - rest) >= 0.0, "past rest: {before} {after} {rest}");
        }
    }

    /// A face that has just changed does not change back for a twitch.
    #[test]
    fn a_label_does_not_flicker(
        current in mood(),
        at in vector(),
        twitches in prop::collection::vec(prop::array::uniform3(-3.9..3.9_f64), 1..8),
    ) {
        let changed = at.label(current);
        prop_assume!(changed != current);
        let mut label = changed;
        for [positivity, tension, comfort] in twitches {
            label = at.moved(positivity, tension, comfort).label(label);
            prop_assert_ne!(label, current, "back again at {:?}", at);
        }
    }

    /// A vector that stays where it is keeps its label, and deep inside a region it has that one.
    #[test]
    fn a_label_settles(current in mood(), at in vector()) {
        let label = at.label(current);
        prop_assert_eq!(at.label(label), label);
        prop_assert!(label == current || label == at.region());
    }
}
