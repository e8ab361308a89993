//! From the report to the document: what is said, in which order, in which words.

use super::course::course;
use super::document::{Bar, Block, Card, Document, GateLine, Head, Ink, Part, Span, Spans};
use super::words;
use super::{Change, Freshness, Report, Section, TroubleKind};
use crate::analysis::traits::Trait;
use crate::mission::Problem;
use crate::scenario::Tone;
use crate::units::Score;

/// Skills whose evidence is shown: the surest. All of it stands in the JSON.
const SKILLS_IN_FULL: usize = 4;

/// The document of a report.
pub(super) fn document(report: &Report) -> Document<'_> {
    let mut outline = Outline { report, parts: Vec::new(), missing: Vec::new() };
    outline.insights();
    outline.course();
    outline.gates();
    outline.key_lines();
    outline.scores();
    outline.rewards();
    outline.traits();
    outline.layers();
    outline.skills();
    outline.moments();
    outline.habits();
    outline.topics();
    outline.coaching();
    outline.prose();
    outline.memory();
    outline.difference();
    outline.synergy();
    outline.category();
    outline.note_missing("assessments", &report.assessments);
    outline.machinery();
    outline.missing();
    outline.transcript();
    Document { head: head(report), parts: outline.parts }
}

fn head(report: &Report) -> Head<'_> {
    let (mission, verdict) = (&report.mission, &report.verdict);
    let mut figures = vec![("progress", format!("{} %", verdict.progress))];
    figures.push(("turns", mission.turns.to_string()));
    if let Some(ms) = mission.duration_ms {
        figures.push(("duration", words::duration(ms as f64)));
    }
    if let (Some(score), Some(mean)) = (verdict.score, verdict.mean)
        && score != mean
    {
        figures.push(("mean of the turns", mean.to_string()));
    }
    if verdict.strikes > 0 {
        figures.push(("strikes", verdict.strikes.to_string()));
    }
    if let Some(change) = report.difference.content.as_ref().and_then(|past| past.score) {
        figures.push(("since last time", words::signed(change.by)));
    }
    figures.push(("analysed", format!("{} %", report.completion_percent)));
    Head {
        title: &mission.title,
        with: format!(
            "with {}, {} · {} · {}",
            mission.persona,
            lower_first(&mission.persona_role),
            mission.category.name(),
            mission.difficulty.name()
        ),
        objective: &mission.objective,
        outcome: verdict.outcome,
        verdict: words::outcome(verdict.outcome),
        ending: &verdict.in_words,
        summary: report.summary.content.as_ref().map(|summary| summary.text.as_str()),
        score: verdict.score.map(|score| score.to_string()),
        figures,
    }
}

/// "Your boss" in the middle of a sentence, but not "VP" or "I".
fn lower_first(text: &str) -> String {
    let mut rest = text.chars();
    match (rest.next(), rest.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() || second == ' ' => {
            first.to_lowercase().chain(rest).collect()
        }
        _ => text.to_owned(),
    }
}

struct Outline<'a> {
    report: &'a Report,
    parts: Vec<Part<'a>>,
    /// Parts there are none of, and why.
    missing: Vec<(&'static str, &'a str)>,
}

