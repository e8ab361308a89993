//! The program as people and other programs meet it: one binary for all of it, so that it links once.

mod cli;
mod pty;
mod support;
