"""Writes tabular.json: data sets that scikit-learn ships, five folds of each for three seeds, and the accuracy of MLPClassifier over the folds.

Made with scikit-learn 1.9.1. Run: python make.py
The Go test TestTabularBands trains on the same folds. The digits' pixels are not written: package data has them, in the same order.
"""
import json
import warnings

import numpy as np
import sklearn
from sklearn import datasets
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.simplefilter("ignore", ConvergenceWarning)
SEEDS = (0, 1, 2)


def folds(x, y, seed):
    """The fold in which each example is tested, and the part of all that MLPClassifier, at its defaults on standardised inputs, gets right."""
    which, right = np.zeros(len(y), int), 0
    for k, (train, test) in enumerate(StratifiedKFold(5, shuffle=True, random_state=seed).split(x, y)):
        which[test] = k
        model = make_pipeline(StandardScaler(), MLPClassifier(random_state=seed))
        right += (model.fit(x[train], y[train]).predict(x[test]) == y[test]).sum()
    return which.tolist(), right / len(y)


sets = []
for name in ("iris", "wine", "breast_cancer", "digits"):
    d = getattr(datasets, "load_" + name)()
    entry = {"name": name, "classes": len(d.target_names), "y": d.target.tolist(), "folds": [], "accuracy": []}
    if name != "digits":
        entry["x"] = d.data.tolist()
    for seed in SEEDS:
        which, accuracy = folds(d.data, d.target, seed)
        entry["folds"].append("".join(map(str, which)))
        entry["accuracy"].append(accuracy)
    print(name, entry["accuracy"])
    sets.append(entry)
with open("tabular.json", "w") as f:
    json.dump({"made_with": f"scikit-learn {sklearn.__version__}", "seeds": SEEDS, "sets": sets}, f, separators=(",", ":"))
    f.write("\n")
