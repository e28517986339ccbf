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
from PIL import Image
from tokenizers import Tokenizer

folder, port, threads = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
visual, textual = (
    onnxruntime.InferenceSession(folder / kind / "model.onnx", options, providers=["CPUExecutionProvider"])
    for kind in ("visual", "textual")
)
config = json.loads((folder / "visual/preprocess_cfg.json").read_text())
side = config["size"][0]
mean, std = np.array(config["mean"], np.float32), np.array(config["std"], np.float32)
tokenizer = Tokenizer.from_file(str(folder / "textual/tokenizer.json"))
tokenizer.enable_truncation(77)
tokenizer.enable_padding(length=77, pad_token="<end>", pad_id=tokenizer.token_to_id("<end>"))
app = FastAPI()


def of_picture(file):
    picture = Image.open(file).convert("RGB")
    scale = side / min(picture.size)
    width, height = (max(side, int(length * scale)) for length in picture.size)
    left, top = (width - side) // 2, (height - side) // 2
    picture = picture.resize((width, height), Image.Resampling.BICUBIC).crop((left, top, left + side, top + side))
    numbers = (np.asarray(picture, np.float32) / 255 - mean) / std
    return visual.run(None, {"image": numbers.transpose(2, 0, 1)[None]})[0][0]


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
