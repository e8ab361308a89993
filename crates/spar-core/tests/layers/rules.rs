//! The rules of the floors, applied to sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use super::code::{Source, Spelt};

/// A crate and its floors.
pub(crate) struct CrateLayers {
    /// Its package name.
    pub(crate) name: &'static str,
    /// Its sources, from the top of the repository.
    pub(crate) source: &'static str,
    /// Modules of each floor, lowest first. The crate's root stands above them all.
    pub(crate) floors: &'static [&'static [&'static str]],
    /// Crates its manifest must not name.
    pub(crate) no_dependency: &'static [&'static str],
    /// Paths its sources must not spell.
    pub(crate) no_path: &'static [&'static str],
}

/// A path that only one module may spell.
pub(crate) struct Only {
    /// `reqwest`, `std::time::Instant`.
    pub(crate) path: &'static str,
    /// `spar-engine::provider`.
    pub(crate) within: &'static str,
    /// Why.
    pub(crate) why: &'static str,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Complaint {
    file: String,
    line: usize,
    message: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// Everything that is wrong with a crate's sources.
pub(crate) fn check(
    layers: &CrateLayers,
    sources: &[Source],
    only: &[Only],
    strangers: &[(&str, &str, &str)],
) -> Vec<Complaint> {
    let shown = Shown::of(sources);
    let mut complaints = Vec::new();
    let mut edges: BTreeMap<(&str, &str), (String, usize)> = BTreeMap::new();
    for source in sources {
        let home = layers.home(&source.module);
        if home.is_none() && !source.module.is_empty() {
            complaints.push(Complaint {
                file: source.file.clone(),
                line: 1,
                message: format!(
                    "`{}` is on no floor of `{}`; add it to the table in tests/layers.rs",
                    source.module.join("::"),
                    layers.name
                ),
            });
            continue;
        }
        let aliases = aliases(source);
        for spelt in &source.paths {
            let mut complain = |message: String| {
                let (file, line) = (source.file.clone(), spelt.line);
                complaints.push(Complaint { file, line, message });
            };
            foreign(layers, source, spelt, &aliases, only, &mut complain);
            let Some(home) = home else { continue };
            let Some(target) = shown.target(&spelt.segments) else { continue };
            let Some(there) = layers.home(&target) else { continue };
            if there == home {
                continue;
            }
            // A parent may list its children, whatever their floor.
            if spelt.relative || there.starts_with(&format!("{home}::")) && spelt.shown {
                continue;
            }
            let (from, to) = (layers.floor(home), layers.floor(there));
            if to > from {
                complain(format!(
                    "`{home}` (floor {from}) imports `{there}` (floor {to}): imports never go up"
                ));
                continue;
            }
            let are_strangers = strangers.iter().any(|(name, one, other)| {
                *name == layers.name && [(home, there), (there, home)].contains(&(*one, *other))
            });
            if are_strangers {
                complain(format!("`{home}` imports `{there}`, but they are to be strangers"));
            }
            edges.entry((home, there)).or_insert_with(|| (source.file.clone(), spelt.line));
        }
    }
    complaints.extend(circles(&edges));
    complaints.sort();
    complaints.dedup();
    complaints
}

/// What other crates the source reaches for.
fn foreign(
    layers: &CrateLayers,
    source: &Source,
    spelt: &Spelt,
    aliases: &BTreeMap<&str, &[String]>,
    only: &[Only],
    complain: &mut dyn FnMut(String),
) {
    let full = expanded(spelt, aliases);
    for path in layers.no_path {
        if reaches(&full, path) {
            complain(format!("`{}` must not know `{path}`", layers.name));
        }
    }
    let here = [vec![layers.name.to_owned()], source.module.clone()].concat().join("::");
    for rule in only {
        let inside = here == rule.within || here.starts_with(&format!("{}::", rule.within));
        if !inside && reaches(&full, rule.path) {
            complain(format!("only `{}` may name `{}`: {}", rule.within, rule.path, rule.why));
        }
    }
}

/// The path with its first word replaced by what a `use` of this file says it stands for.
fn expanded(spelt: &Spelt, aliases: &BTreeMap<&str, &[String]>) -> Vec<String> {
    match spelt.segments.split_first() {
        Some((first, rest)) if spelt.relative && spelt.named.is_none() => aliases
            .get(first.as_str())
            .map_or_else(|| spelt.segments.clone(), |path| [path, rest].concat()),
        _ => spelt.segments.clone(),
    }
}

fn aliases(source: &Source) -> BTreeMap<&str, &[String]> {
    source
        .paths
        .iter()
        .filter_map(|spelt| Some((spelt.named.as_deref()?, spelt.segments.as_slice())))
        .collect()
}

/// Whether the path is, or lies under, or takes everything around the forbidden one.
fn reaches(segments: &[String], path: &str) -> bool {
    let path: Vec<&str> = path.split("::").collect();
    let equal = segments.iter().zip(&path).take_while(|(a, b)| a == b).count();
    equal == path.len()
        || (equal + 1 == path.len() && segments.get(equal).is_some_and(|s| s == "*"))
}

impl CrateLayers {
    /// The entry of the table a module belongs to: the longest that fits.
    fn home(&self, module: &[String]) -> Option<&'static str> {
        (1..=module.len()).rev().find_map(|length| {
            let path = module[..length].join("::");
            self.floors.iter().flat_map(|floor| floor.iter()).copied().find(|entry| *entry == path)
        })
    }

    fn floor(&self, entry: &str) -> usize {
        self.floors.iter().position(|floor| floor.contains(&entry)).unwrap_or(self.floors.len())
    }
}

