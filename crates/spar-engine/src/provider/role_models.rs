//! Which model stands behind which role.

use std::collections::BTreeMap;

use spar_core::chat::Role;

/// Model names by role. A role without a model of its own falls back to its neighbours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleModels(BTreeMap<Role, String>);

impl RoleModels {
    /// One model for everything.
    pub fn single(model: impl Into<String>) -> Self {
        Self::default().with(Role::Mini, model)
    }

    /// The same, with `model` standing for `role`.
    #[must_use]
    pub fn with(mut self, role: Role, model: impl Into<String>) -> Self {
        self.0.insert(role, model.into());
        self
    }

    /// The model for `role`: its own, or the first its fallbacks name. Hero and judge fall back to
    /// heavy, heavy to mini, and mini to heavy. `None` when none of them has one.
    #[must_use]
    pub fn get(&self, role: Role) -> Option<&str> {
        let order: &[Role] = match role {
            Role::Mini => &[Role::Mini, Role::Heavy],
            Role::Heavy => &[Role::Heavy, Role::Mini],
            Role::Hero => &[Role::Hero, Role::Heavy, Role::Mini],
            Role::Judge => &[Role::Judge, Role::Heavy, Role::Mini],
        };
        order.iter().find_map(|role| self.0.get(role)).map(String::as_str)
    }

    /// Whether `role` has a model of its own, so that a fallback can be mentioned.
    #[must_use]
    pub fn names(&self, role: Role) -> bool {
        self.0.contains_key(&role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_fall_back_in_order() {
        let models = RoleModels::single("small").with(Role::Heavy, "large");
        assert_eq!(models.get(Role::Mini), Some("small"));
        assert_eq!(models.get(Role::Hero), Some("large"));
        assert_eq!(models.get(Role::Judge), Some("large"));
        assert!(!models.names(Role::Judge));
        assert_eq!(RoleModels::default().with(Role::Heavy, "x").get(Role::Mini), Some("x"));
        assert_eq!(RoleModels::default().get(Role::Heavy), None);
    }
}
