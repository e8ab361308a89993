//! Each of the twelve endings, reached through the steps of a turn; which of two wins; what a
//! policy can forbid; and what an ending does to the score and the rewards.

mod support;

use spar_core::mission::reply::ModelAnswer;
use spar_core::mission::turn::{self, LineRefused, Verdict};
use spar_core::mission::{MissionEvent, Phase, StrikeCause};
use spar_core::reading::{BoundaryRisk, LocalReading, Safety};
use spar_core::rules::{Ending, Outcome, RewardKind};
use support::{Play, crushing, cued, scenario, scored};

const PROCEED: Verdict = Verdict::Proceed;
const INSULT: Verdict = Verdict::Strike(StrikeCause::Insult);

/// Plays the same reading until the mission ends, at most `turns` times; the turn it ended in.
fn until_end(play: &mut Play, reading: &LocalReading, turns: u32) -> Option<u32> {
    for turn in 1..=turns {
        play.say_read(reading.clone(), PROCEED);
        if play.ending().is_some() {
            return Some(turn);
        }
    }
    None
}

mod reached {
    use super::*;

    #[test]
    fn abort_system_error_when_the_machine_gives_up() {
        let mut play = Play::start(&scenario(""), 1);
        play.say_read(scored(70.0), PROCEED);
        let events = turn::leave(&play.mission, Ending::AbortSystemError, play.at());
        play.happen(events);
        assert_eq!(play.ending(), Some(Ending::AbortSystemError));
        assert_eq!(turn::leave(&play.mission, Ending::AbortUser, play.at()), []);
    }

    #[test]
    fn abort_disqualified_at_once() {
        let mut play = Play::start(&scenario(""), 1);
        play.say_read(scored(90.0), Verdict::Disqualify(StrikeCause::Threat));
        assert_eq!(play.ending(), Some(Ending::AbortDisqualified));
        assert_eq!(play.mission.turns()[0].reply, None, "nobody answers a threat");
    }

    #[test]
    fn abort_disqualified_after_strikes() {
        let mut play = Play::start(&scenario("policy: {strikes: 2}"), 1);
        let sexual = Verdict::Strike(StrikeCause::Sexual);
        play.say_read(scored(50.0), sexual);
        assert_eq!(play.ending(), None);
        play.say_read(scored(50.0), sexual);
        assert_eq!(play.ending(), Some(Ending::AbortDisqualified));
    }

    #[test]
    fn fail_timer_when_the_turn_takes_too_long() {
        let mut play = Play::start(&scenario("policy: {seconds_per_turn: 30}"), 1);
        assert_eq!(play.wait(29), []);
        play.wait(1);
        assert_eq!(play.ending(), Some(Ending::FailTimer));
        assert!(matches!(play.events[1], MissionEvent::TimeExpired { .. }));
    }

    #[test]
    fn fail_timer_when_the_mission_takes_too_long() {
        let mut play = Play::start(&scenario("policy: {mission_seconds: 60}"), 1);
        for _ in 0..3 {
            assert_eq!(play.wait(15), []);
            play.say_read(scored(60.0), PROCEED);
        }
        play.wait(15);
        assert_eq!(play.ending(), Some(Ending::FailTimer));
    }

    #[test]
    fn fail_strikes() {
        let mut play = Play::start(&scenario("policy: {strikes: 3}"), 1);
        for strike in 1..=3 {
            assert_eq!(play.ending(), None, "after {} strikes", strike - 1);
            play.say_read(scored(40.0), INSULT);
        }
        assert_eq!(play.ending(), Some(Ending::FailStrikes));
    }

    #[test]
    fn fail_gate_sequence_at_the_turn_the_gate_was_required_by() {
        let yaml = "gates: [{id: named, when: {cue: thanks}, required_by: 2, reason: NOT_NAMED}]";
        let mut late = Play::start(&scenario(yaml), 1);
        assert_eq!(until_end(&mut late, &scored(70.0), 5), Some(2));
        assert_eq!(late.ending(), Some(Ending::FailGateSequence));

        let mut in_time = Play::start(&scenario(yaml), 1);
        in_time.say_read(scored(70.0), PROCEED);
        in_time.say_read(cued(70.0, &["thanks"]), PROCEED);
        assert_eq!(in_time.ending(), None, "the last moment is in time");
    }

