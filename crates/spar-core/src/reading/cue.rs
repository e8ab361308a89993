//! The vocabulary of cues: what can be recognised in a line.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Defines the vocabulary once: variant, name, and what it stands for.
macro_rules! cues {
    ($($variant:ident $name:literal $meaning:literal),+ $(,)?) => {
        /// A cue every scenario can use.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Cue {
            $(#[doc = $meaning] $variant),+
        }

        impl Cue {
            /// Every cue, in the order of the vocabulary.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in files.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What it stands for, in one line.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),+ }
            }

            /// The cue of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

cues! {
    AcknowledgesFeeling "acknowledges_feeling" "Names or honours what the other feels.",
    Validates "validates" "Says that the other's view makes sense.",
    Reflects "reflects" "Gives back what the other said.",
    Summarises "summarises" "Gathers what was agreed or said.",
    OpenQuestion "open_question" "A question that cannot be answered with yes or no.",
    ClosedQuestion "closed_question" "A question that can.",
    AsksPermission "asks_permission" "Asks before going on.",
    TakesResponsibility "takes_responsibility" "Owns one's part.",
    Apologises "apologises" "Says sorry.",
    Blames "blames" "Puts the fault on someone.",
    MakesExcuses "makes_excuses" "Explains one's part away.",
    StatesPosition "states_position" "Says plainly what one thinks, needs or will do.",
    GivesReason "gives_reason" "Says why.",
    ProposesPlan "proposes_plan" "Offers a next step.",
    OffersChoice "offers_choice" "Leaves the other a choice.",
    MakesRequest "makes_request" "Asks for something specific.",
    Commits "commits" "Promises something one can keep.",
    SetsBoundary "sets_boundary" "Says where one's own line is.",
    RespectsBoundary "respects_boundary" "Leaves the other room.",
    Pressures "pressures" "Pushes for a yes.",
    Dismisses "dismisses" "Waves a feeling or a concern away.",
    InterruptsTopic "interrupts_topic" "Breaks off what is being talked about.",
    Advises "advises" "Tells the other what they should do.",
    Commands "commands" "Orders.",
    Hedges "hedges" "Says it half.",
    Fills "fills" "Fills the air.",
    OverExplains "over_explains" "Goes on far longer than needed.",
    Humour "humour" "Makes light of it, kindly.",
    Teases "teases" "Makes fun of the other, lightly.",
    Needy "needy" "Asks to be reassured or liked.",
    Thanks "thanks" "Thanks.",
    Appreciates "appreciates" "Says what is good about the other.",
    Greets "greets" "Greets or takes leave.",
    Agrees "agrees" "Says yes to it.",
    Disagrees "disagrees" "Sees it otherwise.",
    Declines "declines" "Says no.",
    SharesFeeling "shares_feeling" "Says what one feels.",
    Sarcasm "sarcasm" "Says the opposite, to hurt.",
    Insult "insult" "Name-calling.",
    Threat "threat" "Threatens harm.",
    Slur "slur" "A slur.",
    Sexual "sexual" "Sexual talk that was not asked for.",
    Crisis "crisis" "The speaker may be in danger.",
    Gibberish "gibberish" "Not language.",
    OffTopic "off_topic" "Shares nothing with what the talk is about.",
}

/// A built-in cue or one of the scenario's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum CueName {
    /// From the common vocabulary.
    Common(Cue),
    /// Defined by the scenario.
    Own(Arc<str>),
}

impl CueName {
    /// The name in files.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Common(cue) => cue.name(),
            Self::Own(name) => name,
        }
    }
}

impl From<Cue> for CueName {
    fn from(cue: Cue) -> Self {
        Self::Common(cue)
    }
}

impl From<&str> for CueName {
    fn from(name: &str) -> Self {
        Cue::from_name(name).map_or_else(|| Self::Own(name.into()), Self::Common)
    }
}

impl From<String> for CueName {
    fn from(name: String) -> Self {
        name.as_str().into()
    }
}

impl From<CueName> for String {
    fn from(name: CueName) -> Self {
        name.name().to_owned()
    }
}

impl fmt::Display for CueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
