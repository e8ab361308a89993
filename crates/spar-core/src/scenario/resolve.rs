//! From the file as written to the scenario as played: every default filled in, every reference
//! checked, and all that is wrong reported at once.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::check::Damaged;
use super::conditions::{Conditions, Known, Place, is_blank};
use super::file::{
    CueFile, DifficultyFile, DynamicsFile, GateFile, MoodFile, ObjectiveFile, PersonaFile,
    PolicyFile, ScenarioFile, Words,
};
use super::problems::{Report, Span, nearest};
use super::shape::{Percent, Spanned};
use super::steps::Steps;
use super::yaml::{Node, Value};
use super::{
    Gate, ModelSettings, Objective, ObjectiveKind, Playthroughs, Policy, ProgressRule,
    SafetyResponse, Scenario, Script, schema,
};
use crate::chat::Sampling;
use crate::persona::{Persona, Secret, Style};
use crate::reading::{Cue, OwnCue, ReaderSpec};
use crate::rules::{Condition, Difficulty, Dynamics, Ending, Knobs, MoodVector, RewardLimits};

/// The longest id.
const MAX_ID: usize = 80;

/// Keys that were written in the document, whether or not they fitted: nobody wants to hear that
/// what they misspelt is also missing.
pub(super) struct Written(HashSet<String>);

impl Written {
    /// Of the whole document, two levels deep.
    pub(super) fn of(document: &Node) -> Self {
        let mut found = HashSet::new();
        if let Value::Map(entries) = &document.value {
            for (key, value) in entries {
                let key = key.text().unwrap_or_default();
                found.insert(key.to_owned());
                if let Value::Map(inner) = &value.value {
                    found.extend(
                        inner
                            .iter()
                            .filter_map(|(name, _)| Some(format!("{key}.{}", name.text()?))),
                    );
                }
            }
        }
        Self(found)
    }

    /// Whether the key was written, or one that is likely to be it misspelt.
    pub(super) fn has(&self, key: &str) -> bool {
        let (place, name) = key.rsplit_once('.').unwrap_or(("", key));
        self.0.contains(key)
            || self.0.iter().any(|written| {
                let (there, word) = written.rsplit_once('.').unwrap_or(("", written));
                // `personas` is a key of its own, however near it is to `persona`.
                let known = schema().pointer(&format!("/properties/{word}")).is_some();
                there == place && !known && nearest(word, [name]).is_some()
            })
    }
}

/// What the resolver needs to know about the document beside its struct.
pub(super) struct Document<'a> {
    pub(super) file: &'a ScenarioFile,
    pub(super) written: &'a Written,
    pub(super) at: Span,
    pub(super) damaged: Damaged,
}

/// The scenario, as far as it can be made; whoever calls counts the problems.
pub(super) fn resolve(document: Document<'_>, report: &mut Report) -> Option<Scenario> {
    let Document { file, written, at, damaged } = document;
    let known = Known::of(file, damaged, report);
    let mut resolver = Resolver { file, written, at, known: &known, report };
    let identity = resolver.identity();
    let persona = resolver.persona();
    let objective = resolver.objective();
    let policy = resolver.policy();
    let gates = resolver.gates(&policy);
    let own_cues = resolver.cues();
    let topic = resolver.topic();
    let style = persona.as_ref().map(|persona| persona.style).unwrap_or_default();
    let offline = resolver.offline(style);
    let (script, expect, playthroughs) = resolver.runs();
    let model = resolver.model();

    let difficulty =
        file.difficulty.as_ref().and_then(|d| d.level).map_or(Difficulty::default(), |l| l.0);
    let language = identity.language;
    let objective = objective?;
    let rewards = RewardLimits::default();
    let written = file.rewards.as_ref();
    Some(Scenario {
        id: identity.id?,
        title: identity.title?,
        summary: file.summary.clone().unwrap_or_else(|| objective.title.clone()),
        category: file.category?.0,
        tags: file.tags.iter().flatten().map(|tag| tag.value.clone()).collect(),
        version: file.version.unwrap_or(1),
        tone: file.tone.map(|tone| tone.0).unwrap_or_default(),
        persona: persona?,
        difficulty,
        knobs: knobs(difficulty, file.difficulty.as_ref()),
        dynamics: dynamics(file.dynamics.as_ref()),
        policy,
        reader: ReaderSpec {
            own_cues,
            topic,
            word_limit: file.policy.as_ref().and_then(|policy| policy.word_limit),
            says_hard_thing: objective.kind.says_hard_thing(),
            english: is_english(&language),
        },
        language,
        objective,
        gates,
        rewards: RewardLimits {
            xp: written.and_then(|r| r.xp_cap).unwrap_or(rewards.xp),
            coins: written.and_then(|r| r.coin_cap).unwrap_or(rewards.coins),
            gem: written.and_then(|r| r.gem).unwrap_or(rewards.gem),
        },
        model,
        offline,
        script,
        expect,
        playthroughs,
    })
}

