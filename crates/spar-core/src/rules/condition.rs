//! Conditions: small typed tests that gates, storylets, branches and objectives are made of.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Mood, MoodVector, Tier};
use crate::language::{Line, Phrase};
use crate::reading::{Asked, CueName, Focus, ShortAnswer};
use crate::units::Score;

/// A comparison with a number: `">= 60"`, `"in 20..40"`, `"== 2"`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Comparison {
    /// `>= n`
    AtLeast(f64),
    /// `<= n`
    AtMost(f64),
    /// `> n`
    Above(f64),
    /// `< n`
    Below(f64),
    /// `== n`
    Equal(f64),
    /// `!= n`
    NotEqual(f64),
    /// `in a..b`, both ends included
    Within(f64, f64),
}

/// Why a text is no comparison.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ComparisonError {
    /// It does not start with an operator.
    #[error("`{0}` is no comparison; write it like \">= 60\", \"< 3\" or \"in 20..40\"")]
    Operator(String),
    /// What follows the operator is no number.
    #[error("`{0}` is no number")]
    Number(String),
    /// The range is empty.
    #[error("the range {0}..{1} is empty: its ends are the wrong way round")]
    EmptyRange(f64, f64),
    /// The range of tiers is empty.
    #[error("the range {}..{} is empty: write it from the lower tier to the higher, \"in {}..{}\"",
        .0.name(), .1.name(), .1.name(), .0.name())]
    EmptyTiers(Tier, Tier),
    /// What follows the operator is no tier.
    #[error("`{0}` is no tier; tiers are S+, S, A, B, C, D")]
    Tier(String),
}

impl Comparison {
    /// Whether the number satisfies it.
    #[must_use]
    pub fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(n) => value >= n,
            Self::AtMost(n) => value <= n,
            Self::Above(n) => value > n,
            Self::Below(n) => value < n,
            Self::Equal(n) => (value - n).abs() < 1e-9,
            Self::NotEqual(n) => (value - n).abs() >= 1e-9,
            Self::Within(low, high) => (low..=high).contains(&value),
        }
    }
}

/// Splits `">= 60"` into operator and rest. The longer operators are tried first.
fn split_operator(text: &str) -> Option<(&'static str, &str)> {
    let text = text.trim();
    ["in ", ">=", "<=", "==", "!=", ">", "<"]
        .into_iter()
        .find_map(|operator| text.strip_prefix(operator).map(|rest| (operator.trim(), rest.trim())))
}

fn number(text: &str) -> Result<f64, ComparisonError> {
    text.parse::<f64>()
        .ok()
        .filter(|n| n.is_finite())
        .ok_or_else(|| ComparisonError::Number(text.to_owned()))
}

impl FromStr for Comparison {
    type Err = ComparisonError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((operator, rest)) = split_operator(text) else {
            return number(text.trim())
                .map(Self::Equal)
                .map_err(|_| ComparisonError::Operator(text.to_owned()));
        };
        Ok(match operator {
            "in" => {
                let (low, high) = rest
                    .split_once("..")
                    .ok_or_else(|| ComparisonError::Operator(text.to_owned()))?;
                let (low, high) = (number(low.trim())?, number(high.trim())?);
                if low > high {
                    return Err(ComparisonError::EmptyRange(low, high));
                }
                Self::Within(low, high)
            }
            ">=" => Self::AtLeast(number(rest)?),
            "<=" => Self::AtMost(number(rest)?),
            "==" => Self::Equal(number(rest)?),
            "!=" => Self::NotEqual(number(rest)?),
            ">" => Self::Above(number(rest)?),
            _ => Self::Below(number(rest)?),
        })
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(n) => write!(f, ">= {n}"),
            Self::AtMost(n) => write!(f, "<= {n}"),
            Self::Above(n) => write!(f, "> {n}"),
            Self::Below(n) => write!(f, "< {n}"),
            Self::Equal(n) => write!(f, "== {n}"),
            Self::NotEqual(n) => write!(f, "!= {n}"),
            Self::Within(low, high) => write!(f, "in {low}..{high}"),
        }
    }
}

