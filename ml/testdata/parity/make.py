"""Writes parity.json: what Keras computes for small cases of optimisers, losses, metrics and layers.

Made with Keras 3.15.1 on its TensorFlow backend (CPU), in float32. Run: python make.py
The Go tests in ml/parity_test.go read the file; numbers are kept to 9 digits, which is all of a float32.
"""
import json
import os
import re

os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(11)
layers, losses, metrics, opt = keras.layers, keras.losses, keras.metrics, keras.optimizers


def flat(a):
    a = np.asarray(a)
    return {"shape": list(a.shape), "values": [float("%.9g" % v) for v in a.reshape(-1)]}


def normal(*shape, scale=1.0):
    return (rng.standard_normal(shape) * scale).astype(np.float32)


def optimizers():
    schedules = opt.schedules
    cases = {
        "sgd": opt.SGD(),
        "momentum": opt.SGD(momentum=0.9),
        "nesterov": opt.SGD(momentum=0.9, nesterov=True),
        "adam": opt.Adam(),
        "adam epsilon": opt.Adam(0.05, epsilon=0.1),
        "adamw": opt.AdamW(0.02),
        "rmsprop": opt.RMSprop(),
        "rmsprop centered": opt.RMSprop(0.01, momentum=0.5, centered=True),
        "adagrad": opt.Adagrad(),
        "lion": opt.Lion(),
        "clip norm": opt.SGD(0.1, clipnorm=0.5),
        "clip value": opt.SGD(0.1, clipvalue=0.2),
        "clip global": opt.SGD(0.1, global_clipnorm=0.5),
        "exponential": opt.SGD(schedules.ExponentialDecay(0.5, 4, 0.8)),
        "steps": opt.SGD(schedules.PiecewiseConstantDecay([2, 5], [0.5, 0.25, 0.1])),
        "cosine": opt.SGD(schedules.CosineDecay(0.5, 8)),
        "warm-up": opt.SGD(schedules.CosineDecay(0.0, 6, warmup_target=0.5, warmup_steps=3)),
        "accumulate": opt.Adam(0.05, gradient_accumulation_steps=3, clipnorm=0.5),
        "accumulate decay": opt.AdamW(schedules.ExponentialDecay(0.5, 4, 0.8), gradient_accumulation_steps=2),
    }
    start = [normal(3, 2), normal(4)]
    grads = [[normal(3, 2), normal(4)] for _ in range(10)]
    out = {"start": [flat(v) for v in start], "gradients": [[flat(g) for g in step] for step in grads], "cases": {}}
    for name, o in cases.items():
        weights = [keras.Variable(v) for v in start]
        o.build(weights)
        steps = []
        for step in grads:
            o.apply([tf.constant(g) for g in step], weights)
            steps.append([flat(w.numpy()) for w in weights])
        out["cases"][name] = steps
    return out


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return (e / e.sum(-1, keepdims=True)).astype(np.float32)


class Contrastive(losses.Loss):
    def __init__(self, margin):
        super().__init__()
        self.margin = margin

    def call(self, y, d):
        each = y * tf.square(d) + (1 - y) * tf.square(tf.maximum(self.margin - d, 0))
        return tf.reduce_mean(each, axis=-1)


def lossCases():
    logits = normal(5, 4)
    probabilities = softmax(logits)
    classes = np.array([0, 3, 1, 2, 2], np.int32)
    hot = np.eye(4, dtype=np.float32)[classes]
    binary = (rng.random((5, 4)) > 0.5).astype(np.float32)
    between = rng.random((5, 4)).astype(np.float32) * 0.9 + 0.05
    values = normal(5, 4, scale=2)
    cases = {
        "mse": (losses.MeanSquaredError(), values, logits),
        "mae": (losses.MeanAbsoluteError(), values, logits),
        "huber": (losses.Huber(), values, logits),
        "huber 0.5": (losses.Huber(delta=0.5), values, logits),
        "binary": (losses.BinaryCrossentropy(), binary, between),
        "binary logits": (losses.BinaryCrossentropy(from_logits=True), binary, logits),
        "binary smooth": (losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2), binary, logits),
        "categorical": (losses.CategoricalCrossentropy(), hot, probabilities),
        "categorical logits": (losses.CategoricalCrossentropy(from_logits=True), hot, logits),
        "categorical smooth": (losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1), hot, logits),
        "sparse": (losses.SparseCategoricalCrossentropy(), classes, probabilities),
        "sparse logits": (losses.SparseCategoricalCrossentropy(from_logits=True), classes, logits),
        "kl": (losses.KLDivergence(), softmax(values), probabilities),
        "hinge": (losses.Hinge(), binary, logits),
        "hinge signed": (losses.Hinge(), 2 * binary - 1, logits),
        # Not in Keras: Hadsell et al. 2006, of distances, with targets 1 for pairs that belong together.
        "contrastive": (Contrastive(1.0), binary[:, :1], between[:, :1] * 2),
        "contrastive 0.5": (Contrastive(0.5), binary[:, :1], between[:, :1]),
    }
    out = {}
    for name, (loss, y, p) in cases.items():
        loss.reduction = None
        variable = tf.Variable(p)
        with tf.GradientTape() as tape:
            each = loss(y, variable)
            mean = tf.reduce_mean(each)
        gradient = tape.gradient(mean, variable)
        out[name] = {"targets": flat(y), "predictions": flat(p), "each": flat(each), "gradient": flat(gradient)}
    return out


