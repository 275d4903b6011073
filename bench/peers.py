"""The other frameworks' side of the training benchmark: trains one model on MNIST with one of them
and prints one JSON object.

    python bench/peers.py keras-tensorflow --data FOLDER [--model mlp|wide|cnn|lstm] [--fit 10] [--epochs 10] [--seed 0]

bench/train.py runs this in a process for each measurement. Flags and fields are those of
bench/train/main.go. Each framework is used as its own documentation does, with the data in memory:
Keras by fit on arrays, PyTorch eagerly with batches gathered from tensors (its DataLoader would be
slower by far), JAX with an epoch as one jitted scan and Adam written out. All shuffle every epoch,
compute loss and accuracy while training, and take part in every example of an epoch, the last 96
included.
"""

import argparse
import gzip
import json
import os
import resource
import statistics
import sys
import time

BATCH = 128
# Units of the dense layers behind the input of 784 pixels; the convolutional model has two
# convolutions with pooling before them, the recurrent one reads a picture's rows as a sequence.
MODELS = {"mlp": [64, 10], "wide": [1024, 1024, 10], "cnn": [64, 10], "lstm": [10]}
FILTERS = {"cnn": [32, 64]}
RECURRENT = {"lstm": 64}
SHAPES = {"cnn": (28, 28, 1), "lstm": (28, 28)}
EXAMPLES = {"mlp": 60_000, "wide": 60_000, "cnn": 12_800, "lstm": 12_800}


def mnist(folder, shape=(784,)):
    """Returns (x, y) to train on and to test on: float32 pixels from 0 to 1, each picture of the
    given shape, and int32 classes."""
    import numpy as np

    def read(name, header):
        with gzip.open(os.path.join(folder, name + ".gz")) as f:
            return np.frombuffer(f.read(), np.uint8, offset=header)

    parts = []
    for part in ("train", "t10k"):
        x = read(part + "-images-idx3-ubyte", 16).reshape(-1, *shape).astype("float32") / 255
        parts.append((x, read(part + "-labels-idx1-ubyte", 8).astype("int32")))
    return parts


class Keras:
    """Keras on the backend that KERAS_BACKEND names."""

    def __init__(self, steps_per_execution=1):
        import keras

        self.keras, self.options = keras, {}
        if steps_per_execution > 1:
            self.options["steps_per_execution"] = steps_per_execution
        self.versions = {"Keras": keras.__version__}
        if keras.backend.backend() == "tensorflow":
            import tensorflow

            self.versions["TensorFlow"] = tensorflow.__version__
        else:
            import jax

            self.versions["JAX"] = jax.__version__

    def fit(self, model, train, val, epochs, seed):
        keras, sizes = self.keras, MODELS[model]
        keras.utils.set_random_seed(seed)
        hidden = []
        for n in FILTERS.get(model, []):
            hidden += [keras.layers.Conv2D(n, 3, activation="relu"), keras.layers.MaxPooling2D(2)]
        if hidden:
            hidden.append(keras.layers.Flatten())
        if model in RECURRENT:
            hidden.append(keras.layers.LSTM(RECURRENT[model]))
        hidden += [keras.layers.Dense(n, activation="relu") for n in sizes[:-1]]
        self.model = keras.Sequential([keras.Input(train[0].shape[1:]), *hidden, keras.layers.Dense(sizes[-1])])
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.model.compile(optimizer="adam", loss=loss, metrics=["accuracy"], **self.options)
        clock = Clock()
        mark = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: clock.lap())
        history = self.model.fit(*train, batch_size=BATCH, epochs=epochs, validation_data=val, verbose=0, callbacks=[mark])
        return clock, history.history.get("val_accuracy", [None])[-1]

    def accuracy(self, x, y):
        return self.model.evaluate(x, y, verbose=0, batch_size=512)[1]

    def predict(self, row):
        return self.model.predict(row, verbose=0)