    #[test]
    fn fail_mood_collapse_after_two_turns_beyond_bearing() {
        let mut play = Play::start(&scenario("policy: {max_turns: 50}"), 1);
        let mut beyond = 0;
        while play.ending().is_none() {
            assert!(beyond < 2, "two turns beyond bearing, and the talk goes on");
            play.say_read(crushing(50.0), PROCEED);
            let vector = play.mission.state().vector;
            beyond = if vector.is_collapsing() { beyond + 1 } else { 0 };
        }
        assert_eq!((play.ending(), beyond), (Some(Ending::FailMoodCollapse), 2));
    }

    #[test]
    fn fail_objective_as_soon_as_it_is_lost() {
        let yaml = "objective: {kind: sell, title: Sell, lost_when: {cue: commands}}";
        let mut play = Play::start(&scenario(yaml), 1);
        play.say_read(scored(70.0), PROCEED);
        play.say_read(cued(70.0, &["commands"]), PROCEED);
        assert_eq!(play.ending(), Some(Ending::FailObjective));
    }

    #[test]
    fn success_objective_not_before_the_least_turns() {
        let yaml = "objective: {kind: sell, title: Sell, won_when: {cue: agrees}}\n\
                    policy: {min_turns: 3}";
        let mut play = Play::start(&scenario(yaml), 1);
        assert_eq!(until_end(&mut play, &cued(70.0, &["agrees"]), 9), Some(3));
        assert_eq!(play.ending(), Some(Ending::SuccessObjective));
    }

    #[test]
    fn success_gate_sequence_when_every_required_gate_is_passed() {
        let yaml = "gates:\n  - {id: thanked, when: {cue: thanks}, reason: A}\n  \
                    - {id: asked, when: {cue: open_question}, reason: B}\n  \
                    - {id: extra, when: {cue: humour}, required: false, reason: C}\n\
                    policy: {min_turns: 1}";
        let mut play = Play::start(&scenario(yaml), 1);
        play.say_read(cued(70.0, &["thanks"]), PROCEED);
        assert_eq!((play.ending(), play.mission.state().progress), (None, 50.0));
        play.say_read(cued(70.0, &["open_question"]), PROCEED);
        assert_eq!(play.ending(), Some(Ending::SuccessGateSequence));
        assert_eq!(play.mission.state().progress, 100.0);
    }

    #[test]
    fn success_score_milestone_when_the_mean_reaches_it() {
        let mut play = Play::start(&scenario("policy: {milestone: 70, min_turns: 2}"), 1);
        play.say_read(scored(60.0), PROCEED);
        play.say_read(scored(70.0), PROCEED);
        assert_eq!(play.ending(), None, "a mean of 65");
        play.say_read(scored(80.0), PROCEED);
        assert_eq!(play.ending(), Some(Ending::SuccessScoreMilestone), "a mean of 70");
    }

    #[test]
    fn fail_max_turns() {
        let mut play = Play::start(&scenario("policy: {max_turns: 4}"), 1);
        assert_eq!(until_end(&mut play, &scored(70.0), 9), Some(4));
        assert_eq!(play.ending(), Some(Ending::FailMaxTurns));
    }

    #[test]
    fn abort_user_from_wherever_one_leaves() {
        let mut listening = Play::start(&scenario(""), 1);
        let mut answering = Play::start(&scenario(""), 1);
        answering.hear("A line.");
        let mut paused = Play::start(&scenario(""), 1);
        paused.say_read(scored(50.0), Verdict::Crisis);
        for play in [&mut listening, &mut answering, &mut paused] {
            let events = turn::leave(&play.mission, Ending::AbortUser, play.at());
            play.happen(events);
            assert_eq!(play.ending(), Some(Ending::AbortUser));
        }
    }
}

mod precedence {
    use super::*;

    /// The last turn passes the last gate and gives the last strike.
    const BOTH: &str = "gates: [{id: thanked, when: {cue: thanks}, reason: A}]";