def metricCases():
    n = 40
    logits = normal(n, 6)
    classes = rng.integers(0, 6, n).astype(np.int32)
    hot = np.eye(6, dtype=np.float32)[classes]
    truth = (rng.random((n, 1)) > 0.4).astype(np.float32)
    guess = np.clip(truth * 0.3 + rng.random((n, 1)) * 0.7, 0, 1).astype(np.float32)
    y, p = normal(n, 2), None
    p = (y + normal(n, 2, scale=0.5)).astype(np.float32)
    cases = {
        "sparse accuracy": (metrics.SparseCategoricalAccuracy(), classes, logits),
        "categorical accuracy": (metrics.CategoricalAccuracy(), hot, logits),
        "binary accuracy": (metrics.BinaryAccuracy(), truth, guess),
        "top 2": (metrics.SparseTopKCategoricalAccuracy(k=2), classes, logits),
        "top 3 hot": (metrics.TopKCategoricalAccuracy(k=3), hot, logits),
        "precision": (metrics.Precision(), truth, guess),
        "recall": (metrics.Recall(), truth, guess),
        "f1": (metrics.F1Score(threshold=0.5), truth, guess),
        "f1 macro": (metrics.F1Score(average="macro"), hot, logits),
        "f1 micro": (metrics.F1Score(average="micro"), hot, logits),
        "f1 per class": (metrics.F1Score(average=None), hot, logits),
        "auc": (metrics.AUC(), truth, guess),
        "mse": (metrics.MeanSquaredError(), y, p),
        "mae": (metrics.MeanAbsoluteError(), y, p),
        "rmse": (metrics.RootMeanSquaredError(), y, p),
        "r2": (metrics.R2Score(), y, p),
    }
    out = {}
    for name, (metric, y, p) in cases.items():
        metric.update_state(y, p)
        out[name] = {"targets": flat(y), "predictions": flat(p), "value": float(np.asarray(metric.result()).reshape(-1)[0]), "values": flat(metric.result())}
    cross = losses.SparseCategoricalCrossentropy(from_logits=True)(classes, logits)
    out["perplexity"] = {"targets": flat(classes), "predictions": flat(logits), "value": float(np.exp(float(cross)))}
    return out


def place(w):
    """A variable's path in the Go model: conv2d/kernel, without the number that counts layers of the process."""
    parts = w.path.split("/")
    parts[0] = re.sub(r"_\d+$", "", parts[0])
    parts = [re.sub(r"^(forward|backward)_.*", r"\1", p) for p in parts if not re.fullmatch(r"(lstm|gru)_cell(_\d+)?", p)]
    if parts[0] == "time_distributed":
        parts = [parts[0], w.name]
    return "/".join(parts[:-1] + [w.name])


