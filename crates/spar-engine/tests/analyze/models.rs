//! Models that answer badly, late, or not at all.
