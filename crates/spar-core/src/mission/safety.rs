//! What is shown instead of role-play when somebody may be in danger.

/// Supportive words and where to turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrisisHelp {
    /// A few plain words.
    pub message: &'static str,
    /// Where to get help, a line each.
    pub contacts: &'static [&'static str],
}

/// The help shown on a crisis pause.
#[must_use]
pub fn crisis_help() -> CrisisHelp {
    CrisisHelp {
        message: "The mission is paused. What you wrote sounds as if you might not be safe, and \
                  that matters more than any exercise. You do not have to carry it alone: please \
                  talk to somebody now, a person you trust or one of these.",
        contacts: &[
            "In immediate danger: your local emergency number (112 in the EU, 911 in the US, 999 in the UK)",
            "US and Canada: call or text 988 (Suicide & Crisis Lifeline)",
            "UK and Ireland: call 116 123 (Samaritans)",
            "Elsewhere: findahelpline.com lists free lines by country",
        ],
    }
}