def layerCases():
    out = {}
    for name, (build, x) in LAYERS().items():
        inputs = keras.Input(x.shape[1:], dtype=str(x.dtype))
        model = keras.Model(inputs, build(inputs))
        # Weights away from their initial values, or zero biases and unit scales would hide mistakes.
        for w in model.weights:
            if w.dtype.startswith("uint") or "seed" in w.path:
                continue
            if w.path.endswith("moving_variance"):
                w.assign(np.abs(normal(*w.shape)) + 0.5)
            else:
                w.assign(np.asarray(w) + normal(*w.shape, scale=0.2))
        weights = {place(w): flat(np.asarray(w)) for w in model.weights if "seed" not in w.path}
        inference = model(x, training=False)
        pull = normal(*inference.shape)
        case = {"x": flat(x), "weights": weights, "output": flat(inference), "pull": flat(pull)}
        # TensorFlow's gradient of moved pictures is not the derivative: it moves the adjoint back.
        moves = name.startswith(("translation", "rotation"))
        variable = tf.Variable(x) if x.dtype == np.float32 and not moves else tf.constant(x)
        with tf.GradientTape() as tape:
            y = model(variable, training=True)
            loss = tf.reduce_sum(y * pull) + sum(model.losses)
        sources = [w.value for w in model.trainable_weights] + ([variable] if isinstance(variable, tf.Variable) else [])
        grads = tape.gradient(loss, sources) if sources else []
        names = [place(w) for w in model.trainable_weights] + ["x"]
        case["training"] = flat(y)
        case["loss"] = flat(loss)
        case["gradients"] = {k: flat(tf.convert_to_tensor(g)) for k, g in zip(names, grads)}
        case["after"] = {place(w): flat(np.asarray(w)) for w in model.non_trainable_weights if "seed" not in w.path}
        out[name] = case
        keras.backend.clear_session()
    return out


