//! What a model may answer: the good, and every kind of faulty one. None of them harms a mission.

use std::sync::{Arc, Mutex};

use spar_core::chat::{ChatOutcome, ChatRequest, FinishReason, OutputMode, Usage};
use spar_core::mission::{MissionEvent, ReadingSource};
use spar_engine::play::Route;
use spar_engine::provider::{Answer, DeltaSink, Provider, ScriptedAnswer, ScriptedProvider};
use spar_engine::store::Store;

use crate::support::{
    Table, answered, cut, good, kinds, last_reply, manual_clock, prepared, valid,
};

/// Looks at the store at the moment it is asked.
struct Witness {
    store: Store,
    seen: Mutex<Vec<Vec<MissionEvent>>>,
    inner: ScriptedProvider,
}

impl Provider for Witness {
    fn name(&self) -> &str {
        "witness"
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest, sink: DeltaSink<'a>) -> Answer<'a> {
        let mission = self.store.find("last").expect("the mission is in the store");
        let events = self.store.load(mission).expect("it loads").events;
        self.seen.lock().expect("no panic before").push(events);
        self.inner.chat(request, sink)
    }
}

#[tokio::test]
async fn the_line_is_on_disk_before_the_model_is_asked() {
    let store = Store::temporary().expect("a store");
    let inner = ScriptedProvider::new([good("Tell me."), good("I see.")]);
    let witness = Arc::new(Witness { store: store.clone(), seen: Mutex::default(), inner });
    let route = Route::to_model(witness.clone(), "scripted");
    let engine = spar_engine::Engine::new(store, manual_clock(), route);
    let mut live = engine.start(&prepared(""), Some(1)).await.expect("it begins");
    for text in ["I have news about the date.", "The launch is in danger."] {
        answered(&mut live, text).await;
    }
    let seen = witness.seen.lock().expect("no panic");
    for (moment, text) in
        seen.iter().zip(["I have news about the date.", "The launch is in danger."])
    {
        let last = moment.last().expect("there are events");
        assert!(matches!(last, MissionEvent::UserSpoke { text: said, .. } if said == text));
    }
    assert_eq!(seen.len(), 2);
}

#[tokio::test]
async fn what_is_streamed_is_what_is_kept() {
    let replies = [
        "Two weeks? I promised Owen the ninth.",
        "\u{201c}Fine\u{201d}, she said \u{2013} naïve, 日本語, 😀 and all.",
        "Line one.\nLine two, with a \\ and a \"quote\".",
    ];
    for size in [1, 2, 5, 1_000] {
        let answers = replies.map(|reply| ScriptedAnswer::pieces(cut(&valid(reply, 70), size)));
        let (table, _) = Table::scripted(answers);
        let mut live = table.start().await;
        for reply in replies {
            let seen = answered(&mut live, "What do you make of the date?").await;
            assert_eq!(seen.text(), reply, "in pieces of {size}");
            assert_eq!(last_reply(&live).text, reply);
            assert!(!seen.retracted());
        }
    }
}

#[tokio::test]
async fn a_turn_is_shown_as_it_is_stored() {
    let (table, _) = Table::scripted([good("By how much?")]);
    let mut live = table.start().await;
    let seen = answered(&mut live, "Ada, the date slips by two weeks.").await;
    let stored = table.events(&live);
    assert_eq!(seen.events(), stored[1..], "everything but the beginning of the mission");
    let order = kinds(&stored);
    assert_eq!(order[..3], ["started", "user_spoke", "turn_read"]);
    assert!(order.contains(&"gate_passed") && order.contains(&"secret_revealed"), "{order:?}");
    assert_eq!(order.last(), Some(&"persona_spoke"));
    let reading = live.mission().turns()[0].reading.as_ref().expect("it was read");
    assert_eq!(reading.source, ReadingSource::Blended);
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
}

fn outcome(text: &str, finish: FinishReason) -> ChatOutcome {
    ChatOutcome {
        text: text.to_owned(),
        model: "scripted".to_owned(),
        finish,
        mode: OutputMode::JsonSchema,
        usage: Usage::default(),
        ttft_ms: Some(1.0),
        total_ms: 2.0,
        attempts: 1,
    }
}

/// What a faulty answer must come to.
struct Faulty {
    name: &'static str,
    answer: ScriptedAnswer,
    /// The reply as kept; `None`: the embedded persona spoke.
    reply: Option<String>,
    /// Whether the model's number still counts.
    scored: bool,
}

fn faulty() -> Vec<Faulty> {
    let whole = valid("That is late.", 80);
    let cut_after_reply = &whole[..whole.find("moodDelta").expect("a field")];
    let cut_in_reply = &whole[..whole.find(" late").expect("a word")];
    let wrong = serde_json::json!({
        "reply": "That is late.", "cues": 7, "localScoreNumeric": 400, "moodDelta": "sideways",
        "tensionDelta": null, "boundaryRisk": ["low"], "microFlags": {"nonsense": true},
    })
    .to_string();
    let long: String = (0..120_000).map(|n| format!("word{n} ")).collect();
    let circling = format!("{} End.", "word ".repeat(200_000));
    let escape = "\u{1b}[31mThat\u{1b}[0m is\u{1b}]0;owned\u{7} late.\u{9b}";
    let late = || Some("That is late.".to_owned());
    let text = |name, text: &str, reply, scored| Faulty {
        name,
        answer: ScriptedAnswer::pieces(cut(text, 7)),
        reply,
        scored,
    };
    vec![
        text("cut after some fields", cut_after_reply, late(), true),
        text("cut within the reply", cut_in_reply, Some("That is".to_owned()), false),
        text("fenced", &format!("```json\n{whole}\n```"), late(), true),
        text("with a preface", &format!("Sure, here it is:\n{whole}"), late(), true),
        text("with a byte-order mark", &format!("\u{feff}{whole}"), late(), true),
        text("plain text", "That is late.", late(), false),
        text("wrong fields", &wrong, late(), false),
        text("another object", "{\"answer\": 42}", None, false),
        text("an empty reply", &valid("   ", 80), None, true),
        text("nothing at all", "", None, false),
        text("escape sequences", &valid(escape, 80), late(), true),
        text("bare escape sequences", escape, late(), false),
        text("a megabyte", &valid(&long, 80), None, true),
        text("a megabyte in circles", &valid(&circling, 80), None, true),
        Faulty {
            name: "a refusal",
            answer: ScriptedAnswer::outcome(
                ["I'm sorry, ", "I can't help with that."],
                outcome("I'm sorry, I can't help with that.", FinishReason::Refused),
            ),
            reply: None,
            scored: false,
        },
    ]
}

#[tokio::test]
async fn no_answer_harms_the_mission() {
    for Faulty { name, answer, reply, scored } in faulty() {
        let (table, model) = Table::scripted([answer, good("Go on, then.")]);
        let mut live = table.start().await;
        let seen = answered(&mut live, "The date slips, Ada.").await;
        table.assert_whole(&live, name);
        let kept = last_reply(&live);
        assert!(!kept.text.is_empty() && kept.text.chars().count() <= 1_200, "{name}");
        assert!(!kept.text.chars().any(|c| c.is_control() && c != '\n'), "{name}: {}", kept.text);
        assert!(!seen.text().chars().any(|c| c.is_control() && c != '\n'), "{name}");
        assert!(!kept.degraded, "{name}: a field that fell back is repaired, not degraded");
        match (&reply, name) {
            (Some(reply), _) => {
                assert_eq!((&kept.text, kept.offline), (reply, None), "{name}");
                assert_eq!(seen.text().trim(), reply, "{name}");
            }
            (None, "a megabyte") => {
                assert!(kept.text.starts_with("word0 word1 ") && kept.offline.is_none(), "{name}");
            }
            (None, "a megabyte in circles") => {
                assert_eq!((kept.text.as_str(), kept.offline), ("word", None), "{name}");
            }
            (None, _) => {
                assert!(kept.offline.is_some(), "{name}: {}", kept.text);
                assert_eq!(seen.text(), kept.text, "{name}: what was shown of it is withdrawn");
            }
        }
        let reading = live.mission().turns()[0].reading.as_ref().expect(name);
        assert_eq!(reading.model_score.is_some(), scored, "{name}");
        let perfect = ["fenced", "with a preface", "with a byte-order mark"].contains(&name)
            || name == "escape sequences";
        assert_eq!(reading.problems.is_empty(), perfect, "{name}: {:?}", reading.problems);
        assert_eq!(live.mission().state().gates.len(), 1, "{name}: the local reading counts");

        answered(&mut live, "What do you need from me?").await;
        assert_eq!(last_reply(&live).text, "Go on, then.", "{name}");
        assert_eq!(model.remaining(), 0, "{name}");
        table.assert_whole(&live, name);
    }
}

#[tokio::test]
async fn a_model_raises_risk_and_never_lowers_it() {
    let high = valid("That was unkind.", 90).replace("\"low\"", "\"high\"");
    let (table, _) = Table::scripted([ScriptedAnswer::text(high), good("Still.")]);
    let mut live = table.start().await;
    answered(&mut live, "What do you make of the new date?").await;
    answered(&mut live, "You're useless.").await;
    let scores: Vec<f64> = live
        .mission()
        .turns()
        .iter()
        .filter_map(|spoken| spoken.reading.as_ref())
        .map(|reading| reading.score.get())
        .collect();
    assert!(scores.iter().all(|score| *score <= 45.0), "{scores:?}");
    assert_eq!(live.mission().state().strikes.len(), 1, "the local reader saw an insult");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_events() {
    let lines = ["I have news.", "The date slips by two weeks.", "What worries you about it?"];
    let mut plays = Vec::new();
    for _ in 0..2 {
        let table = Table::offline();
        let mut live = table.start().await;
        for line in lines {
            answered(&mut live, line).await;
        }
        plays.push(table.events(&live));
    }
    assert_eq!(plays[0], plays[1]);
    assert_eq!(plays[0].iter().filter(|event| event.kind() == "persona_spoke").count(), 3);
}

#[tokio::test]
async fn lines_that_are_no_lines_change_nothing() {
    let (table, model) = Table::scripted([good("Yes?")]);
    let mut live = table.start().await;
    for text in ["", "  \n\t ", "\u{1b}[2J\u{7}"] {
        let (report, seen) = crate::support::say(&mut live, text).await;
        assert!(report.is_err(), "{text:?}");
        assert!(seen.0.is_empty(), "{text:?}");
    }
    assert!(model.asked().is_empty());
    assert_eq!(table.events(&live).len(), 1);
    answered(&mut live, "  \u{1b}[31mThe date\u{1b}[0m moves.  ").await;
    assert_eq!(live.mission().turns()[0].user, "The date moves.");
}