/// Whether a language tag means English.
fn is_english(tag: &str) -> bool {
    tag.split(['-', '_']).next().is_some_and(|primary| primary.eq_ignore_ascii_case("en"))
}

fn knobs(level: Difficulty, written: Option<&DifficultyFile>) -> Knobs {
    let preset = level.knobs();
    let Some(file) = written else { return preset };
    let or = |value: Option<Percent>, preset: f64| value.map_or(preset, |value| value.0);
    Knobs {
        strictness: or(file.strictness, preset.strictness),
        ambiguity_tolerance: or(file.ambiguity_tolerance, preset.ambiguity_tolerance),
        emotional_penalty: or(file.emotional_penalty, preset.emotional_penalty),
        cleverness_bonus: or(file.cleverness_bonus, preset.cleverness_bonus),
        fail_threshold: or(file.fail_threshold, preset.fail_threshold),
        recovery_difficulty: or(file.recovery_difficulty, preset.recovery_difficulty),
    }
}

fn dynamics(written: Option<&DynamicsFile>) -> Dynamics {
    let preset = Dynamics::default();
    let Some(file) = written else { return preset };
    let or = |value: Option<Percent>, preset: f64| value.map_or(preset, |value| value.0);
    Dynamics {
        pace: or(file.pace, preset.pace),
        warmth: or(file.warmth, preset.warmth),
        hostility: or(file.hostility, preset.hostility),
        dryness: or(file.dryness, preset.dryness),
        vulnerability: or(file.vulnerability, preset.vulnerability),
        escalation_speed: or(file.escalation_speed, preset.escalation_speed),
    }
}

fn mood(written: Option<&MoodFile>, default: MoodVector) -> MoodVector {
    let Some(file) = written else { return default };
    let or = |value: Option<Percent>, default: f64| value.map_or(default, |value| value.0);
    MoodVector {
        positivity: or(file.positivity, default.positivity),
        tension: or(file.tension, default.tension),
        comfort: or(file.comfort, default.comfort),
    }
}

impl Known {
    /// Everything that has a name, each name once.
    fn of(file: &ScenarioFile, damaged: Damaged, report: &mut Report) -> Self {
        let mut known =
            Self { max_turns: max_turns(file.policy.as_ref()), damaged, ..Self::default() };
        for (name, _) in file.cues.iter().flat_map(|cues| &cues.0) {
            if Cue::from_name(name).is_some() {
                report.add(
                    name.at,
                    format!("`{}` is a cue of the common vocabulary", name.value),
                    Some("give yours another name".to_owned()),
                );
            } else if !is_word(name) {
                report.add(
                    name.at,
                    format!("`{}` is no name for a cue", name.value),
                    Some("use lower-case letters, digits and `_`: `states_the_news`".to_owned()),
                );
            } else {
                known.cues.insert(name.value.clone());
            }
        }
        let gates = file.gates.iter().flatten().map(|gate| &gate.id);
        known.gates = collect(gates, "gate", report);
        let replies = file.offline.iter().flat_map(|offline| offline.replies.iter().flatten());
        let blocks = replies.filter_map(|block| block.id.as_ref());
        known.blocks = collect(blocks, "reply block", report);
        known
    }
}