impl TryFrom<String> for Comparison {
    type Error = ComparisonError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Comparison> for String {
    fn from(comparison: Comparison) -> Self {
        comparison.to_string()
    }
}

/// A comparison with a tier: `">= B"`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TierComparison {
    rank: Comparison,
}

impl TierComparison {
    /// Whether the tier satisfies it.
    #[must_use]
    pub fn holds(self, tier: Tier) -> bool {
        self.rank.holds(f64::from(tier.rank()))
    }
}

impl FromStr for TierComparison {
    type Err = ComparisonError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = |name: &str| {
            Tier::from_name(name).ok_or_else(|| ComparisonError::Tier(name.to_owned()))
        };
        let tier = |name: &str| named(name).map(|tier| f64::from(tier.rank()));
        let Some((operator, rest)) = split_operator(text) else {
            return Ok(Self { rank: Comparison::Equal(tier(text.trim())?) });
        };
        let rank = match operator {
            "in" => {
                let (low, high) = rest
                    .split_once("..")
                    .ok_or_else(|| ComparisonError::Operator(text.to_owned()))?;
                let (low, high) = (named(low.trim())?, named(high.trim())?);
                if low > high {
                    return Err(ComparisonError::EmptyTiers(low, high));
                }
                Comparison::Within(f64::from(low.rank()), f64::from(high.rank()))
            }
            ">=" => Comparison::AtLeast(tier(rest)?),
            "<=" => Comparison::AtMost(tier(rest)?),
            "==" => Comparison::Equal(tier(rest)?),
            "!=" => Comparison::NotEqual(tier(rest)?),
            ">" => Comparison::Above(tier(rest)?),
            _ => Comparison::Below(tier(rest)?),
        };
        Ok(Self { rank })
    }
}

impl fmt::Display for TierComparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |rank: f64| {
            Tier::ALL.iter().find(|t| f64::from(t.rank()) == rank).map_or("?", |t| t.name())
        };
        match self.rank {
            Comparison::AtLeast(n) => write!(f, ">= {}", name(n)),
            Comparison::AtMost(n) => write!(f, "<= {}", name(n)),
            Comparison::Above(n) => write!(f, "> {}", name(n)),
            Comparison::Below(n) => write!(f, "< {}", name(n)),
            Comparison::Equal(n) => write!(f, "== {}", name(n)),
            Comparison::NotEqual(n) => write!(f, "!= {}", name(n)),
            Comparison::Within(low, high) => write!(f, "in {}..{}", name(low), name(high)),
        }
    }
}

impl TryFrom<String> for TierComparison {
    type Error = ComparisonError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TierComparison> for String {
    fn from(comparison: TierComparison) -> Self {
        comparison.to_string()
    }
}

/// A number of the mission that a condition can compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gauge {
    /// 0–100.
    Positivity,
    /// 0–100; high is bad.
    Tension,
    /// 0–100.
    Comfort,
    /// The last turn's score.
    Score,
    /// The mean of all scored turns.
    MeanScore,
    /// How far the objective has come, 0–100.
    ObjectiveProgress,
    /// The current turn's number.
    Turn,
    /// Strikes given so far.
    Strikes,
}

/// Whether a gate must be passed or open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateStatus {
    /// Its condition has held once.
    Passed,
    /// It has not.
    Open,
}