def convolve(x, kernel):
    """JAX's own convolution and pooling, as its documentation shows them."""
    import jax

    y = jax.lax.conv_general_dilated(x, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    return jax.lax.reduce_window(y, -float("inf"), jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def columns(x, kernel):
    """The same, in the form that XLA computes fastest on a CPU: the windows' contents side by side
    and one matrix product; only the places that the pooling reads; and a gradient of the pooling by
    comparison, which gives it to all of several equal largest values."""
    import jax
    import jax.numpy as jnp

    @jax.custom_vjp
    def pool(y):
        return y.max((2, 4))

    def down(y):
        p = y.max((2, 4))
        return p, (y, p)

    def up(saved, g):
        y, p = saved
        wide = lambda a: a[:, :, None, :, None, :]
        return (jnp.where(y == wide(p), wide(g), 0),)

    pool.defvjp(down, up)
    n, h, w, c = x.shape
    rows, cols = (h - 2) // 2, (w - 2) // 2
    views = [x[:, i : i + 2 * rows, j : j + 2 * cols] for i in range(3) for j in range(3)]
    y = jnp.concatenate(views, -1).reshape(-1, 9 * c) @ kernel.reshape(9 * c, -1)
    return pool(y.reshape(n, rows, 2, cols, 2, -1))


class JAX:
    """JAX without a framework on top: an epoch is one execution, or each step is."""

    def __init__(self, pooled=columns, scan=True):
        import jax

        self.versions = {"JAX": jax.__version__}
        self.device = str(jax.devices()[0])
        self.params = None
        self.scan = scan

        def forward(params, x):
            for w, b in params[:-1]:
                if w.ndim == 4:
                    x = jax.nn.relu(pooled(x, w) + b)
                else:
                    x = jax.nn.relu(x.reshape(len(x), -1) @ w + b)
            w, b = params[-1]
            return x @ w + b

        self.jitted = jax.jit(forward)

    def fit(self, model, train, val, epochs, seed):
        import jax
        import jax.numpy as jnp
        import numpy as np

        forward, clock = self.jitted, Clock()
        key = jax.random.key(seed)
        params, shapes = [], []
        side, channels = train[0].shape[1], train[0].shape[-1]
        for n in FILTERS.get(model, []):
            shapes.append((3, 3, channels, n))
            side, channels = (side - 2) // 2, n
        inputs = side * side * channels if shapes else train[0].shape[1]
        for n in MODELS[model]:
            shapes.append((inputs, n))
            inputs = n
        for shape in shapes:
            key, sub = jax.random.split(key)
            limit = (6 / (np.prod(shape[:-2]) * (shape[-2] + shape[-1]))) ** 0.5
            params.append((jax.random.uniform(sub, shape, minval=-limit, maxval=limit), jnp.zeros(shape[-1])))
        zeros = jax.tree.map(jnp.zeros_like, params)
        state = (params, zeros, jax.tree.map(jnp.zeros_like, params), jnp.float32(0))
        n = len(train[0])
        steps = -(-n // BATCH)
        # The last batch is filled up with examples of weight 0, so that all have one shape.
        weights = jnp.asarray((np.arange(steps * BATCH) < n).reshape(steps, BATCH), jnp.float32)

        def loss(params, x, y, w):
            logits = forward(params, x)
            each = jax.nn.logsumexp(logits, 1) - jnp.take_along_axis(logits, y[:, None], 1)[:, 0]
            return (each * w).sum() / w.sum(), ((each * w).sum(), ((logits.argmax(1) == y) * w).sum())

        def step(state, x, y, rows, w):
            params, m, v, t = state
            grads, sums = jax.grad(loss, has_aux=True)(params, x[rows], y[rows], w)
            t = t + 1
            m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
            v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, grads)
            rate = 1e-3 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
            params = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-7), params, m, v)
            return (params, m, v, t), jnp.stack(sums)

        if self.scan:

            @jax.jit
            def epoch(state, x, y, order):
                state, sums = jax.lax.scan(lambda s, batch: step(s, x, y, *batch), state, (order, weights))
                return state, sums.sum(0) / n
        else:
            one = jax.jit(step, donate_argnums=0)

            def epoch(state, x, y, order):
                total = 0
                for rows, w in zip(order, weights):
                    state, sums = one(state, x, y, rows, w)
                    total = total + sums
                return state, total / n

        x, y = map(jnp.asarray, train)
        rng, accuracy = np.random.default_rng(seed), None
        for _ in range(epochs):
            order = rng.permutation(n).astype("int32")
            order = np.concatenate([order, order[: steps * BATCH - n]]).reshape(steps, BATCH)
            state, scores = epoch(state, x, y, order)
            np.asarray(scores)
            self.params = state[0]
            if val:
                accuracy = self.accuracy(*val)
            clock.lap()
        return clock, accuracy

    def accuracy(self, x, y):
        right = [(self.jitted(self.params, x[i : i + 1000]).argmax(1) == y[i : i + 1000]).sum() for i in range(0, len(x), 1000)]
        return float(sum(right)) / len(x)

    def predict(self, row):
        import numpy as np

        return np.asarray(self.jitted(self.params, row))