impl<'a> Outline<'a> {
    /// Adds a part when its section has something to say, and remembers why when it has not.
    fn part<T>(
        &mut self,
        id: &'static str,
        title: &'static str,
        section: &'a Section<T>,
        blocks: impl FnOnce(&'a T) -> Vec<Block<'a>>,
    ) {
        let Some(content) = &section.content else { return self.note_missing(title, section) };
        let blocks = blocks(content);
        if !blocks.is_empty() {
            let note = remark(section);
            self.parts.push(Part { id, title: title.into(), note, blocks });
        } else if section.freshness == Freshness::Fresh && section.note.is_none() {
            self.missing.push((title, "nothing was found"));
        } else {
            self.note_missing(title, section);
        }
    }

    fn note_missing<T>(&mut self, title: &'static str, section: &'a Section<T>) {
        self.missing.push((title, section.note.as_deref().unwrap_or("not analysed")));
    }

    fn insights(&mut self) {
        self.part("insights", "Worth reading first", &self.report.insights, |insights| {
            let cards = insights.cards.iter().map(|card| Card {
                kind: words::insight(card.kind),
                title: &card.title,
                body: &card.body,
                turn: card.turn.map(|turn| turn.0),
            });
            some(Block::Cards, cards.collect())
        });
    }

    /// The chart follows from the events; what an analyzer made of it stands below.
    fn course(&mut self) {
        let report = self.report;
        let mut blocks = vec![Block::Course(course(report))];
        if let Some(timeline) = &report.timeline.content {
            if !timeline.summary.is_empty() {
                blocks.push(Block::Paragraph(vec![plain(&timeline.summary)]));
            }
        } else {
            self.note_missing("Mood timeline", &report.timeline);
        }
        if let Some(mood) = &report.mood.content {
            let from_to = format!("from {} to {}", mood.start.name(), mood.end.name());
            let mut pairs = vec![("mood".into(), vec![Span::new(Ink::Strong, from_to)])];
            let vibe = report.timeline.content.as_ref().map(|timeline| timeline.vibe.as_str());
            if let Some(vibe) = vibe.filter(|vibe| !vibe.is_empty()) {
                pairs.push(("in a word".into(), vec![plain(vibe)]));
            }
            let moods =
                mood.moods.iter().map(|count| format!("{} {}", count.mood.name(), count.turns));
            let moods = join(moods, " · ");
            if !moods.is_empty() {
                pairs.push(("turns by mood".into(), vec![plain(moods)]));
            }
            let peak = mood.peak_tension;
            let words = match peak.turn.0 {
                0 => format!("{} at the start", peak.value),
                turn => format!("{} after turn {turn}", peak.value),
            };
            pairs.push(("highest tension".into(), vec![plain(words)]));
            blocks.push(Block::Pairs(pairs));
        }
        let note = report.timeline.content.as_ref().and(remark(&report.timeline));
        self.parts.push(Part { id: "course", title: "How it went".into(), note, blocks });
    }

    fn gates(&mut self) {
        self.part("gates", "Gates", &self.report.gates, |found| {
            let gates = found.gates.iter().map(|gate| GateLine {
                title: &gate.title,
                passed_in: gate.passed_in.map(|turn| turn.0),
                required: gate.required,
                missing: gate.missing.as_deref(),
            });
            some(Block::Gates, gates.collect())
        });
    }

    fn key_lines(&mut self) {
        let persona = self.report.mission.persona.as_str();
        self.part("lines", "Lines to look at", &self.report.impact, |impact| {
            let lines = impact.key_lines.as_slice();
            if lines.is_empty() { Vec::new() } else { vec![Block::KeyLines { lines, persona }] }
        });
    }

    fn scores(&mut self) {
        self.part("scores", "Scores", &self.report.breakdown, |scores| {
            if scores.scored == 0 {
                return Vec::new();
            }
            let tiers = scores.tiers.iter().filter(|count| count.turns > 0);
            let tiers = tiers.map(|count| format!("{} {}", count.turns, count.tier.name()));
            let mut pairs: Vec<(_, Spans<'_>)> = Vec::new();
            let mut pair = |name: &'static str, value: String| {
                pairs.push((name.into(), vec![plain(value)]));
            };
            pair("scored", words::count(scores.scored, "turn", "turns"));
            pair("tiers", join(tiers, " · "));
            if scores.unscored > 0 {
                pair("not scored", words::count(scores.unscored, "turn", "turns"));
            }
            let sources = scores
                .sources
                .iter()
                .map(|count| format!("{} {}", count.turns, words::source(count.source)));
            pair("read", join(sources, " · "));
            if let (Some(local), Some(model)) = (scores.local_mean, scores.model_mean) {
                pair("means", format!("local {local}, model {model}"));
            }
            pair(
                "longest run at B or better",
                words::count(scores.longest_momentum, "turn", "turns"),
            );
            pair("longest run within bounds", words::count(scores.longest_safe, "turn", "turns"));
            pair("boundary problems", scores.boundary_problems.to_string());
            if !scores.flags.is_empty() {
                let flags = scores
                    .flags
                    .iter()
                    .map(|count| format!("{} {}", words::spaced(count.flag.name()), count.turns));
                pair("remarks", join(flags, " · "));
            }
            vec![Block::Pairs(pairs)]
        });
    }

    fn rewards(&mut self) {
        // Where the subject is grave nobody should even read what was left out.
        if self.report.mission.tone == Tone::Grave {
            return;
        }
        self.part("rewards", "Rewards", &self.report.rewards, |earned| {
            let mut pairs = vec![
                ("XP".into(), vec![plain(format!("{} of {}", earned.xp, earned.xp_limit))]),
                ("coins".into(), vec![plain(format!("{} of {}", earned.coins, earned.coin_limit))]),
            ];
            if earned.gems > 0 {
                pairs.push(("gem".into(), vec![Span::new(Ink::Accent, "one, for an S+ line")]));
            }
            if earned.rare + earned.epic > 0 {
                let words = format!("{} rare · {} epic", earned.rare, earned.epic);
                pairs.push(("lines".into(), vec![plain(words)]));
            }
            vec![Block::Pairs(pairs)]
        });
    }

    fn traits(&mut self) {
        self.part("traits", "How you talked", &self.report.traits, |traits| {
            let Some(scores) = &traits.scores else { return Vec::new() };
            let bars = Trait::ALL.into_iter().enumerate().map(|(at, of)| {
                let delta = traits.deltas.map(|deltas| words::signed(deltas[at]));
                // The mean of a first mission is what stands beside it already.
                let means = traits.long_term.filter(|_| traits.missions > 1);
                let long_term = means.map(|means| means.get(of));
                let aside = [delta, long_term.map(|mean| format!("long-term {mean}"))];
                let aside = join(aside.into_iter().flatten(), " · ");
                Bar {
                    name: of.in_words(),
                    value: Some(scores.get(of).get()),
                    mark: long_term.map(Score::get),
                    aside: (!aside.is_empty()).then_some(aside),
                    reason: traits.reasons.get(at).map_or("", String::as_str).into(),
                }
            });
            vec![Block::Bars(bars.collect())]
        });
    }

    fn layers(&mut self) {
        self.part("layers", "Five layers", &self.report.layers, |found| {
            let bars = found.layers.iter().map(|layer| Bar {
                name: layer.kind.in_words(),
                value: layer.score.map(Score::get),
                mark: None,
                aside: (!layer.turns.is_empty()).then(|| words::turns(&layer.turns)),
                reason: layer.reasons.join(" ").into(),
            });
            some(Block::Bars, bars.collect())
        });
    }

    fn skills(&mut self) {
        self.part("skills", "Skills, by the evidence", &self.report.skills, |skills| {
            let surest = skills.surest(SKILLS_IN_FULL);
            let bars = skills.estimates.iter().map(|estimate| {
                let sure = (estimate.confidence.get() * 100.0).round();
                let by_rule = if estimate.learnt { "" } else { " · by rule" };
                let in_full = surest.iter().any(|other| other.skill == estimate.skill);
                let reason = if in_full { estimate.reasoning.summary.as_str() } else { "" };
                Bar {
                    name: estimate.skill.in_words(),
                    value: Some(estimate.score.get()),
                    mark: None,
                    aside: Some(format!("{sure:.0} % sure{by_rule}")),
                    reason: reason.into(),
                }
            });
            let mut blocks = some(Block::Bars, bars.collect());
            let rests = surest.iter().flat_map(|estimate| {
                let name = estimate.skill.in_words();
                estimate.evidence.iter().take(2).map(move |item| {
                    let turn = item.turn.map_or_else(String::new, |turn| format!(", turn {turn}"));
                    let (side, source) = (item.side(), item.source.in_words());
                    let aside = format!(" · {side} it · {source}{turn}");
                    vec![
                        Span::new(Ink::Strong, format!("{name}: ")),
                        plain(&item.content),
                        muted(aside),
                    ]
                })
            });
            let growth = surest.iter().filter_map(|estimate| {
                let text = estimate.reasoning.growth.last()?;
                let name = Span::new(Ink::Strong, format!("{}: ", estimate.skill.in_words()));
                Some(vec![name, plain(text)])
            });
            blocks.extend(titled(&[
                ("What they rest on", rests.collect()),
                ("What could grow", growth.collect()),
            ]));
            blocks
        });
    }

    fn moments(&mut self) {
        self.part(
            "moments",
            "Moments that changed something",
            &self.report.breakthroughs,
            |found| {
                let moments = found.moments.iter().map(|moment| {
                    let kind = words::breakthrough(moment.kind);
                    let sure = (moment.confidence.get() * 100.0).round();
                    let aside = format!(" · {kind} · turn {} · {sure:.0} % sure", moment.turn);
                    vec![Span::new(Ink::Strong, moment.label.as_str()), muted(aside)]
                });
                some(Block::List, moments.collect())
            },
        );
    }

    fn habits(&mut self) {
        self.part("habits", "Habits and hooks", &self.report.patterns, |found| {
            let habits: Vec<_> = found
                .patterns
                .iter()
                .map(|habit| {
                    let ink = if habit.helps { Ink::Good } else { Ink::Bad };
                    let aside = format!(" · {}. ", words::turns(&habit.turns));
                    vec![Span::new(ink, habit.label.as_str()), muted(aside), plain(&habit.advice)]
                })
                .collect();
            let hooks: Vec<_> = found
                .hooks
                .iter()
                .map(|hook| {
                    let (ink, what) =
                        if hook.opened { (Ink::Good, "opened") } else { (Ink::Bad, "closed") };
                    let aside = format!(" · {what} them in turn {}. ", hook.turn);
                    vec![Span::new(ink, hook.label.as_str()), muted(aside), plain(&hook.why)]
                })
                .collect();
            titled(&[("Habits", habits), ("Moments that took hold", hooks)])
        });
    }

    fn topics(&mut self) {
        let persona = self.report.mission.persona.as_str();
        self.part("topics", "What it was about", &self.report.topics, |found| {
            let mut blocks = Vec::new();
            let mut pairs: Vec<(_, Spans<'_>)> = found
                .topics
                .iter()
                .map(|topic| {
                    let share = format!("{:.0} % of the turns", topic.share.get() * 100.0);
                    (topic.name.as_str().into(), vec![plain(share)])
                })
                .collect();
            if let Some(technique) = &found.technique {
                let name = Span::new(Ink::Strong, technique.name.as_str());
                let why = plain(format!(" · turn {}. {}", technique.turn, technique.why));
                pairs.push(("technique".into(), vec![name, why]));
            }
            blocks.extend(some(Block::Pairs, pairs));
            let actions: Vec<_> = found
                .actions
                .iter()
                .map(|action| {
                    let whose = words::whose(action.whose, persona);
                    vec![plain(&action.text), muted(format!(" · {whose}, turn {}", action.turn))]
                })
                .collect();
            blocks.extend(titled(&[("Agreed or offered", actions)]));
            blocks
        });
    }

    fn coaching(&mut self) {
        self.part("coaching", "What to make of it", &self.report.coaching, |coaching| {
            let texts = [&coaching.progress, &coaching.relationship];
            let mut blocks: Vec<_> = texts
                .into_iter()
                .filter(|text| !text.is_empty())
                .map(|text| Block::Paragraph(vec![plain(text)]))
                .collect();
            let items = |texts: &'a [String]| texts.iter().map(|text| vec![plain(text)]).collect();
            blocks.extend(titled(&[
                ("Try next", items(&coaching.recommendations)),
                ("What it shows", items(&coaching.insights)),
                ("What helped when it got hard", items(&coaching.coping_skills)),
            ]));
            blocks
        });
    }

    fn prose(&mut self) {
        self.part("story", "The story", &self.report.prose, |prose| {
            prose.paragraphs.iter().map(|text| Block::Paragraph(vec![plain(text)])).collect()
        });
    }

    fn memory(&mut self) {
        self.part("memory", "What stays with them", &self.report.memory, |memory| {
            let mut blocks = Vec::new();
            if !memory.attitude.is_empty() {
                let name = Span::new(Ink::Strong, format!("{}: ", self.report.mission.persona));
                blocks.push(Block::Paragraph(vec![name, plain(&memory.attitude)]));
            }
            blocks.extend(some(
                Block::List,
                memory.items.iter().map(|item| vec![plain(item)]).collect(),
            ));
            if memory.carry != 0.0 {
                let words = format!("{} on how the next talk begins", words::signed(memory.carry));
                blocks.push(Block::Paragraph(vec![muted(words)]));
            }
            blocks
        });
    }

    fn difference(&mut self) {
        self.part("before", "Against last time", &self.report.difference, |past| {
            let row = |name: &str, change: &Change| {
                let by = words::signed(change.by);
                let whole = |value: f64| words::whole(value);
                vec![name.to_owned(), whole(change.before), whole(change.now), by]
            };
            let mut rows: Vec<_> = past.score.iter().map(|change| row("score", change)).collect();
            rows.push(row("turns", &past.turns));
            let traits = Trait::ALL.into_iter().zip(&past.traits);
            rows.extend(traits.map(|(of, change)| row(of.in_words(), change)));
            let when = past.ended_at.map(|at| format!(" ({})", words::moment(at)));
            let ending = format!("Last time{}: ", when.unwrap_or_default());
            vec![
                Block::Paragraph(vec![muted(ending), plain(past.ending.in_words())]),
                Block::Table { head: vec!["", "before", "now", "change"], rows },
            ]
        });
    }

    fn synergy(&mut self) {
        self.part("together", "Traits that go together", &self.report.synergy, |found| {
            let pairs = found.pairs.iter().map(|pair| {
                let names = format!("{} and {}", pair.a.in_words(), pair.b.in_words());
                let way = if pair.r > 0.0 { "rise together" } else { "against each other" };
                let aside = format!(" · {way} (r {:.2}, {} missions)", pair.r, pair.n);
                vec![Span::new(Ink::Strong, names), muted(aside)]
            });
            some(Block::List, pairs.collect())
        });
    }

    fn category(&mut self) {
        self.part("category", "Missions of this kind", &self.report.category, |stats| {
            let mut pairs: Vec<(_, Spans<'_>)> = vec![
                (
                    stats.category.name().into(),
                    vec![plain(words::count(stats.missions, "mission", "missions"))],
                ),
                ("won".into(), vec![plain(stats.won.to_string())]),
            ];
            if let Some(mean) = stats.mean_score {
                pairs.push(("mean score".into(), vec![plain(mean.to_string())]));
            }
            if let Some(best) = stats.best {
                let mut spans = vec![plain(best.to_string())];
                if stats.is_best {
                    spans.push(Span::new(Ink::Good, " · this one"));
                }
                pairs.push(("best".into(), spans));
            }
            vec![Block::Pairs(pairs)]
        });
    }

    /// What it cost, how long it took, what went wrong technically, and where it all comes from.
    fn machinery(&mut self) {
        let report = self.report;
        let mission = &report.mission;
        let mut pairs: Vec<(_, Spans<'_>)> = Vec::new();
        let mut pair =
            |name: &'static str, value: String| pairs.push((name.into(), vec![plain(value)]));
        let who = if mission.provider == mission.model {
            mission.model.clone()
        } else {
            format!("{} · {}", mission.provider, mission.model)
        };
        pair(if mission.imported { "imported" } else { "answered by" }, who);
        pair("seed", mission.seed.clone());
        if let Some(run) = &mission.run {
            pair("run", run.clone());
        }
        if let Some(at) = mission.started_at {
            pair("began", words::moment(at));
        }
        if let Some(costs) = &report.costs.content {
            pair("cost", words::money(costs.total));
        }
        if let Some(times) = &report.latencies.content {
            let ms = |p50: f64, p95: f64| {
                format!("{} (95 %: {})", words::duration(p50), words::duration(p95))
            };
            if let Some(first) = times.ttft_ms {
                pair("first word after", ms(first.p50, first.p95));
            }
            pair("answer after", ms(times.total_ms.p50, times.total_ms.p95));
            pair("our own share", ms(times.own_us.p50 / 1_000.0, times.own_us.p95 / 1_000.0));
        } else if let Some(note) = &report.latencies.note {
            pair("timings", note.clone());
        }
        if let Some(id) = mission.mission_id {
            pair("mission", id.to_string());
        }
        let mut blocks = vec![Block::Pairs(pairs)];
        blocks.extend(costs_by_task(report));
        blocks.extend(troubles(report));
        let title = "How it was made".into();
        self.parts.push(Part { id: "made", title, note: None, blocks });
    }

    /// One line for each reason, so that nobody has to read "not analysed" ten times.
    fn missing(&mut self) {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for (title, why) in &self.missing {
            match reasons.iter_mut().find(|(known, _)| known == why) {
                Some((_, titles)) => titles.push(title),
                None => reasons.push((why, vec![title])),
            }
        }
        let lines: Vec<_> = reasons
            .into_iter()
            .map(|(why, titles)| {
                let titles: Vec<_> = titles.into_iter().map(str::to_lowercase).collect();
                vec![plain(titles.join(", ")), muted(format!(": {why}"))]
            })
            .collect();
        if !lines.is_empty() {
            let title = "Not in this report".into();
            let blocks = vec![Block::List(lines)];
            self.parts.push(Part { id: "missing", title, note: None, blocks });
        }
    }

    fn transcript(&mut self) {
        let persona = self.report.mission.persona.as_str();
        self.part("transcript", "Everything that was said", &self.report.transcript, |turns| {
            if turns.is_empty() { Vec::new() } else { vec![Block::Transcript { turns, persona }] }
        });
    }
}

/// How far a section can be relied on, in a line.
fn remark<T>(section: &Section<T>) -> Option<String> {
    let made = section.made.as_ref();
    let who = made.filter(|made| made.model.is_some()).map(|made| {
        let model = made.model.as_deref().unwrap_or_default();
        format!("{}: {model}", made.strategy.in_words())
    });
    let parts: Vec<_> = who.into_iter().chain(section.note.clone()).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn costs_by_task(report: &Report) -> Option<Block<'_>> {
    let tasks = report.costs.content.as_ref().map(|costs| costs.tasks.as_slice())?;
    let rows: Vec<_> = tasks
        .iter()
        .map(|task| {
            let tokens = [task.input_tokens, task.output_tokens].map(|tokens| tokens.to_string());
            let [input, output] = tokens;
            let name = words::spaced(task.task.name());
            vec![name, task.runs.to_string(), input, output, words::money(task.cost)]
        })
        .collect();
    let head = vec!["asked for", "times", "tokens in", "tokens out", "cost"];
    (!rows.is_empty()).then_some(Block::Table { head, rows })
}

fn troubles(report: &Report) -> Vec<Block<'_>> {
    let Some(troubles) = report.troubles.content.as_ref() else { return Vec::new() };
    let lines = troubles.iter().map(|trouble| {
        let what = match trouble.kind {
            TroubleKind::Degraded => "answered offline: ",
            TroubleKind::Repaired => "read locally in part: ",
        };
        let problems = trouble.problems.iter().map(in_words);
        let turn = Span::new(Ink::Strong, format!("turn {} ", trouble.turn));
        vec![turn, muted(what), plain(join(problems, "; "))]
    });
    titled(&[("Turns that went wrong technically", lines.collect())])
}

fn in_words(problem: &Problem) -> String {
    if problem.field.is_empty() {
        problem.message.clone()
    } else {
        format!("{}: {}", problem.field, problem.message)
    }
}

/// Lists that are not empty, each under its heading.
fn titled<'a>(lists: &[(&'static str, Vec<Spans<'a>>)]) -> Vec<Block<'a>> {
    lists
        .iter()
        .filter(|(_, items)| !items.is_empty())
        .flat_map(|(title, items)| [Block::Subheading(title), Block::List(items.clone())])
        .collect()
}

/// A block of these, or none of nothing.
fn some<'a, T>(block: impl FnOnce(Vec<T>) -> Block<'a>, items: Vec<T>) -> Vec<Block<'a>> {
    if items.is_empty() { Vec::new() } else { vec![block(items)] }
}

fn plain<'a>(text: impl Into<std::borrow::Cow<'a, str>>) -> Span<'a> {
    Span::new(Ink::Plain, text)
}

fn muted<'a>(text: impl Into<std::borrow::Cow<'a, str>>) -> Span<'a> {
    Span::new(Ink::Muted, text)
}

fn join(texts: impl Iterator<Item = String>, between: &str) -> String {
    texts.collect::<Vec<_>>().join(between)
}
