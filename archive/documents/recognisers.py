"""Two readers of writing: RapidOCR's recogniser for any text, and tesseract as a second one for figures."""

import importlib
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from archive.documents.alike import first_alike
from archive.documents.inks import Grey, as_pixels

FIGURES = "0123456789.-/"
_ROUND = "OoQD〇"       # what a nought is taken for: none of them is another figure
_HEIGHT = 48
_STEP = 8               # pixels of one step of the recogniser
_LEAST_WIDE = 64        # a stroke needs paper beside it: in less a / is a 1
_MOST_WIDE = 2400
_BATCH = 3200
_TESSERACT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Reading:
    """What a strip says. `figures` is the same read as a figure whatever it is; both confidences are 0-1."""

    text: str
    confidence: float
    figures: str
    figures_confidence: float


def readers() -> tuple[str, ...]:
    """The readers of this machine; with one alone no figure counts unless a printed sum confirms it."""
    return ("rapidocr", "tesseract") if shutil.which("tesseract") else ("rapidocr",)


class _Recogniser:
    """RapidOCR's recognition model, which lies inside its package: nothing is ever downloaded."""

    def __init__(self) -> None:
        # published without types
        onnxruntime: Any = importlib.import_module("onnxruntime")

        options = onnxruntime.SessionOptions()
        # documents are read beside each other, and waiting threads cost a third more
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        self._session: Any = onnxruntime.InferenceSession(_model(), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        letters = self._session.get_modelmeta().custom_metadata_map["character"].splitlines()
        self.letters = ["", *letters, " "]
        self.figures = np.array([0, *(self.letters.index(letter) for letter in FIGURES)])
        self._round = np.array([self.letters.index(letter) for letter in _ROUND])

    def __call__(self, strips: Sequence[Grey]) -> list[Reading]:
        """What each strip (dark on white, one line of writing) says; of strips that look alike one is read."""
        alike = first_alike(strips)
        own = sorted(set(alike))
        found = dict(zip(own, self._read([strips[number] for number in own]), strict=True))
        return [found[number] for number in alike]

    def _read(self, strips: Sequence[Grey]) -> list[Reading]:
        scaled = [_scaled(strip) for strip in strips]
        found: list[Reading | None] = [None] * len(strips)
        for batch in _batches([strip.shape[1] for strip in scaled]):
            wide = max(scaled[index].shape[1] for index in batch)
            block = np.ones((len(batch), 3, _HEIGHT, wide), np.float32)
            for row, index in enumerate(batch):
                block[row, :, :, :scaled[index].shape[1]] = scaled[index].astype(np.float32) / 127.5 - 1
            for index, output in zip(batch, self._session.run(None, {self._input: block})[0], strict=True):
                found[index] = self._decoded(output)
        return [reading for reading in found if reading is not None]

    def _decoded(self, output: NDArray[np.float32]) -> Reading:
        best = output.argmax(axis=1)
        steps = np.arange(len(best))
        text, confidence = _collapsed(best, output[steps, best], self.letters)
        narrowed = output[:, self.figures]
        # the first after the blank is the nought
        narrowed[:, 1] += output[:, self._round].sum(axis=1)
        chosen = narrowed.argmax(axis=1)
        figures, sure = _collapsed(self.figures[chosen], narrowed.max(axis=1), self.letters)
        return Reading(text.strip(), confidence, figures, sure)


def _model() -> str:
    package = importlib.util.find_spec("rapidocr")
    assert package is not None
    assert package.origin is not None
    return str(next((Path(package.origin).parent / "models").glob("*_rec_small.onnx")))


@cache
def recogniser() -> _Recogniser:
    """The one recogniser of this process, loaded when it is first asked for."""
    return _Recogniser()


def _scaled(strip: Grey) -> Grey:
    """A strip at the height of the model, its width a multiple of a step with white at its end."""
    height, width = strip.shape
    wide = min(_MOST_WIDE, max(8, round(width * _HEIGHT / height)))
    method = cv2.INTER_AREA if height > _HEIGHT else cv2.INTER_CUBIC
    whole = np.full((_HEIGHT, max(_LEAST_WIDE, -(-(wide + 8) // _STEP) * _STEP)), 255, np.uint8)
    whole[:, :wide] = cv2.resize(strip, (wide, _HEIGHT), interpolation=method)
    return as_pixels(whole)


def _batches(widths: Sequence[int]) -> list[list[int]]:
    """Strips of like width together, as many as fit."""
    batches: list[list[int]] = []
    room = 0
    for index in sorted(range(len(widths)), key=lambda index: widths[index]):
        room -= widths[index]
        if not batches or room < 0 or widths[batches[-1][0]] * 1.15 + _STEP < widths[index]:
            batches.append([])
            room = _BATCH - widths[index]
        batches[-1].append(index)
    return batches


def _collapsed(best: NDArray[np.int64], sure: NDArray[np.float32], letters: Sequence[str]) -> tuple[str, float]:
    """CTC: equal neighbours are one letter, blanks (0) none. The confidence is that of the least sure letter."""
    text, least = "", 1.0
    before = 0
    for letter, value in zip(best.tolist(), sure.tolist(), strict=True):
        if letter and letter != before:
            text += letters[letter]
            least = min(least, value)
        before = letter
    return text, least if text else 0.0


# tesseract drops narrow figures from lines of several, so every strip has a line of its own; its sheets end at 32767
_SHEET_STRIPS = 300
_EDGE = 30


@dataclass(frozen=True, slots=True)
class Look:
    """How strips are shown to tesseract: their height in pixels, how far they are widened, how often side by side."""

    high: int = 56
    wider: float = 1.25
    copies: int = 1


def second_reading(strips: Sequence[Grey], look: Look) -> list[str] | None:
    """What tesseract reads in strips of figures; "" where it sees nothing. None where there is no tesseract."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    return [
        text for first in range(0, len(strips), _SHEET_STRIPS)
        for text in _sheet_read(program, strips[first:first + _SHEET_STRIPS], look)
    ]


def _sheet_read(program: str, strips: Sequence[Grey], look: Look) -> list[str]:
    slot = look.high + 22
    rows = [_row(strip, look) for strip in strips]
    sheet = np.full((slot * len(rows) + 2 * _EDGE, max(row.shape[1] for row in rows) + 2 * _EDGE), 255, np.uint8)
    for number, row in enumerate(rows):
        top = _EDGE + number * slot + 11
        sheet[top:top + look.high, _EDGE:_EDGE + row.shape[1]] = row
    found = [""] * len(strips)
    for letter, y in _letters(program, sheet):
        number = int((y - _EDGE) // slot)
        if 0 <= number < len(found):
            found[number] += letter
    return [_once(text, look.copies) for text in found]


def _row(strip: Grey, look: Look) -> Grey:
    scale = look.high / strip.shape[0]
    wide = max(1, min(_MOST_WIDE, round(strip.shape[1] * scale * look.wider)))
    scaled = as_pixels(cv2.resize(strip, (wide, look.high), interpolation=cv2.INTER_CUBIC))
    gap = np.full((look.high, 8), 255, np.uint8)
    return np.hstack([scaled, *(part for _ in range(look.copies - 1) for part in (gap, scaled))])


def _once(text: str, copies: int) -> str:
    """What stands there once, of several copies; "" where they were not read alike."""
    one = text[:len(text) // copies]
    return one if one * copies == text else ""


def _letters(program: str, sheet: Grey) -> list[tuple[str, float]]:
    """The characters that tesseract finds, left to right, with the height at which each stands."""
    _, encoded = cv2.imencode(".png", sheet)
    command = [program, "stdin", "stdout", "-l", "eng", "--psm", "6", "--dpi", "300",
               "-c", f"tessedit_char_whitelist={FIGURES}", "makebox"]
    try:
        done = subprocess.run(
            command, input=encoded.tobytes(), capture_output=True, check=True, timeout=_TESSERACT_SECONDS,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return []
    boxes = [line.split() for line in done.stdout.decode("utf-8", "replace").splitlines()]
    return [
        (box[0], sheet.shape[0] - (int(box[2]) + int(box[4])) / 2)
        for box in sorted((box for box in boxes if len(box) == 6), key=lambda box: int(box[1]))
    ]
