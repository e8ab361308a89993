//! What each cue is worth: the one table behind score, mood and reason.

use super::Cue;

/// Cues that do the same work; the second of a family counts half, the third a quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    /// Hearing the other.
    Listening,
    /// Asking.
    Asking,
    /// Owning one's part.
    Owning,
    /// Saying one's own.
    Saying,
    /// Moving on together.
    Moving,
    /// Being pleasant: never enough by itself.
    Warmth,
    /// Going for the person.
    Attacking,
    /// Leaning on them.
    Pushing,
    /// Waving away.
    Waving,
    /// Being unclear.
    Blur,
    /// The scenario's own, for the line.
    OwnGood,
    /// The scenario's own, against it.
    OwnBad,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weight {
    /// What it does.
    pub(super) family: Family,
    /// For (+) or against (−) the line, at full strength, before diminishing and saturation.
    pub(super) points: f64,
    /// What it does to tension, comfort and positivity, about −1 to 1 for everyday cues.
    pub(super) mood: [f64; 3],
    /// How much the reader may be surer of the score, 0–1.
    pub(super) sure: f64,
    /// What a coach would say of the line.
    pub(super) says: &'static str,
}

/// The row of a cue.
pub(super) fn weight(cue: Cue) -> Weight {
    use Family::{
        Asking, Attacking, Blur, Listening, Moving, Owning, Pushing, Saying, Warmth, Waving,
    };
    let row = |family, points, mood, sure, says| Weight { family, points, mood, sure, says };
    //                                                 points  tension comfort mood   sure
    match cue {
        Cue::AcknowledgesFeeling => {
            row(Listening, 19.0, [-1.0, 1.0, 0.7], 1.0, "names their feeling")
        }
        Cue::Validates => {
            row(Listening, 16.0, [-0.9, 0.9, 0.7], 0.9, "says that their view makes sense")
        }
        Cue::Reflects => row(Listening, 18.0, [-0.8, 0.9, 0.6], 0.9, "gives back what they said"),
        Cue::Summarises => {
            row(Listening, 16.0, [-0.5, 0.6, 0.4], 0.9, "sums up where things stand")
        }
        Cue::OpenQuestion => row(Asking, 19.0, [-0.6, 0.6, 0.5], 0.9, "asks an open question"),
        Cue::AsksPermission => row(Asking, 6.0, [-0.4, 0.5, 0.2], 0.4, "asks before going on"),
        Cue::ClosedQuestion => row(Asking, 2.0, [0.0, 0.0, 0.0], 0.3, "asks a yes-or-no question"),
        Cue::TakesResponsibility => {
            row(Owning, 22.0, [-0.9, 0.6, 0.6], 1.0, "takes responsibility")
        }
        Cue::Apologises => row(Owning, 7.0, [-0.5, 0.4, 0.3], 0.5, "says sorry"),
        Cue::StatesPosition => row(Saying, 14.0, [-0.3, 0.1, 0.2], 0.7, "says it plainly"),
        Cue::SetsBoundary => row(Saying, 16.0, [-0.1, 0.0, 0.0], 0.9, "sets a clear limit"),
        Cue::Declines => row(Saying, 13.0, [0.0, 0.0, 0.0], 0.8, "says no"),
        Cue::MakesRequest => row(Saying, 7.0, [0.0, 0.1, 0.1], 0.5, "asks for something specific"),
        Cue::SharesFeeling => row(Saying, 9.0, [-0.3, 0.3, 0.3], 0.6, "shares a feeling"),
        Cue::GivesReason => row(Saying, 6.0, [-0.1, 0.1, 0.1], 0.4, "gives a reason"),
        Cue::Disagrees => row(Saying, 5.0, [0.1, 0.0, -0.1], 0.5, "says where it differs"),
        Cue::ProposesPlan => row(Moving, 19.0, [-0.6, 0.4, 0.5], 0.9, "offers a next step"),
        Cue::Commits => row(Moving, 14.0, [-0.5, 0.4, 0.4], 0.8, "promises something concrete"),
        Cue::OffersChoice => row(Moving, 13.0, [-0.6, 0.7, 0.4], 0.8, "leaves them a choice"),
        Cue::RespectsBoundary => row(Listening, 14.0, [-0.9, 1.0, 0.4], 0.9, "leaves them room"),
        Cue::Thanks => row(Warmth, 5.0, [-0.3, 0.3, 0.5], 0.4, "says thanks"),
        Cue::Appreciates => row(Warmth, 9.0, [-0.5, 0.6, 0.8], 0.6, "says what is good about them"),
        Cue::Agrees => row(Warmth, 4.0, [-0.3, 0.3, 0.3], 0.3, "agrees"),
        Cue::Humour => row(Warmth, 4.0, [-0.3, 0.2, 0.4], 0.3, "keeps it light"),
        Cue::Greets => row(Warmth, 1.0, [0.0, 0.1, 0.1], 0.1, "opens politely"),
        Cue::Blames => row(Attacking, -26.0, [1.2, -1.0, -1.0], 1.0, "blames"),
        Cue::Sarcasm => row(Attacking, -24.0, [1.1, -1.0, -1.0], 0.8, "turns sarcastic"),
        Cue::Teases => row(Attacking, -5.0, [0.2, -0.1, 0.1], 0.3, "teases"),
        Cue::Insult => row(Attacking, -42.0, [3.0, -3.0, -3.0], 1.5, "calls names"),
        Cue::Threat => row(Attacking, -64.0, [4.0, -4.0, -4.0], 2.0, "threatens"),
        Cue::Slur => row(Attacking, -64.0, [4.0, -4.0, -4.0], 2.0, "uses a slur"),
        Cue::Sexual => row(Attacking, -54.0, [3.0, -4.0, -3.0], 1.5, "turns sexual"),
        Cue::Pressures => row(Pushing, -22.0, [1.0, -1.0, -0.6], 0.9, "pushes for a yes"),
        Cue::Commands => row(Pushing, -19.0, [0.9, -0.8, -0.6], 0.8, "gives orders"),
        Cue::InterruptsTopic => row(Pushing, -13.0, [0.6, -0.5, -0.4], 0.6, "cuts the subject off"),
        Cue::Advises => row(Pushing, -6.0, [0.3, -0.3, -0.2], 0.6, "gives advice nobody asked for"),
        Cue::Dismisses => row(Waving, -26.0, [1.2, -1.1, -0.9], 1.0, "waves it away"),
        Cue::MakesExcuses => row(Waving, -18.0, [0.7, -0.4, -0.6], 0.8, "explains the fault away"),
        Cue::Hedges => row(Blur, -7.0, [0.15, -0.1, 0.0], 0.5, "says it half"),
        Cue::Fills => row(Blur, -4.0, [0.0, 0.0, 0.0], 0.2, "fills the air"),
        Cue::OverExplains => row(Blur, -10.0, [0.0, 0.0, -0.2], 0.5, "goes on too long"),
        Cue::Needy => row(Blur, -12.0, [0.3, -0.4, -0.2], 0.7, "asks to be reassured"),
        Cue::Gibberish => row(Blur, -30.0, [0.3, -0.3, -0.2], 0.0, "cannot be read as words"),
        Cue::OffTopic => row(Blur, -14.0, [0.3, -0.2, -0.2], 0.4, "leaves the subject"),
        Cue::Crisis => row(Blur, 0.0, [0.0, 0.0, 0.0], 0.0, "sounds like somebody in danger"),
    }
}

