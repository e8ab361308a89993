//! Shows.
fn main() {}
