//! Missions played live and headlessly, against scripted models and a store of their own.

#[path = "play/support.rs"]
mod support;

#[path = "play/answers.rs"]
mod answers;
#[path = "play/failures.rs"]
mod failures;
#[path = "play/headless.rs"]
mod headless;
#[path = "play/outbox.rs"]
mod outbox;
#[path = "play/plans.rs"]
mod plans;
#[path = "play/prompts.rs"]
mod prompts;
#[path = "play/restarts.rs"]
mod restarts;
#[path = "play/safety.rs"]
mod safety;
#[path = "play/timers.rs"]
mod timers;
