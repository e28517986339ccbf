"""The model service as anybody would write it in an afternoon: every request decodes its picture and runs the network.

    one_by_one.py FOLDER PORT THREADS
"""

import io
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI, Form, UploadFile
from pictures import Pictures
from tokenizers import Tokenizer

folder, port, threads = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
visual, textual = (
    onnxruntime.InferenceSession(folder / kind / "model.onnx", options, providers=["CPUExecutionProvider"])
    for kind in ("visual", "textual")
)
shown = Pictures(folder)
tokenizer = Tokenizer.from_file(str(folder / "textual/tokenizer.json"))
tokenizer.enable_truncation(77)
tokenizer.enable_padding(length=77, pad_token="<end>", pad_id=tokenizer.token_to_id("<end>"))
app = FastAPI()


def of_picture(file):
    return visual.run(None, {"image": shown(file)})[0][0]


def of_text(text):
    return textual.run(None, {"text": np.array([tokenizer.encode(text).ids], np.int32)})[0][0]


# Not `async`: FastAPI runs it on a thread, as it does with what takes long.
@app.post("/predict")
def predict(image: UploadFile | None = None, text: str = Form("")):
    embedding = of_picture(io.BytesIO(image.file.read())) if image else of_text(text)
    return {"clip": json.dumps([float(number) for number in embedding])}


@app.get("/ping")
def ping():
    return "pong"


uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
