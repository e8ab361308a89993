//! Scripts and checks: what a headless run plays and what must be true of it.

use std::collections::{BTreeSet, HashSet};

use super::conditions::{Conditions, Place, is_blank};
use super::file::{
    BranchFile, CheckFile, FlagsTest, ReplyFile, SaveFile, ScenarioFile, StepFile, TimesTest, Words,
};
use super::label::label;
use super::lines::braced;
use super::problems::{Report, Span};
use super::resolve::is_word;
use super::shape::{Compare, Entries, Spanned};
use super::{
    Branch, Check, CheckItem, LatencyCheck, Level, ReplyCheck, SaveRule, Script, ScriptLine,
    Simulate, Step, VarSet,
};
use crate::rules::Comparison;

/// How deep lists of checks may use each other.
const MAX_SHARED: usize = 16;
/// How many checks one scenario may have, shared ones counted wherever they are used.
const MAX_CHECKS: usize = 20_000;
/// More runs of one scenario than this are a slip of the pen.
const MAX_RUNS: usize = 100_000;

/// Reads the script and the checks of one document.
pub(super) struct Steps<'a> {
    pub(super) file: &'a ScenarioFile,
    /// Where the document starts: the line of things that another file brought.
    pub(super) home: Span,
    pub(super) conditions: Conditions<'a>,
    /// Regular expressions that were compiled: shared checks are read wherever they are used, and
    /// compiling costs more than all the rest.
    patterns: HashSet<String>,
    /// Checks read so far.
    read: usize,
}

impl<'a> Steps<'a> {
    pub(super) fn new(file: &'a ScenarioFile, home: Span, conditions: Conditions<'a>) -> Self {
        Self { file, home, conditions, patterns: HashSet::new(), read: 0 }
    }

    /// Looks at the shared lists once, so that one that nobody uses is checked too.
    pub(super) fn shared_checks(&mut self) {
        for (_, items) in self.file.checks.iter().flat_map(|checks| &checks.0) {
            self.checks(items);
        }
    }

    fn report(&mut self) -> &mut Report {
        self.conditions.report
    }

    /// The line of a thing in the scenario's own file.
    fn line(&self, at: Span) -> u32 {
        if at.file == self.home.file { at.line } else { self.home.line }
    }

    pub(super) fn script(&mut self) -> Script {
        let mut names = BTreeSet::new();
        let mut vars = Vec::new();
        let mut runs: usize = self.file.repeat.unwrap_or(1) as usize;
        for (name, values) in self.file.vars.iter().flat_map(|vars| &vars.0) {
            if !is_word(name) {
                let message = format!("`{}` is no name for a variable", name.value);
                let help = "use lower-case letters, digits and `_`".to_owned();
                self.report().add(name.at, message, Some(help));
            }
            let values: Vec<String> =
                values.as_slice().iter().map(|value| value.0.clone()).collect();
            let before = runs;
            runs = runs.saturating_mul(values.len());
            if runs > MAX_RUNS && before <= MAX_RUNS {
                let message = format!("`vars` and `repeat` multiply to {runs} runs");
                let help = Some(format!("keep it below {MAX_RUNS}"));
                self.report().add(name.at, message, help);
            }
            names.insert(name.value.clone());
            vars.push(VarSet { name: name.value.clone(), values });
        }
        let mut steps = Vec::new();
        for written in self.file.script.iter().flatten() {
            steps.extend(self.step(written, &mut names));
        }
        Script { vars, repeat: self.file.repeat.unwrap_or(1), steps }
    }

