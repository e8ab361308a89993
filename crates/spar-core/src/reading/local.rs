//! The local reader: cues, safety, score and confidence of one line.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::boundary::{boundary_risk, safety};
use super::echo::repeats;
use super::legible::Legible;
use super::notice::{Around, Noticed, notice};
use super::own::{OwnFound, OwnPhrases};
use super::reason::reason;
use super::scan::Scan;
use super::score::{Manner, Scored, is_plain, score};
use super::weights::{Family, weight};
use super::{
    BoundaryRisk, Cue, CueEffect, CueHit, CueName, Deltas, LocalReading, MicroFlag, Safety,
};
use crate::language::{Line, Phrase};
use crate::units::{Confidence, Score};

/// A cue of the scenario's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnCue {
    /// Its name; never that of a common cue.
    pub name: String,
    /// One of these must stand in the line (unless empty).
    pub any: Vec<Phrase>,
    /// Each of these must stand in the line.
    pub all: Vec<Phrase>,
    /// None of these may stand in the line.
    pub unless: Vec<Phrase>,
    /// For or against the line.
    pub effect: CueEffect,
    /// What it is worth to the line's score, 1–20 points.
    pub weight: f64,
}

/// What a scenario tells the reader.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReaderSpec {
    /// The scenario's own cues.
    pub own_cues: Vec<OwnCue>,
    /// Words that belong to this talk; empty: everything does.
    pub topic: Vec<Phrase>,
    /// Words a line may have before it counts as over-explaining.
    pub word_limit: Option<u32>,
    /// The objective is to say something hard: plainness counts.
    pub says_hard_thing: bool,
    /// Whether lines are in a language the reader reads (English).
    pub english: bool,
}

/// What was said before the line.
#[derive(Debug, Clone, Copy, Default)]
pub struct LineContext<'a> {
    /// The persona's latest line.
    pub partner: Option<&'a str>,
    /// The user's last few lines, newest last.
    pub earlier: &'a [String],
    /// The user's previous line shared nothing with the topic.
    pub strayed: bool,
}

/// A reader made ready for one scenario.
#[derive(Debug, Clone)]
pub struct Reader {
    spec: Arc<ReaderSpec>,
    own: Arc<OwnPhrases>,
}

impl Reader {
    /// Makes a reader; done once per scenario.
    #[must_use]
    pub fn new(spec: ReaderSpec) -> Self {
        let own = Arc::new(OwnPhrases::new(&spec));
        Self { spec: Arc::new(spec), own }
    }

    /// Reads one line. Cost grows with the length of the line and of what stands in the context,
    /// never with the length of the talk.
    #[must_use]
    pub fn read(&self, line: &Line, context: &LineContext<'_>) -> LocalReading {
        let spec = &*self.spec;
        let scan = Scan::new(line);
        let own = self.own.find(line, &scan.shape);
        let partner_line = context.partner.map(Line::new);
        let partner = partner_line.as_ref().map(Scan::new);
        let around = Around {
            partner: partner.as_ref(),
            own: &own,
            has_topic: !spec.topic.is_empty(),
            strayed: context.strayed,
            word_limit: spec.word_limit,
        };
        let noticed = notice(&scan, &around);
        let safety = safety(&scan);
        let risk = boundary_risk(&noticed.cues, safety, partner.as_ref(), context.earlier);
        let repeats = repeats(line, context.earlier);
        let manner = Manner { words: line.words().len(), repeats, risk };
        let scored = score(&noticed, &own, spec, manner);
        let reason = reason(&scan, &noticed, &scored.movers, spec);
        let foreign = !spec.english || noticed.legible == Legible::Foreign;
        if foreign && safety == Safety::Clear {
            return unscored(spec, &own, reason, noticed.on_topic);
        }
        LocalReading {
            flags: flags(&noticed, &own, spec, &scored, repeats),
            cues: hits(&noticed, &own, spec),
            safety,
            score: Score::new(scored.score),
            confidence: Confidence::new(if foreign { 0.0 } else { scored.confidence }),
            deltas: scored.deltas,
            strength: scored.strength,
            boundary_risk: risk,
            reason,
            on_topic: noticed.on_topic,
        }
    }
}

