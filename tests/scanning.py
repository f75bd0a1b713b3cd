"""Turns printed reports into scans: skew, blur, noise, grey paper, perspective, stamps, JPEG. For tests only."""

import io
import subprocess

import cv2
import numpy as np
import pypdfium2
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

CLEAN = {"quality": 85}
WORN = {"skew": 1.0, "blur": 0.7, "noise": 8, "paper": 228, "quality": 50}
PHOTO = {"perspective": 0.015, "shading": 40, "noise": 5, "quality": 60}


def rendered(body, dpi=200):
    """The pages of a PDF as RGB images."""
    pdf = pypdfium2.PdfDocument(body)
    pages = [pdf[index].render(scale=dpi / 72).to_pil().convert("RGB") for index in range(len(pdf))]
    pdf.close()
    return pages


def printed(html, folder):
    """What Chromium prints of an HTML page, as a PDF."""
    source, target = folder / "page.html", folder / "page.pdf"
    source.write_bytes(html)
    subprocess.run(
        ["/usr/bin/chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
         f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={target}", source.as_uri()],
        check=True, capture_output=True, timeout=120,
    )
    return target.read_bytes()


def worn(image, seed=0, skew=0.0, blur=0.0, noise=0, paper=255, quality=85, perspective=0.0, shading=0, colour=True):
    """The image as a scanner or a telephone would give it."""
    dice = np.random.default_rng(seed)
    pixels = np.asarray(image).astype(np.float32) * (paper / 255)
    height, width = pixels.shape[:2]
    edge = (float(paper),) * 3
    if skew:
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), skew, 1)
        pixels = cv2.warpAffine(pixels, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=edge)
    if perspective:
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        shift = dice.uniform(0, perspective, (4, 2)) * (width, height) * ((1, 1), (-1, 1), (-1, -1), (1, -1))
        turn = cv2.getPerspectiveTransform(corners, (corners + shift).astype(np.float32))
        pixels = cv2.warpPerspective(pixels, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=edge)
    if shading:
        pixels -= np.linspace(0, shading, width)[None, :, None] * np.linspace(0.3, 1, height)[:, None, None]
    if blur:
        pixels = cv2.GaussianBlur(pixels, (0, 0), blur)
    if noise:
        pixels += dice.normal(0, noise, pixels.shape[:2])[:, :, None]
    made = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    out = io.BytesIO()
    (made if colour else made.convert("L")).save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue()))


def stamped(image, centre, radius=120, colour=(214, 40, 40)):
    """The image with a round seal: a ring, a star and writing, over what is there."""
    pixels = np.asarray(image.convert("RGB")).copy()
    seal = np.full_like(pixels, 255)
    cv2.circle(seal, centre, radius, colour, max(3, radius // 20), cv2.LINE_AA)
    for angle in range(0, 360, 30):
        x = int(centre[0] + radius * 0.75 * np.cos(np.radians(angle)))
        y = int(centre[1] + radius * 0.75 * np.sin(np.radians(angle)))
        cv2.putText(seal, "#", (x - 10, y + 10), cv2.FONT_HERSHEY_SIMPLEX, 0.9, colour, 2, cv2.LINE_AA)
    cv2.circle(seal, centre, radius // 4, colour, -1, cv2.LINE_AA)
    return Image.fromarray(np.minimum(pixels, seal))


def as_image(image, kind="PNG", **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def as_scan(images, dpi=200):
    """A PDF whose pages are the images and nothing else."""
    out = io.BytesIO()
    sheet = canvas.Canvas(out)
    for image in images:
        width, height = image.width * 72 / dpi, image.height * 72 / dpi
        sheet.setPageSize((width, height))
        sheet.drawImage(ImageReader(image), 0, 0, width, height)
        sheet.showPage()
    sheet.save()
    return out.getvalue()
