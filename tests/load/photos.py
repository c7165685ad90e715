"""What becomes of strange files, how many bytes a page carries, how long it takes. Prints tables.

Each file goes through `pictures.look`, as in the request, and then through the worker's steps. The
drawings of the demo stand for photographs; a noisy copy of each is the worst case.

    .venv/bin/python -m tests.load.photos
"""

import io
import os
import statistics
import struct
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
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

    from petitions import sealing

    with tempfile.TemporaryDirectory() as folder, override_settings(MEDIA_ROOT=folder):
        call_command("migrate", "--verbosity=0")
        sealing.make_server_key()
        report_cases()
        report_bytes()


def report_cases() -> None:
    """Say for each odd file what happened."""
    print("| file | bytes | pixels | in the request | ms | by the worker | seconds | MB |")
    print("|---|---|---|---|---|---|---|---|")
    peaks = []
    for name, size, content in cases():
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak: proc(5)
        before = memory("VmRSS")
        answers = happened(content)
        peaks.append(memory("VmHWM"))
        row = [name, f"{len(content):,}", size, *answers, str(peaks[-1] - before)]
        print(f"| {' | '.join(row)} |", flush=True)
    print(f"\nMost memory that the process held: {max(peaks)} MB")


def memory(what: str) -> int:
    """Megabytes that this process holds, or held at most, by proc(5)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(what))


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


def cases() -> Iterator[tuple[str, str, bytes]]:
    """Name, pixels and bytes of every odd file."""
    photo = noisy(Image.open(PICTURES / "rohingya.webp").convert("RGB").resize((4000, 3000)))
    jpeg = encoded(photo, "JPEG", quality=90)
    frame = photo.resize((400, 300))
    yield from photographs(photo, jpeg)
    yield from other_kinds(photo, frame)
    yield from strange_sizes(photo)
    yield from bombs(frame)
    yield from broken(photo, jpeg)
    yield from in_disguise(frame)


def photographs(photo: Image.Image, jpeg: bytes) -> Iterator[tuple[str, str, bytes]]:
    """What cameras and agencies send."""
    turned = Image.Exif()
    turned[0x0112] = 6
    size = "4000 × 3000"
    yield "JPEG of a camera", size, jpeg
    yield "JPEG, turned by the camera", size, encoded(photo, "JPEG", exif=turned)
    yield "JPEG, progressive", size, encoded(photo, "JPEG", progressive=True)
    # libjpeg writes Adobe's marker, which says that the inks are the wrong way round.
    yield "JPEG, CMYK with Adobe’s marker", size, encoded(photo.convert("CMYK"), "JPEG")
    yield "JPEG, grey", size, encoded(photo.convert("L"), "JPEG")
    yield "PNG", "1600 × 1200", encoded(photo.resize((1600, 1200)), "PNG")
    yield "AVIF", "1600 × 1200", encoded(photo.resize((1600, 1200)), "AVIF")


def other_kinds(photo: Image.Image, frame: Image.Image) -> Iterator[tuple[str, str, bytes]]:
    """Everything else that a picture can be made of."""
    size, deep = "400 × 300", Image.frombytes("I;16", (400, 300), bytes(240_000))
    clear = frame.convert("RGBA")
    clear.putalpha(frame.convert("L"))
    few = frame.quantize(64)
    yield "PNG, 16 bits of grey", size, encoded(deep, "PNG")
    yield "TIFF, 16 bits of grey", size, encoded(deep, "TIFF")
    yield "PNG, 16 bits of each colour", size, deep_colours(400, 300)
    yield "PNG, see-through", size, encoded(clear, "PNG")
    yield "PNG, grey and see-through", size, encoded(clear.convert("LA"), "PNG")
    yield "PNG, palette with a see-through colour", size, encoded(few, "PNG", transparency=7)
    yield "PNG, black and white", size, encoded(frame.convert("1"), "PNG")
    yield "TIFF, CMYK", size, encoded(frame.convert("CMYK"), "TIFF")
    pages = [Image.new("RGB", (8, 8))] * 299
    yield "TIFF of 300 pages", size, encoded(frame, "TIFF", save_all=True, append_images=pages)
    yield "WebP, moving", size, film(frame, "WEBP")
    yield "PNG, moving", size, film(frame, "PNG")


def strange_sizes(photo: Image.Image) -> Iterator[tuple[str, str, bytes]]:
    """From one pixel to just below the limit, where memory is what counts."""
    yield "JPEG", "1 × 1", encoded(Image.new("RGB", (1, 1)), "JPEG")
    yield "PNG", "1 × 20000", encoded(Image.new("RGB", (1, 20000)), "PNG")
    yield "PNG", "20000 × 1", encoded(Image.new("RGB", (20000, 1)), "PNG")
    large = photo.resize((7296, 5472))
    yield "JPEG just below the limit", "7296 × 5472", encoded(large, "JPEG", quality=70)
    for kind, mode in (("of one colour", "L"), ("in colour", "RGB"), ("see-through", "RGBA"),
                       ("16 bits of grey", "I;16")):  # fmt: skip
        drawn = Image.new(mode, (6320, 6320), 128 if len(mode) < 2 or mode == "I;16" else "navy")
        yield f"PNG just below the limit, {kind}", "6320 × 6320", encoded(drawn, "PNG")


def bombs(frame: Image.Image) -> Iterator[tuple[str, str, bytes]]:
    """Small files that would be large."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("IMG_2041.jpg", b"\0" * 100_000_000)
    packed = zlib.compress(b"x" * 100_000_000, 9)
    png = encoded(frame, "PNG")
    for megapixels, side in (("100", 10_000), ("2,500", 50_000)):
        name = f"PNG that declares {megapixels} megapixels"
        yield name, f"{side} × {side}", bomb_of_pixels(side)
    for name, kind, head in (("text", b"zTXt", b"Comment\0\0"), ("profile", b"iCCP", b"ICC\0\0")):
        part = chunk(kind, head + packed)
        yield f"PNG with a {name} of 100 MB, packed", "400 × 300", png[:33] + part + png[33:]
    yield "Zip bomb of 100 MB, named .jpg", "–", archive.getvalue()