def LAYERS():
    """Cases by name: a layer, or a function of the input, and an input."""
    image, odd, row = normal(3, 8, 8, 2), normal(2, 7, 9, 3), normal(3, 10, 4)
    # Few steps: XLA takes seconds to compile recurrent layers written out.
    steps = normal(3, 4, 3)
    tokens = rng.integers(0, 7, (3, 5)).astype(np.int32)
    r = keras.regularizers
    cases = {
        "dense": (layers.Dense(3, activation="tanh"), normal(4, 5)),
        "dense penalty": (layers.Dense(3, kernel_regularizer=r.L1L2(0.01, 0.02)), normal(4, 5)),
        "conv2d": (layers.Conv2D(4, 3, activation="relu"), image),
        "conv2d same": (layers.Conv2D(4, 3, padding="same"), odd),
        "conv2d strides": (layers.Conv2D(4, (3, 2), strides=(2, 3), padding="same"), odd),
        "conv2d strides valid": (layers.Conv2D(2, 3, strides=2), odd),
        "conv2d one": (layers.Conv2D(5, 1, use_bias=False), image),
        "conv1d": (layers.Conv1D(3, 3, activation="relu"), row),
        "conv1d same": (layers.Conv1D(3, 4, strides=2, padding="same"), row),
        "max pool": (layers.MaxPooling2D(), image),
        "max pool odd": (layers.MaxPooling2D(), odd),
        "max pool same": (layers.MaxPooling2D(2, padding="same"), odd),
        "max pool overlap": (layers.MaxPooling2D(3, strides=2), image),
        "average pool": (layers.AveragePooling2D(2), odd),
        "average pool same": (layers.AveragePooling2D(2, padding="same"), odd),
        "global average": (layers.GlobalAveragePooling2D(), image),
        "global max": (layers.GlobalMaxPooling2D(), image),
        "reshape": (layers.Reshape((4, 8)), normal(2, 32)),
        "batch norm": (layers.BatchNormalization(), normal(6, 4)),
        "batch norm image": (layers.BatchNormalization(), image),
        "layer norm": (layers.LayerNormalization(), normal(4, 6)),
        "embedding": (layers.Embedding(7, 3), tokens),
        "lstm": (layers.LSTM(4), steps),
        "lstm sequences": (layers.LSTM(4, return_sequences=True), steps),
        "gru": (layers.GRU(4), steps),
        "gru sequences": (layers.GRU(4, return_sequences=True), steps),
    }
    out = {k: (lambda i, l=l: l(i), x) for k, (l, x) in cases.items()}

    def convnet(i):
        y = layers.MaxPooling2D()(layers.Conv2D(4, 3, activation="relu")(i))
        return layers.Dense(3)(layers.Flatten()(y))

    out["convnet"] = (convnet, normal(3, 9, 9, 2))

    names = "relu6 celu exponential hard_shrink hard_sigmoid hard_silu hard_tanh log_sigmoid log_softmax mish soft_shrink softsign"
    names += " sparse_plus sparse_sigmoid squareplus tanh_shrink relu sigmoid tanh softmax gelu silu selu elu leaky_relu softplus"
    for name in names.split():
        out["activation " + name] = (lambda i, name=name: layers.Activation(name)(i), normal(3, 12, scale=3))

    more = {
        "prelu": (layers.PReLU(), normal(3, 4)),
        "prelu shared": (layers.PReLU(shared_axes=[1, 2]), image),
        "max pool 1d": (layers.MaxPooling1D(2), row),
        "average pool 1d": (layers.AveragePooling1D(3, strides=2, padding="same"), row),
        "global average 1d": (layers.GlobalAveragePooling1D(), row),
        "global max 1d": (layers.GlobalMaxPooling1D(), row),
        "depthwise": (layers.DepthwiseConv2D(3, activation="relu"), image),
        "depthwise multiplier": (layers.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2), odd),
        "separable": (layers.SeparableConv2D(5, 3, activation="relu"), image),
        "separable multiplier": (layers.SeparableConv2D(4, 2, padding="same", depth_multiplier=2, depthwise_regularizer=r.L2(0.02), pointwise_regularizer=r.L2(0.02)), odd),
        "separable 1d": (layers.SeparableConv1D(4, 3, strides=2), row),
        "transpose": (layers.Conv2DTranspose(3, 3), normal(2, 4, 5, 2)),
        "transpose strides": (layers.Conv2DTranspose(3, 3, strides=2, activation="relu"), normal(2, 4, 5, 2)),
        "transpose same": (layers.Conv2DTranspose(3, 3, strides=2, padding="same"), normal(2, 4, 5, 2)),
        "transpose wide": (layers.Conv2DTranspose(2, (4, 5), strides=(3, 2), padding="same"), normal(2, 3, 4, 2)),
        "transpose gaps": (layers.Conv2DTranspose(2, 2, strides=3), normal(2, 3, 4, 2)),
        "transpose gaps same": (layers.Conv2DTranspose(2, 2, strides=3, padding="same"), normal(2, 3, 4, 2)),
        "transpose 1d": (layers.Conv1DTranspose(3, 4, strides=2, padding="same"), row),
        "lstm backwards": (layers.LSTM(4, return_sequences=True, go_backwards=True), steps),
        "lstm penalty": (layers.LSTM(4, kernel_regularizer=r.L2(0.01)), steps),
        "bidirectional": (layers.Bidirectional(layers.LSTM(3)), steps),
        "bidirectional sequences": (layers.Bidirectional(layers.GRU(3, return_sequences=True)), steps),
        "bidirectional sum": (layers.Bidirectional(layers.GRU(3, return_sequences=True), merge_mode="sum"), steps),
        "time distributed": (layers.TimeDistributed(layers.Conv1D(2, 2)), normal(2, 3, 4, 3)),
        "embedding penalty": (layers.Embedding(7, 3, embeddings_regularizer=r.L1(0.01)), tokens),
        "translation": (layers.RandomTranslation((0.2, 0.2), (-0.3, -0.3)), image),
        "translation nearest": (layers.RandomTranslation((-0.4, -0.4), (0.15, 0.15), fill_mode="nearest"), odd),
        "translation black": (layers.RandomTranslation((0.2, 0.2), (-0.3, -0.3), fill_mode="constant"), odd),
        "rotation": (layers.RandomRotation((0.07, 0.07)), odd),
        "rotation black": (layers.RandomRotation((-0.2, -0.2), fill_mode="constant"), image),
        "attention": (lambda i: layers.MultiHeadAttention(2, 3)(i, i), row),
        "attention causal": (lambda i: layers.MultiHeadAttention(2, 3, value_dim=4, use_bias=False)(i, i, use_causal_mask=True), row),
        "attention other": (lambda i: layers.MultiHeadAttention(2, 3, output_shape=5)(i, layers.Dense(3, name="a")(i), layers.Dense(2, name="b")(i)), row),
        "attention value": (lambda i: layers.MultiHeadAttention(2, 3)(i, layers.Dense(3, name="a")(i)), row),
        "position": (Position(12), row),
        "sinusoid": (Sinusoid(), row),
        "group": (grouped, normal(3, 5)),
    }
    for name in "Add Subtract Multiply Average Maximum Minimum Concatenate".split():
        join = getattr(layers, name)
        more[name.lower()] = (lambda i, join=join: join()([i, layers.Dense(5, name="a")(i)]), normal(3, 5))
    more["add three"] = (lambda i: layers.Add()([i, layers.Dense(1, name="a")(i), i]), normal(3, 5))
    more["concatenate axis"] = (lambda i: layers.Concatenate(axis=1)([i, layers.Dense(4, name="a")(i)]), row)
    out.update(more)
    return out


class Position(layers.Layer):
    """Not in Keras itself: learned vectors added to the steps."""

    def __init__(self, steps):
        super().__init__(name="positional_embedding")
        self.steps = steps

    def build(self, shape):
        self.table = self.add_weight(name="position_embeddings", shape=(self.steps, shape[-1]), initializer="glorot_uniform")

    def call(self, x):
        return x + self.table[: x.shape[1]]