    fn ended_with(policy: &str) -> Option<Ending> {
        let mut play = Play::start(&scenario(&format!("{BOTH}\npolicy: {policy}")), 1);
        play.say_read(cued(70.0, &["thanks"]), INSULT);
        play.ending()
    }

    #[test]
    fn of_two_the_earlier_in_the_policy_wins() {
        let by_default = "{strikes: 1, min_turns: 1, max_turns: 1}";
        assert_eq!(ended_with(by_default), Some(Ending::FailStrikes));
        for (order, wanted) in [
            ("[success_gate_sequence, fail_strikes, fail_max_turns]", Ending::SuccessGateSequence),
            ("[fail_strikes, success_gate_sequence, fail_max_turns]", Ending::FailStrikes),
            ("[fail_max_turns, fail_strikes, success_gate_sequence]", Ending::FailMaxTurns),
        ] {
            let policy = format!("{{strikes: 1, min_turns: 1, max_turns: 1, endings: {order}}}");
            assert_eq!(ended_with(&policy), Some(wanted), "{order}");
        }
    }

    #[test]
    fn what_a_policy_does_not_allow_never_happens() {
        let only = "{strikes: 1, min_turns: 1, max_turns: 1, endings: [fail_max_turns]}";
        assert_eq!(ended_with(only), Some(Ending::FailMaxTurns));
        let none_that_holds = "{strikes: 1, min_turns: 1, max_turns: 1, endings: [fail_timer]}";
        assert_eq!(ended_with(none_that_holds), None);
    }

    #[test]
    fn a_clock_that_may_not_end_the_mission_does_not_run() {
        let yaml = "policy: {seconds_per_turn: 5, endings: [fail_max_turns]}";
        let mut play = Play::start(&scenario(yaml), 1);
        assert_eq!(play.wait(1_000), []);
    }

    #[test]
    fn leaving_and_breaking_are_always_allowed() {
        let forbidding = scenario("policy: {endings: [fail_max_turns]}");
        for ending in Ending::ALWAYS {
            assert!(forbidding.policy.endings.contains(&ending));
            let mut play = Play::start(&forbidding, 1);
            let events = turn::leave(&play.mission, ending, play.at());
            play.happen(events);
            assert_eq!(play.ending(), Some(ending));
        }
    }

    #[test]
    fn a_disqualification_outranks_a_success() {
        let yaml = format!("{BOTH}\npolicy: {{min_turns: 1}}");
        let mut play = Play::start(&scenario(&yaml), 1);
        play.say_read(cued(99.0, &["thanks"]), Verdict::Disqualify(StrikeCause::Slur));
        assert_eq!(play.ending(), Some(Ending::AbortDisqualified));
    }
}

mod clocks {
    use super::*;

    #[test]
    fn the_turn_is_extended_once() {
        let yaml = "policy: {seconds_per_turn: 30, seconds_extension: 20}";
        let mut play = Play::start(&scenario(yaml), 1);
        assert!(matches!(play.wait(30)[..], [MissionEvent::TimeExtended { .. }]));
        assert_eq!(turn::time_left(&play.mission, play.at()).turn_ms, Some(20_000));
        assert_eq!(play.wait(19), []);
        play.wait(1);
        assert_eq!(play.ending(), Some(Ending::FailTimer));
        let extensions =
            play.events.iter().filter(|event| matches!(event, MissionEvent::TimeExtended { .. }));
        assert_eq!(extensions.count(), 1);
    }

    #[test]
    fn the_grace_is_for_the_turn_that_took_it() {
        let yaml = "policy: {seconds_per_turn: 30, seconds_extension: 20}";
        let mut play = Play::start(&scenario(yaml), 1);
        play.wait(30);
        play.say_read(scored(60.0), PROCEED);
        assert_eq!(turn::time_left(&play.mission, play.at()).turn_ms, Some(30_000));
        play.wait(30);
        assert_eq!(play.ending(), Some(Ending::FailTimer), "the one extension was used");
    }

    #[test]
    fn the_mission_is_never_extended() {
        let yaml = "policy: {mission_seconds: 40, seconds_per_turn: 60, seconds_extension: 20}";
        let mut play = Play::start(&scenario(yaml), 1);
        play.wait(40);
        assert_eq!(play.ending(), Some(Ending::FailTimer));
    }

