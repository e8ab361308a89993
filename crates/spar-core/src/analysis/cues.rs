//! Cues in words, as parts of sentences.

use crate::reading::{Cue, CueName};

/// A cue as a thing one can count: "naming a feeling". A scenario's own is called by its name.
pub(super) fn as_thing(cue: &CueName) -> String {
    let cue = match cue {
        CueName::Own(name) => return format!("\u{201c}{}\u{201d}", name.replace('_', " ")),
        CueName::Common(cue) => *cue,
    };
    let words = match cue {
        Cue::AcknowledgesFeeling => "naming a feeling",
        Cue::Validates => "saying that their view makes sense",
        Cue::Reflects => "giving back what was heard",
        Cue::Summarises => "summing up",
        Cue::OpenQuestion => "an open question",
        Cue::ClosedQuestion => "a yes-or-no question",
        Cue::AsksPermission => "asking before going on",
        Cue::TakesResponsibility => "taking responsibility",
        Cue::Apologises => "an apology",
        Cue::StatesPosition => "a plain statement",
        Cue::GivesReason => "a reason",
        Cue::ProposesPlan => "a next step",
        Cue::OffersChoice => "a choice",
        Cue::MakesRequest => "a clear request",
        Cue::Commits => "a promise",
        Cue::SetsBoundary => "a clear limit",
        Cue::RespectsBoundary => "leaving room",
        Cue::Humour => "a light touch",
        Cue::Thanks => "thanks",
        Cue::Appreciates => "appreciation",
        Cue::Greets => "a greeting",
        Cue::Agrees => "agreement",
        Cue::Disagrees => "saying where you differ",
        Cue::Declines => "a plain no",
        Cue::SharesFeeling => "saying what you feel",
        other => return other.name().replace('_', " "),
    };
    words.to_owned()
}
