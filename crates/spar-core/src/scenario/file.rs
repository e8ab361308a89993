//! The scenario file as it is written: structs faithful to `docs/scenario-format.md`. Their doc
//! comments are the hints an editor shows, and the JSON Schema made from them is what a file is
//! checked against (`schema`): one source of truth.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::{Compare, CompareTier, Entries, Named, OneOrMany, Percent, Spanned, Text};
use super::{Category, Level, ObjectiveKind, SafetyResponse, Tone};
use crate::chat::Role;
use crate::persona::{StyleIntensity, StyleKey};
use crate::reading::{BoundaryRisk, CueEffect, Focus, MicroFlag, ShortAnswer};
use crate::rules::{Difficulty, Ending, EventHint, GateStatus, Mood};

/// A text with a place.
pub(super) type Words = Spanned<String>;

/// A conversation to rehearse with spar.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "spar scenario")]
pub(super) struct ScenarioFile {
    /// Version of the format: 1.
    #[schemars(required, range(min = 1, max = 1))]
    #[allow(dead_code, reason = "its value is checked by the schema, which allows one")]
    pub(super) spar: Option<u32>,
    /// A scenario file, or several, to build on; paths relative to this file. Maps merge, lists and
    /// scalars replace; later files win, this document wins over all.
    #[allow(dead_code, reason = "merged on the tree, before this struct is made")]
    pub(super) extends: Option<OneOrMany<Words>>,
    /// Only there to be extended: never listed or played.
    #[serde(rename = "abstract")]
    pub(super) is_abstract: Option<bool>,
    /// Unique name in kebab-case, e.g. `launch-slip`. Required unless abstract.
    pub(super) id: Option<Words>,
    /// What the scenario is called, in a line.
    pub(super) title: Option<Words>,
    /// What it is about, in a line.
    pub(super) summary: Option<String>,
    /// Walk of life.
    pub(super) category: Option<Named<Category>>,
    /// Words for `--filter`.
    pub(super) tags: Option<Vec<Words>>,
    /// Language of the lines, a BCP 47 tag; `en` when left out. Other languages are played unscored.
    pub(super) language: Option<Words>,
    /// Your own version number of this scenario.
    pub(super) version: Option<u32>,
    /// `grave` shows no celebrations and no XP; `neutral` when left out.
    pub(super) tone: Option<Named<Tone>>,
    /// Personas by name, to be taken up with `persona: {use: NAME}`.
    #[allow(dead_code, reason = "merged into `persona` on the tree")]
    pub(super) personas: Option<Entries<PersonaFile>>,
    /// Who one talks to.
    pub(super) persona: Option<Spanned<PersonaFile>>,
    /// What one wants from the talk.
    pub(super) objective: Option<Spanned<ObjectiveFile>>,
    /// How hard it is.
    pub(super) difficulty: Option<DifficultyFile>,
    /// The persona's temperament; 50 each changes nothing.
    pub(super) dynamics: Option<DynamicsFile>,
    /// Limits and endings.
    pub(super) policy: Option<PolicyFile>,
    /// Cues of this scenario's own, by name.
    pub(super) cues: Option<Entries<Spanned<CueFile>>>,
    /// What must happen for a success, in order of display.
    pub(super) gates: Option<Vec<Spanned<GateFile>>>,
    /// The most one can earn.
    pub(super) rewards: Option<RewardsFile>,
    /// Which model, and how.
    pub(super) model: Option<ModelFile>,
    /// What the persona says when no model is there.
    pub(super) offline: Option<Spanned<OfflineFile>>,
    /// Values for `{{name}}` in script lines: the script runs once for each.
    pub(super) vars: Option<Entries<OneOrMany<Text>>>,
    /// How often each run of the script is repeated.
    #[schemars(range(min = 1, max = 10000))]
    pub(super) repeat: Option<u32>,
    /// Lists of checks by name, to be taken up with `{use: NAME}`.
    pub(super) checks: Option<Entries<Vec<Spanned<CheckFile>>>>,
    /// What `spar run` plays.
    pub(super) script: Option<Vec<Spanned<StepFile>>>,
    /// What must be true at the end of a run.
    pub(super) expect: Option<Vec<Spanned<CheckFile>>>,
    /// Three plays that must score in this order, each at least 12 points apart.
    pub(super) playthroughs: Option<PlaythroughsFile>,
}

