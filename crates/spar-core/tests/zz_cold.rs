#![allow(missing_docs)]
#[test]
fn cold() {
    let t = std::time::Instant::now();
    let _ = spar_core::scenario::schema();
    println!("schema {:?}", t.elapsed());
    let text = std::fs::read_to_string(std::env::var("F").unwrap()).unwrap();
    for _ in 0..3 {
        let t = std::time::Instant::now();
        let (s, p) = spar_core::scenario::read("x.yaml", &text, &mut |_| Err(String::new()));
        println!("{} {} read {:?} bytes {}", s.len(), p.len(), t.elapsed(), text.len());
    }
    let t = std::time::Instant::now();
    let s = spar_core::scenario::from_answers(&Default::default());
    println!("answers {:?}", t.elapsed());
    let t = std::time::Instant::now();
    spar_core::scenario::parse_one("x", &s).unwrap();
    println!("answers read {:?}", t.elapsed());
}
