//! Habits that can be recognised in a line, good and bad, as a table.

use super::moments::Moment;
use crate::language::Line;
use crate::reading::{Cue, MicroFlag};

/// A habit.
pub(super) struct Habit {
    /// Its stable name.
    pub(super) key: &'static str,
    /// In a few words.
    pub(super) label: &'static str,
    /// Whether it helps.
    pub(super) helps: bool,
    /// In how many turns it must be seen to be one.
    pub(super) from: usize,
    /// How much it matters beside the others, about 1.
    pub(super) weight: f64,
    /// What to do with it, in a sentence, in two ways.
    pub(super) advice: [&'static str; 2],
    /// Whether a line shows it.
    pub(super) shows: fn(&Moment<'_>, &Line) -> bool,
}

/// Every habit, the more telling ones first.
pub(super) const HABITS: [Habit; 28] = [
    Habit {
        key: "asks_two_at_once",
        label: "asks two questions at once",
        helps: false,
        from: 2,
        weight: 1.1,
        advice: [
            "Ask one question and stop; people answer the easier of two.",
            "Keep the second question for after the answer to the first.",
        ],
        shows: |moment, _| moment.text().matches('?').count() >= 2,
    },
    Habit {
        key: "explains_before_listening",
        label: "explains before listening",
        helps: false,
        from: 2,
        weight: 1.2,
        advice: [
            "Give back what they said in half a sentence before your reasons; then the reasons are heard.",
            "Ask what it means for them first, and let your explanation wait until they want it.",
        ],
        shows: |moment, _| {
            moment.has_any(&[Cue::MakesExcuses, Cue::OverExplains, Cue::GivesReason])
                && !moment.has_any(&[
                    Cue::AcknowledgesFeeling,
                    Cue::Reflects,
                    Cue::Validates,
                    Cue::OpenQuestion,
                ])
        },
    },
    Habit {
        key: "hedges_the_point",
        label: "hedges the main point",
        helps: false,
        from: 2,
        weight: 1.2,
        advice: [
            "Say the sentence once without \u{201c}maybe\u{201d}, \u{201c}kind of\u{201d} or \u{201c}I guess\u{201d}, and leave it standing.",
            "Put the main point in the first six words; what softens it can follow.",
        ],
        shows: |moment, _| moment.has(Cue::Hedges) || moment.flagged(MicroFlag::Hedging),
    },
    Habit {
        key: "apologises_repeatedly",
        label: "apologises again and again",
        helps: false,
        from: 3,
        weight: 1.0,
        advice: [
            "One apology that names what it is for is worth more than three; after it, say what you will do.",
            "Say sorry once, and spend the next line on putting it right.",
        ],
        shows: |moment, _| moment.has(Cue::Apologises),
    },
    Habit {
        key: "opens_with_but",
        label: "answers with \u{201c}but\u{201d}",
        helps: false,
        from: 2,
        weight: 1.1,
        advice: [
            "Try \u{201c}and\u{201d} where you would say \u{201c}but\u{201d}: it lets their sentence stand beside yours.",
            "Before the \u{201c}but\u{201d}, say which part of theirs is true.",
        ],
        shows: |_, line| {
            let words = line.words();
            let at = usize::from(words.first().is_some_and(|word| {
                ["yes", "yeah", "sure", "okay", "right", "well"].contains(&word.as_str())
            }));
            words.get(at).is_some_and(|word| word == "but")
        },
    },
    Habit {
        key: "blames",
        label: "looks for the fault elsewhere",
        helps: false,
        from: 2,
        weight: 1.5,
        advice: [
            "Begin with your own part, even when it is the smaller one; the other half is easier to hear after it.",
            "Say what happened and what it did, and leave out who should have prevented it.",
        ],
        shows: |moment, _| moment.has(Cue::Blames),
    },
    Habit {
        key: "pushes_for_a_yes",
        label: "pushes for a yes",
        helps: false,
        from: 2,
        weight: 1.5,
        advice: [
            "Ask, and then let them have the silence; a yes that was pushed out does not hold.",
            "Offer two ways forward and say that no is an answer too.",
        ],
        shows: |moment, _| {
            moment.has_any(&[Cue::Pressures, Cue::Commands]) || moment.flagged(MicroFlag::Pushy)
        },
    },
    Habit {
        key: "waves_it_away",
        label: "waves worries away",
        helps: false,
        from: 2,
        weight: 1.5,
        advice: [
            "Say their worry back in your own words before you answer it; it shrinks by being said.",
            "Leave out \u{201c}it's not so bad\u{201d}: that is for them to say.",
        ],
        shows: |moment, _| moment.has(Cue::Dismisses) || moment.flagged(MicroFlag::Dismissive),
    },
    Habit {
        key: "advises_unasked",
        label: "gives advice nobody asked for",
        helps: false,
        from: 2,
        weight: 1.0,
        advice: [
            "Ask \u{201c}do you want an idea, or an ear?\u{201d} before you advise.",
            "Turn the advice into a question: what have they thought of themselves?",
        ],
        shows: |moment, _| {
            moment.has(Cue::Advises) && !moment.has_any(&[Cue::AsksPermission, Cue::OpenQuestion])
        },
    },
    Habit {
        key: "leaves_the_subject",
        label: "leaves the subject",
        helps: false,
        from: 2,
        weight: 1.0,
        advice: [
            "When it gets uncomfortable, stay one more sentence with what was just said.",
            "Name it when you change the subject, and say when you will come back.",
        ],
        shows: |moment, _| {
            moment.has_any(&[Cue::InterruptsTopic, Cue::OffTopic])
                || moment.flagged(MicroFlag::OffTopic)
        },
    },
    Habit {
        key: "asks_to_be_reassured",
        label: "asks to be reassured",
        helps: false,
        from: 2,
        weight: 1.0,
        advice: [
            "Ask what they need rather than whether they still like you; the second follows from the first.",
            "Leave out \u{201c}are you mad at me?\u{201d}; ask what would help.",
        ],
        shows: |moment, _| moment.has(Cue::Needy) || moment.flagged(MicroFlag::Needy),
    },
    Habit {
        key: "always_and_never",
        label: "says \u{201c}you always\u{201d} and \u{201c}you never\u{201d}",
        helps: false,
        from: 2,
        weight: 1.3,
        advice: [
            "One example with a day on it cannot be argued with; \u{201c}always\u{201d} can.",
            "Replace \u{201c}always\u{201d} by the last time it happened.",
        ],
        shows: |_, line| {
            line.words().windows(2).any(|pair| {
                pair[0].starts_with("you") && ["always", "never"].contains(&pair[1].as_str())
            })
        },
    },
    Habit {
        key: "repeats_a_line",
        label: "says the same again",
        helps: false,
        from: 2,
        weight: 0.9,
        advice: [
            "If a sentence did not land, the next try needs other words or a question, not more weight.",
            "Ask what they heard before you say it again.",
        ],
        shows: |moment, _| moment.flagged(MicroFlag::Repeating),
    },
    Habit {
        key: "says_very_little",
        label: "answers in a word or two",
        helps: false,
        from: 3,
        weight: 0.8,
        advice: [
            "Add the half sentence that says why; a bare \u{201c}okay\u{201d} leaves the work to them.",
            "Give one detail more than the question asked for.",
        ],
        shows: |_, line| (1..=3).contains(&line.words().len()),
    },
    Habit {
        key: "talks_at_length",
        label: "talks for a long time",
        helps: false,
        from: 2,
        weight: 0.9,
        advice: [
            "Stop after two sentences and see what comes back.",
            "Pick the one thing of the paragraph that you want remembered, and say only that.",
        ],
        shows: |moment, line| line.words().len() > 60 || moment.flagged(MicroFlag::Rambling),
    },
    Habit {
        key: "turns_sarcastic",
        label: "turns sarcastic when it stings",
        helps: false,
        from: 2,
        weight: 1.5,
        advice: [
            "Say what stung instead of showing it: \u{201c}that was hard to hear\u{201d} is enough.",
            "When the clever line comes to mind, ask a plain question in its place.",
        ],
        shows: |moment, _| moment.has_any(&[Cue::Sarcasm, Cue::Insult]),
    },
    Habit {
        key: "asks_yes_or_no",
        label: "asks what can be answered with yes or no",
        helps: false,
        from: 3,
        weight: 0.8,
        advice: [
            "Begin questions with \u{201c}what\u{201d} or \u{201c}how\u{201d}; \u{201c}is that okay?\u{201d} gets a yes and no news.",
            "Ask what it is like for them, where you would ask whether it is all right.",
        ],
        shows: |moment, _| moment.has(Cue::ClosedQuestion) && !moment.has(Cue::OpenQuestion),
    },
    Habit {
        key: "names_feelings",
        label: "puts their feelings into words",
        helps: true,
        from: 2,
        weight: 1.4,
        advice: [
            "Keep it; it works best early in the line, before anything of your own.",
            "Keep doing that, and leave a short silence after it.",
        ],
        shows: |moment, _| moment.has(Cue::AcknowledgesFeeling),
    },
    Habit {
        key: "follows_their_words",
        label: "follows up on their words",
        helps: true,
        from: 2,
        weight: 1.3,
        advice: [
            "Keep picking up their own words; nothing shows better that you listened.",
            "Keep it, and now and then ask what the word means to them.",
        ],
        shows: |moment, line| moment.has(Cue::Reflects) || shares_a_word(moment, line),
    },
    Habit {
        key: "asks_open_questions",
        label: "asks questions that leave room",
        helps: true,
        from: 2,
        weight: 1.2,
        advice: [
            "Keep asking like that, one at a time.",
            "Keep it; the next step is to say back what you were told before you go on.",
        ],
        shows: |moment, _| moment.has(Cue::OpenQuestion),
    },
    Habit {
        key: "owns_their_part",
        label: "owns their part",
        helps: true,
        from: 2,
        weight: 1.3,
        advice: [
            "Keep it to one clear sentence each time; owning does not need decoration.",
            "Keep it, and follow it with what you will do differently.",
        ],
        shows: |moment, _| moment.has(Cue::TakesResponsibility),
    },
    Habit {
        key: "says_it_plainly",
        label: "says the hard thing plainly",
        helps: true,
        from: 2,
        weight: 1.1,
        advice: [
            "Keep the plain sentence short, and let it stand.",
            "Keep it; pair it with one word about what it means for them.",
        ],
        shows: |moment, _| {
            (moment.has_any(&[Cue::StatesPosition, Cue::MakesRequest])
                || moment.flagged(MicroFlag::Plain))
                && !moment.has(Cue::Hedges)
        },
    },
    Habit {
        key: "offers_next_steps",
        label: "offers next steps",
        helps: true,
        from: 2,
        weight: 1.2,
        advice: [
            "Keep it, and put a day or a number on each step.",
            "Keep it; ask whether the step works for them before you build on it.",
        ],
        shows: |moment, _| moment.has_any(&[Cue::ProposesPlan, Cue::Commits]),
    },
    Habit {
        key: "leaves_a_choice",
        label: "leaves the other a choice",
        helps: true,
        from: 2,
        weight: 1.2,
        advice: [
            "Keep leaving the door open; what people choose themselves, they keep.",
            "Keep it, as long as each of the choices is one you can live with.",
        ],
        shows: |moment, _| {
            moment.has_any(&[Cue::OffersChoice, Cue::AsksPermission, Cue::RespectsBoundary])
        },
    },
    Habit {
        key: "holds_the_line",
        label: "holds a line without heat",
        helps: true,
        from: 2,
        weight: 1.2,
        advice: [
            "Keep the same words when you are asked again; a line that is explained anew looks movable.",
            "Keep it, and say beside it what you can do.",
        ],
        shows: |moment, _| {
            moment.has_any(&[Cue::SetsBoundary, Cue::Declines])
                && !moment.has_any(&[Cue::Insult, Cue::Blames, Cue::Sarcasm])
        },
    },
    Habit {
        key: "sums_up",
        label: "sums up what was said",
        helps: true,
        from: 2,
        weight: 1.0,
        advice: [
            "Keep it for the end and for the moments when it gets tangled.",
            "Keep it, and ask what you have missed.",
        ],
        shows: |moment, _| moment.has(Cue::Summarises),
    },
    Habit {
        key: "says_what_is_good",
        label: "says what is good about the other",
        helps: true,
        from: 2,
        weight: 1.0,
        advice: [
            "Keep it as exact as that; praise with an example in it is believed.",
            "Keep it apart from what you ask for, so that it is not taken for a price.",
        ],
        shows: |moment, _| moment.has(Cue::Appreciates),
    },
    Habit {
        key: "keeps_it_light",
        label: "keeps it light without hurting",
        helps: true,
        from: 2,
        weight: 0.9,
        advice: [
            "Keep it for when the tension is already falling.",
            "Keep it at your own expense rather than theirs.",
        ],
        shows: |moment, _| moment.has(Cue::Humour) && !moment.has(Cue::Sarcasm),
    },
];

/// Whether the line takes up a longer word that the other had just used.
fn shares_a_word(moment: &Moment<'_>, line: &Line) -> bool {
    const COMMON: [&str; 22] = [
        "about",
        "would",
        "could",
        "should",
        "there",
        "their",
        "these",
        "those",
        "think",
        "thing",
        "things",
        "really",
        "where",
        "which",
        "right",
        "going",
        "still",
        "every",
        "something",
        "anything",
        "because",
        "before",
    ];
    let Some(heard) = moment.heard else { return false };
    let heard = Line::new(heard);
    let is_telling = |word: &&String| word.chars().count() >= 5 && !COMMON.contains(&word.as_str());
    line.words().iter().filter(is_telling).any(|word| heard.words().contains(word))
}
