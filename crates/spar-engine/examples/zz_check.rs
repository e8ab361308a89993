//! talk
use std::io::BufRead;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let text = std::fs::read_to_string(&args[0]).expect("readable");
    let (scenarios, problems) = spar_core::scenario::read(&args[0], &text, &mut |p| {
        std::fs::read_to_string(p).map_err(|e| e.to_string())
    });
    for problem in problems {
        println!("{problem}");
    }
    let s = std::sync::Arc::new(scenarios.into_iter().next().expect("one"));
    let reader = std::sync::Arc::new(spar_core::reading::Reader::new(s.reader.clone()));
    let seed: u64 = args.get(1).map_or(0, |s| s.parse().unwrap_or(0));
    let lines: Vec<String> = std::io::stdin()
        .lock()
        .lines()
        .map(|l| l.unwrap_or_default())
        .filter(|l| !l.trim().is_empty())
        .collect();
    let m = spar_engine::play::play_through(&s, &reader, &lines, seed);
    println!("{}: {}", s.persona.name, m.state().opener.clone().unwrap_or_default());
    for t in m.turns() {
        println!("you: {}", t.user);
        if let Some(r) = &t.reading {
            let cues: Vec<_> = r.cues.iter().map(|c| c.cue.name().to_owned()).collect();
            println!(
                "   [{} conf {:.2} {} | {} | {}]",
                r.score,
                r.confidence.get(),
                t.mood.name(),
                r.reason,
                cues.join(",")
            );
        }
        if let Some(r) = &t.reply {
            println!("{}: {}   <block {:?}>", s.persona.name, r.text, r.offline.map(|o| o.block));
        }
    }
    println!(
        "ending: {:?} score {:?}",
        m.state().ending().map(|e| e.name()),
        m.score().map(|s| s.get())
    );
}