def broken(photo: Image.Image, jpeg: bytes) -> Iterator[tuple[str, str, bytes]]:
    """What a bad line or a full disk leaves."""
    size = "4000 × 3000"
    yield "JPEG, cut off", size, jpeg[: len(jpeg) // 2]
    yield "PNG, cut off", size, encoded(photo.convert("L"), "PNG")[:100_000]
    yield "JPEG of 20.1 MB", size, jpeg + b"\0" * (21_071_520 - len(jpeg))
    yield "nothing", "–", b""


def in_disguise(frame: Image.Image) -> Iterator[tuple[str, str, bytes]]:
    """What is something else, or something else as well."""
    size, jpeg = "400 × 300", encoded(frame, "JPEG")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("run.exe", b"MZ")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    yield "PNG, named .jpg", size, encoded(frame, "PNG")
    yield "JPEG that is a ZIP as well", size, jpeg + archive.getvalue()
    yield "JPEG with a page and a script behind it", size, jpeg + b"<script>alert(1)</script>"
    yield "JPEG with a script as its comment", size, encoded(frame, "JPEG", comment=svg)
    yield "SVG with a script, named .jpg", "–", svg
    yield "GIF", size, encoded(frame, "GIF")
    yield "HEIC of a phone", "–", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(5000)


def noisy(picture: Image.Image) -> Image.Image:
    """With a sensor's grain, which costs bytes."""
    grain = Image.effect_noise(picture.size, 24).convert("RGB")
    return Image.blend(picture, grain, 0.15)


def film(picture: Image.Image, kind: str) -> bytes:
    """Three frames."""
    return encoded(picture, kind, save_all=True, append_images=[picture.rotate(n) for n in (9, 18)])


def bomb_of_pixels(side: int) -> bytes:
    """A PNG that says it is large, with some black lines."""
    return png_of(side, side, 8, b"\0" * 10_000_000)


def deep_colours(width: int, height: int) -> bytes:
    """A PNG of 16 bits a colour, which Pillow reads and does not write."""
    return png_of(width, height, 16, (b"\0" + b"\x80\x40\x20\x10\xf0\x08" * width) * height)


def png_of(width: int, height: int, bits: int, lines: bytes) -> bytes:
    """A PNG in colour, made by hand."""
    header = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(lines)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def chunk(name: bytes, content: bytes) -> bytes:
    """A part of a PNG."""
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + checksum


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
