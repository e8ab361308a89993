//! Providers against servers that misbehave, scripts and recordings. Nothing leaves the loopback.

#[path = "../support/hostile_server.rs"]
mod hostile_server;
#[path = "../support/mock_server.rs"]
mod mock_server;

mod ask;

mod cassettes;
mod hostile_http;
mod hostile_streams;
mod negotiation;
mod offline;
mod steady_use;
