//! What was said in a crisis stands in no result, no question to a model and no report, whoever said
//! it, and whether the talk was played here or brought in.

use std::collections::BTreeMap;
use std::sync::Arc;

use spar_core::analysis::{interpret, request};
use spar_core::ids::MissionId;
use spar_core::job::Stage;
use spar_core::mission::{Mission, import};
use spar_core::report::{self, COLUMNS, Freshness, MissionFacts, ReportInput, StageStatus, build};
use spar_core::scenario::{Category, imported};
use spar_core::transcript::{Format, assign, conversation, parse};
use spar_core::units::Timestamp;

use crate::support::START;
use crate::{Studied, built_in, played};

/// A word of every line that speaks of a crisis, and of no other.
const MARK: &str = "quillfeather";

/// Everything that anybody or any model is shown of a mission.
fn everything(mission: Mission) -> Vec<(String, String)> {
    let mut studied = Studied::new(mission).through_first_wave();
    for stage in Stage::ALL {
        studied.results.insert(studied.run(stage));
    }
    let mut shown = Vec::new();
    let mut keep = |name: String, text: String| shown.push((name, text));
    let results = serde_json::to_string(&studied.results).expect("results become JSON");
    keep("results".to_owned(), results);
    for stage in Stage::ALL {
        let context = studied.context();
        if let Some(asked) = request(stage, &context) {
            let words: Vec<_> = asked.messages.into_iter().map(|said| said.content).collect();
            keep(format!("question of {stage}"), words.join("\n"));
            let (output, problems) = interpret(stage, &context, "{}");
            keep(format!("stand-in of {stage}"), format!("{output:?}\n{problems:?}"));
        }
    }
    let facts = MissionFacts {
        mission_id: MissionId::from_parts(Timestamp::from_millis(START), [7; 10]),
        session_id: None,
        started_at: studied.mission.state().started_at,
        ended_at: Some(studied.mission.state().last_at),
        provider: "import".to_owned(),
        model: "import".to_owned(),
        run: None,
        imported: studied.mission.is_imported(),
    };
    let fresh = |stage| (stage, StageStatus { freshness: Freshness::Fresh, made: None });
    let stages: BTreeMap<_, _> = Stage::ALL.into_iter().map(fresh).collect();
    let report = build(&ReportInput {
        mission: &studied.mission,
        facts: &facts,
        results: &studied.results,
        stages: &stages,
        costs: &[],
        previous: None,
    });
    keep("text".to_owned(), report::plain_text(&report::text(&report, COLUMNS)));
    keep("markdown".to_owned(), report::markdown(&report));
    keep("json".to_owned(), report::json(&report));
    keep("html".to_owned(), report::html(&report));
    shown
}

#[track_caller]
fn assert_unsaid(mission: Mission) {
    let said: String = mission.turns().iter().map(|spoken| spoken.user.as_str()).collect();
    let opener = mission.state().opener.clone().unwrap_or_default();
    let replies: String = mission
        .turns()
        .iter()
        .filter_map(|spoken| spoken.reply.as_ref())
        .map(|line| line.text.as_str())
        .collect();
    assert!([&said, &opener, &replies].iter().any(|text| text.contains(MARK)), "somebody says it");
    for (name, text) in everything(mission) {
        assert!(!text.to_lowercase().contains(MARK), "{name}: {text}");
        assert!(!text.contains("to kill myself"), "{name}: {text}");
    }
}

fn brought_in(talk: &str) -> Mission {
    let said = assign(&parse(talk, Format::Markdown).transcript, None).expect("it is settled");
    let talk = conversation(&said).expect("both speak");
    let scenario = imported("imported-dana", "A talk", Category::Work, "Dana");
    import::import(Arc::new(scenario), &talk, Timestamp::from_millis(START)).mission
}

#[test]
fn of_a_talk_that_was_played() {
    let lines = [
        "Dana, the launch slips by two weeks, and I should have told you on Monday.".to_owned(),
        "I want to kill myself, quillfeather.".to_owned(),
        "I am sorry. What worries you most about the launch?".to_owned(),
        "Let us look for a date together tomorrow.".to_owned(),
    ];
    for end in 2..=lines.len() {
        let mission = played(&built_in("launch-slip"), &lines[..end], 1);
        assert!(mission.turns()[1].in_crisis());
        assert_unsaid(mission);
    }
}

#[test]
fn of_a_talk_that_was_brought_in() {
    for talk in [
        // The user, the other, and the other at the very end.
        "Dana: You wanted to talk?\nMe: I want to kill myself, quillfeather.\nDana: I'm here.\n\
         Me: Thank you. I am sorry about the launch.\nDana: Fine.",
        "Me: The launch slips by two weeks. I'm sorry, I should have told you on Monday.\n\
         Dana: I want to kill myself, quillfeather.\nMe: I hear you. What worries you most?\n\
         Dana: All of it.\nMe: Let's look at it together tomorrow.\nDana: Fine.",
        "Dana: You wanted to talk?\nMe: The launch slips by two weeks. I'm sorry.\nDana: Two weeks?\n\
         Me: Yes. I should have told you.\nDana: I want to kill myself, quillfeather.",
    ] {
        assert_unsaid(brought_in(talk));
    }
}

#[test]
fn of_the_first_words_of_a_talk_that_was_brought_in() {
    let mission = brought_in(
        "Dana: I want to kill myself, quillfeather.\nMe: I hear you, and I am glad you told me.\n\
         Dana: Thanks.\nMe: Who could sit with you tonight?\nDana: My sister.",
    );
    assert_eq!(mission.quotable_opener(), None);
    assert_unsaid(mission);
    let fine = brought_in("Dana: You wanted to talk?\nMe: I do.\nDana: Go on.");
    assert_eq!(fine.quotable_opener(), Some("You wanted to talk?"));
}
