"""Writes callbacks.json: when Keras's EarlyStopping stops and which epoch it restores, and which learning rates its ReduceLROnPlateau sets, for figures that are made up.

Made with Keras 3.15.1. Run: python make.py
The Go test TestCallbacksFollowKeras shows the same figures to ours.
"""
import json
import os

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np

rng = np.random.default_rng(5)


class Optimizer:
    learning_rate = 0.5


class Model:
    """As much of a model as callbacks touch; its weights are the number of the epoch."""

    def __init__(self):
        self.optimizer, self.stop_training, self.metrics, self.epoch = Optimizer(), False, [], 0

    def get_weights(self):
        return self.epoch

    def set_weights(self, weights):
        self.restored = weights


def figures():
    """A figure that falls, then wanders."""
    return [round(float(v), 3) for v in np.maximum(0.2, 1 - np.arange(25) / 10) + rng.normal(scale=0.05, size=25)]


def drive(callback, values):
    model = Model()
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, value in enumerate(values):
        model.epoch = epoch + 1
        rates.append(float(model.optimizer.learning_rate))
        callback.on_epoch_end(epoch, {"val_loss": value})
        if model.stop_training:
            break
    callback.on_train_end()
    return model, len(rates), rates


cases = []
for i in range(40):
    values, sign = figures(), 1
    mode = "min" if i % 2 else "max"
    if mode == "max":
        values = [round(1 - v, 3) for v in values]
    stop = {"patience": int(rng.integers(0, 6)), "min_delta": float(rng.choice([0, 0.01, 0.1])), "start_from_epoch": int(rng.choice([0, 0, 3]))}
    baseline = float(rng.choice([0.3, 0.6])) if i % 3 == 0 else None
    model, epochs, _ = drive(keras.callbacks.EarlyStopping(
        "val_loss", mode=mode, baseline=baseline, restore_best_weights=True, **stop), values)
    plateau = {"factor": float(rng.choice([0.1, 0.5])), "patience": int(rng.integers(1, 5)), "min_delta": float(rng.choice([1e-4, 0.05])),
               "cooldown": int(rng.integers(0, 4)), "min_lr": float(rng.choice([0, 0.02]))}
    _, _, rates = drive(keras.callbacks.ReduceLROnPlateau("val_loss", mode=mode, **plateau), values)
    cases.append({"mode": mode, "values": values, "stop": dict(stop, baseline=baseline), "epochs": epochs,
                  "restored": getattr(model, "restored", 0), "plateau": plateau, "rates": rates})
with open("callbacks.json", "w") as f:
    json.dump({"made_with": f"Keras {keras.__version__}", "cases": cases}, f, separators=(",", ":"))
    f.write("\n")
