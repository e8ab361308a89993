//! Who answers: a provider and what is known about its model.

use std::sync::Arc;

use spar_core::mission::turn::UNMEASURED_TRUST;
use spar_core::routing::{Price, price_of};
use spar_core::units::Confidence;

use crate::provider::{EmbeddedProvider, Provider};

/// A provider with what the program needs to know about it.
#[derive(Clone)]
pub struct Route {
    /// Who is asked.
    pub provider: Arc<dyn Provider>,
    /// The model of the chat role, for listings.
    pub model: String,
    /// Answers are authored: no prompt is built and nothing is sent.
    pub embedded: bool,
    /// How far its scores are trusted.
    pub trust: Confidence,
    /// What it costs, when that is known.
    pub price: Option<Price>,
    /// Whether the embedded persona takes over when it fails.
    pub may_degrade: bool,
}

impl Route {
    /// The authored offline persona.
    #[must_use]
    pub fn embedded() -> Self {
        Self {
            provider: Arc::new(EmbeddedProvider),
            model: "embedded".to_owned(),
            embedded: true,
            trust: Confidence::new(0.0),
            price: price_of("embedded"),
            may_degrade: false,
        }
    }

    /// A model behind a provider.
    #[must_use]
    pub fn to_model(provider: Arc<dyn Provider>, model: impl Into<String>) -> Self {
        let model = model.into();
        Self {
            price: price_of(&model),
            provider,
            model,
            embedded: false,
            trust: Confidence::new(UNMEASURED_TRUST),
            may_degrade: true,
        }
    }
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Route")
            .field("provider", &self.provider.name())
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}
