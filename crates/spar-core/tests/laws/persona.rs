//! The embedded persona: most specific first, nothing twice while something fresh is left, seeded.
//! The one exception: a question asked again gets its answer again, introduced as such, and never in
//! the same words.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use proptest::prelude::*;
use spar_core::mission::turn::Verdict;
use spar_core::persona::OfflineLine;
use spar_core::reading::Reader;
use spar_core::rules::{Condition, Test};
use spar_core::scenario::{Scenario, parse_one};

use crate::moves::cases;
use crate::support::{Play, cued, scenario};

const CUES: [&str; 3] = ["thanks", "blames", "open_question"];

/// A scenario whose blocks ask for cues of the line, the turn, or nothing; with so many lines each.
fn talkative(blocks: &[(usize, usize)]) -> Arc<Scenario> {
    let mut text = String::from(
        "spar: 1\nid: tested\ntitle: Tested\nsummary: A talk for a test.\ncategory: work\n\
         persona: {name: Ada, role: A colleague}\nobjective: {kind: free, title: Talk}\n\
         policy: {max_turns: 1000}\noffline:\n  slots: {day: [Monday, Friday]}\n  replies:\n",
    );
    for (at, (kind, lines)) in blocks.iter().enumerate() {
        let when = match kind {
            0 => String::from("{turn: '>= 3'}"),
            1 => String::from("{cue: blames, turn: '>= 1'}"),
            kind => format!("{{cue: {}}}", CUES[kind % CUES.len()]),
        };
        let lines: Vec<String> =
            (0..*lines).map(|line| format!("'Block {at}, line {line}, {{day}}.'")).collect();
        text.push_str(&format!("    - {{when: {when}, lines: [{}]}}\n", lines.join(", ")));
    }
    text.push_str("    - {when: {}, lines: [Go on., I see.]}\n");
    Arc::new(parse_one("t.yaml", &text).unwrap_or_else(|p| panic!("{p}\n{text}")))
}

/// How specific a block is to a line that asks nothing: one about the hour alone comes last.
fn standing(when: &Condition) -> u32 {
    let hears = when.tests.iter().any(|test| matches!(test, Test::Cue { .. }));
    if hears || when.tests.is_empty() { when.specificity() + 1 } else { 0 }
}