class PyTorch:
    """PyTorch, eagerly."""

    def __init__(self):
        import torch

        self.torch = torch
        self.versions = {"PyTorch": torch.__version__}
        self.device = "cuda" if os.environ.get("BENCH_GPU") and torch.cuda.is_available() else "cpu"

    def pictures(self, x):
        """Channels go first here."""
        return self.torch.from_numpy(x.transpose(0, 3, 1, 2).copy() if x.ndim == 4 else x).to(self.device)

    def last_step(self, features, units):
        """Returns an LSTM of which the last step's output goes on."""
        torch = self.torch

        class Last(torch.nn.LSTM):
            def forward(self, x):
                return super().forward(x)[0][:, -1]

        return Last(features, units, batch_first=True)

    def fit(self, model, train, val, epochs, seed):
        torch = self.torch
        torch.manual_seed(seed)
        layers, channels, side = [], train[0].shape[-1], train[0].shape[1]
        for n in FILTERS.get(model, []):
            layers += [torch.nn.Conv2d(channels, n, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2)]
            channels, side = n, (side - 2) // 2
        inputs = channels * side * side if layers else channels
        if layers:
            layers.append(torch.nn.Flatten())
        if model in RECURRENT:
            inputs = RECURRENT[model]
            layers.append(self.last_step(channels, inputs))
        for n in MODELS[model]:
            layers += [torch.nn.Linear(inputs, n), torch.nn.ReLU()]
            inputs = n
        for layer in layers:
            if hasattr(layer, "weight"):
                torch.nn.init.xavier_uniform_(layer.weight)
                torch.nn.init.zeros_(layer.bias)
        clock = Clock()
        self.model = model = torch.nn.Sequential(*layers[:-1]).to(self.device)
        optimizer = torch.optim.Adam(model.parameters(), eps=1e-7)
        loss = torch.nn.CrossEntropyLoss()
        x, y = self.pictures(train[0]), torch.from_numpy(train[1]).long().to(self.device)
        accuracy = None
        for _ in range(epochs):
            order = torch.randperm(len(x), device=self.device)
            total, right = torch.zeros((), device=self.device), torch.zeros((), device=self.device)
            for rows in order.split(BATCH):
                out = model(x[rows])
                each = loss(out, y[rows])
                optimizer.zero_grad()
                each.backward()
                optimizer.step()
                total += each.detach() * len(rows)
                right += (out.detach().argmax(1) == y[rows]).sum()
            total.item(), right.item()
            if val:
                accuracy = self.accuracy(*val)
            clock.lap()
        return clock, accuracy

    def accuracy(self, x, y):
        with self.torch.no_grad():
            right = [(self.model(self.pictures(x[i : i + 1000])).argmax(1).cpu().numpy() == y[i : i + 1000]).sum() for i in range(0, len(x), 1000)]
        return float(sum(right)) / len(x)

    def predict(self, row):
        with self.torch.no_grad():
            return self.model(self.pictures(row)).cpu().numpy()