/// One thing to be true.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// One of the cues was recognised in at least so many turns.
    Cue {
        /// Any of these.
        names: Vec<CueName>,
        /// In how many turns.
        at_least: u32,
        /// Only the last so many turns count; `None`: the whole mission.
        within: Option<u32>,
    },
    /// The line just spoken has one of these phrases.
    Mentions(Vec<Phrase>),
    /// The line just spoken asks for one of these.
    Asks(Vec<Focus>),
    /// The line just spoken is one of these answers and nothing else.
    SaysOnly(Vec<ShortAnswer>),
    /// The mood is one of these.
    Mood(Vec<Mood>),
    /// A number compares so. A gauge without a value yet does not hold.
    Gauge(Gauge, Comparison),
    /// The last turn's tier compares so.
    Tier(TierComparison),
    /// At least so many turns were played.
    MinTurns(u32),
    /// Each gate is as said.
    Gates(Vec<(String, GateStatus)>),
    /// No boundary problem in the last so many turns; `None`: ever.
    BoundarySafe(Option<u32>),
    /// No strike so far.
    NoStrikes,
    /// The persona's previous line came from the block of this id.
    After(String),
    /// Each holds.
    All(Vec<Condition>),
    /// At least one holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
}

/// Tests that must all hold; none: always.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Condition {
    /// The tests.
    pub tests: Vec<Test>,
}

/// What conditions look at. The mission's state answers.
pub trait Facts {
    /// In how many of the last `within` turns (or ever) one of the cues was recognised.
    fn cue_turns(&self, names: &[CueName], within: Option<u32>) -> u32;
    /// The line just spoken.
    fn line(&self) -> Option<&Line>;
    /// What the line just spoken asks for.
    fn asked(&self) -> Asked {
        self.line().map(Asked::of).unwrap_or_default()
    }
    /// The mood's label.
    fn mood(&self) -> Mood;
    /// The mood's numbers.
    fn vector(&self) -> MoodVector;
    /// A number, `None` while there is none.
    fn gauge(&self, gauge: Gauge) -> Option<f64>;
    /// Whether a gate has been passed.
    fn gate_passed(&self, gate: &str) -> bool;
    /// Turns in a row, up to now, without a boundary problem; `None` for "never had one".
    fn boundary_safe_turns(&self) -> Option<u32>;
    /// The id of the block the persona's previous line came from.
    fn previous_block(&self) -> Option<&str>;
    /// How strongly the cue was found in the line just spoken, 0–1.
    fn cue_strength(&self, _name: &CueName) -> f64 {
        1.0
    }
    /// The user's line of an earlier turn, as long as it is remembered.
    fn earlier_line(&self, _turn: u32) -> Option<Line> {
        None
    }
    /// The user's line before the one just spoken.
    fn previous_line(&self) -> Option<Line> {
        None
    }
    /// The position of the block the persona's previous line came from.
    fn previous_position(&self) -> Option<usize> {
        None
    }
    /// Whether the user has told what the reply block at this position asks for.
    fn is_told(&self, _block: usize) -> bool {
        false
    }
}

impl Condition {
    /// Whether every test holds.
    #[must_use]
    pub fn holds(&self, facts: &dyn Facts) -> bool {
        self.tests.iter().all(|test| test.holds(facts))
    }

    /// How specific it is: what a storylet is chosen by. Each test counts one, `mentions`,
    /// `after`, `asks` and `says_only` two, since they tie the answer to these very words; nested ones add up.
    #[must_use]
    pub fn specificity(&self) -> u32 {
        self.tests.iter().map(Test::specificity).sum()
    }

    /// The tests that must hold, or of which one must: those under `not` say what must not be so,
    /// and are left out.
    pub fn visit_wanted<'a>(&'a self, see: &mut dyn FnMut(&'a Test)) {
        for test in &self.tests {
            see(test);
            if let Test::All(conditions) | Test::Any(conditions) = test {
                conditions.iter().for_each(|condition| condition.visit_wanted(see));
            }
        }
    }

    /// Every test in it, nested ones included.
    pub fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Test)) {
        for test in &self.tests {
            see(test);
            match test {
                Test::All(conditions) | Test::Any(conditions) => {
                    conditions.iter().for_each(|condition| condition.visit(see));
                }
                Test::Not(condition) => condition.visit(see),
                _ => {}
            }
        }
    }
}

