"""Writes report.json: what scikit-learn's classification_report and confusion_matrix make of predictions.

Made with scikit-learn 1.9.1. Run: python make.py
The Go test TestReportAsScikitLearn in ml/metrics reads the file.
"""
import json
import os
import warnings

import numpy as np
import sklearn
from sklearn import metrics

warnings.filterwarnings("ignore")  # of classes without examples, whose figures are 0
rng = np.random.default_rng(5)


def guesses(n, classes, right, skew=0.0):
    """Classes, the first of them oftener with skew, and predictions of which about that part is right."""
    p = np.exp(-skew * np.arange(classes))
    truth = rng.choice(classes, n, p=p / p.sum())
    guess = np.where(rng.random(n) < right, truth, rng.integers(0, classes, n))
    return truth, guess


truth, guess = guesses(40, 5, 0.6)
CASES = {
    "two": guesses(30, 2, 0.7),
    "ten": guesses(500, 10, 0.8),
    "skewed": guesses(300, 6, 0.5, skew=0.9),
    "all right": (np.arange(7) % 3, np.arange(7) % 3),
    "all wrong": (np.arange(8) % 4, (np.arange(8) + 1) % 4),
    "never predicted": (truth, np.where(guess == 3, 1, guess)),
    "without examples": (np.where(truth == 2, 0, truth), guess),
    "not there at all": (np.where(truth == 2, 0, truth), np.where(guess == 2, 4, guess)),
}


def case(truth, guess):
    report = metrics.classification_report(truth, guess, output_dict=True, zero_division=0)
    lines = {k: [v["precision"], v["recall"], v["f1-score"], v["support"]] for k, v in report.items() if k != "accuracy"}
    micro = [float(f(truth, guess, average="micro")) for f in (metrics.precision_score, metrics.recall_score, metrics.f1_score)]
    return {
        "truth": truth.tolist(),
        "predicted": guess.tolist(),
        "lines": lines,
        "micro": micro,
        "accuracy": float(metrics.accuracy_score(truth, guess)),
        "labels": [int(c) for c in np.union1d(truth, guess)],
        "confusion": metrics.confusion_matrix(truth, guess).tolist(),
        "text": metrics.classification_report(truth, guess, digits=4, zero_division=0),
    }


if __name__ == "__main__":
    data = {"made_with": "scikit-learn " + sklearn.__version__, "cases": {name: case(*c) for name, c in CASES.items()}}
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "report.json")
    with open(path, "w") as f:
        json.dump(data, f, separators=(",", ":"))
        f.write("\n")
    print(path, os.path.getsize(path), "bytes")