/// None of these scenarios tells the reader anything, so one reader will do.
fn begun(scenario: &Arc<Scenario>, seed: u64) -> Play {
    static READER: OnceLock<Arc<Reader>> = OnceLock::new();
    let reader = READER.get_or_init(|| Arc::new(Reader::new(scenario.reader.clone())));
    Play::start_with(scenario, reader, seed)
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn no_line_comes_twice_while_a_fitting_one_is_left(
        blocks in prop::collection::vec((0_usize..6, 1_usize..4), 0..6),
        lines in prop::collection::vec(0_usize..=3, 1..25),
        seed in any::<u64>(),
    ) {
        let scenario = talkative(&blocks);
        let mut play = begun(&scenario, seed);
        let mut used: BTreeSet<OfflineLine> = BTreeSet::new();
        for cue in lines {
            let cues: Vec<&str> = CUES.get(cue).copied().into_iter().collect();
            play.say_read(cued(60.0, &cues), Verdict::Proceed);
            let mission = &play.mission;
            let said = mission.turns().last().and_then(|turn| turn.reply.as_ref());
            let said = said.and_then(|line| line.offline).expect("the persona answers offline");

            // Nothing that blocks ask for here depends on what was answered.
            let facts = mission.state().facts(&scenario, None);
            let blocks = || scenario.offline.blocks.iter().enumerate();
            let fresh = |at: usize| {
                (0..scenario.offline.blocks[at].lines.len())
                    .map(move |line| OfflineLine { block: at as u32, line: line as u32 })
                    .filter(|line| !used.contains(line))
                    .collect::<Vec<_>>()
            };
            let fitting: Vec<(u32, usize)> = blocks()
                .filter(|(_, block)| block.when.holds(&facts))
                .map(|(at, block)| (standing(&block.when), at))
                .collect();
            let best = fitting.iter().filter(|(_, at)| !fresh(*at).is_empty()).map(|(s, _)| *s).max();
            prop_assert!(fitting.iter().any(|(_, at)| *at == said.block as usize), "it does not fit");
            match best {
                Some(best) => {
                    prop_assert!(!used.contains(&said), "{said:?} again, with others left");
                    let own = standing(&scenario.offline.blocks[said.block as usize].when);
                    prop_assert_eq!(own, best, "a more specific block had something to say");
                }
                None => prop_assert!(used.contains(&said)),
            }
            used.insert(said);
        }
    }

    #[test]
    fn an_answer_given_again_is_never_in_the_same_words(
        asked in prop::collection::vec(prop::sample::select(vec![
            "When does the shop open?", "where is the shop", "Is the shop old?", "It rained.",
            "ok and when does the shop open",
        ]), 1..20),
    ) {
        let fresh: Vec<String> = (0..20).map(|at| format!("Line {at}.")).collect();
        let offline = format!(
            "  replies:
    - {{when: {{mentions: shop, asks: when}}, lines: [At nine.]}}
    - {{when: {{mentions: shop, asks: where}}, lines: [By the bridge., On the left.]}}
    - {{when: {{}}, lines: [{}]}}
  unknown: {{default: [{}]}}
", fresh.join(", "), fresh.join(", ").replace("Line", "No")
        );
        let said = answers(&offline, &asked);
        prop_assert_eq!(said.iter().collect::<BTreeSet<_>>().len(), said.len(), "{:?}", said);
        for (at, (line, said)) in asked.iter().zip(&said).enumerate() {
            let before = asked[..at].iter().filter(|earlier| {
                earlier.contains("open") == line.contains("open")
                    && earlier.contains("where") == line.contains("where")
                    && earlier.contains("shop") == line.contains("shop")
            });
            // Three introductions serve a line once each.
            if line.contains("open") && before.count() < 3 {
                prop_assert!(said.ends_with("At nine."), "{line}: {said}");
            }
            prop_assert!(!said.ends_with("At nine.") || line.contains("open"), "{line}: {said}");
        }
    }

    #[test]
    fn slots_hold_one_value_a_mission(seed in any::<u64>()) {
        let scenario = talkative(&[(0, 3), (2, 3), (3, 3)]);
        let mut play = begun(&scenario, seed);
        for cue in [0, 1, 2, 0, 1, 2, 0] {
            play.say_read(cued(60.0, &[CUES[cue]]), Verdict::Proceed);
        }
        let words: Vec<String> = play
            .mission
            .turns()
            .iter()
            .filter_map(|turn| turn.reply.as_ref())
            .filter(|line| line.text.starts_with("Block"))
            .map(|line| line.text.clone())
            .collect();
        prop_assert!(!words.is_empty());
        let on = |day: &str| words.iter().filter(|text| text.contains(day)).count();
        prop_assert!(on("Monday") == words.len() || on("Friday") == words.len(), "{words:?}");
        let open = words.iter().filter(|text| text.contains('{')).count();
        prop_assert_eq!(open, 0);
    }
}

/// Chance has a say among equals, and only there.
#[test]
fn different_seeds_differ_and_the_longest_unsaid_comes_round_first() {
    let scenario = scenario("policy: {max_turns: 1000}");
    let said = |seed| {
        let mut play = begun(&scenario, seed);
        for _ in 0..9 {
            play.say_read(cued(60.0, &[]), Verdict::Proceed);
        }
        let turns = play.mission.turns();
        turns.iter().filter_map(|turn| Some(turn.reply.as_ref()?.text.clone())).collect::<Vec<_>>()
    };
    let orders: BTreeSet<_> = (0..40).map(said).collect();
    assert!(orders.len() > 1, "forty seeds, one order");
    for order in orders {
        // Three lines: each round says all of them, in the order of the first.
        assert_eq!(order[0..3], order[3..6]);
        assert_eq!(order[0..3], order[6..9]);
        assert_eq!(order[0..3].iter().collect::<BTreeSet<_>>().len(), 3);
    }
}

/// A talk about a shop: what Ada says to each line, in one mission.
fn answers(offline: &str, lines: &[&str]) -> Vec<String> {
    let text = format!(
        "spar: 1\nid: shop\ntitle: A shop\ncategory: social\npersona: {{name: Ada, role: A keeper}}\n\
         objective: {{kind: free, title: Talk}}\npolicy: {{max_turns: 100}}\n\
         cues: {{tells_a_story: {{any: [fell in]}}}}\noffline:\n{offline}"
    );
    let scenario = Arc::new(parse_one("shop.yaml", &text).unwrap_or_else(|p| panic!("{p}")));
    let mut play = Play::start(&scenario, 3);
    lines.iter().for_each(|line| {
        play.say(line);
    });
    let turns = play.mission.turns();
    turns.iter().filter_map(|turn| Some(turn.reply.as_ref()?.text.clone())).collect()
}

