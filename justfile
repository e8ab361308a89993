# What CI runs.
check:
    bash .ci/run

# Format, lint, test.
fmt:
    cargo fmt --all
lint:
    cargo clippy --workspace --all-targets -- -D warnings
test:
    cargo test --workspace
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Accept what golden missions and snapshots now say, after reading the difference.
bless:
    UPDATE_GOLDEN=1 INSTA_UPDATE=always cargo test --workspace

# Speed: see benches/README.md.
bench:
    cargo bench --workspace