/// The other person.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "persona")]
pub(super) struct PersonaFile {
    /// One of `personas` to start from; the other keys override it.
    #[serde(rename = "use")]
    #[allow(dead_code, reason = "merged on the tree, before this struct is made")]
    pub(super) base: Option<String>,
    /// What they are called.
    pub(super) name: Option<Words>,
    /// Who they are to the user, in a line.
    pub(super) role: Option<Words>,
    /// What brought them here.
    pub(super) backstory: Option<String>,
    /// What they want from the talk.
    pub(super) wants: Option<Vec<String>>,
    /// What they are afraid of.
    pub(super) fears: Option<Vec<String>>,
    /// How they talk.
    pub(super) voice: Option<String>,
    /// The kind of person they are in a room.
    pub(super) style: Option<StyleFile>,
    /// Mood at the start; 50/40/45 when left out.
    pub(super) start: Option<MoodFile>,
    /// Where the mood drifts back to; the start when left out.
    pub(super) rest: Option<MoodFile>,
    /// What they say only once a condition has held.
    pub(super) secrets: Option<Vec<Spanned<SecretFile>>>,
}

/// A style and how strongly it shows.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "style")]
pub(super) struct StyleFile {
    /// Which style.
    pub(super) key: Option<Named<StyleKey>>,
    /// How strongly it shows.
    pub(super) intensity: Option<Named<StyleIntensity>>,
}

/// A mood in numbers.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "mood_vector")]
pub(super) struct MoodFile {
    /// How well disposed.
    pub(super) positivity: Option<Percent>,
    /// How strained; high is bad.
    pub(super) tension: Option<Percent>,
    /// How safe it feels.
    pub(super) comfort: Option<Percent>,
}

/// Something the persona keeps to themselves.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "secret")]
pub(super) struct SecretFile {
    /// Its name.
    pub(super) id: Words,
    /// What it is.
    pub(super) text: Words,
    /// When it may be told. Before that it never enters a prompt.
    pub(super) reveal_when: Spanned<ConditionFile>,
}

/// What one wants from the talk.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "objective")]
pub(super) struct ObjectiveFile {
    /// The kind of talk.
    pub(super) kind: Option<Named<ObjectiveKind>>,
    /// In a line.
    pub(super) title: Option<Words>,
    /// More about it.
    pub(super) description: Option<String>,
    /// Words and phrases that belong to this talk; a trailing `*` matches any ending.
    pub(super) topic: Option<Vec<Spanned<Text>>>,
    /// What counts as progress; worths sum to at most 100.
    #[schemars(length(min = 1))]
    pub(super) progress: Option<Vec<Spanned<ProgressFile>>>,
    /// The mission is won when this holds, after the least number of turns.
    pub(super) won_when: Option<Spanned<ConditionFile>>,
    /// The mission is lost when this holds.
    pub(super) lost_when: Option<Spanned<ConditionFile>>,
}

/// A step of progress.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "progress")]
pub(super) struct ProgressFile {
    /// Once this has held it stays counted.
    pub(super) when: Spanned<ConditionFile>,
    /// What it is worth.
    pub(super) worth: Percent,
}

/// A preset, and knobs that differ from it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "difficulty")]
pub(super) struct DifficultyFile {
    /// The preset; `medium` when left out.
    pub(super) level: Option<Named<Difficulty>>,
    /// What each bad habit costs a line's score.
    pub(super) strictness: Option<Percent>,
    /// How much hedging is forgiven.
    pub(super) ambiguity_tolerance: Option<Percent>,
    /// How hard a bad line hits the mood.
    pub(super) emotional_penalty: Option<Percent>,
    /// What well-placed humour adds to a line's score.
    pub(super) cleverness_bonus: Option<Percent>,
    /// The running mean below which no success is granted.
    pub(super) fail_threshold: Option<Percent>,
    /// How little a good line repairs.
    pub(super) recovery_difficulty: Option<Percent>,
}

