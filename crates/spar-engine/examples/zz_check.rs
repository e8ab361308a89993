fn main() {
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).expect("readable");
        let (scenarios, problems) = spar_core::scenario::read(&path, &text, &mut |p| {
            std::fs::read_to_string(p).map_err(|e| e.to_string())
        });
        for problem in problems.iter().take(12) {
            println!("{problem}");
        }
        for s in scenarios {
            let s = std::sync::Arc::new(s);
            let r = spar_engine::play::rehearse(&s, 5);
            let m: Vec<String> = r
                .levels
                .iter()
                .map(|l| {
                    format!("{} {:.1} {:?}", l.level.name(), l.mean(), l.ending.map(|e| e.name()))
                })
                .collect();
            println!("{}: {}", s.id, m.join(" | "));
        }
    }
}
