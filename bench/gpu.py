"""Whether models train on this machine's NVIDIA GPU, and how fast beside PyTorch and JAX there.

    python bench/gpu.py [--models mlp,cnn] [-n 3] [--plugin FILE]

Ours trains on the plugin that gonbml finds for CUDA (gonbml xla install cuda), or on FILE. PyTorch
and JAX take part if they are installed and see the GPU. Prints a Markdown table of medians. Exits
with 0 if ours trained on the GPU to the accuracy that it has on a CPU, with 1 if it did not, and
with 77 and the line "no device: ..." on a machine without a GPU, so that nobody takes silence for
success.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

import train

# The test accuracy that the models must reach after the few epochs here.
ACCURACY = {"mlp": 0.95, "cnn": 0.94}


def device():
    """Returns the GPU's name, or exits where there is none."""
    if not os.path.exists("/dev/nvidia0") or not shutil.which("nvidia-smi"):
        print("no device: expected /dev/nvidia0 and nvidia-smi. Nothing was tested on a GPU.")
        sys.exit(77)
    out = subprocess.run(["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"], stdout=subprocess.PIPE, text=True)
    if out.returncode or not out.stdout.strip():
        print("no device: nvidia-smi finds none. Nothing was tested on a GPU.")
        sys.exit(77)
    return out.stdout.strip().splitlines()[0]


def run(argv, env):
    """Returns the JSON object that a contestant prints, or what it said when it failed."""
    done = subprocess.run(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        return None, (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
    return json.loads(done.stdout), ""


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--models", type=lambda s: s.split(","), default=["mlp", "cnn"])
    args.add_argument("-n", type=int, default=3, help="repetitions")
    args.add_argument("--plugin", help="the PJRT plugin for CUDA")
    args = args.parse_args()
    name = device()
    failed, rows = [], []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        runner = train.Runner(args, folder)
        env = runner.environment() | {"BENCH_GPU": "1"}
        if sys.prefix != sys.base_prefix:
            env.setdefault("VIRTUAL_ENV", sys.prefix)
        ours = env | {"GOMLX_BACKEND": "xla:" + (os.path.abspath(args.plugin) if args.plugin else "cuda")}
        peers = [sys.executable, os.path.join(train.HERE, "peers.py")]
        for model in args.models:
            flags = ["--data", runner.data, "--model", model, "--fit", "0", "--epochs", "5"]
            contestants = [
                ("gonbml", [runner.binary, *flags], ours),
                ("JAX, scan", [*peers, "jax-scan", *flags], env),
                ("PyTorch", [*peers, "pytorch", *flags], env),
            ]
            for title, argv, environment in contestants:
                results = []
                for seed in range(args.n):
                    result, why = run([*argv, "--seed", str(seed)], environment)
                    if result is None:
                        print(f"{title}, {model}: {why}", file=sys.stderr)
                        break
                    results.append(result)
                if not results:
                    if title == "gonbml":
                        failed.append(f"{model}: it did not train")
                    continue
                accuracy = statistics.median(r["epochs"]["test_accuracy"] for r in results)
                if title == "gonbml" and (results[0]["kind"] != "cuda" or accuracy < ACCURACY[model]):
                    failed.append(f"{model}: accuracy {accuracy:.4f} on {results[0]['backend']}. Expected at least {ACCURACY[model]} on CUDA")
                epoch = statistics.median(train.steady(r) for r in results)
                rows.append(f"| {model} | {title} | {epoch:.4f} | {accuracy:.4f} | {results[0].get('device') or results[0].get('backend', '')} |")
    print(f"{name}; medians of {args.n}\n\n| model | | median epoch (s) | test accuracy | on |\n| --- | --- | ---: | ---: | --- |")
    print("\n".join(rows))
    for f in failed:
        print(f"FAILED: {f}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