#[test]
fn the_question_word_decides_among_blocks_about_the_subject() {
    let offline = "  replies:
    - {when: {mentions: shop}, lines: [It is a shop.]}
    - {when: {mentions: shop, asks: when}, lines: [At nine.]}
    - {when: {mentions: shop, asks: where}, lines: [By the bridge.]}
    - {when: {mentions: shop, asks: [how_much, how_long]}, lines: [Four years.]}
    - {when: {}, lines: [Go on.]}
";
    let said = answers(
        offline,
        &[
            "where is the shop",
            "Do you know when the shop opens?",
            "How long have you had the shop, if I may ask?",
            "I like the shop.",
        ],
    );
    assert_eq!(said, ["By the bridge.", "At nine.", "Four years.", "It is a shop."]);
}

#[test]
fn a_fact_nobody_wrote_is_not_known_rather_than_talked_around() {
    let offline = "  replies:
    - {when: {mentions: shop, asks: when}, lines: [At nine.]}
    - {when: {cue: [open_question, closed_question]}, lines: [Who's asking?]}
    - {when: {turn: '>= 1'}, lines: [Look at the water.]}
    - {priority: 4, when: {cue: insult}, lines: [That isn't nice.]}
    - {when: {mentions: fish}, lines: [Fish is dear.]}
    - {when: {}, lines: [Go on.]}
  unknown: {when: [No date.], default: [No idea.]}
";
    let said = answers(
        offline,
        &[
            "When is the market?",
            "When does the shop open?",
            "Who runs the market?",
            "You idiot, when is the market?",
            "I had fish.",
            "It rained.",
        ],
    );
    let expected =
        ["No date.", "At nine.", "No idea.", "That isn't nice.", "Fish is dear.", "Go on."];
    assert_eq!(said, expected);
    let said = answers(offline, &["It rained.", "It snowed."]);
    assert_eq!(said, ["Go on.", "Look at the water."], "the hour alone is a last resort");
    let said = answers(offline, &["When is there fish?"]);
    assert_eq!(said, ["No date."], "a remark on a word is no answer");
    let theirs = "  replies: [{when: {}, lines: [Go on.]}]\n";
    let said = answers(theirs, &["When is the market?"]);
    assert_ne!(said, ["Go on."], "spar's own lines know that they do not know");
}

#[test]
fn what_was_told_is_not_asked_for_again() {
    let offline = "  replies:
    - {when: {mentions: water}, asks_for: [tells_a_story, got wet], lines: [Ever fall in?, Did you get wet?]}
    - {when: {}, lines: [a, b, c, d, e, f]}
";
    let asks = |said: &String| said.ends_with('?');
    let asked = answers(offline, &["The water is high.", "Is it the water?"]);
    assert!(asked.iter().all(asks), "{asked:?}");
    // A question about it tells nothing.
    let asked = answers(offline, &["Who got wet?", "The water is high."]);
    assert!(asks(&asked[1]), "{asked:?}");
    for told in ["I got wet.", "Once I fell in."] {
        let said = answers(offline, &[told, "It rained.", "The water is high."]);
        assert!(!said.iter().any(asks), "{said:?}");
        let said = answers(offline, &[&format!("{told} The water was high.")]);
        assert!(!said.iter().any(asks), "in the same line: {said:?}");
    }
}

#[test]
fn a_question_asked_again_is_answered_again_and_says_so() {
    let offline = "  replies:
    - {when: {mentions: shop}, lines: [It is a shop., A fine shop.]}
    - {when: {mentions: shop, asks: when}, lines: [At nine.]}
    - {when: {mentions: shop, asks: [when, where]}, lines: [Ask at the bridge.]}
    - {priority: 9, when: {cue: insult}, lines: [That isn't nice.]}
    - {when: {}, lines: [Go on.]}
";
    let said = answers(
        offline,
        &[
            "When does the shop open?",
            "When does the shop open?",
            "ok but when does the shop open",
            "You idiot, when does the shop open?",
            "I like the shop.",
        ],
    );
    assert!(["At nine.", "Ask at the bridge."].contains(&said[0].as_str()), "{said:?}");
    assert!(["At nine.", "Ask at the bridge."].contains(&said[1].as_str()), "{said:?}");
    assert_ne!(said[0], said[1], "what is fresh and to the point comes first");
    assert!(
        said[2].ends_with(": At nine.") || said[2].ends_with(": Ask at the bridge."),
        "{said:?}"
    );
    assert_eq!(said[3], "That isn't nice.");
    assert!(said[4].ends_with("shop."), "{said:?}");
}

#[test]
fn who_asks_about_themselves_hears_no_yes_or_no() {
    let offline = "  replies: [{when: {}, lines: [Go on.]}]
  unknown: {yes_no: [No yes or no., Neither.], opinion: [I would not say so., It is you., Let me think.]}
";
    let said =
        answers(offline, &["Am I wrong?", "is that awful", "should i call her", "Is it deep?"]);
    for said in &said[..3] {
        assert!(
            ["I would not say so.", "It is you.", "Let me think."].contains(&said.as_str()),
            "{said}"
        );
    }
    assert!(["No yes or no.", "Neither."].contains(&said[3].as_str()), "{said:?}");
}

#[test]
fn a_line_that_is_only_an_answer_has_blocks_of_its_own() {
    let offline = "  replies:
    - {when: {says_only: [yes, ok]}, lines: [Good., Fine.]}
    - {when: {says_only: no}, lines: [Why not?]}
    - {when: {says_only: unsure}, lines: [Take your time.]}
    - {when: {}, lines: [Go on.]}
";
    let said =
        answers(offline, &["yeah, i guess", "ok", "not really", "dunno", "no idea about that"]);
    assert!(["Good.", "Fine."].contains(&said[0].as_str()), "{said:?}");
    assert!(["Good.", "Fine."].contains(&said[1].as_str()), "{said:?}");
    assert_eq!(said[2..], ["Why not?", "Take your time.", "Go on."]);
}

#[test]
fn what_is_asked_comes_before_a_tone_that_may_be_none() {
    let offline = "  replies:
    - {when: {mentions: shop, asks: why}, lines: [The rent was low.]}
    - {when: {mentions: shop, asks: yes_no}, lines: [It is.]}
    - {priority: 9, when: {cue: [blames, pressures, commands, dismisses, hedges]}, lines: [Not so loud., Easy.]}
    - {priority: 9, when: {cue: insult}, lines: [That isn't nice.]}
    - {priority: 9, when: {cue: tells_a_story}, lines: [A good story.]}
    - {when: {}, lines: [Go on.]}
";
    let said = answers(
        offline,
        &[
            "It's your fault. Why did you buy the shop?",
            "You idiot, is the shop open?",
            "I fell in, is the shop dry?",
            "This is all your fault.",
        ],
    );
    assert_eq!(said[..3], ["The rent was low.", "That isn't nice.", "A good story."]);
    assert!(["Not so loud.", "Easy."].contains(&said[3].as_str()), "{said:?}");
}

#[test]
fn a_question_without_a_subject_is_about_what_was_just_spoken_of() {
    let offline = "  replies:
    - {when: {mentions: [shop, store], asks: yes_no}, lines: [It is a shop.]}
    - {when: {mentions: [shop], asks: how_much}, lines: [Nine hundred.]}
    - {when: {mentions: [shop, how long], asks: how_long}, lines: [Ten years.]}
    - {when: {mentions: [boat], asks: how_much}, lines: [The boat was dear.]}
    - {when: {mentions: [boat], asks: when}, lines: [In spring.]}
    - {when: {}, lines: [Go on.]}
  unknown: {default: [No idea., None.]}
";
    let of = |lines: &[&str]| answers(offline, lines).pop().expect("an answer");
    assert_eq!(of(&["Is this your store?", "how much was it"]), "Nine hundred.", "by the block");
    assert_eq!(of(&["I saw a boat.", "how much was it"]), "The boat was dear.", "by the line");
    assert_eq!(of(&["I saw a boat.", "when was that"]), "In spring.");
    assert_eq!(of(&["I saw a boat.", "how much was the shop"]), "Nine hundred.", "its own words");
    for fresh in ["when is the market", "how are you", "did it sink"] {
        let said = of(&["I saw a boat.", fresh]);
        assert!(["No idea.", "None."].contains(&said.as_str()), "{fresh}: {said}");
    }
    let twice = ["I saw a boat.", "how much was it"];
    assert_eq!(answers(offline, &twice), answers(offline, &twice));
}

#[test]
fn another_question_about_the_same_is_not_the_same_question() {
    let offline = "  replies:
    - {when: {mentions: [shop, it], asks: when}, lines: [At nine.]}
    - {when: {}, lines: [Go on.]}
  unknown: {when: [No date.]}
";
    let said = answers(offline, &["when does it open", "when does it close"]);
    assert_eq!(said, ["At nine.", "No date."]);
    let said = answers(offline, &["when does the shop open", "when does it open then"]);
    assert!(said[1].ends_with(": At nine."), "{said:?}");
}

#[test]
fn a_word_or_two_in_answer_to_a_question_goes_on_from_it() {
    let offline = "  replies:
    - {id: years, when: {mentions: work}, lines: [How long at it?]}
    - {when: {after: years}, lines: [That is a while.]}
    - {priority: 0, when: {cue: states_position}, lines: [So you say.]}
    - {when: {}, lines: [Go on.]}
";
    for told in ["6 years", "tomorrow", "the blue one", "Anna"] {
        assert_eq!(answers(offline, &["I work.", told])[1], "That is a while.", "{told}");
    }
}
