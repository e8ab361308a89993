//! The score of a line in words and figures, for `docs/scoring.md`.

use super::Cue;
use super::weights::{
    BASE, BOUNDARY_CAP, DIMINISH, DIMINISH_OWN, MUFFLED, PLAIN, REACH, REPEATED, SCALE, SPOILED,
    SPOILED_FROM, weight,
};

/// The page: the formula, what each common cue is worth, how far to trust it.
#[must_use]
pub fn scoring_markdown() -> String {
    let mut page = format!(
        "# How a line is scored\n\n\
         Written by the program (`UPDATE_DOCS=1 cargo test -p spar-core --test pairs` writes it). One \
         function reads a line in play, when a model fails, in an imported conversation, and in `spar \
         score`.\n\n\
         ## The formula\n\n\
         ```text\n\
         score = {BASE} ± {REACH} · (1 − e^(−|net| / {SCALE}))          0–100, capped at {BOUNDARY_CAP} over a boundary\n\
         net   = good · (1 − {MUFFLED} · hedging) · (1 − {SPOILED} · min(1, bad / {SPOILED_FROM})) − bad\n\
         good  = Σ points of cues for the line, bad = Σ points of cues against it\n\
         ```\n\n\
         - A cue counts its points times its strength (0–1). Of cues that do the same work, a *family*, \
         the strongest counts whole, the next one {DIMINISH} of it, and so on ({DIMINISH_OWN} among the \
         scenario's own): to say three times that one understands is not three times as good.\n\
         - Plainness adds {PLAIN} where the objective is to say something hard: a position, a no or a \
         limit, without hedges, excuses, blame or a flood of words.\n\
         - A line that was said before loses {REPEATED}.\n\
         - Over a boundary (insult, slur, sexual, threat) no line scores more than {BOUNDARY_CAP}.\n\
         - Tiers: D below 40, C from 40, B from 60, A from 75, S from 85, S+ from 95.\n\n\
         **Confidence** grows with the evidence, falls by up to 0.35 of itself when cues for and against \
         the line meet, and is at most 0.34 for a word or two: below 0.4 no tier is shown. A line in \
         another language has none and no score.\n\n\
         The learnt skills are no part of it: a fifth of a millisecond a line is too much for every turn, \
         and their labels come from other kinds of talk. They are a measure of their own, for reports and \
         `spar score`.\n\n\
         ## What each cue is worth\n\n\
         Points at full strength. Listening counts for reflection, validation and open questions, and \
         directives and unasked advice count against it.\n\n\
         | cue | family | points | what it is |\n|---|---|---|---|\n"
    );
    let mut rows: Vec<_> = Cue::ALL.iter().map(|cue| (*cue, weight(*cue))).collect();
    rows.sort_by(|one, other| {
        one.1.family.cmp(&other.1.family).then(other.1.points.total_cmp(&one.1.points))
    });
    for (cue, row) in rows {
        let family = format!("{:?}", row.family).to_lowercase();
        page.push_str(&format!(
            "| `{}` | {family} | {:+} | {} |\n",
            cue.name(),
            row.points,
            row.says
        ));
    }
    page.push_str(
        "\nA scenario's own cues add or take the `weight` it gives them.\n\n\
         ## How far to trust it\n\n\
         - `fixtures/pairs`: two ways to answer the same line, over all scenarios, written before the \
         word lists were tuned and by another hand. The word lists were tuned on `open.jsonl`; \
         `sealed.jsonl` was opened once afterwards, and nothing was changed for it. On the day it was \
         opened the better line won 112 of 112 open pairs and 49 of 53 sealed ones (92.5 %; 2 tied, 2 \
         lost, one of them by more than a tier). `cargo test -p spar-core --test pairs -- --nocapture` \
         prints today's figures.\n\
         - Not a proxy for length: over all lines of the pairs the score follows the word count by a \
         Spearman of .08, over the lines of the playthroughs by .25 (better lines there are longer); in \
         44 % of the pairs the better line is the longer one.\n\
         - It knows phrases and forms, not meaning. Rare words, irony without its usual marks, and what \
         depends on facts of the talk it misses; then it says little, and says it unsurely.\n",
    );
    page
}
