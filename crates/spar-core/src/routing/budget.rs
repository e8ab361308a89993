//! Budgets: when to step down to cheaper models, and when to stop asking them.

use super::Profile;
use crate::units::MicroUsd;

/// From this share of a budget on, work goes to cheaper models, percent.
const SOFT_MARK: i64 = 80;

/// What may be spent on models, all of it optional.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BudgetLimits {
    /// On one mission, its chat included.
    pub per_mission: Option<MicroUsd>,
    /// On one day (UTC), everything included.
    pub per_day: Option<MicroUsd>,
}

/// What was spent already, or is reserved by calls under way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// On the mission.
    pub mission: MicroUsd,
    /// On the day.
    pub day: MicroUsd,
}

/// Which budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// That of a mission.
    Mission,
    /// That of a day.
    Day,
}

impl Scope {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mission => "mission",
            Self::Day => "day",
        }
    }
}

/// A budget that keeps a call from being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OverBudget {
    /// The call could cost more than is left.
    #[error(
        "the {} budget of ${:.4} is reached (${:.4} spent or reserved)",
        .scope.name(), .limit.as_dollars(), .spent.as_dollars()
    )]
    Reached {
        /// Which.
        scope: Scope,
        /// What may be spent.
        limit: MicroUsd,
        /// What is spent or reserved.
        spent: MicroUsd,
    },
    /// Nobody knows what the model costs, so a budget cannot be kept.
    #[error("there is no price for the model, so the budget cannot be kept")]
    NoPrice,
}

impl BudgetLimits {
    /// Whether there is any.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.per_mission.is_some() || self.per_day.is_some()
    }

    /// The profile to work by: a step down for each budget of which most is spent.
    #[must_use]
    pub fn profile(&self, wanted: Profile, spent: Spent) -> Profile {
        self.pairs(spent).fold(wanted, |profile, (_, limit, spent)| {
            // Compared as products: no division, so no rounding and no budget of nothing to divide by.
            let is_low = i128::from(spent.0) * 100 >= i128::from(limit.0) * i128::from(SOFT_MARK);
            if is_low { profile.step_down() } else { profile }
        })
    }

    /// Whether a call that costs `most` at the most fits in what is left.
    ///
    /// # Errors
    /// When it does not, or its price is not known while a budget is set.
    pub fn check(&self, spent: Spent, most: Option<MicroUsd>) -> Result<(), OverBudget> {
        for (scope, limit, spent) in self.pairs(spent) {
            let most = most.ok_or(OverBudget::NoPrice)?;
            if spent.0.saturating_add(most.0) > limit.0 {
                return Err(OverBudget::Reached { scope, limit, spent });
            }
        }
        Ok(())
    }

    fn pairs(&self, spent: Spent) -> impl Iterator<Item = (Scope, MicroUsd, MicroUsd)> {
        let mission = self.per_mission.map(|limit| (Scope::Mission, limit, spent.mission));
        let day = self.per_day.map(|limit| (Scope::Day, limit, spent.day));
        mission.into_iter().chain(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: BudgetLimits =
        BudgetLimits { per_mission: Some(MicroUsd(1_000)), per_day: Some(MicroUsd(5_000)) };

    fn spent(mission: i64, day: i64) -> Spent {
        Spent { mission: MicroUsd(mission), day: MicroUsd(day) }
    }

    #[test]
    fn each_budget_that_runs_low_takes_a_step_down() {
        let profile = |mission, day| LIMITS.profile(Profile::Precision, spent(mission, day));
        assert_eq!(profile(799, 3_999), Profile::Precision);
        assert_eq!(profile(800, 3_999), Profile::Balanced);
        assert_eq!(profile(799, 4_000), Profile::Balanced);
        assert_eq!(profile(800, 4_000), Profile::Rapid);
        assert_eq!(
            BudgetLimits::default().profile(Profile::Precision, spent(9, 9)),
            Profile::Precision
        );
    }

    #[test]
    fn a_call_fits_to_the_last_millionth() {
        let check = |mission, day, most| LIMITS.check(spent(mission, day), Some(MicroUsd(most)));
        assert_eq!(check(900, 900, 100), Ok(()));
        let over = OverBudget::Reached {
            scope: Scope::Mission,
            limit: MicroUsd(1_000),
            spent: MicroUsd(900),
        };
        assert_eq!(check(900, 900, 101), Err(over));
        assert!(matches!(check(0, 4_950, 51), Err(OverBudget::Reached { scope: Scope::Day, .. })));
        assert!(check(0, 0, i64::MAX).is_err());
    }

    #[test]
    fn without_a_price_a_budget_cannot_be_kept_and_without_a_budget_none_is_needed() {
        assert_eq!(LIMITS.check(spent(0, 0), None), Err(OverBudget::NoPrice));
        assert_eq!(BudgetLimits::default().check(spent(0, 0), None), Ok(()));
    }
}