/// The persona's temperament.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "dynamics")]
pub(super) struct DynamicsFile {
    /// How fast moods return to rest.
    pub(super) pace: Option<Percent>,
    /// How much kindness lifts them.
    pub(super) warmth: Option<Percent>,
    /// How little tension lets go.
    pub(super) hostility: Option<Percent>,
    /// How sparing with words.
    pub(super) dryness: Option<Percent>,
    /// How far comfort swings.
    pub(super) vulnerability: Option<Percent>,
    /// How fast tension climbs.
    pub(super) escalation_speed: Option<Percent>,
}

/// Limits and endings.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "policy")]
pub(super) struct PolicyFile {
    /// The last turn; 12 when left out.
    #[schemars(range(min = 1, max = 100000))]
    pub(super) max_turns: Option<Spanned<u32>>,
    /// No success before this turn; 3 when left out.
    #[schemars(range(max = 100000))]
    pub(super) min_turns: Option<Spanned<u32>>,
    /// Strikes that end the mission; 3 when left out, 0 switches strikes off.
    #[schemars(range(max = 1000))]
    pub(super) strikes: Option<u32>,
    /// Seconds to answer; no clock when left out.
    #[schemars(range(min = 1, max = 86400))]
    pub(super) seconds_per_turn: Option<u32>,
    /// Seconds of grace, once a mission.
    #[schemars(range(max = 86400))]
    pub(super) seconds_extension: Option<u32>,
    /// Seconds for the whole mission.
    #[schemars(range(min = 1, max = 604800))]
    pub(super) mission_seconds: Option<u32>,
    /// Words a line may have before it counts as over-explaining.
    #[schemars(range(min = 1, max = 10000))]
    pub(super) word_limit: Option<u32>,
    /// A running mean that wins.
    pub(super) milestone: Option<Percent>,
    /// What a threat does; `end` when left out.
    pub(super) on_threat: Option<Named<SafetyResponse>>,
    /// What a slur does; `end` when left out.
    pub(super) on_slur: Option<Named<SafetyResponse>>,
    /// What sexual harassment does; `strike` when left out.
    pub(super) on_sexual: Option<Named<SafetyResponse>>,
    /// The allowed endings, in order of precedence. `abort_user` and `abort_system_error` are
    /// always allowed.
    #[schemars(length(min = 1))]
    pub(super) endings: Option<Vec<Spanned<Named<Ending>>>>,
}

/// A cue made of phrases. Phrases match whole words; a trailing `*` matches any ending of the last.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "cue")]
pub(super) struct CueFile {
    /// One of these must stand in the line.
    pub(super) any: Option<Vec<Spanned<Text>>>,
    /// Each of these must stand in the line.
    pub(super) all: Option<Vec<Spanned<Text>>>,
    /// None of these may stand in the line.
    pub(super) unless: Option<Vec<Spanned<Text>>>,
    /// Whether it speaks for or against the line; `neutral` when left out.
    pub(super) effect: Option<Named<CueEffect>>,
    /// What it is worth to the line's score; 6 when left out.
    #[schemars(range(min = 1, max = 20))]
    pub(super) weight: Option<f64>,
}

/// Something that must have happened.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "gate")]
pub(super) struct GateFile {
    /// Its name in conditions and checks.
    pub(super) id: Words,
    /// What it is called on screen; made from the id when left out.
    pub(super) title: Option<String>,
    /// When it passes. Once passed it stays passed.
    pub(super) when: Spanned<ConditionFile>,
    /// Whether a success needs it; `true` when left out.
    pub(super) required: Option<bool>,
    /// The mission fails when the gate is still open after this turn.
    #[schemars(range(min = 1, max = 100000))]
    pub(super) required_by: Option<Spanned<u32>>,
    /// A code for reports; the id when left out.
    pub(super) reason: Option<String>,
}

/// The most one can earn.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "rewards")]
pub(super) struct RewardsFile {
    /// XP a mission; 120 when left out.
    #[schemars(range(max = 100000))]
    pub(super) xp_cap: Option<u32>,
    /// Coins a mission; 40 when left out.
    #[schemars(range(max = 100000))]
    pub(super) coin_cap: Option<u32>,
    /// Whether the gem can be earned; `true` when left out.
    pub(super) gem: Option<bool>,
}

