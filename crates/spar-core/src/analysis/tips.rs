//! Practical tips, each tied to what a mission shows.

use crate::reading::{Cue, MicroFlag};
use crate::scenario::{ObjectiveKind, Tone};

/// Tips for missions that ended over a line nobody should cross.
pub(super) const CROSSED: [&str; 4] = ["threat_leave", "slur_thing", "sexual_stay", "insult_break"];

/// A tip.
pub(super) struct Tip {
    /// Its stable name.
    pub(super) id: &'static str,
    /// When it fits.
    pub(super) when: Fits,
    /// In a few words.
    pub(super) title: &'static str,
    /// One to three sentences.
    pub(super) body: &'static str,
}

/// What a tip is tied to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fits {
    /// A cue that was shown.
    Shown(Cue),
    /// A cue that never was.
    Never(Cue),
    /// A flag on a line.
    Flag(MicroFlag),
    /// A kind of talk.
    Talk(ObjectiveKind),
    /// A tone.
    Tone(Tone),
}

const fn tip(id: &'static str, when: Fits, title: &'static str, body: &'static str) -> Tip {
    Tip { id, when, title, body }
}

use Fits::{Flag, Never, Shown, Talk};

/// Every tip.
pub(super) const TIPS: [Tip; 55] = [
    tip(
        "hedge_once",
        Shown(Cue::Hedges),
        "Say it once without the cushion",
        "Take the sentence you softened most and say it aloud without the first three words. Often those were the cushion.",
    ),
    tip(
        "hedge_after",
        Flag(MicroFlag::Hedging),
        "Soften after, not before",
        "Put the hard fact first and the kindness second. The other way round, people wait for the \u{201c}but\u{201d} and miss the kindness.",
    ),
    tip(
        "blame_camera",
        Shown(Cue::Blames),
        "Tell it as a camera would",
        "Describe what could have been filmed, with a day and a place. Nobody argues with a film, and everybody argues with a verdict.",
    ),
    tip(
        "blame_own",
        Shown(Cue::Blames),
        "Lay your share down first",
        "Name your own part before theirs, however small. It costs a sentence and saves five of defence.",
    ),
    tip(
        "dismiss_size",
        Shown(Cue::Dismisses),
        "Ask how big it is for them",
        "Where you want to say that it is not so bad, ask \u{201c}how bad is it for you?\u{201d} and take the answer as it comes.",
    ),
    tip(
        "dismiss_flag",
        Flag(MicroFlag::Dismissive),
        "Let the worry be finished",
        "Let a worry be said to its end before you answer it. Cut short, it comes back louder.",
    ),
    tip(
        "press_silence",
        Shown(Cue::Pressures),
        "Count to five",
        "After asking, count to five in your head. Whoever fills the silence first mostly gives something away, and it need not be you.",
    ),
    tip(
        "press_no",
        Flag(MicroFlag::Pushy),
        "Make the no safe",
        "Say that a no would be all right, and mean it. A yes is worth something only after that.",
    ),
    tip(
        "command_ask",
        Shown(Cue::Commands),
        "Turn the order round",
        "Say what you need and by when, and ask how they would do it. The task is the same and the pride is theirs.",
    ),
    tip(
        "excuse_short",
        Shown(Cue::MakesExcuses),
        "Keep the reason for when it is asked",
        "Leave the explanation in your pocket until somebody asks \u{201c}why?\u{201d}. Asked for, it is information; offered, it is a shield.",
    ),
    tip(
        "excuse_next",
        Shown(Cue::MakesExcuses),
        "Trade the why for a what-next",
        "For each reason you would give, give one thing that will be different. The second kind is remembered.",
    ),
    tip(
        "advice_ask",
        Shown(Cue::Advises),
        "Idea or ear?",
        "Ask whether they want an idea or an ear. Half the time it is an ear, and the other half the idea is better received.",
    ),
    tip(
        "advice_theirs",
        Shown(Cue::Advises),
        "Ask what they tried",
        "Before a suggestion, ask what they have tried already. It saves the suggestion they have heard ten times.",
    ),
    tip(
        "sarcasm_sting",
        Shown(Cue::Sarcasm),
        "Say the sting",
        "Under a sarcastic line there is a plain one: \u{201c}that hurt\u{201d}, \u{201c}I felt left alone with it\u{201d}. Say that one.",
    ),
    tip(
        "insult_break",
        Shown(Cue::Insult),
        "Take the break early",
        "When names come to mind, it is late already. \u{201c}I need ten minutes\u{201d} is a whole sentence, and it can be said much sooner.",
    ),
    tip(
        "threat_leave",
        Shown(Cue::Threat),
        "Leave before it is said",
        "A threat ends the talk, whoever is right. When it comes up in you, go out of the room first and come back with the sentence after it.",
    ),
    tip(
        "slur_thing",
        Shown(Cue::Slur),
        "Speak of what was done",
        "Whatever somebody did, it was not done by the group they belong to. Say what they did; it can be answered.",
    ),
    tip(
        "sexual_stay",
        Shown(Cue::Sexual),
        "Stay with what they came for",
        "Nobody in that room had asked for it. If it happens in life, say once that it was wrong, without asking to be forgiven.",
    ),
    tip(
        "needy_need",
        Shown(Cue::Needy),
        "Ask about the thing, not about you",
        "\u{201c}What would help?\u{201d} tells you more about where you stand than \u{201c}are we okay?\u{201d} does.",
    ),
    tip(
        "ramble_stop",
        Flag(MicroFlag::Rambling),
        "Two sentences, then stop",
        "Say two sentences and look up. If more is wanted, it will be asked for.",
    ),
    tip(
        "explain_list",
        Shown(Cue::OverExplains),
        "Choose the one reason",
        "Several reasons are as strong as the weakest of them, because that one gets answered. Choose the one you would keep.",
    ),
    tip(
        "repeat_reword",
        Flag(MicroFlag::Repeating),
        "Change the question, not the volume",
        "A sentence that did not land twice will not land the third time. Ask \u{201c}how did that sound to you?\u{201d} instead.",
    ),
    tip(
        "stray_bookmark",
        Flag(MicroFlag::OffTopic),
        "Put in a bookmark",
        "When you leave a subject, say that you do: \u{201c}I want to come back to this.\u{201d} It shows that you did not run from it.",
    ),
    tip(
        "interrupt_finish",
        Shown(Cue::InterruptsTopic),
        "Let it land first",
        "Before you go on to your point, answer the last thing that was said, if only with \u{201c}I heard that\u{201d}.",
    ),
    tip(
        "sorry_for",
        Shown(Cue::Apologises),
        "Say what the sorry is for",
        "\u{201c}I'm sorry\u{201d} is a start. \u{201c}I'm sorry I told you on Wednesday what I knew on Monday\u{201d} can be accepted.",
    ),
    tip(
        "sorry_never_if",
        Shown(Cue::Apologises),
        "No \u{201c}if\u{201d} in an apology",
        "\u{201c}Sorry if that hurt\u{201d} puts the hurt in doubt. Leave the \u{201c}if\u{201d} out, or leave the apology for later.",
    ),
    tip(
        "closed_open",
        Shown(Cue::ClosedQuestion),
        "Begin with what or how",
        "Turn \u{201c}is that a problem?\u{201d} into \u{201c}what does that do to your week?\u{201d}. The first can be closed with a nod.",
    ),
    tip(
        "feel_name",
        Never(Cue::AcknowledgesFeeling),
        "Guess the feeling aloud",
        "Try one guess: \u{201c}that sounds tiring\u{201d}. A wrong guess gets corrected, and a corrected guess is a conversation.",
    ),
    tip(
        "feel_small",
        Never(Cue::AcknowledgesFeeling),
        "One word is enough",
        "A feeling needs no speech. \u{201c}Ouch\u{201d} or \u{201c}that's a lot\u{201d}, and then silence, does most of the work.",
    ),
    tip(
        "reflect_half",
        Never(Cue::Reflects),
        "Give back half a sentence",
        "Repeat the last few words that mattered, as a question: \u{201c}\u{2026}nothing in writing?\u{201d} People go on from there by themselves.",
    ),
    tip(
        "open_one",
        Never(Cue::OpenQuestion),
        "Ask one thing you do not know",
        "Go in with one question whose answer you cannot guess. It changes how you listen to everything else.",
    ),
    tip(
        "plan_day",
        Never(Cue::ProposesPlan),
        "Leave with a day on it",
        "Before you part, say who does what by which day. If nothing is agreed, say that, and when you will talk again.",
    ),
    tip(
        "own_early",
        Never(Cue::TakesResponsibility),
        "Own a small true thing",
        "Find the part that is yours, even ten per cent of it, and say it in one sentence without a \u{201c}but\u{201d}.",
    ),
    tip(
        "choice_two",
        Never(Cue::OffersChoice),
        "Offer two ways",
        "Two options you can both live with turn a demand into a decision, and the decision is theirs.",
    ),
    tip(
        "sum_check",
        Never(Cue::Summarises),
        "Say it back at the end",
        "In the last minute, say what you think was agreed and ask what you got wrong. Misunderstandings are cheapest then.",
    ),
    tip(
        "thanks_exact",
        Shown(Cue::Thanks),
        "Thank for something exact",
        "\u{201c}Thanks for saying that straight\u{201d} tells them what to do again. \u{201c}Thanks for everything\u{201d} does not.",
    ),
    tip(
        "plain_flag",
        Flag(MicroFlag::Plain),
        "After the plain sentence, stay",
        "You can say hard things plainly. The next step is to stay quiet after it and let it be theirs for a moment.",
    ),
    tip(
        "warm_flag",
        Flag(MicroFlag::Warm),
        "Warm and clear",
        "Warmth is there. Check that the point is as easy to find as the warmth: could they repeat it to somebody else?",
    ),
    tip(
        "bad_news_first",
        Talk(ObjectiveKind::DeliverBadNews),
        "News in the first breath",
        "Bad news gets heavier while one waits for it. Two sentences in, it should be said; the talk is about what comes after.",
    ),
    tip(
        "bad_news_number",
        Talk(ObjectiveKind::DeliverBadNews),
        "Bring the number",
        "A date or a number that hurts is kinder than none. Without one, people imagine a worse one.",
    ),
    tip(
        "feedback_one",
        Talk(ObjectiveKind::GiveFeedback),
        "One thing, with a date",
        "Choose one behaviour and one occasion. The second point waits for another day, or it will be the one that is discussed.",
    ),
    tip(
        "feedback_ask",
        Talk(ObjectiveKind::GiveFeedback),
        "Leave room for a reason",
        "After what you saw, ask what was behind it, and be ready for an answer that changes your mind.",
    ),
    tip(
        "deal_why",
        Talk(ObjectiveKind::Negotiate),
        "Ask what the number is for",
        "Behind a position stands a need. Ask what the number has to do for them; there may be a cheaper way to it.",
    ),
    tip(
        "deal_silence",
        Talk(ObjectiveKind::Negotiate),
        "Say the number and stop",
        "Name your number with one reason and close your mouth. The sentence after it is mostly a discount.",
    ),
    tip(
        "calm_first",
        Talk(ObjectiveKind::CalmDown),
        "First heard, then helped",
        "Anger hears no solutions. Say what went wrong as they see it, and only then what you will do.",
    ),
    tip(
        "calm_never",
        Talk(ObjectiveKind::CalmDown),
        "Never say \u{201c}calm down\u{201d}",
        "Lower your own voice and slow your own sentences. It is the only version of that request that works.",
    ),
    tip(
        "line_same",
        Talk(ObjectiveKind::SetBoundary),
        "Same words again",
        "When a line is pushed at, say the same short sentence again, kindly. New reasons look like new doors.",
    ),
    tip(
        "no_short",
        Talk(ObjectiveKind::SayNo),
        "A no is short",
        "\u{201c}No, I can't take that on\u{201d} and one honest reason. What you can do comes after, and stays smaller than the no.",
    ),
    tip(
        "mediate_even",
        Talk(ObjectiveKind::Mediate),
        "Count your nods",
        "Give each side back in words it would sign. If you agree with one aloud, you have become a party.",
    ),
    tip(
        "connect_give",
        Talk(ObjectiveKind::Connect),
        "Ask one, give one",
        "For each thing you ask, give a small thing of your own. Otherwise it is an interview.",
    ),
    tip(
        "help_exact",
        Talk(ObjectiveKind::AskForHelp),
        "Ask for a thing with a day on it",
        "\u{201c}Could you take Thursdays in March?\u{201d} can be answered. \u{201c}I could do with some help\u{201d} can only be agreed with.",
    ),
    tip(
        "change_theirs",
        Talk(ObjectiveKind::MotivateChange),
        "Their reason, not yours",
        "Ask what they would like to be different, and wait. A reason they hear themselves say weighs more than five of yours.",
    ),
    tip(
        "interview_case",
        Talk(ObjectiveKind::Interview),
        "One case, told whole",
        "Answer with one thing that happened: what it was, what you did, what came of it, what you would do otherwise.",
    ),
    tip(
        "sell_fit",
        Talk(ObjectiveKind::Sell),
        "Say whom it is not for",
        "Say where your offer does not fit. What you say after that is believed.",
    ),
    tip(
        "grave_time",
        Fits::Tone(Tone::Grave),
        "Give it time",
        "Talks like this one are rarely done in one go. It is enough to leave it so that the next one can begin.",
    ),
];
