//! A real conversation as the events of a mission that is over.
//!
//! Every line is read by the local reader through the same steps as a line that is played. What only
//! makes sense in a game is left out: rewards, secrets, and endings that stop a talk which in truth
//! went on.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::reply::ModelAnswer;
use super::turn::{self, Verdict};
use super::{Mission, MissionEvent, PersonaLine, Timings};
use crate::chat::Usage;
use crate::language::Line;
use crate::reading::{LineContext, Reader, Safety};
use crate::rules::Ending;
use crate::scenario::Scenario;
use crate::transcript::{Conversation, Words};
use crate::units::{Confidence, MicroUsd, Timestamp};

/// Who answers in a conversation that was imported: nobody of ours.
pub const PROVIDER: &str = "import";

/// A conversation as a mission.
#[derive(Debug, Clone)]
pub struct Imported {
    /// Everything that happened, the end included.
    pub events: Vec<MissionEvent>,
    /// What it adds up to.
    pub mission: Mission,
    /// Lines of the file in which somebody speaks of a crisis. They are scored by nobody, quoted
    /// nowhere and sent to no model, and whoever imports them is told where to get help.
    pub crisis_lines: Vec<u32>,
}

/// The mission that a conversation is. Words without a time of their own are dated `now` or, after a
/// dated one, like that; time never goes back. The seed follows from the words, so that the same
/// conversation is studied in the same way wherever it is imported.
#[must_use]
pub fn import(scenario: Arc<Scenario>, talk: &Conversation, now: Timestamp) -> Imported {
    let mut import = Import {
        clock: first_time(talk).unwrap_or(now),
        mission: Mission::new(scenario),
        events: Vec::new(),
        crisis_lines: Vec::new(),
    };
    let began = import.clock;
    let opener = talk.opener.as_ref().map(|words| words.text.clone());
    import.push(MissionEvent::Started { at: began, seed: seed_of(talk), opener, memory: None });
    if let Some(words) = &talk.opener {
        import.note_crisis(words);
    }
    let mut ending = None;
    for round in &talk.rounds {
        ending = import.round(&round.user, round.partner.as_ref());
    }
    let at = import.clock;
    // The end of the talk is the end of the mission. What a scenario would say of it counts where it
    // held to the end; running out of a game's turns is nothing that happened.
    let ending = ending.filter(|ending| *ending != Ending::FailMaxTurns);
    import.push(MissionEvent::Ended { at, ending: ending.unwrap_or(Ending::AbortUser) });
    let Import { events, mission, crisis_lines, .. } = import;
    Imported { events, mission, crisis_lines }
}

fn first_time(talk: &Conversation) -> Option<Timestamp> {
    let answers = talk.rounds.iter().filter_map(|round| round.partner.as_ref());
    let lines = talk.opener.iter().chain(talk.rounds.iter().map(|round| &round.user));
    lines.chain(answers).find_map(|words| words.at)
}

/// 53 bits of a hash of the words: every JSON reader keeps them whole.
fn seed_of(talk: &Conversation) -> u64 {
    let mut hash = Sha256::new();
    for round in &talk.rounds {
        hash.update(round.user.text.as_bytes());
        hash.update([0]);
    }
    let digest = hash.finalize();
    digest.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte)) >> 11
}

/// Whether a piece of text speaks of a crisis, so that no model is to see it.
#[must_use]
pub fn speaks_of_a_crisis(reader: &Reader, text: &str) -> bool {
    reader.read(&Line::new(text), &LineContext::default()).safety == Safety::Crisis
}

struct Import {
    clock: Timestamp,
    mission: Mission,
    events: Vec<MissionEvent>,
    crisis_lines: Vec<u32>,
}

impl Import {
    fn push(&mut self, event: MissionEvent) {
        self.mission.apply(&event);
        self.events.push(event);
    }

    /// Moves time on to these words.
    fn at(&mut self, words: &Words) -> Timestamp {
        self.clock = self.clock.max(words.at.unwrap_or(self.clock));
        self.clock
    }

    /// One turn. Answers the ending that would have followed in a game.
    fn round(&mut self, user: &Words, partner: Option<&Words>) -> Option<Ending> {
        let turn = self.mission.state().turn.next();
        let at = self.at(user);
        self.push(MissionEvent::UserSpoke { turn, at, text: user.text.clone() });
        let heard = turn::hear(&self.mission)?;
        let mut ending = None;
        let is_crisis = heard.verdict == Verdict::Crisis;
        if is_crisis {
            self.crisis_lines.push(user.line);
        } else {
            let nothing = ModelAnswer::default();
            let nobody = Confidence::new(0.0);
            for event in turn::decide(&self.mission, &heard, &nothing, nobody, None, at) {
                match event {
                    MissionEvent::Ended { ending: found, .. } => ending = Some(found),
                    MissionEvent::RewardGranted { .. } | MissionEvent::SecretRevealed { .. } => {}
                    other => self.push(other),
                }
            }
        }
        let answer_is_crisis = partner.is_some_and(|words| self.note_crisis(words));
        if is_crisis || answer_is_crisis {
            // The same mark as in play, and at once on: what was said is over.
            self.push(MissionEvent::CrisisPaused { turn, at });
            self.push(MissionEvent::Resumed { at });
        }
        if let Some(words) = partner {
            let at = self.at(words);
            self.push(MissionEvent::PersonaSpoke { turn, at, line: answer(words) });
        }
        ending
    }

