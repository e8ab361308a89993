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

# Train the skill models on a folder of labelled lines, measure them on its dev split beside the Python
# reference, and put them in their place. DIR stays outside the repository; needs Python with numpy,
# scipy, scikit-learn and xgboost for the reference.
skills DIR:
    cargo build --release
    python3 benches/skills_reference.py "{{DIR}}" --out target/skills-reference.jsonl
    target/release/spar skills train --data "{{DIR}}" --out crates/spar-core/weights/skills.spar \
        --reference target/skills-reference.jsonl
    UPDATE_DOCS=1 cargo test --test main reference
