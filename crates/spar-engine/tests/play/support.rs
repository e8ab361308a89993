//! What the tests share: a scenario, a table to play at, models that say what they are told.

use std::sync::Arc;

use serde_json::json;
use spar_core::mission::{Mission, MissionEvent, PersonaLine, Phase};
use spar_core::scenario::parse_one;
use spar_core::units::Timestamp;
use spar_engine::clock::Clock;
use spar_engine::play::{LiveMission, PlayError, Route, TurnReport, TurnUpdate};
use spar_engine::provider::{Provider, ProviderError, ScriptedAnswer, ScriptedProvider};
use spar_engine::store::Store;
use spar_engine::{Engine, Prepared};

/// The moment every test begins at.
const START: i64 = 1_750_000_000_000;

/// The secret of the scenario: in no prompt before it is revealed.
pub(crate) const SECRET: &str = "the zebra project is being closed";

/// A talk with one gate and one secret behind it; `extra` is YAML added at the top level.
pub(crate) fn prepared(extra: &str) -> Prepared {
    let policy = if extra.contains("policy:") {
        ""
    } else {
        "policy: {max_turns: 90, endings: [abort_disqualified, fail_strikes, fail_max_turns]}\n"
    };
    let text = format!(
        "spar: 1\nid: tested\ntitle: Tell Ada the date moves\nsummary: A talk for a test.\n\
         category: work\n\
         persona:\n  name: Ada\n  role: A colleague\n  \
         secrets: [{{id: zebra, text: \"{SECRET}\", reveal_when: {{gate: told}}}}]\n\
         objective: {{kind: deliver_bad_news, title: Say it, topic: [date, launch, plan]}}\n\
         cues: {{tells: {{any: [the date slips]}}}}\n\
         gates: [{{id: told, title: The news is out, when: {{cue: tells}}, reason: NOT_TOLD}}]\n\
         offline:\n  openers: [You wanted to talk?]\n  replies:\n    \
         - {{when: {{}}, lines: [Go on., I see., And then?, All right.]}}\n    \
         - {{when: {{cue: tells}}, lines: [By how much?, Since when do you know?]}}\n  \
         closings: {{success: [Thank you.], failure: [We are done here.]}}\n\
         {policy}{extra}\n"
    );
    let scenario =
        parse_one("tested.yaml", &text).unwrap_or_else(|problems| panic!("{problems}\n{text}"));
    Prepared::new(scenario)
}

/// Where a mission is played: a store, a clock that is moved by hand, and an engine.
pub(crate) struct Table {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) engine: Engine,
}

impl Table {
    /// With the embedded persona.
    pub(crate) fn offline() -> Self {
        Self::with(Route::embedded())
    }

    /// With somebody to answer.
    pub(crate) fn with(route: Route) -> Self {
        let store = Store::temporary().expect("a temporary store");
        let clock = manual_clock();
        let engine = Engine::new(store.clone(), clock.clone(), route);
        Self { store, clock, engine }
    }

    /// With a model that gives these answers.
    pub(crate) fn scripted(
        answers: impl IntoIterator<Item = ScriptedAnswer>,
    ) -> (Self, Arc<ScriptedProvider>) {
        let model = Arc::new(ScriptedProvider::new(answers));
        (Self::with(Route::to_model(model.clone(), "scripted")), model)
    }

    /// With this provider.
    pub(crate) fn asking(provider: Arc<dyn Provider>) -> Self {
        Self::with(Route::to_model(provider, "scripted"))
    }

    /// A mission of the usual scenario.
    pub(crate) async fn start(&self) -> LiveMission {
        self.start_of(&prepared("")).await
    }

    /// A mission of this one.
    pub(crate) async fn start_of(&self, prepared: &Prepared) -> LiveMission {
        self.engine.start(prepared, Some(7)).await.expect("it begins")
    }

    /// What the disk holds of a mission.
    pub(crate) fn events(&self, live: &LiveMission) -> Vec<MissionEvent> {
        self.store.load(live.id()).expect("it loads").events
    }