/// Which model, and how.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "model")]
pub(super) struct ModelFile {
    /// Which kind of model; `mini` when left out.
    pub(super) role: Option<Named<Role>>,
    /// Sampling temperature.
    #[schemars(range(min = 0, max = 2))]
    pub(super) temperature: Option<f64>,
    /// The most tokens of an answer.
    #[schemars(range(min = 1, max = 100000))]
    pub(super) max_tokens: Option<u32>,
    /// Nucleus sampling mass.
    #[schemars(range(min = 0, max = 1))]
    pub(super) top_p: Option<f64>,
    /// Seed, best effort on most servers.
    pub(super) seed: Option<u64>,
}

/// What the persona says when no model is there.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "offline")]
pub(super) struct OfflineFile {
    /// Words for `{name}` in lines, one value a mission.
    pub(super) slots: Option<Entries<Vec<Spanned<Text>>>>,
    /// First lines of a mission.
    #[schemars(length(min = 1))]
    pub(super) openers: Option<Vec<Words>>,
    /// Answers. The block with the most specific matching condition speaks.
    #[schemars(length(min = 1))]
    pub(super) replies: Option<Vec<Spanned<ReplyBlockFile>>>,
    /// Answers to questions that no block about their subject answers; spar's own when left out.
    pub(super) unknown: Option<UnknownFile>,
    /// Last lines of a mission.
    pub(super) closings: Option<ClosingsFile>,
}

/// Lines for one situation.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "reply_block")]
pub(super) struct ReplyBlockFile {
    /// A name for `after:`.
    pub(super) id: Option<Words>,
    /// When the block fits; `{}` always does.
    pub(super) when: Spanned<ConditionFile>,
    /// Added to how specific the block is, so that it speaks before others that fit as well.
    #[schemars(range(min = -20, max = 20))]
    pub(super) priority: Option<i32>,
    /// What these lines ask the user for: phrases, or names of cues. Once the user has told one of
    /// them, the block does not speak again.
    pub(super) asks_for: Option<OneOrMany<Spanned<Text>>>,
    /// What may be said; each line once a mission.
    #[schemars(length(min = 1))]
    pub(super) lines: Vec<Words>,
}

/// Answers to questions that no block about their subject answers, by what is asked for.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "unknown")]
pub(super) struct UnknownFile {
    /// Asked for a time.
    pub(super) when: Option<Vec<Words>>,
    /// Asked for a place.
    #[serde(rename = "where")]
    pub(super) place: Option<Vec<Words>>,
    /// Asked for a person.
    pub(super) who: Option<Vec<Words>>,
    /// Asked for a reason.
    pub(super) why: Option<Vec<Words>>,
    /// Asked for a length of time or an age.
    pub(super) how_long: Option<Vec<Words>>,
    /// Asked for a number or an amount.
    pub(super) how_much: Option<Vec<Words>>,
    /// Asked for a way or a state.
    pub(super) how: Option<Vec<Words>>,
    /// Asked for a thing.
    pub(super) what: Option<Vec<Words>>,
    /// Asked for one of several.
    pub(super) which: Option<Vec<Words>>,
    /// Asked for yes or no.
    pub(super) yes_no: Option<Vec<Words>>,
    /// Asked for an opinion, a wish or a feeling.
    pub(super) opinion: Option<Vec<Words>>,
    /// Asked whether they were understood: "have I got that right".
    #[schemars(length(min = 1))]
    pub(super) check: Option<Vec<Words>>,
    /// Asked to do something: "could you come on Sunday".
    pub(super) request: Option<Vec<Words>>,
    /// Offered something: "shall I call him", "want some tea".
    pub(super) offer: Option<Vec<Words>>,
    /// Proposed something for both: "shall we start at seven".
    pub(super) proposal: Option<Vec<Words>>,
    /// Asked whether a guess is right: "so you work with paper?"
    pub(super) guess: Option<Vec<Words>>,
    /// Asked for anything the other lists have no line for.
    pub(super) default: Option<Vec<Words>>,
}