/// Gathers names of one kind, each of which may be given once.
fn collect<'a>(
    names: impl Iterator<Item = &'a Words>,
    what: &str,
    report: &mut Report,
) -> BTreeSet<String> {
    let mut lines: HashMap<&str, u32> = HashMap::new();
    for name in names {
        if let Some(line) = lines.get(name.as_str()) {
            let message = format!("two {what}s are called `{}`", name.value);
            report.add(name.at, message, Some(format!("the first one is on line {line}")));
            continue;
        }
        if !is_word(name) {
            let message = format!("`{}` is no name for a {what}", name.value);
            let help = "use lower-case letters, digits, `_` and `-`".to_owned();
            report.add(name.at, message, Some(help));
        }
        lines.insert(name.as_str(), name.at.line);
    }
    lines.into_keys().map(str::to_owned).collect()
}

/// A name in files: lower-case letters, digits, `_` and `-`, a letter first.
pub(super) fn is_word(name: &str) -> bool {
    name.len() <= MAX_ID
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c))
}

/// A scenario's id: words of lower-case letters and digits with single dashes between them.
pub(super) fn is_kebab(name: &str) -> bool {
    name.len() <= MAX_ID
        && name.split('-').all(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
}

fn max_turns(policy: Option<&PolicyFile>) -> u32 {
    policy.and_then(|policy| policy.max_turns.as_ref()).map_or(12, |turns| turns.value)
}

struct Identity {
    id: Option<String>,
    title: Option<String>,
    language: String,
}

pub(super) struct Resolver<'a> {
    pub(super) file: &'a ScenarioFile,
    pub(super) written: &'a Written,
    at: Span,
    pub(super) known: &'a Known,
    pub(super) report: &'a mut Report,
}

