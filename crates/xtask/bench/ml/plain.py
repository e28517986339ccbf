"""The network alone, run again and again: the limit that the model service is held against.

    plain.py FOLDER THREADS PICTURE...

and on its input lines "visual 20", each answered with the seconds that so many runs took. The word "decoded" means the same
network, with each time one of the files decoded first, as whoever embeds photos in a loop has to.
"""

import itertools
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime
from pictures import Pictures

folder, threads = Path(sys.argv[1]), int(sys.argv[2])
files = itertools.cycle(sys.argv[3:])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads


def session(kind):
    return onnxruntime.InferenceSession(folder / kind / "model.onnx", options, providers=["CPUExecutionProvider"])


picture = np.random.default_rng(3).standard_normal((1, 3, 224, 224), dtype=np.float32)
text = np.array([[49406, 1, 2, 3, 4, 5] + [49407] * 71], np.int32)
visual, textual, shown = session("visual"), session("textual"), Pictures(folder)
work = {
    "visual": lambda: visual.run(None, {"image": picture}),
    "decoded": lambda: visual.run(None, {"image": shown(next(files))}),
    "textual": lambda: textual.run(None, {"text": text}),
}
for once in work.values():
    once()
print("ready", flush=True)
for line in sys.stdin:
    word, count = line.split()
    once = work[word]
    start = time.perf_counter()
    for _ in range(int(count)):
        once()
    print(time.perf_counter() - start, flush=True)