impl UnknownFile {
    /// Each list with what it answers; an empty one stands for the rest.
    pub(super) fn lists(&self) -> impl Iterator<Item = (Option<Focus>, &Vec<Words>)> {
        [
            (Some(Focus::When), &self.when),
            (Some(Focus::Where), &self.place),
            (Some(Focus::Who), &self.who),
            (Some(Focus::Why), &self.why),
            (Some(Focus::HowLong), &self.how_long),
            (Some(Focus::HowMuch), &self.how_much),
            (Some(Focus::How), &self.how),
            (Some(Focus::What), &self.what),
            (Some(Focus::Which), &self.which),
            (Some(Focus::YesNo), &self.yes_no),
            (Some(Focus::Opinion), &self.opinion),
            (Some(Focus::Check), &self.check),
            (Some(Focus::Request), &self.request),
            (Some(Focus::Offer), &self.offer),
            (Some(Focus::Proposal), &self.proposal),
            (Some(Focus::Guess), &self.guess),
            (None, &self.default),
        ]
        .into_iter()
        .filter_map(|(focus, lines)| Some((focus, lines.as_ref()?)))
    }
}

/// Last lines, by how it went.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "closings")]
pub(super) struct ClosingsFile {
    /// When the mission was won.
    pub(super) success: Option<Vec<Words>>,
    /// When it was lost.
    pub(super) failure: Option<Vec<Words>>,
}

/// Three plays of the scenario.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "playthroughs")]
pub(super) struct PlaythroughsFile {
    /// Lines of somebody who knows how.
    pub(super) skilled: Option<Vec<Words>>,
    /// Lines of somebody who means well.
    pub(super) middling: Option<Vec<Words>>,
    /// Lines of somebody who makes it worse.
    pub(super) poor: Option<Vec<Words>>,
}

/// All keys must hold; `{}` always holds.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "condition")]
pub(super) struct ConditionFile {
    /// The cue was recognised; of several, any one.
    pub(super) cue: Option<CueTest>,
    /// The line just spoken has one of these phrases.
    pub(super) mentions: Option<OneOrMany<Spanned<Text>>>,
    /// The line just spoken asks for (one of) these: `asks: when`, `asks: [how_much, how_long]`.
    pub(super) asks: Option<OneOrMany<Named<Focus>>>,
    /// The line just spoken is nothing but (one of) these answers: `says_only: [yes, ok]`.
    pub(super) says_only: Option<OneOrMany<Named<ShortAnswer>>>,
    /// The persona's mood is (one of) these.
    pub(super) mood: Option<OneOrMany<Named<Mood>>>,
    /// How well disposed, 0–100, e.g. `">= 60"`.
    pub(super) positivity: Option<Compare>,
    /// How strained, 0–100, e.g. `"<= 45"`.
    pub(super) tension: Option<Compare>,
    /// How safe it feels, 0–100.
    pub(super) comfort: Option<Compare>,
    /// The last turn's score, 0–100.
    pub(super) score: Option<Compare>,
    /// The last turn's tier, e.g. `">= B"`.
    pub(super) tier: Option<CompareTier>,
    /// The mean score so far, 0–100.
    pub(super) mean_score: Option<Compare>,
    /// How far the objective has come, 0–100.
    pub(super) objective_progress: Option<Compare>,
    /// The number of the current turn.
    pub(super) turn: Option<Compare>,
    /// Strikes so far.
    pub(super) strikes: Option<Compare>,
    /// At least so many turns were played.
    pub(super) min_turns: Option<Spanned<u32>>,
    /// A gate is passed; of several, each. `{ID: open}` for one that is not.
    pub(super) gate: Option<GateTest>,
    /// No boundary problem so far (`true`), or in the last N turns.
    pub(super) boundary_safe: Option<SafeTest>,
    /// No strike so far.
    pub(super) no_strikes: Option<Spanned<bool>>,
    /// Offline only: the persona's previous line came from the reply block with this id.
    pub(super) after: Option<Words>,
    /// Each of these holds.
    #[schemars(length(min = 1))]
    pub(super) all: Option<Vec<Spanned<ConditionFile>>>,
    /// At least one of these holds.
    #[schemars(length(min = 1))]
    pub(super) any: Option<Vec<Spanned<ConditionFile>>>,
    /// This does not hold.
    pub(super) not: Option<Box<Spanned<ConditionFile>>>,
}

