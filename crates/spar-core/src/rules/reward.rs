//! Rewards: a ledger, unique per (mission, turn, kind), capped per mission.

use serde::{Deserialize, Serialize};

use super::Tier;

/// What can be earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RewardKind {
    /// Experience.
    Xp,
    /// Coins.
    Coins,
    /// One at most: the first S+ line of a won mission.
    Gem,
}

/// One entry of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reward {
    /// What.
    pub kind: RewardKind,
    /// How much, at least 1.
    pub amount: u32,
}

/// The most a mission can earn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardLimits {
    /// XP.
    pub xp: u32,
    /// Coins.
    pub coins: u32,
    /// Whether the gem can be earned.
    pub gem: bool,
}

impl Default for RewardLimits {
    fn default() -> Self {
        Self { xp: 120, coins: 40, gem: true }
    }
}

/// What a turn of this tier earns when `xp` and `coins` were earned before, caps applied.
#[must_use]
pub fn grants_for(tier: Tier, xp: u32, coins: u32, limits: &RewardLimits) -> Vec<Reward> {
    [
        (RewardKind::Xp, tier.xp().min(limits.xp.saturating_sub(xp))),
        (RewardKind::Coins, tier.coins().min(limits.coins.saturating_sub(coins))),
    ]
    .into_iter()
    .filter(|(_, amount)| *amount > 0)
    .map(|(kind, amount)| Reward { kind, amount })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_cut_and_then_close() {
        let limits = RewardLimits::default();
        assert_eq!(grants_for(Tier::SPlus, 0, 0, &limits).len(), 2);
        let cut = grants_for(Tier::SPlus, 110, 40, &limits);
        assert_eq!(cut, [Reward { kind: RewardKind::Xp, amount: 10 }]);
        assert!(grants_for(Tier::SPlus, 120, 40, &limits).is_empty());
    }
}
