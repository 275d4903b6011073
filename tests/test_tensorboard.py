"""Event files of ml/tensorboard, read by TensorBoard itself: by its reader, and by its server as a
browser sees it."""

import json
import math
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import pytest
from tensorboard.backend.event_processing import event_accumulator

TRAINING = """
import (
	"context"
	"fmt"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/data"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
	"github.com/gonbml/gonbml/ml/tensorboard"
)

digits, err := data.Digits()
m := ml.Sequential(layers.Input(64), layers.Dense(8, layers.ReLU), layers.Dense(10))
m.Compile(optimizers.Adam{}, losses.SparseCategoricalCrossentropy{FromLogits: true}, metrics.Accuracy{})
history, err := m.Fit(context.Background(), digits.X, digits.Y, ml.FitConfig{
	Epochs: 3, BatchSize: 100, Validation: digits.Head(100), Quiet: true,
	Callbacks: []ml.Callback{&tensorboard.Callback{Dir: "logs/digits", Steps: true, Histograms: 1}},
})
text, _ := history.MarshalJSON()
fmt.Println(string(text), err)
"""


@pytest.fixture
def logged(kernel, tmp_path):
    """A training's folder of logs, and its history."""
    run = kernel.run(TRAINING, timeout=300)
    assert run.status == "ok", run.error
    text, _, err = run.text().strip().rpartition(" ")
    assert err == "<nil>", run.text()
    return tmp_path / "logs", json.loads(text)


def test_tensorboard_reads_scalars_and_histograms(logged):
    logs, history = logged
    for run, prefix in (("train", ""), ("validation", "val_")):
        reader = event_accumulator.EventAccumulator(str(logs / "digits" / run), size_guidance={"scalars": 0, "histograms": 0})
        reader.Reload()
        for name in ("loss", "accuracy"):
            events = reader.Scalars("epoch_" + name)
            assert [e.step for e in events] == [1, 2, 3]
            for event, want in zip(events, history[prefix + name]):
                assert math.isclose(event.value, want, rel_tol=1e-6)
                assert abs(event.wall_time - time.time()) < 600
        if run == "validation":
            continue
        steps = reader.Scalars("batch_loss")
        assert [e.step for e in steps] == list(range(1, 3 * 18 + 1))
        assert all(math.isclose(e.value, 0.001, rel_tol=1e-6) for e in reader.Scalars("epoch_learning_rate"))
        kernels = reader.Histograms("dense/kernel")
        assert [h.step for h in kernels] == [1, 2, 3]
        for h in kernels:
            v = h.histogram_value
            assert v.num == 64 * 8 == sum(v.bucket)
            assert v.min < 0 < v.max == v.bucket_limit[-1]


def test_tensorboard_serves_the_runs(logged):
    logs, history = logged
    server = subprocess.Popen(
        [sys.executable, "-m", "tensorboard.main", "--logdir", str(logs), "--port", "0", "--host", "127.0.0.1", "--load_fast", "false"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        said = []
        address = None
        for line in server.stdout:
            said.append(line)
            if "at http://" in line:  # the address that it took
                address = "http://" + line.split("at http://")[1].split()[0].rstrip("/")
                break
        assert address, "".join(said)

        def get(path, **query):
            with urllib.request.urlopen(f"{address}/data/{path}?{urllib.parse.urlencode(query)}", timeout=30) as answer:
                return json.load(answer)

        end = time.monotonic() + 60
        while sorted(get("runs")) != ["digits/train", "digits/validation"]:
            assert time.monotonic() < end, get("runs")
            time.sleep(0.2)
        rows = get("plugin/scalars/scalars", run="digits/validation", tag="epoch_accuracy")
        assert [row[1] for row in rows] == [1, 2, 3]
        assert all(math.isclose(row[2], want, rel_tol=1e-6) for row, want in zip(rows, history["val_accuracy"]))
    finally:
        server.terminate()
        server.wait(timeout=30)