/// A cue, a list of which any will do, or one with a count.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(untagged, inline)]
pub(super) enum CueTest {
    #[serde(rename = "$text")]
    One(Words),
    #[serde(rename = "$list")]
    AnyOf(#[schemars(length(min = 1))] Vec<Words>),
    #[serde(rename = "$map")]
    Counted(CueCount),
}

/// A cue and how often.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "cue_count")]
pub(super) struct CueCount {
    /// The cue; of several, any.
    pub(super) name: OneOrMany<Words>,
    /// In at least so many turns; 1 when left out.
    #[schemars(range(min = 1, max = 100000))]
    pub(super) at_least: Option<u32>,
    /// Only your last so many lines count.
    #[schemars(range(min = 1, max = 100000))]
    pub(super) within: Option<u32>,
}

/// A gate that is passed, several, or gates with their status.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(untagged, inline)]
pub(super) enum GateTest {
    #[serde(rename = "$text")]
    One(Words),
    #[serde(rename = "$list")]
    Each(#[schemars(length(min = 1))] Vec<Words>),
    #[serde(rename = "$map")]
    Status(Entries<Named<GateStatus>>),
}

/// `true`, or a number of turns.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(untagged, inline)]
pub(super) enum SafeTest {
    #[serde(rename = "$bool")]
    Ever(Spanned<bool>),
    #[serde(rename = "$number")]
    Turns(#[schemars(range(min = 1, max = 100000))] u32),
}

/// One step of a script: a line, a branch, or a simulated user.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "step")]
pub(super) struct StepFile {
    /// What is said; `{{name}}` is filled in.
    pub(super) user: Option<Words>,
    /// What must be true after the turn.
    pub(super) expect: Option<Vec<Spanned<CheckFile>>>,
    /// Parts of the reply to keep for later lines, by name.
    pub(super) save: Option<Entries<SaveFile>>,
    /// The first branch whose condition holds is played.
    #[schemars(length(min = 1))]
    pub(super) branch: Option<Vec<Spanned<BranchFile>>>,
    /// Turns of a simulated user.
    pub(super) simulate: Option<SimulateFile>,
}

/// What to keep of a reply.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "save")]
pub(super) struct SaveFile {
    /// A regular expression; its first group is kept, or the whole match.
    pub(super) matches: Words,
}

/// One way a script can go on.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "branch")]
pub(super) struct BranchFile {
    /// When this branch is taken.
    pub(super) when: Option<Spanned<ConditionFile>>,
    /// Taken when no other is; the last one.
    #[serde(rename = "else")]
    pub(super) otherwise: Option<Spanned<bool>>,
    /// What is said; `{{name}}` is filled in.
    pub(super) user: Words,
    /// What must be true after the turn.
    pub(super) expect: Option<Vec<Spanned<CheckFile>>>,
    /// Parts of the reply to keep for later lines, by name.
    pub(super) save: Option<Entries<SaveFile>>,
}

/// Turns of a simulated user.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "simulate")]
pub(super) struct SimulateFile {
    /// Who they are, for a model to play.
    #[serde(rename = "as")]
    pub(super) who: Words,
    /// How well they do; `middling` when left out.
    pub(super) level: Option<Named<Level>>,
    /// At most so many turns.
    #[schemars(range(min = 1, max = 100000))]
    pub(super) turns: u32,
    /// Stops as soon as this holds.
    pub(super) until: Option<Spanned<ConditionFile>>,
}

/// What must be true; with several keys, all of it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "check")]
pub(super) struct CheckFile {
    /// A list of `checks` by name.
    #[serde(rename = "use")]
    pub(super) shared: Option<Words>,
    /// The turn's tier; at the end, the mission's.
    pub(super) tier: Option<CompareTier>,
    /// The turn's score; at the end, the mission's.
    pub(super) score: Option<Compare>,
    /// The mood is (one of) these.
    pub(super) mood: Option<OneOrMany<Named<Mood>>>,
    /// 0–100.
    pub(super) positivity: Option<Compare>,
    /// 0–100.
    pub(super) tension: Option<Compare>,
    /// 0–100.
    pub(super) comfort: Option<Compare>,
    /// A gate is passed; of several, each. `{ID: open}` for one that is not.
    pub(super) gate: Option<GateTest>,
    /// The mission ended in (one of) these ways.
    pub(super) ending: Option<OneOrMany<Named<Ending>>>,
    /// (One of) these cues was recognised in the turn; at the end, ever.
    pub(super) cue: Option<OneOrMany<Words>>,
    /// Each of these flags is there, or with `none` is not.
    pub(super) flags: Option<FlagsTest>,
    /// The turn's boundary risk is (one of) these.
    pub(super) boundary_risk: Option<OneOrMany<Named<BoundaryRisk>>>,
    /// The turn's hint is (one of) these.
    pub(super) event_hint: Option<OneOrMany<Named<EventHint>>>,
    /// The persona's reply; at the end, every reply.
    pub(super) reply: Option<Spanned<ReplyFile>>,
    /// Whether the model's structured output was valid.
    pub(super) valid: Option<bool>,
    /// Whether the turn was degraded.
    pub(super) degraded: Option<bool>,
    /// Total time of a turn in ms, or a statistic of it.
    pub(super) latency_ms: Option<TimesTest>,
    /// Time to the first token in ms, or a statistic of it.
    pub(super) ttft_ms: Option<TimesTest>,
    /// Dollars.
    pub(super) cost_usd: Option<Compare>,
    /// Tokens in and out.
    pub(super) tokens: Option<Compare>,
    /// The probability that `k` repeats all pass, estimated over all plays, is at least `min`.
    pub(super) pass_hat: Option<PassHatFile>,
}

/// A flag, several that must all be there, or which and which not.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(untagged, inline)]
pub(super) enum FlagsTest {
    #[serde(rename = "$text")]
    One(Named<MicroFlag>),
    #[serde(rename = "$list")]
    Each(#[schemars(length(min = 1))] Vec<Named<MicroFlag>>),
    #[serde(rename = "$map")]
    Both(FlagsFile),
}

/// Flags that must be there, and that must not.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "flags")]
pub(super) struct FlagsFile {
    /// Each is there.
    pub(super) has: Option<Vec<Named<MicroFlag>>>,
    /// None of these is.
    pub(super) none: Option<Vec<Named<MicroFlag>>>,
}

/// What a reply must be like.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "reply")]
pub(super) struct ReplyFile {
    /// Each of these stands in it, in any case of letters.
    pub(super) contains: Option<OneOrMany<Text>>,
    /// None of these stands in it.
    pub(super) not_contains: Option<OneOrMany<Text>>,
    /// A regular expression that matches.
    pub(super) matches: Option<Words>,
    /// A regular expression that does not match.
    pub(super) not_matches: Option<Words>,
    /// At most so many characters.
    pub(super) max_chars: Option<u32>,
    /// The language it is in, e.g. `en`.
    pub(super) language: Option<String>,
}

/// A comparison of each turn, or of a statistic.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(untagged, inline)]
pub(super) enum TimesTest {
    #[serde(rename = "$one")]
    Each(Compare),
    #[serde(rename = "$map")]
    Statistics(Box<TimesFile>),
}

/// Statistics over turns.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "times")]
pub(super) struct TimesFile {
    /// Median.
    pub(super) p50: Option<Compare>,
    /// 90th percentile.
    pub(super) p90: Option<Compare>,
    /// 95th percentile.
    pub(super) p95: Option<Compare>,
    /// 99th percentile.
    pub(super) p99: Option<Compare>,
    /// The slowest.
    pub(super) max: Option<Compare>,
    /// The mean.
    pub(super) mean: Option<Compare>,
}

/// Consistency over repeats.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "pass_hat")]
pub(super) struct PassHatFile {
    /// How many repeats must all pass.
    #[schemars(range(min = 1, max = 10000))]
    pub(super) k: u32,
    /// The least probability.
    #[schemars(range(min = 0, max = 1))]
    pub(super) min: f64,
}
