"""What a model has to be shown, from the formulas that existing model services follow: written with numpy and Pillow and
from the published descriptions alone, to be compared with what our service shows it.

    python reference.py > answers.json

The pictures are made from whole numbers, in the same way here and in the test.
"""

import json

import numpy as np
from PIL import Image


def picture(width, height, pixel):
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return np.stack(pixel(x, y), axis=2).astype(np.uint8)


def colorful(width, height):
    return picture(width, height, lambda x, y: ((x * 7 + y * 3) % 256, (x * y) % 256, (x + y * 5) % 256))


# CLIP: the shorter side becomes the model's by Pillow's bicubic filter, lengths are cut to whole numbers, the middle is
# kept, and channels are centred and scaled by what the models were trained with.

SIDE = 16
MEAN = np.array([0.48145466, 0.4578275, 0.40821073])
STD = np.array([0.26862954, 0.26130258, 0.27577711])


def clip(pixels):
    height, width = pixels.shape[:2]
    if width < height:
        size = (SIDE, int(height / width * SIDE))
    else:
        size = (int(width / height * SIDE), SIDE)
    resized = Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)
    left, top = int(size[0] / 2 - SIDE / 2), int(size[1] / 2 - SIDE / 2)
    cut = np.asarray(resized.crop((left, top, left + SIDE, top + SIDE)), dtype=np.float64)
    shown = ((cut / 255 - MEAN) / STD).transpose(2, 0, 1).ravel()
    return shown / np.linalg.norm(shown)


# Faces: the detector looks at the picture scaled to fit a square of 640 from its upper left corner. The five points of a
# face are laid upon ArcFace's by the best similarity (Umeyama 1991), and pixels are read between their neighbours, black
# outside of the picture.

TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
TILTED = np.array([0.25, 0.55, 0.55, 0.4, 0.47, 0.62, 0.38, 0.82, 0.62, 0.72]).reshape(5, 2)
STRIDE = 32
CELL = (5, 3)


def with_face(width, height):
    """Bright in the cell, as large as it is before the picture is scaled; elsewhere too dark for a face."""
    scale = max(width, height) // 640
    size = STRIDE * scale

    def pixel(x, y):
        inside = (x // size == CELL[0]) & (y // size == CELL[1])
        bright = (225 + (x * 5 + y * 3) % 31, 225 + (x * 2 + y * 7) % 31, 225 + (x * y) % 31)
        dark = ((x * 3 + y) % 200, (x + y * 2) % 200, (x * 2 + y * 3) % 200)
        return [np.where(inside, light, shade) for light, shade in zip(bright, dark)]

    return picture(width, height, pixel), scale


def similarity(source, target):
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    source_centered, target_centered = source - source_mean, target - target_mean
    u, stretch, v = np.linalg.svd(target_centered.T @ source_centered / len(source))
    sign = np.array([1, np.sign(np.linalg.det(u) * np.linalg.det(v))])
    rotation = u @ np.diag(sign) @ v
    scale = (stretch * sign).sum() / source_centered.var(axis=0).sum()
    return scale * rotation, target_mean - scale * rotation @ source_mean


def face(pixels, points):
    matrix, shift = similarity(points, TEMPLATE)
    x, y = np.meshgrid(np.arange(112), np.arange(112))
    source = (np.stack([x, y], axis=2) - shift) @ np.linalg.inv(matrix).T
    corner = np.floor(source).astype(int)
    part = source - corner
    height, width = pixels.shape[:2]
    aligned = np.zeros((112, 112, 3))
    for dx in (0, 1):
        for dy in (0, 1):
            at_x, at_y = corner[..., 0] + dx, corner[..., 1] + dy
            inside = (at_x >= 0) & (at_x < width) & (at_y >= 0) & (at_y < height)
            value = pixels[at_y.clip(0, height - 1), at_x.clip(0, width - 1)] * inside[..., None]
            weight = (part[..., 0] if dx else 1 - part[..., 0]) * (part[..., 1] if dy else 1 - part[..., 1])
            aligned += value * weight[..., None]
    shown = (np.round(aligned).clip(0, 255) - 127.5) / 127.5
    return shown.reshape(14, 8, 14, 8, 3).mean(axis=(1, 3)).transpose(2, 0, 1).ravel()


def faces(width, height):
    pixels, scale = with_face(width, height)
    corner = np.array(CELL) * STRIDE
    box = np.concatenate([corner - STRIDE, corner + STRIDE]) * scale
    points = (corner + TILTED * STRIDE) * scale
    return {"boundingBox": box.tolist(), "embedding": rounded(face(pixels, points))}


def rounded(numbers):
    return [round(float(number), 5) for number in numbers]


sizes = [(300, 200), (120, 400), (20, 13)]
print(
    json.dumps(
        {
            "clip": [
                {"width": width, "height": height, "embedding": rounded(clip(colorful(width, height)))}
                for width, height in sizes
            ],
            "faces": [{"width": width, "height": height, **faces(width, height)} for width, height in [(1280, 960), (640, 512)]],
        }
    )
)