/// A line in another language: the scenario's own phrases are all that can be trusted.
fn unscored(spec: &ReaderSpec, own: &OwnFound, reason: String, on_topic: bool) -> LocalReading {
    LocalReading {
        cues: own_hits(own, spec).collect(),
        safety: Safety::Clear,
        score: Score::new(50.0),
        confidence: Confidence::new(0.0),
        deltas: Deltas::default(),
        strength: 0.5,
        boundary_risk: BoundaryRisk::Low,
        flags: Vec::new(),
        reason,
        on_topic,
    }
}

/// Strongest first; among equals the scenario's own lead, then the order of the vocabulary.
fn hits(noticed: &Noticed, own: &OwnFound, spec: &ReaderSpec) -> Vec<CueHit> {
    let common = noticed.cues.found().map(|(cue, strength)| CueHit { cue: cue.into(), strength });
    let mut all: Vec<CueHit> = own_hits(own, spec).chain(common).collect();
    all.sort_by(|one, other| other.strength.total_cmp(&one.strength));
    all
}

fn own_hits(own: &OwnFound, spec: &ReaderSpec) -> impl Iterator<Item = CueHit> {
    own.cues.iter().filter_map(|(at, strength)| {
        let cue = spec.own_cues.get(*at)?;
        Some(CueHit { cue: CueName::Own(cue.name.as_str().into()), strength: *strength })
    })
}

fn flags(
    noticed: &Noticed,
    own: &OwnFound,
    spec: &ReaderSpec,
    scored: &Scored,
    repeats: bool,
) -> Vec<MicroFlag> {
    let of = |cue: Cue| noticed.cues.of(cue);
    let harmful = noticed.cues.found().any(|(cue, _)| {
        matches!(weight(cue).family, Family::Attacking | Family::Pushing | Family::Waving)
    });
    let good_families = {
        let mut families: Vec<Family> = noticed
            .cues
            .found()
            .map(|(cue, _)| weight(cue))
            .filter(|row| row.points >= 10.0)
            .map(|row| row.family)
            .collect();
        families.sort_unstable();
        families.dedup();
        families.len()
    };
    let warm = [Cue::AcknowledgesFeeling, Cue::Validates, Cue::Appreciates]
        .into_iter()
        .any(|cue| of(cue) >= 0.5);
    let raised = [
        (MicroFlag::Needy, of(Cue::Needy) >= 0.4),
        (MicroFlag::Brilliant, scored.score >= 91.0 && good_families >= 2 && !harmful),
        (MicroFlag::Pushy, of(Cue::Pressures) >= 0.5 || of(Cue::Commands) >= 0.7),
        (MicroFlag::Dismissive, of(Cue::Dismisses) >= 0.4),
        (MicroFlag::Hedging, of(Cue::Hedges) >= 0.5),
        (MicroFlag::Rambling, of(Cue::OverExplains) > 0.0),
        (MicroFlag::OffTopic, of(Cue::OffTopic) > 0.0),
        (MicroFlag::Warm, warm && !harmful && scored.score >= 65.0),
        (MicroFlag::Plain, is_plain(noticed, own, spec)),
        (MicroFlag::Listening, of(Cue::Reflects) >= 0.6 || of(Cue::Summarises) >= 0.6),
        (MicroFlag::Owning, of(Cue::TakesResponsibility) >= 0.6 && of(Cue::MakesExcuses) == 0.0),
        (MicroFlag::Repeating, repeats),
    ];
    raised.into_iter().filter(|(_, holds)| *holds).map(|(flag, _)| flag).collect()
}
