"""From a file to what the network is shown, with Pillow and numpy."""

import json

import numpy as np
from PIL import Image


class Pictures:
    """As the model in this folder wants them."""

    def __init__(self, folder):
        config = json.loads((folder / "visual/preprocess_cfg.json").read_text())
        self.side = config["size"][0]
        self.mean, self.std = np.array(config["mean"], np.float32), np.array(config["std"], np.float32)

    def __call__(self, file):
        picture, side = Image.open(file).convert("RGB"), self.side
        scale = side / min(picture.size)
        width, height = (max(side, int(length * scale)) for length in picture.size)
        left, top = (width - side) // 2, (height - side) // 2
        picture = picture.resize((width, height), Image.Resampling.BICUBIC).crop((left, top, left + side, top + side))
        numbers = (np.asarray(picture, np.float32) / 255 - self.mean) / self.std
        return numbers.transpose(2, 0, 1)[None]
