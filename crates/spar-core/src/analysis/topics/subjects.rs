//! What a talk was about: the words of its own that come back turn after turn.

use std::collections::{BTreeMap, BTreeSet};

use super::{LONGEST_NAME, MOST_TOPICS, Topic};
use crate::analysis::Context;
use crate::analysis::words::clip;
use crate::language::{Line, Phrase, clean};
use crate::units::Confidence;

/// Words that are no subject: they hold sentences together, greet, count or fill.
const EMPTY: &str = "\
    a about above absolutely across actually after afternoon again against ago ahead all almost alone along already also although \
    always am an and another any anybody anyone anything anyway are aren't around as ask asked asking \
    at away back bad be because become been before begin behind being believe best better between big \
    bit bits both bring brings brought but by call called came can can't cannot care cause certain chance \
    come comes coming could couldn't course day days deal definitely did didn't different do does \
    doesn't doing don't done down during each early earlier easy either else end enough even evening ever every \
    everybody everyone everything exactly fair far feel feeling feels felt few find fine first for forget \
    found four friday from full get gets getting give given gives glad go goes going gone gonna good got great \
    guess had happen happened happens hard has hasn't have haven't having he he's hear heard hearing hello help her \
    here here's hers hey hi him his hold hope how however hundred i i'd i'll i'm i've idea if in instead into is \
    isn't it it'd it'll it's its itself just keep keeps kept kind knew know known knows last late later least leave left \
    less let let's like likely listen little long longer look looked looking looks lot lots made make \
    makes making many matter matters may maybe me mean means mess might mind mine minute minutes moment \
    monday month months more morning most move moved moves mr mrs much must my myself need needed needs never new next nice night no nobody \
    none nor not nothing now number of off oh ok okay old on once one ones only open or other others otherwise our ours out \
    over own part people perhaps place plain plainly please point possible pretty probably problem put puts quite rather read \
    ready real really reason right said same saturday saw say saying says see seem seems seen send sent set she \
    she's short should shouldn't show side simply since sit so some somebody someone something sometimes soon \
    sorry sort sound sounds speak stand start started stay still stop straight such sunday suppose sure take taken \
    takes taking talk talked talking tell telling than thank thanks that that's the their them then there there's these \
    they they'd they'll they're they've thing things think thinking third this those though thought three through thursday till time \
    times to today together told tomorrow tonight too took towards true try trying tuesday turn two uh um under \
    understand until up upon us use used very wait walk walked want wanted wants was wasn't way we we'd we'll we're we've wednesday \
    week weeks well went were weren't what what's whatever when where whether which while who whole whose \
    why will with within without won't word words work works worry worried worse worst would wouldn't wrong year years yeah yes \
    yesterday yet you you'd you'll you're you've your yours yourself";

/// Words before a thing: "the launch", "your board", "one slip".
const BEFORE_THINGS: &str = "\
    a an the my our your his her their this that these those no any some each every one first second \
    third next last new old two";
/// Numbers, measures and manners of speaking are parts of a subject at best.
const NUMBERS: &str = "\
    five six seven eight nine ten eleven twelve thirteen fourteen fifteen twenty thirty forty fifty sixty seventy eighty ninety \
    thousand half third ninth hours hour percent pounds dollars euros \
    fault hand difficult further quiet ring";
/// How much more a subject of several words, and one that the scenario names, counts.
const SEVERAL_WORDS: f64 = 1.6;
const OF_SCENARIO: f64 = 1.5;
/// No line is read further than this, in words.
const WORDS_A_LINE: usize = 400;

/// A word or a phrase, and the turns it came up in.
#[derive(Debug, Default)]
struct Subject {
    /// The form it first had.
    name: String,
    turns: BTreeSet<u32>,
    of_scenario: bool,
    is_thing: bool,
}

/// At most two subjects, the larger first.
pub(super) fn found(context: &Context<'_>) -> Vec<Topic> {
    let empty: BTreeSet<&str> =
        EMPTY.split_whitespace().chain(NUMBERS.split_whitespace()).collect();
    let mut subjects: BTreeMap<String, Subject> = BTreeMap::new();
    let mut names: BTreeSet<String> = BTreeSet::new();
    let persona = &context.mission.scenario().persona.name;
    names.extend(Line::new(persona).words().iter().cloned());
    let scenario = context.mission.scenario();
    let own: Vec<&Phrase> = scenario.reader.topic.iter().collect();
    let stems = |text: &str| -> BTreeSet<String> {
        Line::new(text).words().iter().map(|word| stem(word)).collect()
    };
    let told = stems(&format!("{} {}", scenario.summary, scenario.objective.title));
    let title = stems(&scenario.title);
    let mut turns = 0;
    for spoken in context.turns().filter(|spoken| spoken.reply.is_some() && !spoken.in_crisis()) {
        turns += 1;
        let reply = spoken.reply.as_ref().map_or("", |line| line.text.as_str());
        for text in [spoken.user.as_str(), reply] {
            let line = Line::new(text);
            note_names(&line, &mut names);
            note(&line, spoken.turn.0, &empty, &own, &told, &mut subjects);
        }
    }
    chosen(subjects, &names, &title, turns)
}