    fn step(&mut self, written: &Spanned<StepFile>, names: &mut BTreeSet<String>) -> Option<Step> {
        let StepFile { user, expect, save, branch, simulate } = &written.value;
        let kinds = [user.is_some(), branch.is_some(), simulate.is_some()];
        match kinds.iter().filter(|there| **there).count() {
            1 => {}
            0 if self.conditions.known.damaged.at(written.at) => return None,
            0 => {
                let help = "write one of `user`, `branch` or `simulate`".to_owned();
                self.report().add(written.at, "this step does nothing", Some(help));
                return None;
            }
            _ => {
                let help = "make them steps of their own".to_owned();
                let message = "a step is one of `user`, `branch` or `simulate`, not several";
                self.report().add(written.at, message, Some(help));
                return None;
            }
        }
        if let Some(user) = user {
            let line = self.said(user, expect.as_deref(), save.as_ref(), names);
            names.extend(line.save.iter().map(|rule| rule.name.clone()));
            return Some(Step::Say(line));
        }
        if expect.is_some() || save.is_some() {
            let help = "put them beside the `user` line they are about".to_owned();
            let message = "`expect` and `save` belong to a `user` line";
            self.report().add(written.at, message, Some(help));
        }
        if let Some(branches) = branch {
            return Some(Step::Branch(self.branches(branches, names)));
        }
        let simulate = simulate.as_ref()?;
        if simulate.who.trim().is_empty() {
            self.report().add(
                simulate.who.at,
                "`as` is empty",
                Some("say who they are".to_owned()),
            );
        }
        let until = simulate.until.as_ref().map(|until| {
            if is_blank(until) && !self.conditions.known.damaged.at(until.at) {
                let message = "`until: {}` holds at once, so nobody speaks";
                self.report().add(until.at, message, Some("put a condition in it".to_owned()));
            }
            self.conditions.read(until, Place::Mission)
        });
        Some(Step::Simulate(Simulate {
            who: simulate.who.value.clone(),
            level: simulate.level.map_or(Level::Middling, |level| level.0),
            turns: simulate.turns,
            until,
            source_line: self.line(written.at),
        }))
    }

    fn branches(
        &mut self,
        written: &[Spanned<BranchFile>],
        names: &mut BTreeSet<String>,
    ) -> Vec<Branch> {
        let mut found = Vec::new();
        let mut saved = Vec::new();
        for (number, branch) in written.iter().enumerate() {
            let BranchFile { when, otherwise, user, expect, save } = &branch.value;
            let last = number + 1 == written.len();
            match (when, otherwise) {
                (Some(when), Some(_)) => {
                    let message = "a branch has `when` or `else`, not both";
                    self.report().add(when.at, message, None);
                }
                (None, None) if !self.conditions.known.damaged.at(branch.at) => {
                    let help = "add `when: {…}`, or `else: true` to the last one".to_owned();
                    self.report().add(branch.at, "this branch has no condition", Some(help));
                }
                (None, Some(truth)) if !truth.value => {
                    self.report().add(truth.at, "`else` can only be true", None);
                }
                (None, Some(truth)) if !last => {
                    let help = "branches after it are never taken".to_owned();
                    let message = "`else` must be the last branch";
                    self.report().add(truth.at, message, Some(help));
                }
                _ => {}
            }
            let when = when.as_ref().map(|when| self.conditions.read(when, Place::Mission));
            let line = self.said(user, expect.as_deref(), save.as_ref(), names);
            saved.extend(line.save.iter().map(|rule| rule.name.clone()));
            found.push(Branch { when, line });
        }
        names.extend(saved);
        found
    }

    fn said(
        &mut self,
        user: &Words,
        expect: Option<&[Spanned<CheckFile>]>,
        save: Option<&Entries<SaveFile>>,
        names: &BTreeSet<String>,
    ) -> ScriptLine {
        if user.trim().is_empty() {
            self.report().add(user.at, "this line says nothing", None);
        }
        for name in braced(user, "{{", "}}") {
            if !names.contains(name) {
                let known = names.iter().map(String::as_str);
                let otherwise = "define it under `vars`, or `save` it from an earlier reply";
                self.report().unknown(user.at, "variable", name, known, otherwise);
            }
        }
        let mut rules = Vec::new();
        for (name, rule) in save.iter().flat_map(|save| &save.0) {
            if !is_word(name) {
                let message = format!("`{}` is no name for a variable", name.value);
                let help = "use lower-case letters, digits and `_`".to_owned();
                self.report().add(name.at, message, Some(help));
            }
            self.regex(&rule.matches);
            rules.push(SaveRule { name: name.value.clone(), matches: rule.matches.value.clone() });
        }
        ScriptLine {
            user: user.value.clone(),
            expect: self.checks(expect.unwrap_or_default()),
            save: rules,
            source_line: self.line(user.at),
        }
    }

    fn regex(&mut self, pattern: &Words) {
        if !self.patterns.insert(pattern.value.clone()) {
            return;
        }
        if let Err(error) = regex::Regex::new(pattern) {
            let text = error.to_string();
            // The library draws the place over several lines; the last one says what is wrong.
            let reason = text.lines().last().unwrap_or("it does not parse").trim();
            let reason = reason.strip_prefix("error: ").unwrap_or(reason).to_owned();
            self.report().add(pattern.at, format!("bad regular expression: {reason}"), None);
        }
    }

    /// The checks of a list, shared ones put in place.
    pub(super) fn checks(&mut self, written: &[Spanned<CheckFile>]) -> Vec<CheckItem> {
        let mut found = Vec::new();
        self.gather(written, None, &mut Vec::new(), &mut found);
        found
    }