impl Resolver<'_> {
    /// Whether the lines are in the language spar's own are in.
    pub(super) fn is_english(&self) -> bool {
        self.file.language.as_ref().is_none_or(|tag| is_english(tag))
    }

    pub(super) fn conditions(&mut self) -> Conditions<'_> {
        Conditions { report: self.report, known: self.known }
    }

    fn condition(&mut self, written: &Spanned<super::file::ConditionFile>) -> Condition {
        self.conditions().read(written, Place::Mission)
    }

    /// A text that has to be there and to say something.
    fn needed(&mut self, text: Option<&Words>, key: &str, at: Span, why: &str) -> Option<String> {
        match text {
            Some(text) if !text.trim().is_empty() => Some(text.value.trim().to_owned()),
            Some(text) => {
                self.report.add(text.at, format!("`{key}` is empty"), Some(why.to_owned()));
                None
            }
            None => {
                if !self.written.has(key) {
                    let (place, name) = key.split_once('.').unwrap_or(("the scenario", key));
                    let place =
                        if key.contains('.') { format!("`{place}`") } else { place.to_owned() };
                    self.report.add(at, format!("{place} lacks `{name}`"), Some(why.to_owned()));
                }
                None
            }
        }
    }

    fn identity(&mut self) -> Identity {
        let (file, at) = (self.file, self.at);
        let id = self.needed(file.id.as_ref(), "id", at, "a unique name, e.g. `id: launch-slip`");
        if let Some(written) = &file.id
            && !written.trim().is_empty()
            && !is_kebab(written)
        {
            self.report.add(
                written.at,
                format!("`{}` is no id", written.value),
                Some(format!("use kebab-case: `{}`", kebab(written))),
            );
        }
        let title = self.needed(file.title.as_ref(), "title", at, "what it is called, in a line");
        if file.category.is_none() && !self.written.has("category") {
            let help = "work, service, health, social or negotiation".to_owned();
            self.report.add(at, "the scenario lacks `category`", Some(help));
        }
        for tag in file.tags.iter().flatten() {
            if tag.trim().is_empty() || tag.contains(char::is_whitespace) {
                let help = Some("use one word, with dashes if need be".to_owned());
                self.report.add(tag.at, format!("`{}` is no tag", tag.value), help);
            }
        }
        let language = file.language.as_ref().map_or("en".to_owned(), |tag| tag.value.clone());
        if let Some(tag) = &file.language {
            let good = tag.split('-').enumerate().all(|(place, part)| {
                let lengths = if place == 0 { 2..=3 } else { 1..=8 };
                lengths.contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
            });
            if !good {
                let help = Some("use a BCP 47 tag: `en`, `en-GB`, `de`".to_owned());
                self.report.add(tag.at, format!("`{}` is no language tag", tag.value), help);
            }
        }
        Identity { id, title, language }
    }

    fn persona(&mut self) -> Option<Persona> {
        let Some(written) = &self.file.persona else {
            if !self.written.has("persona") {
                let help = "say who one talks to: `persona: {name: …, role: …}`".to_owned();
                self.report.add(self.at, "the scenario lacks `persona`", Some(help));
            }
            return None;
        };
        let PersonaFile {
            name,
            role,
            backstory,
            wants,
            fears,
            voice,
            style,
            start,
            rest,
            secrets,
            ..
        } = &written.value;
        let name = self.needed(name.as_ref(), "persona.name", written.at, "what they are called");
        let role =
            self.needed(role.as_ref(), "persona.role", written.at, "who they are to the user");
        let start = mood(start.as_ref(), MoodVector::default());
        let rest = mood(rest.as_ref(), start);
        let secret_ids = secrets.iter().flatten().map(|secret| &secret.id);
        collect(secret_ids, "secret", self.report);
        let mut kept = Vec::new();
        for secret in secrets.iter().flatten() {
            if secret.text.trim().is_empty() {
                self.report.add(secret.text.at, "this secret says nothing", None);
            }
            let reveal_when = self.condition(&secret.reveal_when);
            let (id, text) = (secret.id.value.clone(), secret.text.value.clone());
            kept.push(Secret { id, text, reveal_when });
        }
        Some(Persona {
            name: name?,
            role: role?,
            backstory: backstory.clone().unwrap_or_default().trim().to_owned(),
            wants: wants.clone().unwrap_or_default(),
            fears: fears.clone().unwrap_or_default(),
            voice: voice.clone().unwrap_or_default(),
            style: Style {
                key: style.as_ref().and_then(|s| s.key).map(|k| k.0).unwrap_or_default(),
                intensity: style
                    .as_ref()
                    .and_then(|s| s.intensity)
                    .map(|i| i.0)
                    .unwrap_or_default(),
            },
            start,
            rest,
            secrets: kept,
        })
    }

    fn objective(&mut self) -> Option<Objective> {
        let Some(written) = &self.file.objective else {
            if !self.written.has("objective") {
                let help = "say what one wants from the talk: `objective: {kind: …, title: …}`";
                let help = Some(help.to_owned());
                self.report.add(self.at, "the scenario lacks `objective`", help);
            }
            return None;
        };
        let ObjectiveFile { kind, title, description, progress, won_when, lost_when, .. } =
            &written.value;
        let why = "what one wants from the talk, in a line";
        let title = self.needed(title.as_ref(), "objective.title", written.at, why);
        let mut rules = Vec::new();
        let mut sum = 0.0;
        for step in progress.iter().flatten() {
            let before = sum;
            sum += step.worth.0;
            if sum > 100.0 + 1e-9 && before <= 100.0 + 1e-9 {
                let message = format!("with this step, progress sums to {sum}, more than 100");
                self.report.add(step.at, message, Some("lower some `worth`".to_owned()));
            }
            rules.push(ProgressRule { when: self.condition(&step.when), worth: step.worth.0 });
        }
        let won_when = won_when.as_ref().map(|written| self.aim(written, "won_when"));
        let lost_when = lost_when.as_ref().map(|written| self.aim(written, "lost_when"));
        Some(Objective {
            kind: kind.map_or(ObjectiveKind::Free, |kind| kind.0),
            title: title?,
            description: description.clone().unwrap_or_default().trim().to_owned(),
            progress: rules,
            won_when,
            lost_when,
        })
    }

    /// A condition that ends the mission, so that it must ask something.
    fn aim(&mut self, written: &Spanned<super::file::ConditionFile>, key: &str) -> Condition {
        if is_blank(written) && !self.known.damaged.at(written.at) {
            let message = format!("`{key}: {{}}` holds from the first turn on");
            self.report.add(written.at, message, Some("put a condition in it".to_owned()));
        }
        self.condition(written)
    }

    fn topic(&mut self) -> Vec<crate::language::Phrase> {
        let objective = self.file.objective.as_ref();
        let topic = objective.and_then(|objective| objective.topic.as_deref()).unwrap_or_default();
        self.conditions().phrases(topic)
    }

    fn policy(&mut self) -> Policy {
        let file = self.file.policy.as_ref();
        let max_turns = self.known.max_turns;
        // A short mission lowers the default, so that it can be won at all.
        let min_turns = match file.and_then(|policy| policy.min_turns.as_ref()) {
            Some(turns) => {
                if turns.value > max_turns {
                    self.report.add(
                        turns.at,
                        format!(
                            "`min_turns: {}` is more than `max_turns: {max_turns}`: nobody could win",
                            turns.value
                        ),
                        Some("lower `min_turns`, or raise `max_turns`".to_owned()),
                    );
                }
                turns.value
            }
            None => 3.min(max_turns),
        };
        let response = |written: Option<super::shape::Named<SafetyResponse>>, default| {
            written.map_or(default, |response| response.0)
        };
        Policy {
            max_turns,
            min_turns,
            strikes: file.and_then(|policy| policy.strikes).unwrap_or(3),
            seconds_per_turn: file.and_then(|policy| policy.seconds_per_turn),
            seconds_extension: file.and_then(|policy| policy.seconds_extension),
            mission_seconds: file.and_then(|policy| policy.mission_seconds),
            milestone: file.and_then(|policy| policy.milestone).map(|milestone| milestone.0),
            on_threat: response(file.and_then(|p| p.on_threat), SafetyResponse::End),
            on_slur: response(file.and_then(|p| p.on_slur), SafetyResponse::End),
            on_sexual: response(file.and_then(|p| p.on_sexual), SafetyResponse::Strike),
            endings: self.endings(file),
        }
    }

    /// The allowed endings in order of precedence. The two that nobody can forbid stand where they
    /// stand by default, unless the file puts them elsewhere: what broke first, who left last.
    fn endings(&mut self, policy: Option<&PolicyFile>) -> Vec<Ending> {
        let Some(written) = policy.and_then(|policy| policy.endings.as_ref()) else {
            return Ending::PRECEDENCE.to_vec();
        };
        let mut endings: Vec<Ending> = Vec::new();
        for ending in written {
            if endings.contains(&ending.value.0) {
                let message = format!("`{}` stands twice", ending.value.0.name());
                self.report.add(ending.at, message, None);
            } else {
                endings.push(ending.value.0);
            }
        }
        if !endings.contains(&Ending::AbortSystemError) {
            endings.insert(0, Ending::AbortSystemError);
        }
        if !endings.contains(&Ending::AbortUser) {
            endings.push(Ending::AbortUser);
        }
        endings
    }

    fn cues(&mut self) -> Vec<OwnCue> {
        let mut found = Vec::new();
        for (name, cue) in self.file.cues.iter().flat_map(|cues| &cues.0) {
            let CueFile { any, all, unless, effect, weight } = &cue.value;
            let mut phrases = |list: &Option<Vec<_>>| {
                self.conditions().phrases(list.as_deref().unwrap_or_default())
            };
            let own = OwnCue {
                name: name.value.clone(),
                any: phrases(any),
                all: phrases(all),
                unless: phrases(unless),
                effect: effect.map(|effect| effect.0).unwrap_or_default(),
                weight: weight.unwrap_or(6.0),
            };
            if any.as_ref().is_none_or(Vec::is_empty)
                && all.as_ref().is_none_or(Vec::is_empty)
                && !self.known.damaged.at(cue.at)
            {
                let message =
                    format!("the cue `{}` has no phrases, so it fits every line", own.name);
                self.report.add(name.at, message, Some("give it `any` or `all`".to_owned()));
            }
            found.push(own);
        }
        found
    }

    fn gates(&mut self, policy: &Policy) -> Vec<Gate> {
        let mut gates = Vec::new();
        for written in self.file.gates.iter().flatten() {
            let GateFile { id, title, when, required, required_by, reason } = &written.value;
            if is_blank(when) && !self.known.damaged.at(when.at) {
                let message =
                    format!("the gate `{}` has no condition, so it is never closed", id.value);
                self.report.add(when.at, message, Some("put a condition in `when`".to_owned()));
            }
            if let Some(turn) = required_by
                && turn.value > policy.max_turns
            {
                self.report.add(
                    turn.at,
                    format!(
                        "`required_by: {}` comes after the last turn: the mission has at most {} turns",
                        turn.value, policy.max_turns
                    ),
                    Some("lower it, or raise `policy.max_turns`".to_owned()),
                );
            }
            let condition = self.condition(when);
            if waits_for(&condition, id) {
                let message =
                    format!("the gate `{}` waits for itself, so it never opens", id.value);
                self.report.add(when.at, message, None);
            }
            gates.push(Gate {
                id: id.value.clone(),
                title: title.clone().unwrap_or_else(|| humanised(id)),
                when: condition,
                required: required.unwrap_or(true),
                required_by: required_by.as_ref().map(|turn| turn.value),
                reason: reason.clone().unwrap_or_else(|| id.value.clone()),
            });
        }
        gates
    }

    fn model(&mut self) -> ModelSettings {
        let Some(file) = &self.file.model else { return ModelSettings::default() };
        ModelSettings {
            role: file.role.map(|role| role.0).unwrap_or_default(),
            sampling: Sampling {
                temperature: file.temperature,
                top_p: file.top_p,
                max_tokens: file.max_tokens,
                seed: file.seed,
            },
        }
    }

    fn runs(&mut self) -> (Script, Vec<super::CheckItem>, Playthroughs) {
        let file = self.file;
        let home = self.at;
        let conditions = Conditions { report: self.report, known: self.known };
        let mut steps = Steps::new(file, home, conditions);
        steps.shared_checks();
        let script = steps.script();
        let expect = steps.checks(file.expect.as_deref().unwrap_or_default());
        let playthroughs = self.playthroughs();
        (script, expect, playthroughs)
    }
}

