//! The user's side of a headless run: which line comes next.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use regex::Regex;

use super::Mission;
use crate::scenario::{CheckItem, Level, Scenario, ScriptLine, Simulate, Step};

/// A script being played.
#[derive(Debug, Clone)]
pub struct ScriptRun {
    vars: BTreeMap<String, String>,
    step: usize,
    simulated: u32,
    seed: u64,
}

/// What the user does next.
#[derive(Debug, Clone, PartialEq)]
pub enum NextLine<'a> {
    /// Says this, filled in.
    Say {
        /// The words.
        text: String,
        /// The step it came from.
        line: &'a ScriptLine,
    },
    /// A simulated user speaks; the embedded one would say `embedded`.
    Simulated {
        /// Who.
        user: &'a Simulate,
        /// What the embedded simulated user says.
        embedded: String,
    },
    /// The script is over.
    Done,
}

impl ScriptRun {
    /// A script at its start, with these variables.
    #[must_use]
    pub fn new(vars: BTreeMap<String, String>, seed: u64) -> Self {
        Self { vars, step: 0, simulated: 0, seed }
    }

    /// The next line, given how the mission stands.
    pub fn next<'a>(&mut self, scenario: &'a Scenario, mission: &Mission) -> NextLine<'a> {
        while let Some(step) = scenario.script.steps.get(self.step) {
            match step {
                Step::Say(line) => {
                    self.step += 1;
                    return self.say(line);
                }
                Step::Branch(branches) => {
                    self.step += 1;
                    let facts = mission.state().facts(scenario, None);
                    let taken = branches
                        .iter()
                        .find(|branch| branch.when.as_ref().is_none_or(|when| when.holds(&facts)));
                    if let Some(branch) = taken {
                        return self.say(&branch.line);
                    }
                }
                Step::Simulate(user) => {
                    let facts = mission.state().facts(scenario, None);
                    let reached = self.simulated > 0
                        && user.until.as_ref().is_some_and(|until| until.holds(&facts));
                    if self.simulated >= user.turns || reached {
                        self.step += 1;
                        self.simulated = 0;
                        continue;
                    }
                    let nth = self.simulated;
                    self.simulated += 1;
                    let embedded = simulated_line(scenario, user.level, nth, self.seed);
                    return NextLine::Simulated { user, embedded };
                }
            }
        }
        NextLine::Done
    }

    /// Lines of the script that were never said.
    #[must_use]
    pub fn steps_left(&self, scenario: &Scenario) -> usize {
        scenario.script.steps.len().saturating_sub(self.step)
    }

    /// Checks of lines that were never said, since the mission was over before them. Which branch
    /// would have been taken nobody knows, so branches have none.
    pub fn unreached<'a>(&self, scenario: &'a Scenario) -> impl Iterator<Item = &'a CheckItem> {
        let left = scenario.script.steps.get(self.step..).unwrap_or_default();
        left.iter().flat_map(|step| match step {
            Step::Say(line) => line.expect.as_slice(),
            Step::Branch(_) | Step::Simulate(_) => &[],
        })
    }

    /// Keeps the parts of the reply that the line asked to save; says which pattern found nothing.
    pub fn save(&mut self, line: &ScriptLine, reply: &str) -> Vec<String> {
        let mut missing = Vec::new();
        for rule in &line.save {
            let kept = Regex::new(&rule.matches).ok().and_then(|regex| {
                let found = regex.captures(reply)?;
                Some(found.get(1).or_else(|| found.get(0))?.as_str().to_owned())
            });
            match kept {
                Some(value) => {
                    self.vars.insert(rule.name.clone(), value);
                }
                None => missing.push(rule.name.clone()),
            }
        }
        missing
    }

    fn say<'a>(&self, line: &'a ScriptLine) -> NextLine<'a> {
        NextLine::Say { text: self.filled(&line.user), line }
    }

    /// The text with `{{name}}` filled in. A name without a value stays as it is, to be seen.
    fn filled(&self, text: &str) -> String {
        self.vars.iter().fold(text.to_owned(), |text, (name, value)| {
            if text.contains("{{") { text.replace(&format!("{{{{{name}}}}}"), value) } else { text }
        })
    }
}

/// The checks of a line.
impl NextLine<'_> {
    /// What must be true after it.
    #[must_use]
    pub fn expects(&self) -> &[CheckItem] {
        match self {
            Self::Say { line, .. } => &line.expect,
            _ => &[],
        }
    }
}

/// What the embedded simulated user of a level says as its `nth` line (from 0): the scenario's own
/// playthrough of that level in order, starting at a seeded place near its beginning; after them,
/// lines that fit any talk.
#[must_use]
pub fn simulated_line(scenario: &Scenario, level: Level, nth: u32, seed: u64) -> String {
    let own = scenario.playthroughs.lines(level);
    if let Some(line) = own.get(nth as usize) {
        return line.clone();
    }
    let lines = match level {
        Level::Skilled => &SKILLED[..],
        Level::Middling => &MIDDLING[..],
        Level::Poor => &POOR[..],
    };
    let mut chance = ChaCha8Rng::seed_from_u64(seed ^ 0x5eed_0a11);
    let offset = (chance.next_u64() % lines.len() as u64) as usize;
    let past = nth as usize - own.len();
    lines[(offset + past) % lines.len()].to_owned()
}

const SKILLED: [&str; 10] = [
    "That sounds hard. What is the worst part of it for you?",
    "You're right about my part in this. I should have said something sooner.",
    "So what matters most to you is knowing where you stand. Have I got that right?",
    "I can't promise that. What I can do is come back to you by Friday with an answer.",
    "I'd rather be straight with you, even if it's not what you hoped for.",
    "Take the time you need. I'm not going anywhere.",
    "What would make this workable from your side?",
    "I hear that you're angry, and I would be too.",
    "Here is what I suggest we do next, and please tell me what I've missed.",
    "Let me say back what we agreed, so that neither of us is surprised later.",
];

const MIDDLING: [&str; 10] = [
    "I guess we could maybe look at it again at some point.",
    "I'm sorry about that, it was a bit of a busy time for everyone.",
    "Do you think that would be okay?",
    "Well, I kind of see what you mean, I suppose.",
    "Maybe you should talk to someone about it.",
    "I just wanted to mention it, it's probably not a big thing.",
    "Is there something I can do?",
    "It's sort of complicated, but I think it should be fine.",
    "Okay. Sure. I understand, I think.",
    "We can try, but I'm not sure it will change much.",
];

const POOR: [&str; 10] = [
    "You're overreacting. It's not a big deal.",
    "This is not my fault, so don't look at me.",
    "Just say yes and we can both get on with our day.",
    "You always do this. Every single time.",
    "Calm down and listen to me.",
    "Whatever. Can we talk about something else?",
    "Everyone else manages, so why can't you?",
    "You have to decide now.",
    "If you had done your part we wouldn't be here.",
    "Oh great, here we go again.",
];