    fn gather(
        &mut self,
        written: &[Spanned<CheckFile>],
        used_on: Option<u32>,
        chain: &mut Vec<String>,
        found: &mut Vec<CheckItem>,
    ) {
        for item in written {
            self.read += 1;
            if self.read > MAX_CHECKS {
                let message = format!("the scenario has more than {MAX_CHECKS} checks");
                let help = "lists of checks that use each other multiply".to_owned();
                let home = self.home;
                self.report().add(home, message, Some(help));
                return;
            }
            let source_line = used_on.unwrap_or_else(|| self.line(item.at));
            let mut checks = self.item(item);
            if checks.is_empty()
                && item.shared.is_none()
                && !self.conditions.known.damaged.at(item.at)
            {
                let blank = label_is_blank(&item.value);
                if blank {
                    let help = "write one, e.g. `{tier: \">= B\"}`".to_owned();
                    self.report().add(item.at, "this check checks nothing", Some(help));
                }
            }
            found.extend(checks.drain(..).map(|check| CheckItem {
                label: label(&check),
                check,
                source_line,
            }));
            let Some(name) = &item.shared else { continue };
            let lists = self.file.checks.as_ref();
            let list = lists.and_then(|checks| {
                checks.0.iter().find(|(known, _)| known.value == name.value).map(|(_, list)| list)
            });
            let Some(list) = list else {
                let known: Vec<&str> = lists.iter().flat_map(|checks| checks.names()).collect();
                let otherwise = "define it under `checks`";
                self.report().unknown(
                    name.at,
                    "list of checks",
                    name,
                    known.iter().copied(),
                    otherwise,
                );
                continue;
            };
            if chain.contains(&name.value) || chain.len() >= MAX_SHARED {
                let message = format!("the checks `{}` use themselves", name.value);
                self.report().add(name.at, message, None);
                continue;
            }
            chain.push(name.value.clone());
            self.gather(list, Some(source_line), chain, found);
            chain.pop();
        }
    }

    fn item(&mut self, item: &Spanned<CheckFile>) -> Vec<Check> {
        let mut found = Vec::new();
        let CheckFile {
            shared: _,
            tier,
            score,
            mood,
            positivity,
            tension,
            comfort,
            gate,
            ending,
            cue,
            flags,
            boundary_risk,
            event_hint,
            reply,
            valid,
            degraded,
            latency_ms,
            ttft_ms,
            cost_usd,
            tokens,
            pass_hat,
        } = &item.value;
        if let Some(tier) = tier {
            found.extend(self.conditions.tier(tier).map(Check::Tier));
        }
        for (make, written) in [
            (Check::Score as fn(Comparison) -> Check, score),
            (Check::Positivity, positivity),
            (Check::Tension, tension),
            (Check::Comfort, comfort),
        ] {
            let Some(written) = written else { continue };
            found.extend(self.conditions.percent(written).map(make));
        }
        if let Some(moods) = mood {
            found.push(Check::Mood(moods.as_slice().iter().map(|mood| mood.0).collect()));
        }
        if let Some(gate) = gate {
            let gates = self.conditions.gates(gate, item.at);
            found.extend(gates.into_iter().map(|(name, status)| Check::Gate(name, status)));
        }
        if let Some(endings) = ending {
            found.push(Check::Ending(endings.as_slice().iter().map(|ending| ending.0).collect()));
        }
        if let Some(cues) = cue {
            let names = self.conditions.cue_names(cues.as_slice());
            if !names.is_empty() {
                found.push(Check::Cue(names));
            }
        }
        if let Some(flags) = flags {
            found.extend(self.flags(flags, item.at));
        }
        if let Some(risks) = boundary_risk {
            found.push(Check::BoundaryRisk(risks.as_slice().iter().map(|risk| risk.0).collect()));
        }
        if let Some(hints) = event_hint {
            found.push(Check::EventHint(hints.as_slice().iter().map(|hint| hint.0).collect()));
        }
        if let Some(reply) = reply {
            found.push(Check::Reply(self.reply(reply)));
        }
        found.extend(valid.map(Check::Valid));
        found.extend(degraded.map(Check::Degraded));
        if let Some(times) = latency_ms {
            found.extend(self.times(times, item.at).map(Check::LatencyMs));
        }
        if let Some(times) = ttft_ms {
            found.extend(self.times(times, item.at).map(Check::TtftMs));
        }
        for (make, written) in
            [(Check::CostUsd as fn(Comparison) -> Check, cost_usd), (Check::Tokens, tokens)]
        {
            let Some(written) = written else { continue };
            found.extend(self.conditions.compare(written).map(make));
        }
        found.extend(pass_hat.as_ref().map(|file| Check::PassHat { k: file.k, min: file.min }));
        found
    }

