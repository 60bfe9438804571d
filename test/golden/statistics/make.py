"""What scipy and statsmodels say of made-up paired values: expected.json for the tests of core/statistics.

    python -m venv golden && golden/bin/pip install scipy==1.17.1 statsmodels==0.15.0
    golden/bin/python test/golden/statistics/make.py
"""

import json
from pathlib import Path

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.multitest import multipletests

rng = np.random.default_rng(20230503)


def case(name, a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    t = stats.ttest_rel(a, b)
    d = a - b
    out = {
        "name": name,
        "a": a.tolist(),
        "b": b.tolist(),
        "t": t.statistic,
        "df": int(t.df),
        "p": t.pvalue,
        "dz": d.mean() / d.std(ddof=1),
    }
    moved = int((d != 0).sum())
    if moved <= 14 and len(a) <= 16:
        exact = stats.permutation_test(
            (a, b), lambda x, y, axis=-1: np.mean(x - y, axis=axis), permutation_type="samples",
            vectorized=True, n_resamples=np.inf,
        )
        out["exact"] = exact.pvalue
    elif len(a) <= 500:
        drawn = stats.permutation_test(
            (a, b), lambda x, y, axis=-1: np.mean(x - y, axis=axis), permutation_type="samples",
            vectorized=True, n_resamples=200_000, batch=5_000, rng=np.random.default_rng(1),
        )
        out["drawn"] = drawn.pvalue
    boot = stats.bootstrap(
        (d,), np.mean, n_resamples=50_000, method="percentile", vectorized=True, batch=1_000,
        rng=np.random.default_rng(2),
    )
    out["bootstrap"] = [boot.confidence_interval.low, boot.confidence_interval.high]
    return out


def binary(n, p, q):
    both = rng.random(n)
    return (both < p).astype(float), np.where(rng.random(n) < 0.85, both < q, rng.random(n) < q).astype(float)


def graded(n, shift):
    base = rng.beta(2, 2, n)
    return np.round(np.clip(base + shift + rng.normal(0, 0.05, n), 0, 1), 4), np.round(base, 4)


cases = [
    case("seven queries", [0.7, 0.5, 1.0, 0.2, 0.9, 0.6, 0.4], [0.5, 0.5, 0.8, 0.3, 0.6, 0.5, 0.1]),
    case("twelve queries with ties", [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1], [0, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1]),
    case("ten graded", *graded(10, 0.03)),
    case("three hundred binary", *binary(300, 0.55, 0.5)),
    case("three hundred graded", *graded(300, 0.005)),
    case("a thousand graded, far apart", *graded(1000, 0.04)),
    case("a loss", *graded(200, -0.02)),
]

families = [
    [0.001, 0.04, 0.03, 0.2, 0.8],
    [0.01, 0.01, 0.01],
    [0.5],
    np.round(rng.random(22) ** 3, 6).tolist(),
]
corrections = [
    {
        "p": family,
        "bonferroni": multipletests(family, method="bonferroni")[1].tolist(),
        "holm": multipletests(family, method="holm")[1].tolist(),
    }
    for family in families
]

# The macro average over two languages of unequal size, exactly: every way to turn the signs.
ar = [0.5, 0.0, -0.25, 1.0]
ru = [0.1, 0.2, 0.0, 0.3, -0.1, 0.4, 0.2]
weights = np.concatenate([np.array(ar) / (2 * len(ar)), np.array(ru) / (2 * len(ru))])
signs = np.array(np.meshgrid(*[[-1, 1]] * len(weights))).reshape(len(weights), -1)
sums = np.abs(weights @ signs)
stratified = {"ar": ar, "ru": ru, "p": float((sums >= abs(weights.sum()) - 1e-12).mean())}

path = Path(__file__).with_name("expected.json")
path.write_text(
    json.dumps(
        {
            "versions": {"scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "numpy": np.__version__},
            "cases": cases,
            "corrections": corrections,
            "stratified": stratified,
        },
        indent=1,
    )
    + "\n"
)
