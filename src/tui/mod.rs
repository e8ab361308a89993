//! temp
use crate::error::CliError;
use spar_engine::{Engine, library::Library};
pub(crate) enum Start {
    Home,
    Scenario(Box<spar_core::scenario::Scenario>),
    Resume(spar_core::ids::MissionId),
}
pub(crate) struct Session {
    pub(crate) engine: Engine,
    pub(crate) library: Library,
    pub(crate) start: Start,
    pub(crate) seed: Option<u64>,
    pub(crate) reduced_motion: bool,
    pub(crate) theme: String,
    pub(crate) glyphs: String,
    pub(crate) colors: bool,
}
pub(crate) async fn run(_s: Session) -> Result<(), CliError> {
    Ok(())
}
pub(crate) async fn plain(_s: Session) -> Result<(), CliError> {
    Ok(())
}