    fn flags(&mut self, flags: &FlagsTest, at: Span) -> Option<Check> {
        let names = |flags: &[super::shape::Named<crate::reading::MicroFlag>]| {
            flags.iter().map(|flag| flag.0.name().to_owned()).collect::<Vec<_>>()
        };
        let (has, none) = match flags {
            FlagsTest::One(flag) => (names(std::slice::from_ref(flag)), Vec::new()),
            FlagsTest::Each(flags) => (names(flags), Vec::new()),
            FlagsTest::Both(file) => (
                names(file.has.as_deref().unwrap_or_default()),
                names(file.none.as_deref().unwrap_or_default()),
            ),
        };
        if has.is_empty() && none.is_empty() {
            let help = "name some: `flags: {none: [needy]}`".to_owned();
            self.report().add(at, "`flags` names no flag", Some(help));
            return None;
        }
        Some(Check::Flags { has, none })
    }

    fn reply(&mut self, written: &Spanned<ReplyFile>) -> ReplyCheck {
        let ReplyFile { contains, not_contains, matches, not_matches, max_chars, language } =
            &written.value;
        for pattern in [matches, not_matches].into_iter().flatten() {
            self.regex(pattern);
        }
        let texts = |list: &Option<super::shape::OneOrMany<super::shape::Text>>| {
            list.iter().flat_map(|list| list.as_slice()).map(|text| text.0.clone()).collect()
        };
        let reply = ReplyCheck {
            contains: texts(contains),
            not_contains: texts(not_contains),
            matches: matches.as_ref().map(|pattern| pattern.value.clone()),
            not_matches: not_matches.as_ref().map(|pattern| pattern.value.clone()),
            max_chars: *max_chars,
            language: language.clone(),
        };
        if reply == ReplyCheck::default() && !self.conditions.known.damaged.at(written.at) {
            let help = "say what it must be like, e.g. `{contains: [plan]}`".to_owned();
            self.report().add(written.at, "`reply` checks nothing", Some(help));
        }
        reply
    }

    fn times(&mut self, written: &TimesTest, at: Span) -> Option<LatencyCheck> {
        let file = match written {
            TimesTest::Each(comparison) => {
                let comparison = self.conditions.compare(comparison)?;
                return Some(LatencyCheck { bounds: vec![("value".to_owned(), comparison)] });
            }
            TimesTest::Statistics(file) => file,
        };
        let statistics: [(&str, &Option<Compare>); 6] = [
            ("p50", &file.p50),
            ("p90", &file.p90),
            ("p95", &file.p95),
            ("p99", &file.p99),
            ("max", &file.max),
            ("mean", &file.mean),
        ];
        let mut bounds = Vec::new();
        for (name, comparison) in statistics {
            let Some(comparison) = comparison else { continue };
            bounds.extend(
                self.conditions.compare(comparison).map(|comparison| (name.to_owned(), comparison)),
            );
        }
        if bounds.is_empty() {
            if statistics.iter().all(|(_, comparison)| comparison.is_none()) {
                let help = "name one, e.g. `{p95: \"<= 2500\"}`".to_owned();
                self.report().add(at, "no statistic is compared here", Some(help));
            }
            return None;
        }
        Some(LatencyCheck { bounds })
    }
}

/// Whether the item names no check at all (one that names a wrong one was reported already).
fn label_is_blank(item: &CheckFile) -> bool {
    let CheckFile {
        shared,
        tier,
        score,
        mood,
        positivity,
        tension,
        comfort,
        gate,
        ending,
        cue,
        flags,
        boundary_risk,
        event_hint,
        reply,
        valid,
        degraded,
        latency_ms,
        ttft_ms,
        cost_usd,
        tokens,
        pass_hat,
    } = item;
    shared.is_none()
        && tier.is_none()
        && mood.is_none()
        && gate.is_none()
        && ending.is_none()
        && cue.is_none()
        && flags.is_none()
        && boundary_risk.is_none()
        && event_hint.is_none()
        && reply.is_none()
        && valid.is_none()
        && degraded.is_none()
        && latency_ms.is_none()
        && ttft_ms.is_none()
        && pass_hat.is_none()
        && [score, positivity, tension, comfort, cost_usd, tokens].into_iter().all(Option::is_none)
}