/// Whether a condition can only hold once the gate itself is passed.
fn waits_for(condition: &Condition, gate: &str) -> bool {
    use crate::rules::{GateStatus, Test};

    condition.tests.iter().any(|test| match test {
        Test::Gates(gates) => {
            gates.iter().any(|(name, status)| name == gate && *status == GateStatus::Passed)
        }
        Test::All(inner) => inner.iter().any(|condition| waits_for(condition, gate)),
        Test::Any(inner) => inner.iter().all(|condition| waits_for(condition, gate)),
        _ => false,
    })
}

/// An id as words: `said_plainly` becomes "Said plainly".
fn humanised(id: &str) -> String {
    let words = id.replace(['_', '-'], " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => words,
    }
}

/// The nearest kebab-case id to what somebody wrote.
pub(super) fn kebab(text: &str) -> String {
    let mut id = String::new();
    for letter in text.to_lowercase().chars() {
        if letter.is_ascii_alphanumeric() {
            id.push(letter);
        } else if !id.is_empty() && !id.ends_with('-') && !matches!(letter, '\'' | '\u{2019}') {
            id.push('-');
        }
        if id.len() >= 48 {
            break;
        }
    }
    let id = id.trim_end_matches('-');
    if id.is_empty() { "my-scenario".to_owned() } else { id.to_owned() }
}
