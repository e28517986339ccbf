"""Face models with trained weights, of what packages ship, with the inputs and outputs of the models that the service runs.

    face_weights.py YUNET EMBEDDER FOLDER

writes FOLDER/detection/model.onnx (as SCRFD) and FOLDER/recognition/model.onnx (as ArcFace).
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, parser

SIDE = 640
STRIDES = (8, 16, 32)
EMBEDDING = 512
# Everything below depends on how these files are built.
YUNET_SHA256 = "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10"
EMBEDDER_SHA256 = "87aacdfe57510db2af90c0251df680e8eec88f122ee94712121d09bcaaaf3581"


def known(file, sha256):
    content = Path(file).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        sys.exit(f"{file} is not the file we know: its SHA-256 is {found}")
    return onnx.load_from_string(content)


def replace(old, new):
    new = list(new)
    del old[:]
    old.extend(new)


# YuNet comes with whole numbers for weights, a scale for each block of them. ONNX Runtime does not run it so: where a
# block is the whole tensor, it takes the scale for one without blocks and refuses the block's size.


def dequantise(graph):
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes = []
    for node in graph.node:
        if node.op_type == "DequantizeLinear":
            (weights,) = node.output
            stored[weights] = dequantised(node, *(stored[name] for name in node.input))
        else:
            nodes.append(node)
    used = {name for node in nodes for name in node.input}
    replace(graph.node, nodes)
    replace(graph.initializer, (numpy_helper.from_array(stored[name], name) for name in sorted(used & stored.keys())))


def dequantised(node, numbers, scales, zeros):
    layout = {attribute.name: attribute.i for attribute in node.attribute}

    def for_each(per_block):
        return np.repeat(per_block.astype(np.float32), layout["block_size"], layout["axis"])

    return (numbers - for_each(zeros)) * for_each(scales)


# Both detectors guess at every eighth, sixteenth and thirty-second pixel. YuNet is shown bytes, blue first; at each place
# it has one guess: how likely something is there and how likely it is a face, the way to the middle of its box, the
# logarithms of the box's size, and the way to five points. SCRFD is shown numbers around zero, red first; at each place
# it has two guesses: a score, the ways to the four sides of the box, and to the five points. All ways are in strides.

BEFORE = """
    spread = Constant <value_float = 128.0> ()
    middle = Constant <value_float = 127.5> ()
    backwards = Constant <value_ints = [2, 1, 0]> ()
    spread_out = Mul (picture, spread)
    red_first = Add (spread_out, middle)
    input = Gather <axis = 1> (red_first, backwards)

    half = Constant <value_float = 0.5> ()
    one_size = Constant <value_ints = [2, 2]> ()
"""

AT_STRIDE = """
    likely_{stride} = Mul (cls_{stride}, obj_{stride})
    sure_{stride} = Sqrt (likely_{stride})

    to_middle_{stride}, log_size_{stride} = Split <axis = 2> (bbox_{stride}, one_size)
    size_{stride} = Exp (log_size_{stride})
    half_size_{stride} = Mul (size_{stride}, half)
    to_upper_left_{stride} = Sub (half_size_{stride}, to_middle_{stride})
    to_lower_right_{stride} = Add (half_size_{stride}, to_middle_{stride})
    sides_{stride} = Concat <axis = 2> (to_upper_left_{stride}, to_lower_right_{stride})
"""

# The second guess is nothing, with a score of nothing.
TWO_GUESSES = """
    room_{to} = Constant <value_ints = [0, 0, 0, 0, 0, {width}]> ()
    shape_{to} = Constant <value_ints = [-1, {width}]> ()
    beside_{to} = Pad ({of}, room_{to})
    {to} = Reshape (beside_{to}, shape_{to})
"""


def nodes(text):
    return parser.parse_graph(f"part () => () {{ {text} }}").node


def as_scrfd(yunet):
    graph = yunet.graph
    dequantise(graph)
    replace(graph.node, [*nodes(BEFORE), *graph.node])
    replace(graph.input, [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, SIDE, SIDE])])
    replace(graph.output, [])
    for stride in STRIDES:
        graph.node.extend(nodes(AT_STRIDE.format(stride=stride)))
    for to, of, width in ("scores", "sure", 1), ("boxes", "sides", 4), ("points", "kps", 10):
        for stride in STRIDES:
            names = {"to": f"{to}_{stride}", "of": f"{of}_{stride}"}
            graph.node.extend(nodes(TWO_GUESSES.format(width=width, **names)))
            shape = [2 * (SIDE // stride) ** 2, width]
            graph.output.append(helper.make_tensor_value_info(names["to"], TensorProto.FLOAT, shape))
    # Older than its operators as it comes.
    yunet.ir_version = 10
    return yunet


# The embedder has the inputs and outputs of ArcFace, but takes one face at a time: its last step makes one row of
# whatever comes.


def in_batches(embedder):
    graph = embedder.graph
    (flatten,) = (node for node in graph.node if node.op_type == "Reshape")
    (shape,) = (tensor for tensor in graph.initializer if tensor.name == flatten.input[1])
    shape.CopyFrom(numpy_helper.from_array(np.array([-1, EMBEDDING]), shape.name))
    for end in *graph.input, *graph.output:
        end.type.tensor_type.shape.dim[0].dim_param = "batch"
    return embedder


def write(model, file):
    onnx.checker.check_model(model, full_check=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, file)


def main(yunet, embedder, folder):
    write(as_scrfd(known(yunet, YUNET_SHA256)), Path(folder) / "detection/model.onnx")
    write(in_batches(known(embedder, EMBEDDER_SHA256)), Path(folder) / "recognition/model.onnx")


main(*sys.argv[1:])