    /// Whether the other side speaks of a crisis; noted if so.
    fn note_crisis(&mut self, words: &Words) -> bool {
        let is_crisis = speaks_of_a_crisis(self.mission.reader(), &words.text);
        if is_crisis {
            self.crisis_lines.push(words.line);
        }
        is_crisis
    }
}

/// What a person answered: no model, no cost.
fn answer(words: &Words) -> PersonaLine {
    PersonaLine {
        text: words.text.clone(),
        provider: PROVIDER.to_owned(),
        model: PROVIDER.to_owned(),
        offline: None,
        degraded: false,
        degraded_reason: None,
        valid: None,
        timings: Timings::default(),
        usage: Usage::default(),
        cost: Some(MicroUsd(0)),
        attempts: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mission::Phase;
    use crate::scenario::{Category, builtin, imported, parse_one};
    use crate::transcript::{Format, assign, conversation, parse};

    fn talk(text: &str) -> Conversation {
        let said = assign(&parse(text, Format::Markdown).transcript, None).expect("it is settled");
        conversation(&said).expect("both speak")
    }

    fn free(text: &str) -> Imported {
        let scenario = imported("imported-dana", "A talk", Category::Work, "Dana");
        import(Arc::new(scenario), &talk(text), Timestamp::from_millis(5))
    }

    const TALK: &str = "Dana: You wanted to talk?\nMe: I do. The launch slips by two weeks.\n\
        Dana: Two weeks?\nMe: I should have told you on Monday, and I'm sorry.\nDana: Fine.\nMe: Thanks.";

    #[test]
    fn a_talk_is_a_mission_that_is_over() {
        let done = free(TALK);
        let mission = &done.mission;
        assert_eq!(mission.state().opener.as_deref(), Some("You wanted to talk?"));
        assert_eq!(mission.turns().len(), 3);
        assert!(mission.turns().iter().all(|spoken| spoken.reading.is_some()));
        assert_eq!(mission.turns()[2].reply, None);
        assert_eq!(mission.state().phase, Phase::Ended(Ending::AbortUser));
        assert_eq!(mission.ending_in_words(), Some("Imported conversation."));
        assert!(mission.score().is_some());
        assert_eq!((mission.state().xp, mission.state().cost), (0, Some(MicroUsd(0))));
        let again = Mission::replay(mission.scenario().clone(), &done.events);
        assert_eq!(again.state(), mission.state());
    }

    #[test]
    fn a_crisis_is_marked_unscored_and_pauses_nothing() {
        let done = free(
            "Me: I want to kill myself.\nDana: I'm here.\nMe: Thanks.\nDana: I want to kill myself too.",
        );
        let [first, second] = done.mission.turns() else { panic!("two turns") };
        assert!(first.withheld && first.reading.is_none() && first.reply.is_some());
        assert!(second.withheld && second.reading.is_some());
        assert_eq!(done.crisis_lines, [1, 4]);
        assert_eq!(done.mission.state().phase, Phase::Ended(Ending::AbortUser));
    }

    #[test]
    fn gates_of_a_scenario_are_evaluated_and_a_strike_ends_nothing() {
        let slip =
            builtin().iter().find(|built| built.id == "launch-slip").expect("it is built in");
        let scenario = Arc::new(parse_one(slip.file, slip.text).expect("it is valid"));
        let done = import(scenario, &talk(TALK), Timestamp::default());
        assert!(done.mission.gates().iter().any(|gate| gate.passed_in.is_some()));
        let threat = free("Me: I will kill you.\nDana: What?\nMe: You idiot.\nDana: Go.");
        assert_eq!(threat.mission.turns().len(), 2);
        assert_eq!(threat.mission.state().strikes.len(), 2);
    }

    #[test]
    fn time_never_goes_back() {
        let rows = r#"{"role":"user","text":"Hello.","at":900}
{"role":"partner","text":"Hi.","at":100}
{"role":"user","text":"So."}"#;
        let said = assign(&parse(rows, Format::Jsonl).transcript, None).expect("it is settled");
        let talk = conversation(&said).expect("both speak");
        let scenario = Arc::new(imported("x", "A talk", Category::Social, "Dana"));
        let state = import(scenario, &talk, Timestamp::from_millis(5)).mission.state().clone();
        assert_eq!((state.started_at.as_millis(), state.last_at.as_millis()), (900, 900));
    }
}
