"""The network alone, run again and again: the limit that the model service is held against.

    plain.py FOLDER THREADS    and on its input lines "visual 20", each answered with the seconds that so many runs took
"""

import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime

folder, threads = Path(sys.argv[1]), int(sys.argv[2])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads


def session(kind):
    return onnxruntime.InferenceSession(folder / kind / "model.onnx", options, providers=["CPUExecutionProvider"])


picture = np.random.default_rng(3).standard_normal((1, 3, 224, 224), dtype=np.float32)
text = np.array([[49406, 1, 2, 3, 4, 5] + [49407] * 71], np.int32)
networks = {"visual": (session("visual"), {"image": picture}), "textual": (session("textual"), {"text": text})}
for network, given in networks.values():
    network.run(None, given)
print("ready", flush=True)
for line in sys.stdin:
    kind, count = line.split()
    network, given = networks[kind]
    start = time.perf_counter()
    for _ in range(int(count)):
        network.run(None, given)
    print(time.perf_counter() - start, flush=True)