class Sinusoid(layers.Layer):
    """Not in Keras itself: Vaswani et al. 2017, section 3.5."""

    def call(self, x):
        steps, features = x.shape[1:]
        i = np.arange(features)
        angle = np.arange(steps)[:, None] / 10000 ** (i // 2 * 2 / features)
        return x + np.where(i % 2 == 0, np.sin(angle), np.cos(angle)).astype(np.float32)


def grouped(i):
    """A functional model: a shared layer, a branch around a layer, two values joined."""
    shared = layers.Dense(5, activation="tanh", name="shared")
    h = shared(i)
    h = layers.Add()([shared(h), i])
    h = layers.Concatenate()([h, layers.Dense(2, name="a")(h)])
    return layers.LayerNormalization()(h)


def trainings():
    """Whole trainings with Keras's fit, ten examples in batches of four: losses and metrics of each epoch, and the weights at the end."""
    out = {}
    a, b, n = normal(10, 3), normal(10, 2), 10
    classes = rng.integers(0, 3, n).astype(np.int32)
    value = normal(n, 1)
    w1, w2 = rng.random(n).astype(np.float32) * 2, rng.random(n).astype(np.float32)

    def record(name, model, x, y, **options):
        for w in model.weights:
            if "seed" not in w.path and not w.path.endswith("moving_variance"):
                w.assign(np.asarray(w) + normal(*w.shape, scale=0.2))
        start = {place(w): flat(np.asarray(w)) for w in model.weights}
        history = model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0, **options).history
        end = {place(w): flat(np.asarray(w)) for w in model.weights}
        out[name] = {"start": start, "end": end, "history": {k: [float(v) for v in vs] for k, vs in history.items()}}
        keras.backend.clear_session()

    def two():
        i, j = keras.Input((3,), name="a"), keras.Input((2,), name="b")
        h = layers.BatchNormalization()(layers.Concatenate()([layers.Dense(4, activation="tanh", name="hidden")(i), j]))
        return keras.Model([i, j], {"kind": layers.Dense(3, name="kind")(h), "size": layers.Dense(1, name="size")(h)})

    model = two()
    model.compile(
        opt.Adam(0.05),
        loss={"kind": losses.SparseCategoricalCrossentropy(from_logits=True), "size": "mse"},
        loss_weights={"kind": 1.0, "size": 0.3},
        metrics={"kind": ["accuracy"], "size": ["mae"]},
        weighted_metrics={"size": [metrics.MeanAbsoluteError(name="weighted_mae")]},
    )
    record("outputs", model, {"a": a, "b": b}, {"kind": classes, "size": value}, sample_weight={"kind": w1, "size": w2})

    i = keras.Input((3,), name="a")
    model = keras.Model(i, layers.Dense(3, activation="softmax", name="kind", kernel_regularizer=keras.regularizers.L2(0.1))(i))
    model.compile(opt.SGD(0.1, momentum=0.9, gradient_accumulation_steps=2), "sparse_categorical_crossentropy", metrics=["accuracy"])
    record("classes", model, a, classes, class_weight={0: 0.5, 2: 2.0})

    # Models as layers: a frozen one, and one that is trained, both of them for two inputs.
    base = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="tanh", name="base_dense"), layers.BatchNormalization(name="base_norm")], name="base")
    base.trainable = False
    encoder = keras.Sequential([keras.Input((4,)), layers.Dense(2, name="encoder_dense", kernel_regularizer=keras.regularizers.L2(0.1))], name="encoder")
    i, j = keras.Input((3,), name="a"), keras.Input((3,), name="c")
    h = layers.Subtract()([encoder(base(i)), encoder(base(j))])
    model = keras.Model([i, j], layers.Dense(1, name="size")(h))
    model.compile(opt.Adam(0.05), "mse", metrics=["mae"])
    record("nested", model, {"a": a, "c": a[::-1]}, value)
    out["data"] = {"a": flat(a), "b": flat(b), "kind": flat(classes), "size": flat(value), "w1": flat(w1), "w2": flat(w2)}
    return out


if __name__ == "__main__":
    data = {
        "keras": keras.__version__,
        "optimizers": optimizers(),
        "losses": lossCases(),
        "metrics": metricCases(),
        "layers": layerCases(),
        "trainings": trainings(),
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "parity.json")
    with open(path, "w") as f:
        json.dump(data, f, separators=(",", ":"))
        f.write("\n")
    print(path, os.path.getsize(path), "bytes")
