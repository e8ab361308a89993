//! Six traits of how the person talked: in this mission, against the one before, and in the long run.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::prompted::{self, Fields, Material, Prompt};
use super::seen::{Seen, seen};
use super::words::{number, sentence};
use super::{Context, StageOutput};
use crate::chat::ChatRequest;
use crate::reading::{Cue, Delta, MicroFlag};
use crate::routing::Task;
use crate::units::Score;

/// Weight of the newest mission in the long-term mean.
pub const LONG_TERM_ALPHA: f64 = 0.3;

/// How the person talked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Traits {
    /// In this mission; `None` when no line was sure enough to count.
    pub scores: Option<TraitScores>,
    /// Against the latest mission before it that has traits, each −100–100.
    pub deltas: Option<[f64; 6]>,
    /// Exponential mean over missions, this one included.
    pub long_term: Option<TraitScores>,
    /// How many missions are in the long-term mean, this one included.
    pub missions: u32,
    /// What each trait rests on, in a sentence, in the order of [`Trait::ALL`].
    pub reasons: Vec<String>,
}

/// A way of talking.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Trait {
    /// Stands by what they say.
    Confidence,
    /// Says it so that it can be repeated.
    Clarity,
    /// Lightness that does no harm.
    Humor,
    /// Brings tension down, or does not add to it.
    TensionControl,
    /// Lets the other feel seen.
    EmotionalWarmth,
    /// Takes up room: 50 is even, more leads, less follows.
    Dominance,
}

impl Trait {
    /// Every trait, in the order of [`TraitScores`].
    pub const ALL: [Self; 6] = [
        Self::Confidence,
        Self::Clarity,
        Self::Humor,
        Self::TensionControl,
        Self::EmotionalWarmth,
        Self::Dominance,
    ];

    /// The name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Confidence => "confidence",
            Self::Clarity => "clarity",
            Self::Humor => "humor",
            Self::TensionControl => "tension_control",
            Self::EmotionalWarmth => "emotional_warmth",
            Self::Dominance => "dominance",
        }
    }

    /// The words in a report.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Confidence => "confidence",
            Self::Clarity => "clarity",
            Self::Humor => "humour",
            Self::TensionControl => "tension control",
            Self::EmotionalWarmth => "emotional warmth",
            Self::Dominance => "dominance",
        }
    }
}

/// A value for each trait, 0–100.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct TraitScores {
    /// [`Trait::Confidence`]
    pub confidence: Score,
    /// [`Trait::Clarity`]
    pub clarity: Score,
    /// [`Trait::Humor`]
    pub humor: Score,
    /// [`Trait::TensionControl`]
    pub tension_control: Score,
    /// [`Trait::EmotionalWarmth`]
    pub emotional_warmth: Score,
    /// [`Trait::Dominance`]
    pub dominance: Score,
}

impl TraitScores {
    /// The value of one.
    #[must_use]
    pub fn get(&self, of: Trait) -> Score {
        match of {
            Trait::Confidence => self.confidence,
            Trait::Clarity => self.clarity,
            Trait::Humor => self.humor,
            Trait::TensionControl => self.tension_control,
            Trait::EmotionalWarmth => self.emotional_warmth,
            Trait::Dominance => self.dominance,
        }
    }

    /// The value of each, in the order of [`Trait::ALL`].
    #[must_use]
    pub fn of(values: [f64; 6]) -> Self {
        let [confidence, clarity, humor, tension_control, emotional_warmth, dominance] =
            values.map(Score::new);
        Self { confidence, clarity, humor, tension_control, emotional_warmth, dominance }
    }
}