    /// Says that the mission in memory is what the disk adds up to, and that it can go on.
    pub(crate) fn assert_whole(&self, live: &LiveMission, what: &str) {
        let (_, replayed) = self.engine.replayed(live.id()).expect(what);
        assert_same(&replayed, live.mission(), what);
        assert_eq!(live.mission().state().phase, Phase::Listening, "{what}");
    }
}

pub(crate) fn manual_clock() -> Clock {
    Clock::manual(Timestamp::from_millis(START), 11)
}

/// Two missions that are the same in all that counts.
pub(crate) fn assert_same(one: &Mission, other: &Mission, what: &str) {
    assert_eq!(one.state(), other.state(), "{what}");
    assert_eq!(one.turns(), other.turns(), "{what}");
}

/// What a well-behaved model streams.
pub(crate) fn valid(reply: &str, score: u32) -> String {
    json!({
        "reply": reply,
        "cues": ["open_question"],
        "localScoreNumeric": score,
        "moodDelta": "up",
        "tensionDelta": "down",
        "comfortDelta": "up",
        "boundaryRisk": "low",
        "microFlags": [],
        "uiEventHint": "neutral",
    })
    .to_string()
}

/// A good answer in pieces of three characters.
pub(crate) fn good(reply: &str) -> ScriptedAnswer {
    ScriptedAnswer::pieces(cut(&valid(reply, 72), 3))
}

/// A text in pieces of so many characters.
pub(crate) fn cut(text: &str, size: usize) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(size).map(|piece| piece.iter().collect()).collect()
}

/// A failure that asking again would not mend here.
pub(crate) fn broken() -> ProviderError {
    ProviderError::Broken { url: "http://model.test".to_owned(), reason: "it went away".to_owned() }
}

/// Everything a screen was told during one turn.
#[derive(Debug, Default)]
pub(crate) struct Seen(pub(crate) Vec<TurnUpdate>);

impl Seen {
    /// The text on screen at the end: what was withdrawn is gone.
    pub(crate) fn text(&self) -> String {
        self.0.iter().fold(String::new(), |text, update| match update {
            TurnUpdate::Text(piece) => text + piece,
            TurnUpdate::Retracted => String::new(),
            TurnUpdate::Committed(_) => text,
        })
    }

    pub(crate) fn retracted(&self) -> bool {
        self.0.contains(&TurnUpdate::Retracted)
    }

    /// The events, in the order they were shown.
    pub(crate) fn events(&self) -> Vec<MissionEvent> {
        let committed = self.0.iter().filter_map(|update| match update {
            TurnUpdate::Committed(events) => Some(events.clone()),
            _ => None,
        });
        committed.flatten().collect()
    }
}

/// Says a line and keeps what a screen would have seen.
pub(crate) async fn say(
    live: &mut LiveMission,
    text: &str,
) -> (Result<TurnReport, PlayError>, Seen) {
    let mut seen = Seen::default();
    let report = live.say(text, &mut |update| seen.0.push(update)).await;
    (report, seen)
}

/// Says a line that must be answered.
pub(crate) async fn answered(live: &mut LiveMission, text: &str) -> Seen {
    let (report, seen) = say(live, text).await;
    report.unwrap_or_else(|error| panic!("`{text}`: {error}"));
    seen
}

/// What the persona said last.
pub(crate) fn last_reply(live: &LiveMission) -> &PersonaLine {
    let spoken = live.mission().turns().last().expect("a turn was played");
    spoken.reply.as_ref().expect("it was answered")
}

/// The kinds of some events.
pub(crate) fn kinds(events: &[MissionEvent]) -> Vec<&'static str> {
    events.iter().map(MissionEvent::kind).collect()
}

/// Says a line and drops the turn as soon as a word of the answer is on screen; that word.
pub(crate) async fn broken_off(live: &mut LiveMission, text: &str) -> String {
    let on_screen = tokio::sync::Notify::new();
    let mut words = String::new();
    {
        let mut sink = |update| {
            if let TurnUpdate::Text(piece) = update {
                words.push_str(&piece);
                on_screen.notify_one();
            }
        };
        tokio::select! {
            biased;
            _ = live.say(text, &mut sink) => panic!("the model was to say one word only"),
            () = on_screen.notified() => {}
        }
    }
    words
}
