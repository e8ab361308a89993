//! Why an estimate stands where it stands: by template, or in a model's words when they hold to the
//! evidence.

use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, Source};
use super::{SkillEstimate, Skills};
use crate::analysis::prompted::Fields;
use crate::analysis::words::{capital, listed, sentence};
use crate::reading::Skill;

/// Strengths, and suggestions for growth.
pub(super) const EACH: usize = 2;
/// Characters of a model's summary and of each of its other sentences.
const LONGEST_SUMMARY: usize = 420;
const LONGEST: usize = 180;
/// Evidence from here on is a strength; up to there it is something to grow in.
const STRONG_FROM: f64 = 0.6;
const WEAK_TO: f64 = 0.45;

/// An estimate in words.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Reasoning {
    /// Two or three sentences.
    pub summary: String,
    /// What is strong, at most two.
    pub strengths: Vec<String>,
    /// What could grow, at most two.
    pub growth: Vec<String>,
}

/// From the estimate and its evidence alone.
pub(super) fn template(estimate: &SkillEstimate) -> Reasoning {
    let (skill, score) = (estimate.skill, estimate.score.get());
    let place = match score {
        s if s >= 70.0 => "is well above what most conversations show",
        s if s >= 57.0 => "is somewhat above what most conversations show",
        s if s > 43.0 => "is about what most conversations show",
        s if s > 30.0 => "is somewhat below what most conversations show",
        _ => "is well below what most conversations show",
    };
    let mut summary = format!("Your {} here {place}.", skill.in_words());
    let sources: Vec<&str> = estimate.sources.iter().map(|share| share.source.in_words()).collect();
    summary.push_str(&format!(" It rests on {}.", on(&sources)));
    if estimate.confidence.get() < 0.45 {
        summary.push_str(" There is little to go by, so take it as a first impression.");
    } else if !estimate.learnt {
        summary.push_str(" It follows rules and is not learnt from rated conversations.");
    }
    let pick = |holds: &dyn Fn(&Evidence) -> bool, good: bool| -> Vec<String> {
        let mut told: Vec<String> = Vec::new();
        for item in estimate.evidence.iter().filter(|item| holds(item)) {
            let text = told_as(item, good);
            if told.len() < EACH && !told.contains(&text) {
                told.push(text);
            }
        }
        told
    };
    let strengths = pick(&|item| item.score >= STRONG_FROM, true);
    let mut growth = pick(&|item| item.score <= WEAK_TO, false);
    for hint in hints(skill) {
        if growth.len() < EACH {
            growth.push((*hint).to_owned());
        }
    }
    Reasoning { summary, strengths, growth }
}

fn on(sources: &[&str]) -> String {
    if sources.len() == 1 && sources[0] == Source::Ml.in_words() {
        "what a learnt model reads in your lines".to_owned()
    } else {
        listed(sources)
    }
}

fn told_as(item: &Evidence, good: bool) -> String {
    let turn = item.turn.map_or_else(String::new, |turn| format!(" in turn {turn}"));
    let text = match (item.source, good) {
        (Source::Ml, true) => format!("{} shows it{turn}", item.content),
        (Source::Ml, false) => format!("{} shows little of it{turn}", item.content),
        (Source::Observation, _) => format!("{}{turn}", item.content),
        (Source::Linguistic, true) => format!("your wording helps: {}", item.content),
        (Source::Linguistic, false) => format!("your wording has room: {}", item.content),
        (Source::Behavioural, _) => item.content.clone(),
    };
    sentence(&capital(&text))
}

/// What to try, where the evidence names too little.
fn hints(skill: Skill) -> [&'static str; EACH] {
    match skill {
        Skill::Empathy => [
            "Name what the other may be feeling before you answer.",
            "Leave the reassurance out until the feeling has been heard.",
        ],
        Skill::ProblemSolving => [
            "Offer one next step with a day on it.",
            "Ask which part of the plan would break for the other.",
        ],
        Skill::SelfRegulation => [
            "When a line stings, give back what you heard before you reply.",
            "Say what you want without saying what is wrong with the other.",
        ],
        Skill::Resilience => [
            "After a bad line, say what you would rather have said.",
            "Name what is still possible today.",
        ],
        Skill::ReflectiveListening => [
            "Take up one word the other used and ask about it.",
            "Sum up in a sentence before you move on.",
        ],
        Skill::Politeness => [
            "Ask whether it is a good moment.",
            "Thank the other for one thing that was not a matter of course.",
        ],
        Skill::Receptiveness => [
            "Say which part of the other's view makes sense to you.",
            "Mark your view as yours: \u{201c}the way I see it\u{201d}.",
        ],
        Skill::Questions => [
            "Ask one question that starts with what or how, and then wait.",
            "Ask about what was just said and not about the next thing.",
        ],
        Skill::Assertiveness => [
            "Say the hard sentence first and the reasons after it.",
            "Name your line once, without taking it back.",
        ],
        Skill::Clarity => [
            "Put one thought in a sentence.",
            "Leave out the words that soften what must be plain.",
        ],
    }
}

/// Takes a model's words for the skills it was asked about.
pub(super) fn take(skills: &mut Skills, asked: &[Skill], fields: &Fields<'_>) {
    let Some(items) = fields.items("skills", asked.len()) else { return };
    for item in items {
        let Some(skill) = item.word("skill", Skill::from_name) else { continue };
        let known = asked.contains(&skill);
        let Some(estimate) =
            skills.estimates.iter_mut().find(|estimate| known && estimate.skill == skill)
        else {
            item.complain("skill", "was not asked about; left out");
            continue;
        };
        if let Some(summary) = item.text("summary", LONGEST_SUMMARY) {
            estimate.reasoning.summary = sentence(&summary);
        }
        for (name, into) in [
            ("strengths", &mut estimate.reasoning.strengths),
            ("growth", &mut estimate.reasoning.growth),
        ] {
            if let Some(texts) = item.texts(name, EACH, LONGEST)
                && !texts.is_empty()
            {
                *into = texts.iter().map(|text| sentence(text)).collect();
            }
        }
    }
}