/// Something a turn can show, what it is worth to a trait, and how to say that it was done.
struct Sign {
    /// Points at a share of one: when every turn shows it.
    worth: f64,
    /// After "you", in the past tense.
    did: &'static str,
    shows: fn(&Seen<'_>) -> bool,
}

/// A trait's formula: base + the sum of worth × the share of the counted turns that show the sign,
/// then drawn towards 50 by n / (n + 0.5) for n turns, since one line proves little.
struct Formula {
    base: f64,
    signs: &'static [Sign],
    /// What is said when no sign was seen.
    none: &'static str,
}

const STANDS: [Cue; 7] = [
    Cue::StatesPosition,
    Cue::SetsBoundary,
    Cue::Declines,
    Cue::Commits,
    Cue::ProposesPlan,
    Cue::TakesResponsibility,
    Cue::MakesRequest,
];
const HEARS: [Cue; 4] =
    [Cue::AcknowledgesFeeling, Cue::Validates, Cue::Reflects, Cue::RespectsBoundary];
const ATTACKS: [Cue; 3] = [Cue::Blames, Cue::Sarcasm, Cue::Insult];
const PUSHES: [Cue; 3] = [Cue::Pressures, Cue::Commands, Cue::InterruptsTopic];
/// From so many words on, a spoken line is long.
const LONG_LINE: usize = 60;

const CONFIDENCE: Formula = Formula {
    base: 40.0,
    signs: &[
        Sign {
            worth: 48.0,
            did: "said plainly what you think, need or will do",
            shows: |t| t.has_any(&STANDS),
        },
        Sign {
            worth: -42.0,
            did: "said it half",
            shows: |t| t.has(Cue::Hedges) || t.is(MicroFlag::Hedging),
        },
        Sign {
            worth: -30.0,
            did: "asked to be reassured",
            shows: |t| t.has(Cue::Needy) || t.is(MicroFlag::Needy),
        },
        Sign {
            worth: -25.0,
            did: "attacked instead of standing your ground",
            shows: |t| t.has_any(&ATTACKS),
        },
        Sign { worth: -20.0, did: "explained your part away", shows: |t| t.has(Cue::MakesExcuses) },
    ],
    none: "Nothing was stated firmly, and nothing was taken back.",
};

const CLARITY: Formula = Formula {
    base: 48.0,
    signs: &[
        Sign {
            worth: 40.0,
            did: "said something that can be repeated",
            shows: |t| {
                t.is(MicroFlag::Plain)
                    || t.has_any(&[
                        Cue::StatesPosition,
                        Cue::Summarises,
                        Cue::ProposesPlan,
                        Cue::MakesRequest,
                        Cue::GivesReason,
                        Cue::OpenQuestion,
                    ])
            },
        },
        Sign { worth: -35.0, did: "blurred it", shows: |t| t.has_any(&[Cue::Hedges, Cue::Fills]) },
        Sign {
            worth: -35.0,
            did: "went on for longer than needed",
            shows: |t| {
                t.has(Cue::OverExplains) || t.spoken.user.split_whitespace().count() > LONG_LINE
            },
        },
        Sign {
            worth: -25.0,
            did: "left the subject",
            shows: |t| t.has(Cue::OffTopic) || t.is(MicroFlag::OffTopic),
        },
        Sign { worth: -45.0, did: "could not be understood", shows: |t| t.has(Cue::Gibberish) },
    ],
    none: "The lines were neither sharp nor blurred.",
};

const HUMOR: Formula = Formula {
    base: 35.0,
    signs: &[
        // A light touch in every other turn is as light as it gets.
        Sign { worth: 110.0, did: "kept it light", shows: |t| t.has(Cue::Humour) },
        Sign {
            worth: 40.0,
            did: "teased",
            shows: |t| t.has(Cue::Teases) && t.read.deltas.tension != Delta::Up,
        },
        Sign {
            worth: -60.0,
            did: "were funny at their expense",
            shows: |t| {
                t.has(Cue::Sarcasm) || (t.has(Cue::Teases) && t.read.deltas.tension == Delta::Up)
            },
        },
    ],
    none: "You kept it serious.",
};

const TENSION_CONTROL: Formula = Formula {
    base: 50.0,
    signs: &[
        Sign {
            worth: 40.0,
            did: "brought the tension down",
            shows: |t| t.read.deltas.tension == Delta::Down,
        },
        Sign {
            worth: -45.0,
            did: "raised the tension",
            shows: |t| t.read.deltas.tension == Delta::Up,
        },
        Sign {
            worth: 12.0,
            did: "gave them room or a choice",
            shows: |t| t.has_any(&[Cue::OffersChoice, Cue::RespectsBoundary, Cue::AsksPermission]),
        },
    ],
    none: "The tension went its own way.",
};

const EMOTIONAL_WARMTH: Formula = Formula {
    base: 40.0,
    signs: &[
        Sign { worth: 65.0, did: "showed that you had heard them", shows: |t| t.has_any(&HEARS) },
        Sign {
            worth: 25.0,
            did: "said something kind or personal",
            shows: |t| {
                t.has_any(&[Cue::Appreciates, Cue::Thanks, Cue::SharesFeeling, Cue::Apologises])
            },
        },
        Sign { worth: 22.0, did: "asked how they see it", shows: |t| t.has(Cue::OpenQuestion) },
        Sign { worth: -40.0, did: "went at them", shows: |t| t.has_any(&ATTACKS) },
        Sign { worth: -35.0, did: "waved their side away", shows: |t| t.has(Cue::Dismisses) },
    ],
    none: "What the other felt was not spoken about.",
};

const DOMINANCE: Formula = Formula {
    base: 50.0,
    signs: &[
        Sign { worth: 40.0, did: "pushed or gave orders", shows: |t| t.has_any(&PUSHES) },
        Sign { worth: 22.0, did: "put it on them", shows: |t| t.has_any(&ATTACKS) },
        Sign { worth: 22.0, did: "told them what to do", shows: |t| t.has(Cue::Advises) },
        Sign {
            worth: 12.0,
            did: "led with a plan or a position",
            shows: |t| t.has_any(&[Cue::ProposesPlan, Cue::StatesPosition, Cue::SetsBoundary]),
        },
        Sign {
            worth: -20.0,
            did: "left them room to speak",
            shows: |t| {
                t.has_any(&[
                    Cue::OpenQuestion,
                    Cue::AsksPermission,
                    Cue::OffersChoice,
                    Cue::Reflects,
                ])
            },
        },
        Sign {
            worth: -30.0,
            did: "made yourself small",
            shows: |t| t.has_any(&[Cue::Needy, Cue::Hedges]),
        },
    ],
    none: "Neither of you took more room than the other.",
};

fn formula(of: Trait) -> &'static Formula {
    match of {
        Trait::Confidence => &CONFIDENCE,
        Trait::Clarity => &CLARITY,
        Trait::Humor => &HUMOR,
        Trait::TensionControl => &TENSION_CONTROL,
        Trait::EmotionalWarmth => &EMOTIONAL_WARMTH,
        Trait::Dominance => &DOMINANCE,
    }
}

