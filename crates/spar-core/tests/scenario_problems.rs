//! What a person reads when their scenario file is wrong: every kind of mistake, all at once.

use spar_core::scenario::{Problems, parse_one, read};

/// A valid scenario, small enough to be bent in one place at a time.
const GOOD: &str = r#"spar: 1
id: small-talk
title: Small talk
category: social
persona: {name: Kim, role: A neighbour}
objective: {kind: connect, title: Get to know Kim}
cues:
  mentions_dog: {any: [dog, puppy*]}
gates:
  - {id: dog, when: {cue: mentions_dog}}
offline:
  slots: {breed: [beagle, poodle]}
  openers: ["Morning."]
  replies:
    - {id: ask, when: {cue: mentions_dog}, lines: ["She's a {breed}."]}
    - {when: {}, lines: ["Mm."]}
script:
  - {user: "Nice dog.", expect: [{gate: dog}]}
playthroughs: {skilled: ["What is your dog called?"]}
"#;

/// The problems of a text, rendered.
fn problems(text: &str) -> String {
    let nowhere = &mut |_: &str| Err("there is no such file".to_owned());
    Problems(read("t.yaml", text, nowhere).1).to_string()
}

/// The problems of the good scenario with a piece replaced.
#[track_caller]
fn bent(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "`{from}` is not in the scenario");
    problems(&GOOD.replacen(from, to, 1))
}

/// The messages and helps only, a line each.
#[track_caller]
fn said(from: &str, to: &str) -> String {
    bent(from, to)
        .lines()
        .filter(|line| !line.contains(" | "))
        .map(|line| line.trim().trim_start_matches("t.yaml:"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_good_one_is_good() {
    assert_eq!(problems(GOOD), "");
}

#[test]
fn unknown_keys_at_several_levels_are_all_named() {
    let text = GOOD
        .replace("title: Small", "titel: Small")
        .replace("role: A", "roll: A")
        .replace("cue: mentions_dog}}\n", "cu: mentions_dog}, gone: 1}\n")
        .replace("expect: [{gate: dog}]", "expect: [{gait: dog}]");
    insta::assert_snapshot!(problems(&text), @r#"
    t.yaml:3:1: unknown key `titel`
      3 | titel: Small talk
        | ^^^^^
      help: did you mean `title`?
    t.yaml:5:22: unknown key `roll` in `persona`
      5 | persona: {name: Kim, roll: A neighbour}
        |                      ^^^^
      help: did you mean `role`?
    t.yaml:10:22: unknown key `cu` in `when`
      10 |   - {id: dog, when: {cu: mentions_dog}, gone: 1}
         |                      ^^
      help: did you mean `cue`?
    t.yaml:10:41: unknown key `gone` in `gates`
      10 |   - {id: dog, when: {cu: mentions_dog}, gone: 1}
         |                                         ^^^^
      help: known keys: id, title, when, required, required_by, reason
    t.yaml:18:35: unknown key `gait` in `expect`
      18 |   - {user: "Nice dog.", expect: [{gait: dog}]}
         |                                   ^^^^
      help: known keys: use, tier, score, mood, positivity, tension, comfort, gate, ending, cue, flags, boundary_risk, event_hint, reply, valid, degraded, latency_ms, ttft_ms, cost_usd, tokens, pass_hat
    "#);
}

#[test]
fn broken_references_are_all_named() {
    let text = GOOD
        .replace(
            "{cue: mentions_dog}, lines",
            "{cue: [mention_dog, open_questoin], after: aks}, lines",
        )
        .replace("{gate: dog}", "{gate: [dgo]}, {use: polite}, {cue: barks}")
        .replace("{breed}", "{bread}")
        .replace("Nice dog.", "Nice {{animal}}.");
    insta::assert_snapshot!(problems(&text), @r#"
    t.yaml:15:30: unknown cue `mention_dog`
      15 |     - {id: ask, when: {cue: [mention_dog, open_questoin], after: aks}, lines: ["She's a {bread}."]}
         |                              ^^^^^^^^^^^
      help: did you mean `mentions_dog`?
    t.yaml:15:43: unknown cue `open_questoin`
      15 |     - {id: ask, when: {cue: [mention_dog, open_questoin], after: aks}, lines: ["She's a {bread}."]}
         |                                           ^^^^^^^^^^^^^
      help: did you mean `open_question`?
    t.yaml:15:66: unknown reply block `aks`
      15 |     - {id: ask, when: {cue: [mention_dog, open_questoin], after: aks}, lines: ["She's a {bread}."]}
         |                                                                  ^^^
      help: did you mean `ask`?
    t.yaml:15:80: unknown slot `bread`
      15 | …pen_questoin], after: aks}, lines: ["She's a {bread}."]}
         |                                      ^^^^^^^^^^^^^^^^^^
      help: did you mean `breed`?
    t.yaml:18:12: unknown variable `animal`
      18 |   - {user: "Nice {{animal}}.", expect: [{gate: [dgo]}, {use: polite}, {cue: barks}]}
         |            ^^^^^^^^^^^^^^^^^^
      help: define it under `vars`, or `save` it from an earlier reply
    t.yaml:18:49: unknown gate `dgo`
      18 |   - {user: "Nice {{animal}}.", expect: [{gate: [dgo]}, {use: polite}, {cue: barks}]}
         |                                                 ^^^
      help: did you mean `dog`?
    t.yaml:18:62: unknown list of checks `polite`
      18 |   - {user: "Nice {{animal}}.", expect: [{gate: [dgo]}, {use: polite}, {cue: barks}]}
         |                                                              ^^^^^^
      help: define it under `checks`
    t.yaml:18:77: unknown cue `barks`
      18 | …{gate: [dgo]}, {use: polite}, {cue: barks}]}
         |                                      ^^^^^
      help: define it under `cues`, or see `spar scenario cues`
    "#);
}

