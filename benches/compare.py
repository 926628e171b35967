"""The same tasks on the same bytes by numpy and polars, in turns with the engine, so that noise hits all alike.

    cargo bench --bench engine --no-run          # prints the path of the binary
    python3 benches/compare.py PATH-OF-THE-BINARY [--rows 1000000] [--rounds 5]

Needs numpy, scipy and polars (`pip install numpy scipy polars`). Each round runs the engine, numpy and polars once after the
other; the median over the rounds is told, with the ratio to the engine on all cores."""
import argparse, json, os, statistics, subprocess, sys, tempfile, time

import numpy as np
import polars as pl
from scipy.stats import t as student

ITEMS, AGENCIES, DOMAINS, STRATA = 24, 120, 960, 4


def load(folder, rows):
    def read(name, kind):
        return np.fromfile(os.path.join(folder, name), kind)
    columns = read("columns.u8", np.uint8).reshape(ITEMS, rows)
    return columns, read("domain.u32", np.uint32).astype(np.int64), read("agency.u32", np.uint32).astype(np.int64), \
        read("cell.u32", np.uint32).astype(np.int64), read("weights.f64", np.float64)


def finish(n, mean, sd):
    se = sd / np.sqrt(n)
    half = student.ppf(0.975, n - 1) * se
    return np.stack([n, mean, sd, se, mean - half, mean + half])


def numpy_estimates(columns, domain):
    out = []
    for index in range(4):
        x = columns[6 * index:6 * index + 6]
        ok = x > 0
        n = ok.sum(0, dtype=np.int8)
        s = x[:5].sum(0, dtype=np.int16) - ok[:5].sum(0, dtype=np.int16) + np.where(ok[5], 5 - x[5], 0)
        kept = n >= 3
        score, own = s[kept] * 25.0 / n[kept], domain[kept]
        count = np.bincount(own, minlength=DOMAINS).astype(float)
        mean = np.bincount(own, score, DOMAINS) / count
        sd = np.sqrt(np.bincount(own, (score - mean[own]) ** 2, DOMAINS) / (count - 1))
        out.append(finish(count, mean, sd))
    return np.stack(out, -1)


def numpy_alphas(columns, agency):
    alphas = np.empty((AGENCIES, 4))
    order = np.argsort(agency, kind="stable")
    ends = np.searchsorted(agency[order], np.arange(AGENCIES + 1))
    for index in range(4):
        x = columns[6 * index:6 * index + 6].astype(np.float64)
        x[5] = np.where(x[5] > 0, 6 - x[5], 0)
        for own in range(AGENCIES):
            z = x[:, order[ends[own]:ends[own + 1]]]
            z = z[:, (z > 0).all(0)]
            alphas[own, index] = 6 / 5 * (1 - z.var(1, ddof=1).sum() / z.sum(0).var(ddof=1))
    return alphas


def polars_table(columns, domain):
    data = {"domain": pl.Series(domain, dtype=pl.Int32)}
    for item in range(ITEMS):
        answers = pl.Series(columns[item].astype(np.int8))
        data[f"q{item}"] = answers.set(answers == 0, None)
    return pl.DataFrame(data)


def polars_estimates(table):
    scores, sums = [], []
    for index in range(4):
        names = [f"q{6 * index + item}" for item in range(6)]
        x = [(pl.col(name).cast(pl.Float64) - 1) * 25 if item < 5 else (5 - pl.col(name).cast(pl.Float64)) * 25
             for item, name in enumerate(names)]
        answered = pl.sum_horizontal([pl.col(name).is_not_null().cast(pl.Int8) for name in names])
        scores.append(pl.when(answered >= 3).then(pl.mean_horizontal(x)).alias(f"i{index}"))
        own = pl.col(f"i{index}")
        sums += [own.count().alias(f"n{index}"), own.mean().alias(f"m{index}"), own.std().alias(f"s{index}")]
    done = table.lazy().select("domain", *scores).group_by("domain").agg(*sums).sort("domain").collect()
    return np.stack([finish(done[f"n{i}"].to_numpy().astype(float), done[f"m{i}"].to_numpy(), done[f"s{i}"].to_numpy())
                     for i in range(4)], -1)


def timed(times, name, task):
    start = time.perf_counter()
    result = task()
    times.setdefault(name, []).append(time.perf_counter() - start)
    return result


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("engine")
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=5)
    options = options.parse_args()
    engine = [options.engine, "--rows", str(options.rows)]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*engine, "--write", folder], check=True)
        columns, domain, agency, _, _ = load(folder, options.rows)
    table, times = polars_table(columns, domain), {}
    for _ in range(options.rounds):
        done = subprocess.run([*engine, "--json", "--runs", "5", "--only", "480|3 840 estimates"], check=True, capture_output=True)
        for name, own in json.loads(done.stdout).items():
            times.setdefault("engine: " + name, []).append(statistics.median(own))
        a = timed(times, "numpy: 3 840 estimates", lambda: numpy_estimates(columns, domain))
        b = timed(times, "polars: 3 840 estimates", lambda: polars_estimates(table))
        timed(times, "numpy: 480 alphas", lambda: numpy_alphas(columns, agency))
        assert np.allclose(a, b, rtol=1e-9, equal_nan=True), "numpy and polars disagree"
    medians = {name: statistics.median(own) for name, own in times.items()}
    for name, median in medians.items():
        own = times[name]
        print(f"{name:<62} median {1e3 * median:9.2f} ms   ({1e3 * min(own):.2f} to {1e3 * max(own):.2f})")
    estimates = medians["engine: 3 840 estimates, columns to intervals, all cores"]
    weighted = medians["engine: 3 840 estimates with weights and strata, all cores"]
    alphas = medians["engine: 480 alphas, all cores"]
    print(f"\npolars / engine, estimates: {medians['polars: 3 840 estimates'] / estimates:.1f}")
    print(f"weighted / plain, engine:   {weighted / estimates:.1f}")
    print(f"numpy / engine, alphas:     {medians['numpy: 480 alphas'] / alphas:.1f}")
    print(f"load over one minute {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, python {sys.version.split()[0]}, "
          f"numpy {np.__version__}, polars {pl.__version__}")


if __name__ == "__main__":
    main()
