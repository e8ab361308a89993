#!/usr/bin/env python3
"""Times, in Python, models of the size that spar's skills have: ten tasks, three forests each of 200
trees of depth 4 on 322 features (xgboost), and ten linear models on 2^17 hashed pieces
(scikit-learn). On rows made up for it: only the size matters here.

    python3 benches/skills_speed.py

Compare with `cargo bench -p spar-core --bench features`, which reads the line as well.
"""
import time

import numpy as np
import xgboost as xgb
from scipy import sparse
from sklearn.linear_model import SGDClassifier

ROWS, WIDTH, BITS, PIECES = 3_000, 322, 17, 300
TASKS, FORESTS, TREES, DEPTH = 10, 3, 200, 4


def p(times, share):
    return sorted(times)[int(len(times) * share)] * 1e6


def main():
    rng = np.random.default_rng(1)
    dense = rng.normal(size=(ROWS, WIDTH)).astype(np.float32)
    columns = rng.integers(0, 1 << BITS, size=(ROWS, PIECES))
    words = sparse.csr_matrix(
        (np.ones(ROWS * PIECES, np.float32), columns.ravel(), np.arange(0, ROWS * PIECES + 1, PIECES)),
        shape=(ROWS, 1 << BITS),
    )
    boosters, lines = [], []
    for task in range(TASKS):
        y = (dense[:, task] + rng.normal(size=ROWS) > 0).astype(int)
        for forest in range(FORESTS):
            params = dict(objective="binary:logistic", max_depth=DEPTH, eta=0.06, seed=forest,
                          colsample_bynode=0.3, subsample=0.8, nthread=1)
            boosters.append(xgb.train(params, xgb.DMatrix(dense, y), TREES))
        lines.append(SGDClassifier(loss="log_loss", max_iter=5, tol=None).fit(words, y))

    trees, linear = [], []
    for row in range(200):
        one, piece = dense[row : row + 1], words[row]
        start = time.perf_counter()
        for booster in boosters:
            booster.inplace_predict(one)
        middle = time.perf_counter()
        for line in lines:
            line.decision_function(piece)
        trees.append(middle - start)
        linear.append(time.perf_counter() - middle)
    start = time.perf_counter()
    for booster in boosters:
        booster.inplace_predict(dense)
    for line in lines:
        line.decision_function(words)
    whole = (time.perf_counter() - start) / ROWS
    print(f"one row, {len(boosters)} forests: p50 {p(trees, .5):8.0f} µs, p99 {p(trees, .99):8.0f} µs")
    print(f"one row, {len(lines)} linear models: p50 {p(linear, .5):8.0f} µs, p99 {p(linear, .99):8.0f} µs")
    print(f"{ROWS} rows at once: {whole * 1e6:8.1f} µs a row")


if __name__ == "__main__":
    main()
