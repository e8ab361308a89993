//! Playing missions: one live, or many headlessly. Introduces providers and store to each other.
