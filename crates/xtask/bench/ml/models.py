"""CLIP ViT-B-32 with random weights: what it answers means nothing, but it costs what the trained one costs.

    models.py FOLDER    writes what the model service keeps of it: visual, textual and the small files beside them
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

EMBEDDING = 512
SIDE = 224
PATCH = 32
CONTEXT = 77
VOCABULARY = 49408
WORDS = "a photo of the cat dog forest snow green on in with house street child sea".split()


class Graph:
    """A network under construction; every method answers with the name of what it computes."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.nodes = []
        self.weights = []

    def constant(self, values):
        name = f"weight_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
        return name

    def number(self, value):
        return self.constant(np.float32(value))

    def integers(self, *values):
        return self.constant(np.array(values, np.int64))

    def drawn(self, *shape):
        """Weights small enough that a dozen layers neither explode nor vanish."""
        return self.constant(0.02 * self.random.standard_normal(shape, dtype=np.float32))

    def node(self, kind, *inputs, outputs=None, **attributes):
        names = outputs or [f"value_{len(self.nodes)}"]
        self.nodes.append(helper.make_node(kind, list(inputs), names, **attributes))
        return names[0] if len(names) == 1 else names

    def linear(self, x, wide, out):
        return self.node("Add", self.node("MatMul", x, self.drawn(wide, out)), self.drawn(out))

    def layer_norm(self, x, width):
        scale, shift = self.constant(np.ones(width, np.float32)), self.constant(np.zeros(width, np.float32))
        return self.node("LayerNormalization", x, scale, shift, axis=-1, epsilon=1e-5)

    def attention(self, x, width, heads, mask):
        at = len(self.nodes)
        parts = self.node("Split", self.linear(x, width, 3 * width), outputs=[f"{part}_{at}" for part in "qkv"], axis=-1)
        # A zero keeps the axis: rows that run together, then places.
        apart = self.integers(0, 0, heads, width // heads)
        q, k, v = (self.node("Reshape", part, apart) for part in parts)
        q = self.node("Mul", self.node("Transpose", q, perm=[0, 2, 1, 3]), self.number((width / heads) ** -0.5))
        seen = self.node("MatMul", q, self.node("Transpose", k, perm=[0, 2, 3, 1]))
        if mask:
            seen = self.node("Add", seen, mask)
        seen = self.node("MatMul", self.node("Softmax", seen, axis=-1), self.node("Transpose", v, perm=[0, 2, 1, 3]))
        together = self.node("Reshape", self.node("Transpose", seen, perm=[0, 2, 1, 3]), self.integers(0, 0, width))
        return self.linear(together, width, width)

    def transformer(self, x, width, heads, mask=None, layers=12):
        for _ in range(layers):
            x = self.node("Add", x, self.attention(self.layer_norm(x, width), width, heads, mask))
            wide = self.linear(self.layer_norm(x, width), width, 4 * width)
            gate = self.node("Sigmoid", self.node("Mul", wide, self.number(1.702)))
            x = self.node("Add", x, self.linear(self.node("Mul", wide, gate), 4 * width, width))
        return x

    def embedding(self, x, width):
        """Of length one."""
        x = self.node("MatMul", x, self.drawn(width, EMBEDDING))
        length = self.node("ReduceL2", x, axes=[-1], keepdims=1)
        self.node("Div", x, length, outputs=["embedding"])

    def write(self, file, kind, shape):
        name = {"visual": "image", "textual": "text"}[kind]
        element = {"visual": TensorProto.FLOAT, "textual": TensorProto.INT32}[kind]
        taken = helper.make_tensor_value_info(name, element, ["batch", *shape])
        given = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", EMBEDDING])
        graph = helper.make_graph(self.nodes, kind, [taken], [given], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        file.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(model, file)


def visual(file, width=768, heads=12):
    graph = Graph(seed=1)
    places = (SIDE // PATCH) ** 2
    x = graph.node("Conv", "image", graph.drawn(width, 3, PATCH, PATCH), kernel_shape=[PATCH] * 2, strides=[PATCH] * 2)
    x = graph.node("Transpose", graph.node("Reshape", x, graph.integers(0, width, places)), perm=[0, 2, 1])
    # The place that the embedding is read from stands before all others: padded with zeros, its own weights are added.
    x = graph.node("Pad", x, graph.integers(0, 1, 0, 0, 0, 0))
    x = graph.layer_norm(graph.node("Add", x, graph.drawn(1, places + 1, width)), width)
    x = graph.transformer(x, width, heads)
    first = graph.node("Gather", x, graph.constant(np.int64(0)), axis=1)
    graph.embedding(graph.layer_norm(first, width), width)
    graph.write(file, "visual", [3, SIDE, SIDE])


def textual(file, width=512, heads=8):
    graph = Graph(seed=2)
    x = graph.node("Add", graph.node("Gather", graph.drawn(VOCABULARY, width), "text"), graph.drawn(CONTEXT, width))
    later = graph.constant(np.triu(np.full((CONTEXT, CONTEXT), -1e9, np.float32), 1))
    x = graph.layer_norm(graph.transformer(x, width, heads, later), width)
    # The end of the text has the highest number; picked out with zeros elsewhere, as rows end at different places.
    end = graph.node("ArgMax", "text", axis=-1, keepdims=0)
    choice = graph.node("OneHot", end, graph.integers(CONTEXT), graph.constant(np.array([0, 1], np.float32)), axis=-1)
    ends = graph.node("MatMul", graph.node("Unsqueeze", choice, graph.integers(1)), x)
    graph.embedding(graph.node("Squeeze", ends, graph.integers(1)), width)
    graph.write(file, "textual", [CONTEXT])


def small_files(folder):
    start, end = VOCABULARY - 2, VOCABULARY - 1
    tokens = {word: number for number, word in enumerate(WORDS, start=1)} | {"<unk>": 0, "<start>": start, "<end>": end}
    around = [{"SpecialToken": {"id": "<start>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    around.append({"SpecialToken": {"id": "<end>", "type_id": 0}})
    special = {name: {"id": name, "ids": [number], "tokens": [name]} for name, number in (("<start>", start), ("<end>", end))}
    tokenizer = {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {"type": "TemplateProcessing", "single": around, "pair": [], "special_tokens": special},
        "model": {"type": "WordLevel", "vocab": tokens, "unk_token": "<unk>"},
    }
    preprocessing = {
        "size": [SIDE, SIDE],
        "mean": [0.48145466, 0.4578275, 0.40821073],
        "std": [0.26862954, 0.26130258, 0.27577711],
        "interpolation": "bicubic",
    }
    for name, content in {
        "config.json": {"embed_dim": EMBEDDING, "text_cfg": {"context_length": CONTEXT}},
        "visual/preprocess_cfg.json": preprocessing,
        "textual/tokenizer.json": tokenizer,
        "textual/tokenizer_config.json": {"pad_token": "<end>"},
    }.items():
        (folder / name).write_text(json.dumps(content))


if __name__ == "__main__":
    target = Path(sys.argv[1])
    visual(target / "visual/model.onnx")
    textual(target / "textual/model.onnx")
    small_files(target)