/// Names that a module shows again, and where they really live.
struct Shown<'a> {
    names: BTreeMap<Vec<&'a str>, &'a [String]>,
    modules: BTreeSet<Vec<&'a str>>,
}

impl<'a> Shown<'a> {
    fn of(sources: &'a [Source]) -> Self {
        let mut names = BTreeMap::new();
        let mut modules = BTreeSet::new();
        for source in sources {
            let module: Vec<&str> = source.module.iter().map(String::as_str).collect();
            modules.insert(module.clone());
            for spelt in source.paths.iter().filter(|spelt| spelt.shown && spelt.relative) {
                if let Some(named) = &spelt.named {
                    let mut key = module.clone();
                    key.push(named);
                    names.insert(key, spelt.segments.as_slice());
                }
            }
        }
        Self { names, modules }
    }

    /// The path within the crate that `segments` lead to, through one re-export of each module on
    /// the way; `None` when they leave the crate.
    fn target(&self, segments: &[String]) -> Option<Vec<String>> {
        let (first, rest) = segments.split_first()?;
        (first == "crate").then_some(())?;
        let mut path: Vec<String> = rest.to_vec();
        for _ in 0..8 {
            let Some((length, real)) = (1..=path.len()).find_map(|length| {
                let key: Vec<&str> = path[..length].iter().map(String::as_str).collect();
                Some((length, *self.names.get(&key)?))
            }) else {
                break;
            };
            let mut next: Vec<String> = path[..length - 1].to_vec();
            next.extend_from_slice(real);
            next.extend_from_slice(&path[length..]);
            // `pub use serde::Serialize` leads out of the crate.
            let inside = (1..=next.len()).any(|end| {
                let key: Vec<&str> = next[..end].iter().map(String::as_str).collect();
                end >= length && self.modules.contains(&key)
            });
            if !inside || next == path {
                break;
            }
            path = next;
        }
        Some(path)
    }
}

/// Modules that reach themselves again, each circle once.
fn circles(edges: &BTreeMap<(&str, &str), (String, usize)>) -> Vec<Complaint> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for start in edges.keys().map(|(from, _)| *from) {
        let Some(circle) = way_back(edges, start) else { continue };
        let members: BTreeSet<&str> = circle.iter().copied().collect();
        if !seen.insert(members) {
            continue;
        }
        let mut steps = Vec::new();
        for (at, from) in circle.iter().enumerate() {
            let to = circle[(at + 1) % circle.len()];
            let (file, line) = &edges[&(*from, to)];
            steps.push((file.clone(), *line, format!("`{from}` imports `{to}` ({file}:{line})")));
        }
        let (file, line, _) = steps[0].clone();
        let told: Vec<String> = steps.into_iter().map(|step| step.2).collect();
        found.push(Complaint { file, line, message: format!("in a circle: {}", told.join(", ")) });
    }
    found
}

/// The shortest way from a module back to itself.
fn way_back<'a>(
    edges: &BTreeMap<(&'a str, &'a str), (String, usize)>,
    start: &'a str,
) -> Option<Vec<&'a str>> {
    let mut ways = vec![vec![start]];
    let mut visited = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let here = *way.last()?;
            for (_, to) in edges.keys().filter(|(from, _)| *from == here) {
                if *to == start {
                    return Some(way);
                }
                if visited.insert(*to) {
                    longer.push([way.as_slice(), &[*to]].concat());
                }
            }
        }
        ways = longer;
    }
    None
}

/// Dependencies that the crate must not have. Tests may use what they like.
pub(crate) fn check_manifest(layers: &CrateLayers, path: &str, manifest: &str) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut in_dependencies = false;
    for (number, line) in manifest.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let mut names: Vec<&str> = Vec::new();
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let (table, last) = section.rsplit_once('.').unwrap_or(("", section));
            let ours = |name: &str| {
                let last = name.rsplit_once('.').map_or(name, |(_, last)| last);
                ["dependencies", "build-dependencies"].contains(&last)
                    && !name.starts_with("workspace")
            };
            in_dependencies = ours(section);
            if ours(table) {
                names.push(last);
            }
        } else if in_dependencies && let Some((key, value)) = line.split_once('=') {
            names.push(key.split('.').next().unwrap_or_default().trim().trim_matches('"'));
            if let Some((_, package)) = value.split_once("package") {
                names.extend(package.split('"').nth(1));
            }
        }
        for name in names.into_iter().filter(|name| layers.no_dependency.contains(name)) {
            complaints.push(Complaint {
                file: path.to_owned(),
                line: number + 1,
                message: format!("`{}` must not depend on `{name}`", layers.name),
            });
        }
    }
    complaints
}

/// The floors as ARCHITECTURE.md prints them.
pub(crate) fn printed_floors(crates: &[CrateLayers]) -> String {
    let mut table = String::from("| crate | floor | modules |\n|---|---|---|\n");
    for layers in crates {
        for (number, floor) in layers.floors.iter().enumerate() {
            let modules: Vec<String> = floor.iter().map(|module| format!("`{module}`")).collect();
            let _ = writeln!(table, "| `{}` | {number} | {} |", layers.name, modules.join(", "));
        }
    }
    table
}

/// Who alone may name what, as ARCHITECTURE.md prints it.
pub(crate) fn printed_only(only: &[Only]) -> String {
    let mut table = String::from("| only here | may name | because |\n|---|---|---|\n");
    for rule in only {
        let _ = writeln!(table, "| `{}` | `{}` | {} |", rule.within, rule.path, rule.why);
    }
    table
}