impl Test {
    fn holds(&self, facts: &dyn Facts) -> bool {
        match self {
            Self::Cue { names, at_least, within } => facts.cue_turns(names, *within) >= *at_least,
            Self::Mentions(phrases) => {
                facts.line().is_some_and(|line| phrases.iter().any(|phrase| phrase.is_in(line)))
            }
            Self::Asks(wanted) => {
                let asked = facts.asked();
                wanted.iter().any(|focus| asked.has(*focus))
            }
            Self::SaysOnly(answers) => {
                facts.line().and_then(ShortAnswer::of).is_some_and(|said| answers.contains(&said))
            }
            Self::Mood(moods) => moods.contains(&facts.mood()),
            Self::Gauge(gauge, comparison) => {
                facts.gauge(*gauge).is_some_and(|value| comparison.holds(value))
            }
            Self::Tier(comparison) => facts
                .gauge(Gauge::Score)
                .is_some_and(|score| comparison.holds(Tier::of(Score::new(score)))),
            Self::MinTurns(turns) => {
                facts.gauge(Gauge::Turn).is_some_and(|turn| turn >= f64::from(*turns))
            }
            Self::Gates(gates) => gates
                .iter()
                .all(|(gate, status)| facts.gate_passed(gate) == (*status == GateStatus::Passed)),
            Self::BoundarySafe(turns) => match (facts.boundary_safe_turns(), turns) {
                (None, _) => true,
                (Some(safe), Some(wanted)) => safe >= *wanted,
                (Some(_), None) => false,
            },
            Self::NoStrikes => facts.gauge(Gauge::Strikes).is_none_or(|strikes| strikes == 0.0),
            Self::After(block) => facts.previous_block() == Some(block.as_str()),
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(facts)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(facts)),
            Self::Not(condition) => !condition.holds(facts),
        }
    }

    fn specificity(&self) -> u32 {
        match self {
            Self::Mentions(_) | Self::After(_) | Self::Asks(_) | Self::SaysOnly(_) => 2,
            Self::All(conditions) => conditions.iter().map(Condition::specificity).sum(),
            // Any one of them held: count the least demanding.
            Self::Any(conditions) => {
                conditions.iter().map(Condition::specificity).min().unwrap_or(0)
            }
            Self::Not(condition) => condition.specificity(),
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_read_and_write_the_same() {
        for text in [">= 60", "<= 45", "> 3", "< 3", "== 2", "!= 0", "in 20..40"] {
            assert_eq!(text.parse::<Comparison>().expect(text).to_string(), text);
        }
        assert_eq!("7".parse::<Comparison>(), Ok(Comparison::Equal(7.0)));
        assert!("in 20..40".parse::<Comparison>().expect("a range").holds(40.0));
    }

    #[test]
    fn bad_comparisons_say_what_is_wrong() {
        for text in ["=> 60", ">= sixty", "in 40..20", "in 3", "", ">= NaN"] {
            assert!(text.parse::<Comparison>().is_err(), "{text} was accepted");
        }
    }

    #[test]
    fn tiers_compare_by_rank() {
        let at_least_b: TierComparison = ">= B".parse().expect("a tier comparison");
        assert!(at_least_b.holds(Tier::SPlus) && at_least_b.holds(Tier::B));
        assert!(!at_least_b.holds(Tier::C));
        assert_eq!(at_least_b.to_string(), ">= B");
        assert!(">= E".parse::<TierComparison>().is_err());
    }

    #[test]
    fn a_range_of_tiers_the_wrong_way_round_is_refused() {
        let middle: TierComparison = "in C..A".parse().expect("a range");
        assert!(middle.holds(Tier::B) && !middle.holds(Tier::S));
        let error = "in S..C".parse::<TierComparison>().expect_err("nothing lies between");
        assert_eq!(
            error.to_string(),
            "the range S..C is empty: write it from the lower tier to the higher, \"in C..S\""
        );
    }
}