/// Words with a capital inside a sentence are names.
fn note_names(line: &Line, names: &mut BTreeSet<String>) {
    for (at, word) in line.words().iter().enumerate().take(WORDS_A_LINE).skip(1) {
        let starts =
            line.gap_before(at).contains(['.', '!', '?', ':', '\u{2026}', '\u{201c}', '"', '\n']);
        if !starts && line.as_typed(at..at + 1).starts_with(char::is_uppercase) {
            names.insert(word.clone());
        }
    }
}

/// Content words of the line, one by one and in pairs, and the scenario's own phrases.
fn note(
    line: &Line,
    turn: u32,
    empty: &BTreeSet<&str>,
    own: &[&Phrase],
    told: &BTreeSet<String>,
    subjects: &mut BTreeMap<String, Subject>,
) {
    let is_content = |word: &str| {
        word.chars().count() > 2 && word.chars().all(char::is_alphabetic) && !empty.contains(word)
    };
    let words = line.words();
    let end = words.len().min(WORDS_A_LINE);
    let is_thing = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| words.get(before));
        before.is_some_and(|word| BEFORE_THINGS.split_whitespace().any(|known| known == word))
    };
    let mut add = |name: String, of_scenario: bool, is_thing: bool| {
        let key = name.split(' ').map(stem).collect::<Vec<_>>().join(" ");
        let of_scenario = of_scenario || key.split(' ').any(|word| told.contains(word));
        let subject = subjects.entry(key).or_default();
        if subject.name.is_empty() || (is_thing && !subject.is_thing) {
            subject.name = name;
        }
        subject.is_thing |= is_thing;
        subject.turns.insert(turn);
        subject.of_scenario |= of_scenario;
    };
    for at in 0..end {
        if !is_content(&words[at]) {
            continue;
        }
        add(words[at].clone(), false, is_thing(at));
        let next = words.get(at + 1).filter(|next| is_content(next));
        if let Some(next) = next
            && at + 1 < end
            && line.gap_before(at + 1) == " "
        {
            add(format!("{} {next}", words[at]), false, is_thing(at));
        }
    }
    for phrase in own {
        let (parts, open_end) = phrase.parts();
        // Words that every talk has do not become its subject because a scenario lists them.
        if !open_end && parts.iter().any(|word| is_content(word)) && phrase.is_in(line) {
            add(parts.join(" "), true, parts.len() > 1);
        }
    }
}

fn chosen(
    subjects: BTreeMap<String, Subject>,
    names: &BTreeSet<String>,
    title: &BTreeSet<String>,
    turns: usize,
) -> Vec<Topic> {
    // Once is enough for what the scenario is called after, and in a very short talk for what it
    // is about.
    let in_title = |name: &str| name.split(' ').any(|word| title.contains(&stem(word)));
    let enough = |name: &str, subject: &Subject| {
        // "launch slips" said once is half a sentence, and one word may be a subject.
        let once = !name.contains(' ') && (in_title(name) || (subject.of_scenario && turns <= 2));
        subject.is_thing && (subject.turns.len() >= 2 || once)
    };
    let worth = |name: &str, subject: &Subject| {
        let several = if name.contains(' ') { SEVERAL_WORDS } else { 1.0 };
        let own = if subject.of_scenario { OF_SCENARIO } else { 1.0 };
        subject.turns.len() as f64 * several * own
    };
    let mut ranked: Vec<(f64, String, Subject)> = subjects
        .into_values()
        .map(|subject| (worth(&subject.name, &subject), subject.name.clone(), subject))
        .filter(|(_, name, subject)| {
            enough(name, subject) && !name.split(' ').any(|word| names.contains(word))
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let mut topics: Vec<Topic> = Vec::new();
    for (_, name, subject) in ranked {
        // "slip" beside "slips", or "dry run" beside "run", is one subject.
        let is_other = topics.iter().all(|topic| {
            !name.split(' ').any(|word| topic.name.split(' ').any(|known| is_one(word, known)))
        });
        if is_other {
            let share = subject.turns.len() as f64 / turns.max(1) as f64;
            let name = clip(&clean(&name), LONGEST_NAME);
            topics.push(Topic { name, share: Confidence::new(share) });
        }
        if topics.len() == MOST_TOPICS {
            break;
        }
    }
    topics.sort_by(|a, b| b.share.get().total_cmp(&a.share.get()));
    topics
}

/// The word without its commonest endings, so that "slips" and "slipped" count with "slip".
fn stem(word: &str) -> String {
    let bare = |end: &str| {
        word.strip_suffix(end).filter(|stem| stem.chars().count() >= 4 && !stem.ends_with('s'))
    };
    let stem = bare("ing").or_else(|| bare("ed")).or_else(|| bare("es"));
    let stem = stem
        .or_else(|| word.strip_suffix('s').filter(|stem| stem.len() >= 3 && !stem.ends_with('s')));
    let stem = stem.unwrap_or(word);
    // "slipp" of "slipped".
    let mut ends = stem.chars().rev();
    match (ends.next(), ends.next()) {
        (Some(a), Some(b)) if a == b && !"aeiouls".contains(a) => {
            stem[..stem.len() - a.len_utf8()].to_owned()
        }
        _ => stem.to_owned(),
    }
}

/// Whether two words are forms of one.
fn is_one(a: &str, b: &str) -> bool {
    let shared = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let longest = a.chars().count().max(b.chars().count());
    a == b || (shared >= 4 && longest - shared <= 3)
}