/// The traits, from cues and readings alone. Shares of turns decide, so that a long mission is not
/// a better one.
#[must_use]
pub fn offline(context: &Context<'_>) -> Traits {
    let seen: Vec<Seen<'_>> = seen(context).into_iter().filter(Seen::counts).collect();
    if seen.is_empty() {
        return compared(context, None, Vec::new());
    }
    let mut reasons = Vec::new();
    let values = Trait::ALL.map(|of| {
        let (value, reason) = measured(formula(of), &seen);
        reasons.push(reason);
        value
    });
    compared(context, Some(TraitScores::of(values)), reasons)
}

/// A trait's value and what it rests on.
fn measured(formula: &Formula, seen: &[Seen<'_>]) -> (f64, String) {
    let turns = seen.len() as f64;
    let mut found: Vec<(f64, usize, &Sign)> = formula
        .signs
        .iter()
        .map(|sign| {
            let count = seen.iter().filter(|turn| (sign.shows)(turn)).count();
            (sign.worth * count as f64 / turns, count, sign)
        })
        .filter(|(_, count, _)| *count > 0)
        .collect();
    let raw = formula.base + found.iter().map(|(points, ..)| points).sum::<f64>();
    let value = 50.0 + (raw.clamp(0.0, 100.0) - 50.0) * turns / (turns + 0.5);
    found.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    let reason = match found.as_slice() {
        [] => formula.none.to_owned(),
        [(_, count, sign)] => format!("You {} in {}.", sign.did, of_turns(*count, seen.len())),
        [(first, count, sign), (second, also, other), ..] => {
            let joint = if (*first > 0.0) == (*second > 0.0) { "and" } else { "but" };
            format!(
                "You {} in {}, {joint} {} in {}.",
                sign.did,
                of_turns(*count, seen.len()),
                other.did,
                number(*also)
            )
        }
    };
    (value, reason)
}

/// "four of nine turns", "every turn", "the one turn there was".
fn of_turns(count: usize, all: usize) -> String {
    match (count, all) {
        (1, 1) => "the one turn there was".to_owned(),
        (2, 2) => "both turns".to_owned(),
        (count, all) if count == all => format!("all {} turns", number(all)),
        (count, all) => format!("{} of {} turns", number(count), number(all)),
    }
}

/// The traits beside those of the missions before.
fn compared(context: &Context<'_>, scores: Option<TraitScores>, reasons: Vec<String>) -> Traits {
    let past: Vec<&TraitScores> =
        context.history.missions.iter().filter_map(|past| past.traits.as_ref()).collect();
    let deltas = match (&scores, past.first()) {
        (Some(now), Some(before)) => Some(Trait::ALL.map(|of| {
            let delta = now.get(of).get() - before.get(of).get();
            (delta * 10.0).round() / 10.0 + 0.0
        })),
        _ => None,
    };
    let mut missions = 0;
    // The history is newest first, and a mean grows from the oldest on.
    let long_term =
        past.into_iter().rev().chain(scores.as_ref()).fold(None, |mean: Option<[f64; 6]>, next| {
            missions += 1;
            Some(match mean {
                None => Trait::ALL.map(|of| next.get(of).get()),
                Some(mean) => {
                    let mut at = Trait::ALL.into_iter();
                    mean.map(|old: f64| {
                        let new = at.next().map_or(old, |of| next.get(of).get());
                        old + LONG_TERM_ALPHA * (new - old)
                    })
                }
            })
        });
    Traits { scores, deltas, long_term: long_term.map(TraitScores::of), missions, reasons }
}

/// What a model is asked for.
pub(super) const PROMPT: Prompt = Prompt {
    task: Task::Traits,
    system: include_str!("../../prompts/traits.md"),
    max_tokens: 700,
    schema,
};

/// The longest reason, in characters.
const LONGEST_REASON: usize = 240;

/// Name of the field that holds a trait's reason.
fn why(of: Trait) -> String {
    format!("{}_why", of.name())
}

fn schema() -> Value {
    let whys = Trait::ALL.map(why);
    let mut fields = Vec::new();
    for (of, why) in Trait::ALL.into_iter().zip(&whys) {
        fields.push((of.name(), prompted::within(0, 100)));
        fields.push((why.as_str(), prompted::text("one sentence that names turns")));
    }
    prompted::object(&fields)
}

/// The request of this stage.
pub(super) fn request(context: &Context<'_>) -> Option<ChatRequest> {
    let before = match context.previous {
        Some(StageOutput::Traits(Traits { scores: Some(scores), reasons, .. })) => {
            let one = |of: Trait| format!("{} {}", of.name(), scores.get(of));
            let numbers: Vec<String> = Trait::ALL.into_iter().map(one).collect();
            Some(format!("{}. {}", numbers.join(", "), reasons.join(" ")))
        }
        _ => None,
    };
    PROMPT.request(context, &Material { found: Vec::new(), before })
}

/// What a model's answer means: each trait is the mean of what it says and of what the cues say, so
/// that neither a generous model nor a missed cue decides alone; the reasons are the model's.
pub(super) fn interpret(context: &Context<'_>, fields: &Fields<'_>) -> Traits {
    let offline = offline(context);
    let Some(scores) = offline.scores else { return offline };
    let mut reasons = offline.reasons;
    let values = Trait::ALL.map(|of| {
        let measured = scores.get(of).get();
        fields.number(of.name(), 0.0..=100.0).map_or(measured, |said| f64::midpoint(measured, said))
    });
    for (reason, of) in reasons.iter_mut().zip(Trait::ALL) {
        if let Some(said) = fields.text(&why(of), LONGEST_REASON) {
            *reason = sentence(&said);
        }
    }
    compared(context, Some(TraitScores::of(values)), reasons)
}
