//! What the features of one line cost, and features and every skill together: µs for a line after ten
//! others. The bars, at 300 characters: 100 µs and 200 µs. `benches/skills_speed.py` times models of
//! the same size in Python.
//!
//! `cargo bench -p spar-core --bench features`

#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use spar_core::reading::SkillReader;
use spar_core::reading::features::{Said, Side, extract, features};

const CALLS: usize = 5_000;
const PARTNER: &str = "No. I told the board the ninth, and I'm the one who stands there on Friday.";
const OWN: &str = "I know, and I should have said so on Monday. Can we look at the plan together?";
const TALK: &str = "I've known since Monday and I should have told you, that's on me. You have every \
    right to be angry: you promised the board that date and now it lands on you. What worries you \
    most about Friday? Here's what I propose: a third dry run on Thursday, two lines from me every \
    morning, and we tell Owen together. Maybe you should also warn the team, I guess.";

fn main() {
    let context: Vec<Said<'_>> = (0..10)
        .map(|at| {
            let (by, text) = if at % 2 == 0 { (Side::Own, OWN) } else { (Side::Partner, PARTNER) };
            Said { by, text }
        })
        .collect();
    let cold = Instant::now();
    black_box(extract("Hello.", &context));
    println!("first line, lists compiled: {:8.2} ms", cold.elapsed().as_secs_f64() * 1e3);
    println!("dense features:             {:5}", features().len());
    let cold = Instant::now();
    let reader = SkillReader::builtin();
    println!("models opened:              {:8.2} ms", cold.elapsed().as_secs_f64() * 1e3);
    for length in [60, 300] {
        let text: String = TALK.chars().take(length).collect();
        timed(&format!("{length:3} characters, features"), || {
            black_box(extract(black_box(&text), black_box(&context)));
        });
        timed(&format!("{length:3} characters, features and skills"), || {
            black_box(reader.read(black_box(&text), black_box(&context)));
        });
    }
}

fn timed(what: &str, mut call: impl FnMut()) {
    let mut times: Vec<Duration> = (0..CALLS)
        .map(|_| {
            let start = Instant::now();
            call();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let micros = |share: usize| times[CALLS * share / 100].as_secs_f64() * 1e6;
    println!("{what:36} p50 {:6.1} µs, p99 {:6.1} µs", micros(50), micros(99));
}