    #[test]
    fn nobody_is_timed_while_the_persona_answers_or_the_mission_is_paused() {
        let mut play = Play::start(&scenario("policy: {seconds_per_turn: 5}"), 1);
        play.hear("A line.");
        assert_eq!(play.wait(100), []);
        let mut paused = Play::start(&scenario("policy: {seconds_per_turn: 5}"), 1);
        paused.say_read(scored(50.0), Verdict::Crisis);
        assert_eq!(paused.wait(100), []);
    }

    #[test]
    fn a_slow_persona_does_not_use_up_the_mission() {
        let mut play = Play::start(&scenario("policy: {mission_seconds: 60}"), 1);
        for _ in 0..3 {
            let heard = play.hear("A line.");
            play.now += 40_000;
            play.answer(&heard, &ModelAnswer::default());
        }
        assert_eq!(turn::time_left(&play.mission, play.at()).mission_ms, Some(57_000));
        assert_eq!(play.wait(0), []);
    }

    #[test]
    fn time_away_does_not_count() {
        let mut play = Play::start(&scenario("policy: {mission_seconds: 60}"), 1);
        play.say_read(scored(60.0), PROCEED);
        play.now += 3_600_000;
        let at = play.at();
        play.happen(vec![MissionEvent::Resumed { at }]);
        assert_eq!(turn::time_left(&play.mission, at).mission_ms, Some(59_000));
        assert_eq!(play.wait(58), []);
        play.wait(1);
        assert_eq!(play.ending(), Some(Ending::FailTimer));
    }
}

mod crisis {
    use super::*;

    #[test]
    fn a_crisis_pauses_scores_nothing_and_can_be_come_back_from() {
        let mut play = Play::start(&scenario("policy: {mission_seconds: 60}"), 1);
        let events =
            play.say_read(LocalReading { safety: Safety::Crisis, ..scored(10.0) }, Verdict::Crisis);
        assert!(matches!(events[..], [MissionEvent::CrisisPaused { .. }]), "{events:?}");
        let state = play.mission.state();
        assert_eq!((state.phase, state.tally.count, play.ending()), (Phase::Paused, 0, None));
        assert_eq!(turn::spoken(&play.mission, "Hello?", play.at()), Err(LineRefused::Paused));

        play.now += 600_000;
        let at = play.at();
        play.happen(vec![MissionEvent::Resumed { at }]);
        assert_eq!(play.mission.state().phase, Phase::Listening);
        assert_eq!(play.mission.state().paused_ms, 600_000);
        play.say_read(scored(70.0), PROCEED);
        assert_eq!(play.mission.state().tally.count, 1);
    }

    #[test]
    fn a_crisis_wins_over_every_ending() {
        let yaml = "policy: {max_turns: 1, strikes: 1, min_turns: 1, milestone: 10}";
        let mut play = Play::start(&scenario(yaml), 1);
        play.say_read(scored(90.0), Verdict::Crisis);
        assert_eq!(play.ending(), None);
    }
}

mod limits {
    use super::*;

    #[test]
    fn strikes_are_counted_per_line_and_can_be_switched_off() {
        let mut play = Play::start(&scenario("policy: {strikes: 0, max_turns: 30}"), 1);
        for _ in 0..20 {
            play.say_read(scored(50.0), INSULT);
        }
        assert_eq!(play.ending(), None);
    }

    #[test]
    fn no_success_below_the_least_turns_or_the_fail_threshold() {
        let yaml = "gates: [{id: thanked, when: {cue: thanks}, reason: A}]\n\
                    policy: {min_turns: 4, max_turns: 8}";
        let mut good = Play::start(&scenario(yaml), 1);
        assert_eq!(until_end(&mut good, &cued(70.0, &["thanks"]), 9), Some(4));
        assert_eq!(good.ending(), Some(Ending::SuccessGateSequence));

        let mut bad = Play::start(&scenario(yaml), 1);
        let threshold = bad.mission.scenario().knobs.fail_threshold;
        assert_eq!(until_end(&mut bad, &cued(threshold - 1.0, &["thanks"]), 9), Some(8));
        assert_eq!(bad.ending(), Some(Ending::FailMaxTurns));
    }