class Clock:
    """Seconds of each epoch, from the end of the one before."""

    def __init__(self):
        self.begun = self.last = time.perf_counter()
        self.epochs = []

    def lap(self):
        now = time.perf_counter()
        self.epochs.append(now - self.last)
        self.last = now


def timed(framework, model, train, val, test, epochs, seed):
    """Trains a new model and evaluates it on the test set."""
    clock, accuracy = framework.fit(model, train, val, epochs, seed)
    result = {
        "seconds": clock.last - clock.begun,
        "epochs": clock.epochs,
        "ms_per_step": statistics.median(clock.epochs) * 1e3 / -(-len(train[0]) // BATCH),
        "test_accuracy": framework.accuracy(*test),
    }
    if accuracy is not None:
        result["val_accuracy"] = accuracy
    return result


def predict(framework, x):
    """Returns the median milliseconds of predicting one row, after a warm-up."""
    times = []
    for i in range(70):
        begun = time.perf_counter()
        framework.predict(x[i : i + 1])
        times.append((time.perf_counter() - begun) * 1e3)
    return statistics.median(times[20:])


def peak():
    """Returns XLA's best GFLOP/s on a product of large square matrices: the floor under every
    training step."""
    import jax
    import jax.numpy as jnp

    n = 2048
    a = jnp.ones((n, n))
    product = jax.jit(jnp.matmul)
    best = float("inf")
    for _ in range(30):
        begun = time.perf_counter()
        product(a, a).block_until_ready()
        best = min(best, time.perf_counter() - begun)
    return {"name": "peak", "versions": {"JAX": jax.__version__}, "gflops": 2 * n**3 / best / 1e9}


FRAMEWORKS = {
    "keras-tensorflow": ("tensorflow", Keras),
    "keras-tensorflow-32": ("tensorflow", lambda: Keras(steps_per_execution=32)),
    "keras-jax": ("jax", Keras),
    "jax-scan": (None, JAX),
    "jax-step": (None, lambda: JAX(convolve, scan=False)),
    "pytorch": (None, PyTorch),
}


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("framework", choices=[*FRAMEWORKS, "peak"])
    args.add_argument("--data", help="folder with MNIST's four .gz files")
    args.add_argument("--model", choices=MODELS, default="mlp")
    args.add_argument("--fit", type=int, default=10, help="epochs of the fit with validation data; 0 leaves it out")
    args.add_argument("--epochs", type=int, default=10, help="epochs of the fit on all 60,000 examples; 0 leaves it out")
    args.add_argument("--seed", type=int, default=0)
    args = args.parse_args()
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    if not os.environ.get("BENCH_GPU"):  # bench/gpu.py sets it
        os.environ.update(CUDA_VISIBLE_DEVICES="-1", JAX_PLATFORMS="cpu")
    if args.framework == "peak":
        json.dump(peak(), sys.stdout)
        return
    backend, make = FRAMEWORKS[args.framework]
    if backend:
        os.environ["KERAS_BACKEND"] = backend
    framework = make()
    train, test = mnist(args.data, SHAPES.get(args.model, (784,)))
    result = {"name": args.framework, "model": args.model, "versions": framework.versions, "batch": BATCH}
    result["device"] = getattr(framework, "device", "cpu")
    if args.fit:
        head = [a[:50_000] for a in train]
        tail = tuple(a[50_000:] for a in train)
        result["fit"] = timed(framework, args.model, head, tail, test, args.fit, args.seed)
    if args.epochs:
        result["epochs"] = timed(framework, args.model, [a[: EXAMPLES[args.model]] for a in train], None, test, args.epochs, args.seed)
    if args.fit or args.epochs:
        result["predict_ms"] = predict(framework, test[0])
    result["peak_rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
