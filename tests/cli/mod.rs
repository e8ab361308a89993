//! The commands, as shells and CI jobs meet them: what they print, what they write, how they exit.

mod analysis;
mod database;
mod faults;
mod home;
mod imports;
mod jobs;
mod missions;
mod model;
mod offer;
mod play;
mod reference;
mod reports;
mod resume;
mod runs;
mod scenarios;
mod server;
mod settings;
mod skills;