    #[test]
    fn nothing_more_is_heard_once_it_is_over() {
        let mut play = Play::start(&scenario("policy: {max_turns: 1, min_turns: 1}"), 1);
        play.say_read(scored(50.0), PROCEED);
        assert_eq!(turn::spoken(&play.mission, "Wait!", play.at()), Err(LineRefused::Over));
        assert_eq!(play.wait(100_000), []);
    }
}

mod consequences {
    use super::*;

    fn gems(play: &Play) -> Vec<u32> {
        play.events
            .iter()
            .filter_map(|event| match event {
                MissionEvent::RewardGranted { turn, reward } if reward.kind == RewardKind::Gem => {
                    Some(turn.0)
                }
                _ => None,
            })
            .collect()
    }

    #[test]
    fn the_gem_is_for_the_first_s_plus_line_of_a_won_mission() {
        let yaml = "policy: {milestone: 80, min_turns: 4}";
        let mut won = Play::start(&scenario(yaml), 1);
        for score in [80.0, 97.0, 99.0, 90.0] {
            assert_eq!(gems(&won), Vec::<u32>::new(), "not before it is won");
            won.say_read(scored(score), PROCEED);
        }
        assert_eq!(won.ending(), Some(Ending::SuccessScoreMilestone));
        assert_eq!(gems(&won), [2]);
        assert_eq!(won.mission.state().gems, 1);
    }

    #[test]
    fn no_gem_for_a_lost_or_left_mission_nor_without_an_s_plus_line_nor_where_none_is_to_be_had() {
        let mut lost = Play::start(&scenario("policy: {max_turns: 2, min_turns: 1}"), 1);
        until_end(&mut lost, &scored(99.0), 2);
        assert_eq!(lost.ending(), Some(Ending::FailMaxTurns));

        let mut left = Play::start(&scenario(""), 1);
        left.say_read(scored(99.0), PROCEED);
        let events = turn::leave(&left.mission, Ending::AbortUser, left.at());
        left.happen(events);

        let yaml = "policy: {milestone: 80, min_turns: 1}";
        let mut merely_good = Play::start(&scenario(yaml), 1);
        merely_good.say_read(scored(94.9), PROCEED);
        let mut without = Play::start(&scenario(&format!("{yaml}\nrewards: {{gem: false}}")), 1);
        without.say_read(scored(99.0), PROCEED);
        for play in [&merely_good, &without] {
            assert_eq!(play.ending(), Some(Ending::SuccessScoreMilestone));
        }
        for play in [&lost, &left, &merely_good, &without] {
            assert_eq!((gems(play), play.mission.state().gems), (Vec::new(), 0));
        }
    }

    #[test]
    fn a_failed_mission_scores_at_most_59() {
        let mut lost = Play::start(&scenario("policy: {max_turns: 2, min_turns: 1}"), 1);
        until_end(&mut lost, &scored(90.0), 2);
        assert_eq!(lost.mission.score().map(|score| score.get()), Some(59.0));
        assert_eq!(lost.mission.state().tally.mean(), Some(90.0));

        let mut left = Play::start(&scenario(""), 1);
        left.say_read(scored(90.0), PROCEED);
        let events = turn::leave(&left.mission, Ending::AbortUser, left.at());
        left.happen(events);
        assert_eq!(left.mission.score().map(|score| score.get()), Some(90.0));
    }

    #[test]
    fn a_disqualified_mission_has_failed() {
        assert_eq!(Ending::AbortDisqualified.outcome(), Outcome::Failure);
        let mut play = Play::start(&scenario(""), 1);
        play.say_read(scored(95.0), PROCEED);
        play.say_read(
            LocalReading { boundary_risk: BoundaryRisk::High, ..scored(95.0) },
            Verdict::Disqualify(StrikeCause::Threat),
        );
        assert_eq!(play.mission.score().map(|score| score.get()), Some(59.0));
    }

    #[test]
    fn every_ending_says_what_it_is() {
        for ending in Ending::PRECEDENCE {
            assert_eq!(Ending::from_name(ending.name()), Some(ending));
            assert!(ending.in_words().ends_with('.'));
        }
    }
}