/// What the second, third … cue of a family still counts.
pub(super) const DIMINISH: f64 = 0.5;
/// The same for the scenario's own cues, which are less alike.
pub(super) const DIMINISH_OWN: f64 = 0.6;
/// Where a line without evidence stands.
pub(super) const BASE: f64 = 50.0;
/// How far from the base points can move the score …
pub(super) const REACH: f64 = 48.0;
/// … and how many points take it 63 % of the way.
pub(super) const SCALE: f64 = 28.0;
/// Good points lose up to this share where there are bad ones …
pub(super) const SPOILED: f64 = 0.5;
/// … all of it from this many bad points on.
pub(super) const SPOILED_FROM: f64 = 30.0;
/// Good points lose up to this share where everything is said half.
pub(super) const MUFFLED: f64 = 0.3;
/// What plainness adds where the point is to say something hard.
pub(super) const PLAIN: f64 = 7.0;
/// What a line costs that was said before.
pub(super) const REPEATED: f64 = 14.0;
/// A line over the boundary scores at most this.
pub(super) const BOUNDARY_CAP: f64 = 45.0;
/// Tension and the like move when their sum reaches this.
pub(super) const MOVES: f64 = 0.25;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_of_one_sign() {
        for cue in Cue::ALL {
            let row = weight(*cue);
            let bad = matches!(
                row.family,
                Family::Attacking | Family::Pushing | Family::Waving | Family::Blur
            );
            assert!(if bad { row.points <= 0.0 } else { row.points > 0.0 }, "{}", cue.name());
            assert!(!row.says.is_empty());
        }
    }
}
