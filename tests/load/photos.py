"""What becomes of strange files, how many bytes a page carries, how long it takes. Prints tables.

Each file goes through `pictures.look`, as in the request, and then through the worker's steps. The
drawings of the demo stand for photographs; a noisy copy of each is the worst case.

    .venv/bin/python -m tests.load.photos
"""

import io
import os
import resource
import statistics
import struct
import tempfile
import time
import zipfile
import zlib
from pathlib import Path

from PIL import Image

PICTURES = Path(__file__).resolve().parents[2] / "advocacy" / "demo" / "pictures"


def main() -> None:
    """Print what docs/photos.md holds."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.test.utils import override_settings

    with tempfile.TemporaryDirectory() as folder, override_settings(MEDIA_ROOT=folder):
        call_command("migrate", "--verbosity=0")
        report_cases()
        report_bytes()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"\nMost memory that the process held: {peak} MB")


def report_cases() -> None:
    """Say for each odd file what happened."""
    print("| file | bytes | pixels | in the request | ms | by the worker | seconds |")
    print("|---|---|---|---|---|---|---|")
    for name, size, content in cases():
        print(
            f"| {name} | {len(content):,} | {size} | {' | '.join(happened(content))} |", flush=True
        )


def happened(content: bytes) -> list[str]:
    """What the editor reads, what the worker makes, and how long both take."""
    from django.core.exceptions import ValidationError
    from django.core.files.base import ContentFile

    from stories import clearing, pictures
    from stories.models import Photo

    file, photo = ContentFile(content), Photo(alt="A.", credit="Us")
    began = time.perf_counter()
    try:
        clearing.receive(photo, file, pictures.look(file), "mira")
    except ValidationError as refusal:
        return [f"refused: {refusal.messages[0]}", spent(began, 1000), "–", "–"]
    photo.save()
    looked = f"taken, {photo.state}"
    took = spent(began, 1000)
    began = time.perf_counter()
    while pictures.render_next():
        pass
    photo.refresh_from_db()
    sizes = f"{3 * len(photo.widths)} files up to {photo.width} × {photo.height}"
    return [looked, took, sizes if photo.is_ready else "nothing", spent(began, 1)]


def spent(began: float, factor: int) -> str:
    """How long it took."""
    return f"{(time.perf_counter() - began) * factor:.{0 if factor > 1 else 1}f}"


def cases() -> list[tuple[str, str, bytes]]:
    """Name, pixels and bytes of every odd file."""
    photo = noisy(Image.open(PICTURES / "rohingya.webp").convert("RGB").resize((4000, 3000)))
    grey = photo.convert("L")
    deep = Image.frombytes("I;16", (400, 300), bytes(240_000))
    jpeg = encoded(photo, "JPEG", quality=90)
    frame = photo.resize((400, 300))
    turned = Image.Exif()
    turned[0x0112] = 6
    huge = Image.new("L", (6320, 6320), 128)
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("IMG_2041.jpg", b"\0" * 100_000_000)
    return [
        ("JPEG of a camera", "4000 × 3000", jpeg),
        ("JPEG, turned by the camera", "4000 × 3000", encoded(photo, "JPEG", exif=turned)),
        ("JPEG, CMYK", "4000 × 3000", encoded(photo.convert("CMYK"), "JPEG")),
        ("PNG", "1600 × 1200", encoded(photo.resize((1600, 1200)), "PNG")),
        ("PNG, 16 bits of grey", "400 × 300", encoded(deep, "PNG")),
        ("PNG, see-through", "400 × 300", encoded(frame.convert("RGBA"), "PNG")),
        ("TIFF, CMYK", "400 × 300", encoded(frame.convert("CMYK"), "TIFF")),
        ("WebP, moving", "400 × 300", film(frame, "WEBP")),
        ("PNG, moving", "400 × 300", film(frame, "PNG")),
        ("AVIF", "1600 × 1200", encoded(photo.resize((1600, 1200)), "AVIF")),
        ("PNG of one colour just below the limit", "6320 × 6320", encoded(huge, "PNG")),
        ("PNG that declares 100 megapixels", "10000 × 10000", bomb_of_pixels(10_000)),
        ("PNG that declares 2,500 megapixels", "50000 × 50000", bomb_of_pixels(50_000)),
        ("JPEG, cut off", "4000 × 3000", jpeg[: len(jpeg) // 2]),
        ("PNG, cut off", "4000 × 3000", encoded(grey, "PNG")[:100_000]),
        ("JPEG of 20.1 MB", "4000 × 3000", jpeg + b"\0" * (20_100_000 + 971_520 - len(jpeg))),
        ("GIF", "400 × 300", encoded(frame, "GIF")),
        ("SVG with a script, named .jpg", "–", svg),
        ("Zip bomb of 100 MB, named .jpg", "–", archive.getvalue()),
        ("nothing", "–", b""),
    ]


def noisy(picture: Image.Image) -> Image.Image:
    """With a sensor's grain, which costs bytes."""
    grain = Image.effect_noise(picture.size, 24).convert("RGB")
    return Image.blend(picture, grain, 0.15)


def film(picture: Image.Image, kind: str) -> bytes:
    """Three frames."""
    return encoded(picture, kind, save_all=True, append_images=[picture.rotate(n) for n in (9, 18)])


def bomb_of_pixels(side: int) -> bytes:
    """A PNG that says it is large, with some black lines."""

    def chunk(name: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + checksum

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    lines = zlib.compress(b"\0" * 10_000_000)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    """The file of a picture."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def report_bytes() -> None:
    """Print the median bytes of the drawings, plain and with grain, at each width and format."""
    from stories import pictures

    drawings = [Image.open(file).convert("RGB") for file in sorted(PICTURES.glob("*.webp"))]
    for heading, sheets in (
        ("drawings", drawings),
        ("drawings with grain, as photographs have it", [noisy(sheet) for sheet in drawings]),
    ):
        print(f"\nMedian bytes of {len(sheets)} {heading}, and milliseconds to encode one:\n")
        print("| width | " + " | ".join(pictures.FORMATS) + " |")
        print("|---|" + "---|" * len(pictures.FORMATS))
        for width in pictures.WIDTHS:
            wide = [s.resize((width, s.height * width // s.width), 1) for s in sheets]
            print(
                f"| {width} | "
                + " | ".join(measured(wide, kind) for kind in pictures.FORMATS)
                + " |"
            )


def measured(sheets: list[Image.Image], kind: str) -> str:
    """Median bytes and milliseconds."""
    from stories import pictures

    sizes, times = [], []
    for sheet in sheets:
        began = time.perf_counter()
        sizes.append(len(pictures._encoded(sheet, kind)))
        times.append((time.perf_counter() - began) * 1000)
    return f"{statistics.median(sizes):,.0f} ({statistics.median(times):.0f} ms)"


if __name__ == "__main__":
    main()