#[test]
fn words_outside_of_a_vocabulary_get_a_suggestion() {
    insta::assert_snapshot!(said("when: {}", "when: {mood: [wram]}"), @r"
    16:22: `mood` cannot be `wram`
    help: did you mean `warm`? one of: warm, excited, interested, neutral, testing, shy, guarded, bored, annoyed, hurt, cold
    ");
    insta::assert_snapshot!(said("kind: connect", "kind: conect"), @r"
    6:19: `kind` cannot be `conect`
    help: did you mean `connect`? one of: deliver_bad_news, give_feedback, negotiate, calm_down, set_boundary, say_no, mediate, connect, ask_for_help, motivate_change, interview, sell, free
    ");
    insta::assert_snapshot!(said("[{gate: dog}]", "[{ending: success}]"), @r"
    18:43: `ending` cannot be `success`
    help: one of: abort_system_error, abort_disqualified, fail_timer, fail_strikes, fail_gate_sequence, fail_mood_collapse, fail_objective, success_objective, success_gate_sequence, success_score_milestone, fail_max_turns, abort_user
    ");
    insta::assert_snapshot!(said("category: social", "category: family"), @r"
    4:11: `category` cannot be `family`
    help: one of: work, service, health, social, negotiation
    ");
}

#[test]
fn values_of_the_wrong_kind() {
    insta::assert_snapshot!(said("title: Small talk", "title: 42"), @r#"
    3:8: `title` must be text, not the number 42
    help: quote it: "42"
    "#);
    insta::assert_snapshot!(said("title: Small talk", "title:"), @r"
    3:6: `title` has no value
    help: write text, or leave it out
    ");
    insta::assert_snapshot!(said("title: Small talk", "title: {Small: talk}"), @r"
    3:8: `title` must be text, not a map
    help: a text that starts with `{` or holds `: ` needs quotes
    ");
    insta::assert_snapshot!(said("[\"Morning.\"]", "Morning."), @r"
    13:12: `openers` must be a list, not the text `Morning.`
    help: write it as a list: [one, another]
    ");
    insta::assert_snapshot!(said("spar: 1", "spar: 2"), @r"1:7: `spar` must be 1; it is 2");
    insta::assert_snapshot!(said("spar: 1", "repeat: 1.5\npolicy: {max_turns: ten, min_turns: -1}"), @r"
    1:1: the document lacks `spar`
    help: `spar`: Version of the format: 1.
    1:9: `repeat` must be a whole number, not 1.5
    2:21: `max_turns` must be a whole number, not the text `ten`
    2:37: `min_turns` must lie between 0 and 100000; it is -1
    ");
    insta::assert_snapshot!(said("{name: Kim, role: A neighbour}", "Kim"), @r"5:10: `persona` must be a map, not the text `Kim`");
    insta::assert_snapshot!(said("[\"Mm.\"]", "[]"), @r"
    16:25: `lines` is an empty list
    help: put something in, or leave the key out
    ");
}

#[test]
fn comparisons_and_patterns() {
    insta::assert_snapshot!(said("{gate: dog}", "{score: \"=> 60\"}, {tier: \">= E\"}, {tension: \"in 40..20\"}, {comfort: \">= 120\"}"), @r#"
    18:42: `=> 60` is no comparison; write it like ">= 60", "< 3" or "in 20..40"
    help: did you mean ">= 60"?
    18:59: `E` is no tier; tiers are S+, S, A, B, C, D
    18:78: the range 40..20 is empty: its ends are the wrong way round
    18:102: `>= 120` lies outside of 0 to 100
    "#);
    insta::assert_snapshot!(said("{gate: dog}", "{reply: {matches: \"(un\"}}, {reply: {}}, {flags: {}}, {latency_ms: {}}, {}"), @r#"
    18:52: bad regular expression: unclosed group
    18:69: `reply` checks nothing
    help: say what it must be like, e.g. `{contains: [plan]}`
    18:74: `flags` names no flag
    help: name some: `flags: {none: [needy]}`
    18:87: no statistic is compared here
    help: name one, e.g. `{p95: "<= 2500"}`
    18:105: this check checks nothing
    help: write one, e.g. `{tier: ">= B"}`
    "#);
}

#[test]
fn rules_that_contradict_each_other() {
    insta::assert_snapshot!(said("gates:\n  - {id: dog, when: {cue: mentions_dog}}", "policy: {max_turns: 5, min_turns: 6, endings: [fail_timer, fail_timer]}\ngates:\n  - {id: dog, when: {min_turns: 9}, required_by: 7}\n  - {id: dog, when: {gate: dog}}\n  - {id: free, when: {}}"), @r"
    9:35: `min_turns: 6` is more than `max_turns: 5`: nobody could win
    help: lower `min_turns`, or raise `max_turns`
    9:60: `fail_timer` stands twice
    11:33: `min_turns: 9` never holds: the mission has at most 5 turns
    help: lower it, or raise `policy.max_turns`
    11:50: `required_by: 7` comes after the last turn: the mission has at most 5 turns
    help: lower it, or raise `policy.max_turns`
    12:10: two gates are called `dog`
    help: the first one is on line 11
    12:21: the gate `dog` waits for itself, so it never opens
    13:22: the gate `free` has no condition, so it is never closed
    help: put a condition in `when`
    ");
    insta::assert_snapshot!(said("title: Get to know Kim}", "title: T, won_when: {}, progress: [{when: {gate: dog}, worth: 60}, {when: {not: {}}, worth: 41}]}"), @r"
    6:48: `won_when: {}` holds from the first turn on
    help: put a condition in it
    6:95: with this step, progress sums to 101, more than 100
    help: lower some `worth`
    6:108: `not: {}` never holds
    help: put a condition in it, or leave it out
    ");
    insta::assert_snapshot!(said("mentions_dog: {any: [dog, puppy*]}", "mentions_dog: {any: [\"?\"]}\n  humour: {any: [ha]}\n  Bad Name: {unless: [a]}"), @r"
    8:24: `?` is no phrase: a phrase needs at least one word
    9:3: `humour` is a cue of the common vocabulary
    help: give yours another name
    10:3: `Bad Name` is no name for a cue
    help: use lower-case letters, digits and `_`: `states_the_news`
    10:3: the cue `Bad Name` has no phrases, so it fits every line
    help: give it `any` or `all`
    ");
    insta::assert_snapshot!(said("when: {cue: mentions_dog}, lines", "when: {cue: {name: mentions_dog, at_least: 3, within: 2}}, lines"), @r"
    15:36: 3 times within 2 lines never holds
    help: raise `within` or lower `at_least`
    ");
    insta::assert_snapshot!(said("- {id: dog, when: {cue: mentions_dog}}", "- {id: dog, when: {after: ask, boundary_safe: false, no_strikes: false}}"), @r#"
    10:29: `after` only makes sense in `offline`
    help: it asks which reply block spoke last
    10:49: `boundary_safe` can only be true or a number of turns
    help: for the opposite write `not: {boundary_safe: true}`
    10:68: `no_strikes` can only be true
    help: for the opposite write `strikes: ">= 1"`
    "#);
}

#[test]
fn lines_and_slots() {
    insta::assert_snapshot!(said("    - {when: {}, lines: [\"Mm.\"]}\n", ""), @r"
    12:3: no reply block fits every line
    help: add one with `when: {}`: the persona must never be left without words
    ");
    insta::assert_snapshot!(said("[beagle, poodle]", "[], quote: [x]"), @r"
    12:11: the slot `breed` has no values
    12:22: `quote` cannot be a slot of your own
    help: `{quote}` stands for a piece of what the user said
    ");
    insta::assert_snapshot!(said("\"Morning.\"", "\"{quote}!\", \" \""), @r"
    13:13: `{quote}` has nothing to quote here
    help: openers and closings answer nothing; use it in `replies`
    13:25: this line says nothing
    ");
    insta::assert_snapshot!(said("[\"What is your dog called?\"]", "[\"What is {{it}}?\", \"\"]"), @r"
    19:26: `{{it}}` is not filled in here
    help: only lines of `script` know variables
    19:45: this line says nothing
    ");
}

#[test]
fn steps_of_a_script() {
    let script = r#"
  - {user: "a", branch: []}
  - {}
  - branch:
      - {else: true, user: "b"}
      - {user: "c"}
      - {else: false, when: {turn: 1}, user: "d"}
  - {simulate: {as: "", turns: 0, until: {}}}
  - {user: "{{late}}", save: {late: {matches: "("}}}
  - {user: "{{late}}"}"#;
    insta::assert_snapshot!(said("\n  - {user: \"Nice dog.\", expect: [{gate: dog}]}", script), @r"
    18:25: `branch` is an empty list
    help: put something in, or leave the key out
    19:5: this step does nothing
    help: write one of `user`, `branch` or `simulate`
    21:16: `else` must be the last branch
    help: branches after it are never taken
    22:9: this branch has no condition
    help: add `when: {…}`, or `else: true` to the last one
    23:29: a branch has `when` or `else`, not both
    24:32: `turns` must lie between 1 and 100000; it is 0
    25:12: unknown variable `late`
    help: define it under `vars`, or `save` it from an earlier reply
    25:47: bad regular expression: unclosed group
    ");
}

#[test]
fn what_a_scenario_cannot_do_without() {
    insta::assert_snapshot!(problems("spar: 1\nid: My Talk\n"), @r"
    t.yaml:1:1: the scenario lacks `title`
      1 | spar: 1
        | ^
      help: what it is called, in a line
    t.yaml:1:1: the scenario lacks `category`
      1 | spar: 1
        | ^
      help: work, service, health, social or negotiation
    t.yaml:1:1: the scenario lacks `persona`
      1 | spar: 1
        | ^
      help: say who one talks to: `persona: {name: …, role: …}`
    t.yaml:1:1: the scenario lacks `objective`
      1 | spar: 1
        | ^
      help: say what one wants from the talk: `objective: {kind: …, title: …}`
    t.yaml:2:5: `My Talk` is no id
      2 | id: My Talk
        |     ^^^^^^^
      help: use kebab-case: `my-talk`
    ");
    insta::assert_snapshot!(problems("id: a\nabstract: true\n"), @r"
    t.yaml:1:1: the document lacks `spar`
      1 | id: a
        | ^
      help: `spar`: Version of the format: 1.
    ");
}

#[test]
fn files_that_are_no_scenarios() {
    insta::assert_snapshot!(problems(""), @r"
    t.yaml: the file holds no scenario
      help: `spar scenario new` writes a first one
    ");
    insta::assert_snapshot!(problems("# nothing\n---\n"), @r"
    t.yaml: the file holds no scenario
      help: `spar scenario new` writes a first one
    ");
    insta::assert_snapshot!(problems("- a\n- b\n"), @r"
    t.yaml:1:1: a scenario is a map of keys
      1 | - a
        | ^
      help: start with `spar: 1`, then `id: …`
    ");
    insta::assert_snapshot!(problems("spar: 1\npersona:\n\tname: Kim\n"), @r"
    t.yaml:3:2: this is not YAML: tabs disallowed within this context (block indentation)
      3 | →name: Kim
        |  ^
      help: YAML indents with spaces; this line starts with a tab
    ");
    insta::assert_snapshot!(problems("spar: 1\ntitle: He said: no\n"), @r#"
    t.yaml:2:15: this is not YAML: mapping values are not allowed in this context
      2 | title: He said: no
        |               ^
      help: look at the indentation, and quote texts that hold `: ` or start with one of [ ] { } # & * ! | > ' " % @ ?
    "#);
    insta::assert_snapshot!(problems("spar: 1\ntitle: \"open\n"), @r#"
    t.yaml:2:8: this is not YAML: while scanning a quoted scalar, found unexpected end of stream
      2 | title: "open
        |        ^
      help: look at the indentation, and quote texts that hold `: ` or start with one of [ ] { } # & * ! | > ' " % @ ?
    "#);
    assert!(problems(&"a: b\n".repeat(2_000_000)).contains("10000000 bytes"));
    assert!(problems(&format!("a: {}", "[".repeat(5000))).contains("64 deep"));
}

#[test]
fn control_characters_never_come_through() {
    let shown = bent("title: Small talk", "title: \"a\"\n\u{1b}[2Jx\u{7}: \u{202e}1");
    assert!(shown.lines().count() > 2, "{shown}");
    assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{shown:?}");
}

#[test]
fn the_other_documents_of_a_file_come_through() {
    let second = GOOD.replace("id: small-talk", "id: second");
    let third = GOOD.replace("id: small-talk", "id: third").replace("title: S", "titel: S");
    let broken = "a: [1\nb: 2\n";
    let file = format!("{GOOD}---\n{third}---\n{broken}---\n{second}---\n{GOOD}");
    let nowhere = &mut |_: &str| Err(String::new());
    let (scenarios, problems) = read("t.yaml", &file, nowhere);
    let ids: Vec<&str> = scenarios.iter().map(|scenario| scenario.id.as_str()).collect();
    assert_eq!(ids, ["small-talk", "second"]);
    let text = Problems(problems).to_string();
    assert!(text.contains("two scenarios of this file are called `small-talk`"), "{text}");
    assert!(text.contains("unknown key `titel`"), "{text}");
}

#[test]
fn one_means_one() {
    assert!(parse_one("t.yaml", &format!("{GOOD}---\n{GOOD}")).is_err());
    assert!(parse_one("t.yaml", "spar: 1\nabstract: true\n").is_err());
    assert_eq!(parse_one("t.yaml", GOOD).map(|scenario| scenario.id), Ok("small-talk".to_owned()));
}

/// Reads `main` among some files.
fn among(files: &[(&str, &str)], main: &str) -> (Vec<spar_core::scenario::Scenario>, String) {
    let text = |path: &str| {
        let found = files.iter().find(|(name, _)| *name == path);
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| "there is no such file".to_owned())
    };
    let (scenarios, problems) = read(main, &text(main).expect("the main file"), &mut |p| text(p));
    (scenarios, Problems(problems).to_string())
}

#[test]
fn extends_merges_maps_and_replaces_lists() {
    let base = "spar: 1\nabstract: true\nid: base\ntone: grave\ntags: [a, b]\npolicy: {max_turns: 20, strikes: 1}\n\
                checks: {polite: [{flags: {none: [pushy]}}, {tier: \">= C\"}]}\n\
                personas:\n  kim: {name: Kim, role: Boss, wants: [peace], start: {positivity: 30}}\n";
    let child = GOOD
        .replace("spar: 1\n", "spar: 1\nextends: ../base.yaml\ntags: [c]\npolicy: {max_turns: 9}\n")
        .replace(
            "{name: Kim, role: A neighbour}",
            "{use: kim, role: Neighbour, start: {tension: 70}}",
        )
        .replace("{gate: dog}", "{use: polite}, {gate: dog}");
    let files = [("base.yaml", base), ("work/child.yaml", child.as_str())];
    let (scenarios, problems) = among(&files, "work/child.yaml");
    assert_eq!(problems, "");
    let scenario = &scenarios[0];
    assert_eq!(scenario.id, "small-talk");
    assert_eq!(scenario.tags, ["c"]);
    assert_eq!((scenario.policy.max_turns, scenario.policy.strikes), (9, 1));
    let persona = &scenario.persona;
    assert_eq!((persona.role.as_str(), persona.wants.len()), ("Neighbour", 1));
    assert_eq!((persona.start.positivity, persona.start.tension), (30.0, 70.0));
    let spar_core::scenario::Step::Say(line) = &scenario.script.steps[0] else { panic!("a line") };
    let labels: Vec<&str> = line.expect.iter().map(|item| item.label.as_str()).collect();
    assert_eq!(labels, ["flags: {none: [pushy]}", "tier: \">= C\"", "gate: {dog: passed}"]);
    // Shared checks are shown where they were asked for.
    assert!(line.expect.iter().all(|item| item.source_line == line.source_line));
}

#[test]
fn circles_and_missing_files_are_problems_where_they_are_written() {
    let child = GOOD.replace("spar: 1\n", "spar: 1\nextends: [a.yaml, gone.yaml]\n");
    let files = [
        ("child.yaml", child.as_str()),
        ("a.yaml", "spar: 1\nextends: b.yaml\n"),
        ("b.yaml", "spar: 1\nextends: a.yaml\ntoen: light\n"),
    ];
    insta::assert_snapshot!(among(&files, "child.yaml").1, @r"
    child.yaml:2:19: cannot read `gone.yaml`: there is no such file
      2 | extends: [a.yaml, gone.yaml]
        |                   ^^^^^^^^^
    b.yaml:2:10: `extends` goes in a circle: a.yaml → b.yaml → a.yaml
      2 | extends: a.yaml
        |          ^^^^^^
      help: take one of them out
    b.yaml:3:1: unknown key `toen`
      3 | toen: light
        | ^^^^
      help: did you mean `tone`?
    ");
    let own = GOOD.replace("spar: 1\n", "spar: 1\nextends: ./own.yaml\n");
    let (_, problems) = among(&[("own.yaml", own.as_str())], "own.yaml");
    assert!(problems.contains("circle: own.yaml → own.yaml"), "{problems}");
}

#[test]
fn a_long_chain_and_a_wide_tree_of_extends_end() {
    let nowhere_near = |path: &str| {
        let number: u32 = path.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(0);
        Ok(format!("spar: 1\nextends: [f{}.yaml, f{}.yaml]\n", 2 * number + 1, 2 * number + 2))
    };
    let text = GOOD.replace("spar: 1\n", "spar: 1\nextends: f0.yaml\n");
    let (scenarios, problems) = read("t.yaml", &text, &mut |path| nowhere_near(path));
    assert!(scenarios.is_empty());
    assert!(Problems(problems).to_string().contains("too many files extend each other"));
}

#[test]
fn checks_that_multiply_end() {
    let lists: Vec<String> = (0..16)
        .map(|number| format!("c{number}: [{}]", format!("{{use: c{}}}, ", number + 1).repeat(8)))
        .collect();
    let text = GOOD.replace("script:", &format!("checks: {{{}}}\nscript:", lists.join(", ")));
    assert!(problems(&text).contains("more than 20000 checks"));
}

#[test]
fn a_message_does_not_grow_with_the_file() {
    let shown = bent("kind: connect", &format!("kind: {}", "k".repeat(200_000)));
    assert!(shown.len() < 2000, "{} bytes", shown.len());
}
