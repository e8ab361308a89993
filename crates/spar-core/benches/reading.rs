//! What reading one line costs: µs per line by length, and the word lists' compile at first use.
//!
//! `cargo bench -p spar-core --bench reading`

#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use spar_core::language::{Line, Phrase};
use spar_core::reading::{CueEffect, LineContext, OwnCue, Reader, ReaderSpec};

/// Readings per measurement, and measurements; the best of them is the cost without the noise.
const READINGS: u32 = 2_000;
const ROUNDS: u32 = 7;
const PARTNER: &str = "No. I told the board the ninth, and I'm the one who stands there on Friday.";
const TALK: &str = "I've known since Monday and I should have told you, that's on me. You have every \
    right to be angry: you promised the board that date and now it lands on you. What worries you \
    most about Friday? Here's what I propose: a third dry run on Thursday, two lines from me every \
    morning, and we tell Owen together. Maybe you should also warn the team, I guess, because you \
    never listen when we say it is late. So what I'm hearing is that one slip can be explained but \
    a second one can't, and that must feel lousy. Take your time, I'll wait until you're ready.";

fn main() {
    let earlier = ["We are late.".to_owned(), "I'm sorry about the launch date.".to_owned()];
    let context = LineContext { partner: Some(PARTNER), earlier: &earlier, strayed: false };
    let cold = Instant::now();
    let reader = Reader::new(spec());
    let warm_up = reader.read(&Line::new("Hello."), &context);
    println!("first reading, lists compiled: {:8.2} ms", millis(cold.elapsed()));
    black_box(warm_up);
    let cold = Instant::now();
    black_box(Reader::new(spec()));
    println!("a reader for a scenario:       {:8.2} ms", millis(cold.elapsed()));
    for length in [60, 300, 500] {
        let text: String = TALK.chars().take(length).collect();
        let line = Line::new(&text);
        let reading = per_call(|| {
            black_box(reader.read(black_box(&line), black_box(&context)));
        });
        let splitting = per_call(|| {
            black_box(Line::new(black_box(&text)));
        });
        println!("{length:3} characters: {reading:8.2} µs to read, {splitting:6.2} µs to split");
    }
}

/// Microseconds of one call, the best round of several.
fn per_call(call: impl Fn()) -> f64 {
    let round = || {
        let start = Instant::now();
        (0..READINGS).for_each(|_| call());
        start.elapsed()
    };
    let best = (0..ROUNDS).map(|_| round()).min().unwrap_or_default();
    best.as_secs_f64() * 1e6 / f64::from(READINGS)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Seven own cues of thirty phrases each, as a rich scenario has them.
fn spec() -> ReaderSpec {
    let phrase = |text: &str| Phrase::parse(text).unwrap_or_else(|_| unreachable!("has words"));
    let words = ["launch", "date", "friday", "board", "plan", "owen", "late", "dry run", "slip*"];
    let cue = |number: usize| OwnCue {
        name: format!("own_{number}"),
        any: (0..30).map(|at| phrase(&format!("{} {at}", words[(at + number) % 9]))).collect(),
        all: Vec::new(),
        unless: vec![phrase("might slip")],
        effect: CueEffect::Good,
        weight: 7.0,
    };
    ReaderSpec {
        own_cues: (0..7).map(cue).collect(),
        topic: words.iter().map(|word| phrase(word)).collect(),
        word_limit: Some(90),
        says_hard_thing: true,
        english: true,
    }
}
