"""Redraw the demo's pictures: linocuts made of flat shapes and seeded gouge strokes.

Run ``python draw.py`` beside the pictures; it writes every SVG file anew, always the same.
"""

import math
import random
from bisect import bisect_right
from pathlib import Path

INK, PAPER = "#16181D", "#FBFAF6"
SLATE, OCHRE, SAGE, CLAY, VIOLET = "#6F8699", "#C9A35B", "#7E9278", "#B08968", "#857A95"
WIDE, TALL = (1500, 1000), (1200, 1500)


# --- shapes ---------------------------------------------------------------------------------


def pts(text):
    """Points written as in an SVG file: "x,y x,y"."""
    return [tuple(float(n) for n in pair.split(",")) for pair in text.split()]


def curve(points, closed=False, steps=7):
    """A smooth line through the points (Catmull-Rom), as a list of points."""
    n, out = len(points), []
    for i in range(n if closed else n - 1):
        if closed:
            a, b, c, d = (points[(i + k) % n] for k in (-1, 0, 1, 2))
        else:
            a, b, c, d = (points[min(max(i + k, 0), n - 1)] for k in (-1, 0, 1, 2))
        for k in range(steps):
            t = k / steps
            out.append(tuple(spline(a[j], b[j], c[j], d[j], t) for j in (0, 1)))
    return out if closed else [*out, points[-1]]


def spline(a, b, c, d, t):
    first = 2 * b + (c - a) * t
    return (first + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3) / 2


def ring(cx, cy, rx, ry=None, start=0, end=360, n=36):
    """An ellipse, or the part of it from start to end (degrees, clockwise on screen)."""
    ry = rx if ry is None else ry
    stop = n if end - start >= 360 else n + 1
    angles = [math.radians(start + (end - start) * k / n) for k in range(stop)]
    return [(cx + rx * math.cos(a), cy + ry * math.sin(a)) for a in angles]


def limb(a, b, ra, rb=None):
    """A tapered stroke with round ends from a to b: an arm, a leg, a pole."""
    rb = ra if rb is None else rb
    turn = math.degrees(math.atan2(b[1] - a[1], b[0] - a[0]))
    far = ring(b[0], b[1], rb, None, turn - 90, turn + 90, 6)
    return far + ring(a[0], a[1], ra, None, turn + 90, turn + 270, 6)


def ribbon(line, widths):
    """A band along a line; widths are spread evenly over its length."""
    pts, left, right = resample(line, 48), [], []
    for i, (x, y) in enumerate(pts):
        (ax, ay), (bx, by) = pts[max(i - 1, 0)], pts[min(i + 1, 47)]
        size = math.hypot(bx - ax, by - ay) or 1
        w = mix(widths, i / 47) / 2
        nx, ny = (ay - by) / size * w, (bx - ax) / size * w
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    return left, right


def band(line, widths):
    left, right = ribbon(line, widths)
    return left + right[::-1]


def mix(values, t):
    """The value at t (0..1) in an evenly spaced list of values."""
    if not isinstance(values, (list, tuple)):
        return values
    at = t * (len(values) - 1)
    i = min(int(at), len(values) - 2)
    return values[i] + (values[i + 1] - values[i]) * (at - i)


def petal(x, y, angle, length, width, tip=0.62):
    """A leaf or petal rooted at (x, y), pointing at angle degrees."""
    shape = [(0, 0), (0.25, 0.3), (tip, 0.5), (0.9, 0.26), (1, 0)]
    shape += [(u, -v) for u, v in shape[-2:0:-1]]
    pts = curve([(u * length, v * width) for u, v in shape], closed=True, steps=4)
    return moved(pts, x, y, turn=angle)


def moved(points, x=0, y=0, s=1, sy=None, turn=0):
    """The points scaled, turned (degrees) and then shifted."""
    c, n = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    sy = s if sy is None else sy
    scaled = [(px * s, py * sy) for px, py in points]
    return [(x + px * c - py * n, y + px * n + py * c) for px, py in scaled]


def lengths(line):
    out = [0.0]
    for (ax, ay), (bx, by) in zip(line, line[1:], strict=False):
        out.append(out[-1] + math.hypot(bx - ax, by - ay))
    return out


def at(line, marks, s):
    """The point at distance s along a line."""
    i = min(max(bisect_right(marks, s) - 1, 0), len(line) - 2)
    t = (s - marks[i]) / ((marks[i + 1] - marks[i]) or 1)
    (ax, ay), (bx, by) = line[i], line[i + 1]
    return ax + (bx - ax) * t, ay + (by - ay) * t


def resample(line, n):
    marks = lengths(line)
    return [at(line, marks, marks[-1] * k / (n - 1)) for k in range(n)]


def between(a, b, count, n=28, ease=1.0):
    """Lines that lead from line a over to line b, both included."""
    a, b, out = resample(a, n), resample(b, n), []
    for k in range(count):
        t, pairs = (k / max(count - 1, 1)) ** ease, zip(a, b, strict=True)
        out.append([(p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t) for p, q in pairs])
    return out


def rows(x0, y0, x1, y1, count, ease=1.0):
    return between([(x0, y0), (x1, y0)], [(x0, y1), (x1, y1)], count, 2, ease)


def rays(x, y, near, far, count, start=0, end=360):
    out = []
    for k in range(count):
        a = math.radians(start + (end - start) * (k + 0.5) / count)
        c, s = math.cos(a), math.sin(a)
        out.append([(x + near * c, y + near * s), (x + far * c, y + far * s)])
    return out


def glow(x, y, reach, floor=0.0, squash=1.0):
    """A tone that fades from 1 at (x, y) to floor at the distance reach."""

    def tone(p):
        return max(floor, 1 - math.hypot(p[0] - x, (p[1] - y) * squash) / reach)

    return tone


def inside(point, polygon):
    x, y = point
    hit = False
    for (ax, ay), (bx, by) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            hit = not hit
    return hit


def thin(points, slack=0.55):
    """The outline without the points that do not change it (Douglas and Peucker)."""
    keep, jobs = {0, len(points) - 1}, [(0, len(points) - 1)]
    while jobs:
        i, j = jobs.pop()
        (ax, ay), (bx, by) = points[i], points[j]
        size = math.hypot(bx - ax, by - ay)
        far, worst = 0, slack
        for k in range(i + 1, j):
            x, y = points[k][0] - ax, points[k][1] - ay
            off = abs(x * (by - ay) - y * (bx - ax)) / size if size > 2 else math.hypot(x, y)
            if off > worst:
                far, worst = k, off
        if far:
            keep.add(far)
            jobs += [(i, far), (far, j)]
    return [points[k] for k in sorted(keep)]


def area(polygon):
    ends = polygon[1:] + polygon[:1]
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(polygon, ends, strict=True)) / 2


# --- the block ------------------------------------------------------------------------------


def trace(points, closed=True):
    """Path data in half pixels, relative and whole-numbered, so that files stay small."""
    grid = [(round(x * 2), round(y * 2)) for x, y in points]
    steps = [f"{b[0] - a[0]} {b[1] - a[1]}" for a, b in zip(grid, grid[1:], strict=False)]
    return f"M{grid[0][0]} {grid[0][1]}l{' '.join(steps)}{'z' if closed else ''}"


class Print:
    """One picture: paper, a tint block and an ink block, printed in the order drawn."""

    def __init__(self, name, size, tint, title):
        self.name, self.size, self.tint, self.title = name, size, tint, title
        self.rng = random.Random(name)  # noqa: S311 - texture, not secrets
        self.parts, self.clips = [], []

    def rough(self, points, amount=1.1, facet=24, closed=True):
        """The outline as a knife leaves it: short facets, slightly off."""
        out, ends = [], points[1:] + points[:1] if closed else points[1:]
        for (ax, ay), (bx, by) in zip(points, ends, strict=False):
            n = max(1, int(math.hypot(bx - ax, by - ay) / facet))
            for k in range(n):
                x, y = ax + (bx - ax) * k / n, ay + (by - ay) * k / n
                slip = amount * min(1, math.hypot(bx - ax, by - ay) / 14)
                out.append((x + self.rng.gauss(0, slip), y + self.rng.gauss(0, slip)))
        return out if closed else [*out, points[-1]]

    def fill(self, points, colour=INK, halo=0, rim=PAPER, rough=1.0):
        """One flat shape; halo cuts it free from what lies beneath."""
        shapes = points if isinstance(points[0], list) else [points]
        shapes = [s if area(s) > 0 else s[::-1] for s in shapes]  # so that overlaps stay filled
        d = "".join(trace(thin(self.rough(s, rough) if rough else s)) for s in shapes)
        more = ""
        if halo:
            more = f' stroke="{rim}" stroke-width="{halo * 4}"'
        self.parts.append(f'<path fill="{colour}"{more} d="{d}"/>')

    def gouge(self, line, marks, start, end, width):
        """One tapered cut along a line, pointed at both ends, widest past its middle."""
        x, y = at(line, marks, start)
        ex, ey = at(line, marks, end)
        mx, my = at(line, marks, start + (end - start) * self.rng.uniform(0.5, 0.72))
        cx, cy = 2 * mx - (x + ex) / 2, 2 * my - (y + ey) / 2
        size = math.hypot(ex - x, ey - y) or 1
        nx, ny = (y - ey) / size * width, (ex - x) / size * width
        x, y, ex, ey = (round(v * 2) for v in (x, y, ex, ey))
        ax, ay = round((cx + nx) * 2), round((cy + ny) * 2)
        bx, by = round((cx - nx) * 2), round((cy - ny) * 2)
        if width < 6.5 and end - start < 75:  # too fine for its curve to be seen
            px, py, qx, qy = (ax + x) // 2, (ay + y) // 2, (bx + x) // 2, (by + y) // 2
            px, py, qx, qy = (
                px + (ex - x) // 4,
                py + (ey - y) // 4,
                qx + (ex - x) // 4,
                qy + (ey - y) // 4,
            )
            return f"M{x} {y}l{px - x} {py - y} {ex - px} {ey - py} {qx - ex} {qy - ey}"
        there = f"M{x} {y}q{ax - x} {ay - y} {ex - x} {ey - y}"
        return f"{there}q{bx - ex} {by - ey} {x - ex} {y - ey}"

    def carve(self, lines, colour, tool, tone=None, keep=None, clip=None):
        """Gouge strokes along lines; the tool is their length, the gap between them and
        their width, which the tone at each place makes finer or broader."""
        length, gap, width = tool
        out, pick = [], self.rng.uniform
        for line in lines:
            marks = lengths(line)
            s = -length * pick(0, 0.6)
            while s < marks[-1] - 2:
                start, end = max(s, 0), min(s + length * pick(0.6, 1.3), marks[-1])
                middle = at(line, marks, (start + end) / 2)
                w = width * pick(0.75, 1.2) * (tone(middle) if tone else 1)
                if w > 0.7 and end - start > 3 and (keep is None or keep(middle)):
                    out.append(self.gouge(line, marks, start, end, w))
                s = max(end, s) + gap * pick(0.5, 1.5)
        if out:
            ref = self.clip(clip) if clip else ""
            self.parts.append(f'<path fill="{colour}"{ref} d="{"".join(out)}"/>')

    def cut(self, lines, colour=PAPER, width=5, clip=None):
        """Each line as one single cut."""
        out = []
        for line in lines:
            marks = lengths(line)
            out.append(self.gouge(line, marks, 0, marks[-1], width * self.rng.uniform(0.85, 1.15)))
        ref = self.clip(clip) if clip else ""
        self.parts.append(f'<path fill="{colour}"{ref} d="{"".join(out)}"/>')

    def clip(self, shapes):
        shapes = shapes if isinstance(shapes[0], list) else [shapes]
        d = "".join(trace(thin(s)) for s in shapes)
        if d not in self.clips:
            self.clips.append(d)
        return f' clip-path="url(#c{self.clips.index(d) + 1})"'

    def salt(self, box, count, colour=PAPER, size=1.6):
        """Specks where the ink did not take."""
        out = []
        for _ in range(count):
            x, y = self.rng.uniform(box[0], box[2]), self.rng.uniform(box[1], box[3])
            r = self.rng.uniform(0.4, 1) * size
            out.append(trace(self.rough(ring(x, y, r, r * 0.8, n=4), 0.3)))
        self.parts.append(f'<path fill="{colour}" d="{"".join(out)}"/>')

    def ground(self, colour):
        self.fill([(0, 0), (self.size[0], 0), self.size, (0, self.size[1])], colour, rough=0)

    def border(self, margin=24):
        """The unprinted edge of the sheet around the block."""
        w, h = self.size
        outer = [(-9, -9), (w + 9, -9), (w + 9, h + 9), (-9, h + 9)]
        m = margin
        hole = [(m, m), (m, h - m), (w - m, h - m), (w - m, m)]
        d = trace(outer) + trace(self.rough(hole, 1.5, 30))
        self.parts.append(f'<path fill="{PAPER}" fill-rule="evenodd" d="{d}"/>')

    def save(self, folder):
        self.border()
        (w, h), clips = self.size, ""
        for k, d in enumerate(self.clips, 1):
            clips += f'<clipPath id="c{k}"><path d="{d}"/></clipPath>'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" role="img" '
        head += f'width="{w}" height="{h}"><title>{self.title}</title><defs>{clips}</defs>'
        more = 'paint-order="stroke" stroke-linejoin="round"'  # a halo lies under its own shape
        body = f'<g transform="scale(.5)" {more}>{chr(10).join(self.parts)}</g></svg>\n'
        text = (head + body).replace(" -", "-")
        (folder / f"{self.name}.svg").write_text(text, encoding="utf-8")


# --- Atlanta: eight candles in a night street ---------------------------------------------------

CANDLES = [
    (150, 776, 236, 62),
    (316, 806, 318, 66),
    (482, 786, 200, 60),
    (640, 822, 372, 72),
    (822, 812, 262, 66),
    (994, 796, 346, 68),
    (1166, 808, 214, 60),
    (1340, 780, 290, 64),
]


def flames():
    return [(x, base - tall - 52) for x, base, tall, _ in CANDLES]


def tower(x, top, wide, roof=()):
    """One house of the skyline, standing on the street; roof is a list of points."""
    return [(x, 700), (x, top), *[(x + u * wide, top - v) for u, v in roof], (x + wide, top)] + [
        (x + wide, 700)
    ]


def atlanta_skyline(p):
    spire = pts("0,20 0.2,26 0.46,110 0.5,180 0.54,110 0.8,26 1,20")
    crown = pts("0,26 0.2,60 0.4,26 0.6,26 0.8,60 1,26")
    back = [
        tower(40, 470, 92),
        tower(214, 410, 84, [(0.5, 36)]),
        tower(392, 384, 74),
        tower(560, 330, 96, spire),
        tower(742, 398, 82, [(0.2, 26), (0.8, 26)]),
        tower(880, 366, 92, crown),
        tower(1060, 424, 76, [(0.5, 60)]),
        tower(1222, 392, 84, [(0, 40)]),
        tower(1390, 462, 90),
    ]
    p.fill(back, p.tint, rough=0.8)
    for t in back:
        x0, x1 = t[0][0], t[-1][0]
        top = max(t[1][1], t[-2][1])
        p.carve(rows(x0 + 12, top + 22, x1 - 30, 560, 11), INK, (10, 10, 5))
        side = between([(x1 - 22, top + 4), (x1 - 22, 690)], [(x1 - 3, top), (x1 - 3, 690)], 4)
        p.carve(side, INK, (60, 8, 5))
    low = pts("0,560 110,560 110,590 200,590 200,540 330,540 330,580")
    low += pts("470,580 470,552 545,552 545,600 690,600 690,566 830,566")
    low += pts("830,596 960,596 960,548 1080,548 1080,586 1200,586")
    low += pts("1200,556 1330,556 1330,598 1500,598 1500,720 0,720")
    p.fill(low, INK)


def atlanta_light(p):
    """Rays around each flame; where two lights meet, the nearer one rules."""
    points = flames()
    for i, (x, y) in enumerate(points):

        def keep(q, i=i):
            away = [math.hypot(q[0] - a, q[1] - b) for a, b in points]
            return min(away) == away[i] and q[1] < 716

        p.carve(rays(x, y, 54, 250, 30), PAPER, (34, 14, 7), glow(x, y, 262), keep)
        p.carve(rays(x, y, 200, 330, 34), p.tint, (38, 24, 6), glow(x, y, 480), keep)


def dark(q):
    return min(math.hypot(q[0] - x, q[1] - y) for x, y in flames()) > 300


def atlanta_candle(p, x, base, tall, wide):
    top, half = base - tall, wide / 2
    rim = [(x - half, top - 6), (x - half * 0.5, top + 2), (x + half * 0.4, top + 3)]
    body = [*curve([*rim, (x + half, top - 6)]), (x + half + 2, base), (x - half - 2, base)]
    p.fill(body, PAPER, halo=4, rim=INK)
    shade = [(x + half * 0.45, top + 20), (x + half, top + 2), (x + half + 2, base)]
    p.fill([*shade, (x + half * 0.1, base)], p.tint)
    p.carve(
        between([(x, top + 40), (x, base)], [(x + half, top + 30), (x + half, base)], 5),
        INK,
        (44, 20, 2.6),
    )
    for dx, drop in ((-0.62, 0.42), (0.1, 0.2), (-0.25, 0.3)):
        edge = x + half * dx
        p.cut([[(edge, top + 4), (edge + 2, top + tall * drop)]], INK, 3)
    for size, colour in ((1.5, INK), (1.15, PAPER), (0.55, p.tint)):
        shape = pts("0,26 -14,8 -9,-14 2,-40 8,-14 13,8")
        p.fill(
            moved(curve(shape, closed=True, steps=4), x, top - 34 + 6 * (1 - size), size),
            colour,
            rough=0.4,
        )
    p.fill(limb((x, top + 2), (x + 1, top - 22), 2.4), INK, rough=0)


def atlanta_mirror(p, x, base, tall, wide):
    """The candle on the wet street, broken by lying cuts."""

    def tone(q):
        return max(0.1, 1 - abs(q[0] - x) / wide) * max(0, 1.1 - (q[1] - base) / (tall * 0.8))

    area = rows(x - wide * 0.8, base + 8, x + wide * 0.8, min(base + tall * 0.8, 990), 14)
    p.carve(area, PAPER, (46, 14, 8), tone)
    p.carve(area, p.tint, (26, 30, 5), lambda q: 0.7)


def magnolia(p, x, y, s, turn=0):
    """A blossom half open, with its leaves behind."""
    for a, size in ((-205, 1.3), (-172, 1.5), (-8, 1.45), (24, 1.25), (150, 1.1)):
        leaf = petal(x, y, a + turn, 118 * s * size, 62 * s)
        p.fill(leaf, p.tint, halo=3, rim=INK)
        tip = (leaf[len(leaf) // 2][0], leaf[len(leaf) // 2][1])
        p.cut([[(x, y), tip]], INK, 4 * s)
        veins = rays(x, y, 40 * s, 118 * s * size, 6, a + turn - 17, a + turn + 17)
        p.carve(veins, INK, (26 * s, 18 * s, 2.6 * s), clip=leaf)
    for a, long, wide in (
        (-168, 122, 78),
        (-12, 122, 78),
        (-140, 136, 88),
        (-40, 136, 88),
        (-90, 146, 96),
        (-116, 112, 82),
        (-62, 112, 82),
        (-90, 84, 78),
    ):
        shape = petal(x, y, a + turn, long * s, wide * s, 0.68)
        p.fill(shape, PAPER, halo=2.2, rim=INK)
        cuts = rays(x, y, 18 * s, 76 * s, 7, a + turn - 22, a + turn + 22)
        p.carve(cuts, INK, (34 * s, 30 * s, 2.2 * s), clip=shape)
        p.carve(cuts, p.tint, (50 * s, 30 * s, 3.4 * s), clip=shape)


def peach_branch(p):
    wood = curve(pts("1510,40 1380,96 1240,116 1100,150 980,128 860,150"))
    p.fill(band(wood, [34, 26, 20, 14, 8, 3]), p.tint, halo=3, rim=INK)
    twigs = [[(1290, 110), (1230, 190), (1180, 216)], [(1110, 148), (1050, 84), (990, 62)]]
    twigs.append([(1400, 92), (1380, 170), (1330, 226)])
    for t in twigs:
        p.fill(band(curve(t), [14, 8, 3]), p.tint, halo=3, rim=INK)
    p.carve([wood, [(x, y + 7) for x, y in wood]], INK, (50, 24, 4), lambda q: (q[0] - 760) / 560)
    blossoms = pts("860,150 940,122 1004,66 1050,150 1096,118 1176,214")
    blossoms += pts("1226,92 1240,172 1326,222 1344,130 1390,64 1420,150")
    for k, (x, y) in enumerate(blossoms):
        r = 21 + 5 * (k % 3)
        p.fill(
            [petal(x, y, a + 17 * k, r, r * 0.92, 0.7) for a in range(0, 360, 72)],
            PAPER,
            halo=2,
            rim=INK,
            rough=0.5,
        )
        p.fill(ring(x, y, r * 0.2, n=7), p.tint, rough=0.4)


def atlanta():
    p = Print("atlanta", WIDE, VIOLET, "Eight candles in a night street")
    p.ground(INK)
    p.carve(rows(0, 40, 1500, 420, 20), p.tint, (80, 34, 5), lambda q: 0.4 + q[1] / 560, dark)
    atlanta_skyline(p)
    atlanta_light(p)
    p.fill(pts("0,716 1500,708 1500,1000 0,1000"), INK)
    p.carve(rows(0, 724, 1500, 990, 18, 1.2), p.tint, (100, 70, 4))
    for c in CANDLES:
        atlanta_mirror(p, *c)
    for c in CANDLES:
        atlanta_candle(p, *c)
    peach_branch(p)
    magnolia(p, 236, 944, 0.9, -8)
    magnolia(p, 1262, 946, 0.9, 8)
    magnolia(p, 740, 958, 0.74)
    p.salt((30, 30, 1470, 970), 160, p.tint)
    return p


# --- Rohingya: a line of people on a dyke -------------------------------------------------------


def walker(lean=-3, wide=0, scarf=True):
    """Someone in a long skirt walking to the left: feet at (0, 0), about 100 tall."""
    robe = [(-8 + lean, -80), (-11 + lean * 0.6, -60), (-9, -46), (-13 - wide, -20)]
    robe += [(-15 - wide, -6), (0, -4), (14 + wide, -7), (11 + wide, -24), (8, -46)]
    robe += [(10 + lean * 0.6, -64), (7 + lean, -80), (lean, -84)]
    shapes = [curve(robe, closed=True, steps=4), ring(lean - 1, -91, 6.6, 8.2, n=14)]
    shapes += [limb((-11, -8), (-15, -2), 2.6), limb((-14, -1.6), (-20, -1.4), 1.8)]
    shapes += [limb((9, -9), (14, -3), 2.5), limb((13, -2), (8, -1.2), 1.7)]
    if scarf:
        cloth = pts("-7,-96 0,-101 7,-96 9,-84 12,-62 7,-52 2,-70 -7,-82")
        shapes.append(curve([(x + lean, y) for x, y in cloth], closed=True, steps=4))
    cuts = [[(3, -44), (7 + wide, -10)], [(-3, -42), (-5 - wide, -10)], [(6, -70), (5, -50)]]
    return shapes, [*cuts, [(0, -34), (1, -8)]]


def man(lean=-5):
    """Someone with the cloth tied up to the knee, striding."""
    cloth = pts("-9,-52 -13,-36 -14,-22 0,-24 13,-22 11,-38 8,-52")
    shapes = [curve(cloth, closed=True, steps=4), limb((0, -52), (lean, -74), 8.5, 9.5)]
    shapes += [limb((-9, -26), (-15, -3), 4, 2.6), limb((-15, -1.8), (-21, -1.5), 1.9)]
    shapes += [limb((8, -26), (15, -6), 4, 2.6), limb((15, -5), (12, -1.4), 1.9)]
    shapes += [limb((lean, -80), (lean - 2, -84), 4), ring(lean - 3, -91, 6.6, 8, n=14)]
    cuts = [[(3, -50), (7, -26)], [(-2, -48), (-6, -26)], [(5 + lean, -74), (6, -56)]]
    cuts += [[(-10, -22), (-14, -8)], [(10, -21), (14, -10)]]
    return shapes, cuts


def with_bundle():
    shapes, cuts = walker()
    shapes += [curve(pts("-22,-104 -14,-118 6,-121 17,-111 15,-101 -6,-99"), True, 4)]
    shapes += [limb((-9, -76), (-19, -88), 3.2), limb((-19, -88), (-15, -103), 3, 2.4)]
    return shapes, [*cuts, [(-16, -107), (10, -114)], [(-6, -103), (-2, -118)]]


def with_child():
    shapes, cuts = walker(-2, 1)
    shapes += [ring(-14, -74, 5, 6, n=12), limb((-12, -66), (-9, -54), 6.5, 6)]
    shapes += [limb((-12, -52), (-15, -40), 3, 2), limb((2, -74), (-8, -58), 3.4, 3)]
    shapes += [ring(15, -62, 9, 13, n=14)]
    return shapes, [*cuts, [(11, -70), (20, -56)], [(-5, -60), (-14, -57)]]


def with_sack():
    shapes, cuts = man(-9)
    sack = pts("-5,-88 2,-98 17,-98 27,-84 27,-62 18,-50 4,-54 -2,-70")
    shapes += [
        curve(sack, True, 4),
        limb((-12, -76), (-18, -64), 3),
        limb((-18, -64), (-7, -82), 2.6),
    ]
    return shapes, [*cuts, [(4, -90), (22, -66)], [(10, -94), (24, -78)], [(2, -78), (16, -56)]]


def with_baskets():
    shapes, cuts = man(-4)
    shapes += [limb((-46, -80), (0, -85), 1.6), limb((0, -85), (44, -81), 1.6)]
    for x in (-43, 41):
        shapes += [limb((x, -80), (x - 9, -48), 0.8), limb((x, -80), (x + 9, -48), 0.8)]
        shapes.append(curve([(x - 13, -50), (x - 10, -28), (x + 10, -28), (x + 13, -50)], True, 4))
        shapes.append(ring(x, -52, 11, 6, n=12))
        cuts += [[(x - 11, -45), (x + 11, -45)], [(x - 9, -38), (x + 9, -38)]]
    shapes += [limb((-10, -74), (-22, -80), 3, 2.4)]
    return shapes, cuts


def with_elder():
    """Two carry a third, who cannot walk, in a cloth under a pole."""
    (front, cuts), (back, more) = man(-4), man(-6)
    shapes = [moved(s, -60) for s in front] + [moved(s, 60) for s in back]
    cuts = [moved(c, -60) for c in cuts] + [moved(c, 60) for c in more]
    pole = curve([(-80, -86), (0, -80), (78, -87)])
    sling = curve(pts("-36,-82 -32,-60 -14,-42 12,-42 30,-58 38,-82 26,-66"))
    sling += curve([(14, -58), (-12, -58), (-26, -66)])
    shapes += [band(pole, 3), sling, ring(-20, -67, 6, 7, n=12), limb((-14, -58), (2, -56), 8)]
    shapes += [limb((2, -56), (14, -68), 4.5), limb((14, -68), (22, -58), 4, 3)]
    cuts += [[(-24, -54), (24, -54)], [(-16, -47), (14, -47)], [(-30, -64), (-32, -78)]]
    return shapes, cuts


def with_stick():
    shapes, cuts = walker(-10, 0, scarf=True)
    shapes += [limb((-16, -74), (-25, -58), 3, 2.4), limb((-25, -66), (-30, -1), 1.3)]
    return shapes, cuts


def small():
    shapes, cuts = walker(-2, 1)
    shapes = [moved(s, s=0.62) for s in shapes] + [limb((8, -44), (18, -56), 2)]
    return [*shapes, ring(8, -40, 6, 8, n=12)], [moved(c, s=0.62) for c in cuts]


def dyke(x):
    """Height of the dyke's edge and size of a person there."""
    t = x / 1500
    return 606 + 150 * t**1.7, 1.02 + 1.7 * t**1.15


def procession():
    order = [with_stick, with_bundle, small, with_sack, walker, with_child, with_bundle, small]
    order += [with_elder, with_child, small, with_bundle, with_sack, with_baskets, walker]
    room = {with_elder: 166, with_baskets: 92, small: 30, with_sack: 50}
    x, out = 96, []
    for make in order:
        half = room.get(make, 41) / 2 * dyke(x)[1]
        x += half
        out.append((make, x))
        x += room.get(make, 41) / 2 * dyke(x)[1]
    return out


def rohingya_sky(p):
    p.fill(pts("0,0 1500,0 1500,500 0,500"), p.tint)
    sun = ring(300, 416, 150, n=60)

    def tone(q):
        return min(1.3, 0.35 + q[1] / 420) * (1.15 - q[0] / 2600)

    p.carve(rows(0, 34, 1500, 476, 27), PAPER, (120, 34, 7.5), tone, lambda q: not inside(q, sun))
    p.fill(sun, PAPER, halo=5, rim=p.tint)


def rohingya_hills(p):
    far = pts("420,480 560,420 690,400 800,330 930,290 1060,216 1190,190")
    far = curve([*far, (1300, 232), (1400, 210), (1520, 150)])
    p.fill([*far, (1520, 490), (420, 490)], INK, halo=3)
    base = [(430, 486), (1520, 486)]
    p.carve(between(far, base, 13)[1:-1], p.tint, (60, 26, 5.5))
    for line, size in zip(between(far, base, 7)[1:6], (13, 15, 18, 20, 23), strict=True):
        for x, y in resample(line, 15)[3:]:
            if x < 700:
                continue
            x, y = x + p.rng.uniform(-16, 16), y + p.rng.uniform(-5, 5)
            hut = [
                (x - size, y),
                (x - size * 0.6, y - size * 0.75),
                (x + size * 0.8, y - size * 0.7),
            ]
            hut += [
                (x + size * 1.2, y),
                (x + size * 1.1, y + size * 0.5),
                (x - size * 0.9, y + size * 0.5),
            ]
            p.fill(hut, INK, halo=0.5, rim=INK, rough=0.4)
            p.fill([*hut[:4]], PAPER, rough=0.5)
    near = curve(pts("880,486 1040,440 1180,430 1320,384 1520,350"))
    p.fill([*near, (1520, 500), (880, 500)], p.tint, halo=3, rim=INK)
    p.carve(between(near, [(880, 492), (1520, 492)], 7), INK, (40, 22, 4.5))


def rohingya_water(p):
    p.fill(pts("0,478 1500,478 1500,1000 0,1000"), p.tint)
    p.carve(rows(0, 488, 1500, 700, 15, 1.3), PAPER, (130, 26, 9))
    for a, b in (((0, 520), (900, 492)), ((500, 560), (1500, 508)), ((0, 556), (620, 540))):
        p.fill(band([a, b], [7, 5]), INK, rough=1.6)
    edge = [(x, dyke(x)[0] + 20) for x in range(0, 1501, 60)]
    low = [(0, 1000), (1500, 1000)]
    p.fill([*edge, (1500, 1000), (0, 1000)], p.tint)
    p.carve(between(edge, low, 19), PAPER, (90, 50, 7), lambda q: 1.15 - q[1] / 1500)
    glint = rows(150, 640, 450, 960, 22)
    p.carve(glint, PAPER, (80, 20, 10), lambda q: 1 - abs(q[0] - 300) / 190)


def rohingya_people(p):
    line = procession()
    for make, x in line:
        (y, s), (shapes, _) = dyke(x), make()
        foot = y + 26 * s * 0.6
        p.fill([moved(g, x, foot, s, -s * 0.8) for g in shapes], INK, rough=1.6)
    top = [(x, dyke(x)[0] - 3) for x in range(0, 1501, 50)]
    under = [(x, dyke(x)[0] + 15 * dyke(x)[1] + 4 * math.sin(x / 37)) for x in range(1500, -1, -50)]
    p.carve(
        rows(0, 640, 1500, 990, 22), PAPER, (70, 90, 5), keep=lambda q: q[1] > dyke(q[0])[0] + 40
    )
    p.carve(
        rows(0, 650, 1500, 990, 17), p.tint, (60, 60, 6), keep=lambda q: q[1] > dyke(q[0])[0] + 40
    )
    p.fill(top + under, INK, halo=2)
    p.carve(between(top, under[::-1], 5)[1:4], p.tint, (34, 26, 4))
    for make, x in line:
        (y, s), (shapes, cuts) = dyke(x), make()
        p.fill([moved(g, x, y, s) for g in shapes], INK, halo=2.2, rough=0.5)
        p.cut([moved(c, x, y, s) for c in cuts], PAPER, 1.5 * s)


def rice(p, x, y, s):
    blades = []
    for _ in range(7):
        lean = p.rng.uniform(-26, 26) * s
        tall = p.rng.uniform(34, 64) * s
        blades.append(
            curve([(x, y), (x + lean * 0.3, y - tall * 0.6), (x + lean, y - tall)], steps=3)
        )
    p.cut(blades, INK, 5.5 * s)


def rohingya():
    p = Print("rohingya", WIDE, SAGE, "A long line of people on a dyke between flooded fields")
    p.ground(PAPER)
    rohingya_sky(p)
    rohingya_water(p)
    rohingya_hills(p)
    rohingya_people(p)
    for row in range(4):
        for k in range(13):
            x = 40 + k * 118 + row * 37 + p.rng.uniform(-14, 14)
            y = 872 + row * 42 + p.rng.uniform(-6, 6)
            rice(p, x, y, 0.55 + row * 0.2)
    return p


# --- the pandemic: alone in a carriage ----------------------------------------------------------

ALONE = (470, 884)


def carriage_wall(p):
    """Windows, with the tunnel rushing by; lightest around the one who stands alone."""
    x, y = ALONE
    tone = glow(x, y - 400, 900, 0.16)
    for x0, x1 in ((-60, 268), (318, 624), (674, 980), (1030, 1336), (1386, 1560)):
        box = [(x0 + 14, 226), (x1 - 14, 226), (x1, 240), (x1, 542), (x1 - 14, 556)]
        box += [(x0 + 14, 556), (x0, 542), (x0, 240)]
        p.fill(box, INK, halo=6, rim=PAPER)
        p.carve(rows(x0 + 6, 244, x1 - 6, 542, 23), PAPER, (110, 16, 11), tone, clip=box)


def carriage_ceiling(p):
    p.fill(pts("0,0 1500,0 1500,118 0,118"), INK)
    p.carve(rows(0, 30, 1500, 104, 7), p.tint, (90, 40, 5))
    for x in (70, 560, 1050):
        p.fill([(x, 46), (x + 380, 46), (x + 370, 82), (x + 10, 82)], PAPER, halo=5, rim=INK)
    p.fill(pts("0,146 1500,146 1500,157 0,157"), INK, halo=3)
    for k in range(12):
        x = 60 + 126 * k
        sway = 10 * math.sin(k * 1.7)
        if k == 4:
            continue
        strap(p, x, sway)


def strap(p, x, sway):
    p.fill(band([(x, 140), (x + sway, 226)], [15, 13]), INK, halo=2.5)
    ends = [(x + sway, 222), (x + sway * 1.4 - 27, 274), (x + sway * 1.4 + 27, 274)]
    loop = [limb(ends[i], ends[(i + 1) % 3], 5) for i in range(3)]
    p.fill(loop, INK, halo=2.5, rough=0.5)


def carriage_seats(p):
    p.fill(pts("0,590 1500,590 1500,1000 0,1000"), INK, halo=4)
    for k in range(13):
        x = -36 + 122 * k
        back = curve(
            [(x, 716), (x + 2, 626), (x + 20, 606), (x + 92, 606), (x + 110, 626), (x + 112, 716)]
        )
        p.fill(back, p.tint, rough=0.8)
        p.carve(rows(x + 10, 626, x + 102, 706, 8), INK, (22, 12, 4.5))
        seat = curve(
            [(x - 3, 724), (x + 115, 724), (x + 120, 752), (x + 108, 768), (x + 4, 768)], True, 4
        )
        p.fill(seat, p.tint, rough=0.8)
        p.cut([[(x + 8, 734), (x + 104, 734)]], PAPER, 7)
    p.fill(pts("0,806 1500,806 1500,1000 0,1000"), INK)
    floor = rays(ALONE[0], 560, 262, 1200, 90, 8, 172)
    p.carve(floor, p.tint, (120, 26, 6), lambda q: 0.9, lambda q: q[1] > 822)
    x, y = ALONE
    light = [ring(x, y + 6, 90 + 34 * k, 16 + 11 * k, 0, 359, 60) for k in range(8)]
    p.carve(light, PAPER, (70, 18, 8), glow(x, y, 430, 0.2), lambda q: q[1] > 822)
    for x in (262, 1010):
        p.fill([(x, 118), (x + 15, 118), (x + 15, 900), (x, 900)], PAPER, halo=4, rim=INK)
        p.carve([[(x + 11, 130), (x + 11, 896)]], INK, (90, 14, 5))


def alone_body(p, put):
    for side in (-1, 1):
        p.fill(put(limb((32 * side, -150), (35 * side, -22), 28, 20)), INK, halo=4)
        shoe = pts("12,-18 14,-2 62,0 66,-10 46,-26")
        p.fill(put(curve([(a * side, b) for a, b in shoe], True, 4)), INK, halo=4)
    bag = pts("-142,-190 -84,-190 -76,-96 -152,-92")
    p.fill(put(bag), p.tint, halo=5, rim=INK)
    p.fill([put(limb((-130, -188), (-112, -222), 3)), put(limb((-96, -188), (-112, -222), 3))], INK)
    coat = pts("-28,-442 -70,-424 -90,-380 -80,-260 -98,-128 0,-120")
    coat += pts("98,-128 80,-260 90,-380 70,-424 28,-442")
    p.fill(put(curve(coat, True, 5)), INK, halo=5)
    folds = between([(-74, -300), (-86, -140)], [(74, -300), (86, -140)], 9)
    p.carve([put(f) for f in folds], PAPER, (90, 44, 6))
    p.carve(
        [put(f) for f in between([(-40, -420), (-60, -270)], [(40, -420), (60, -270)], 6)],
        p.tint,
        (60, 36, 5),
    )
    p.cut([put([(0, -430), (3, -270), (0, -124)])], PAPER, 7)
    p.fill(
        [
            put(limb((-74, -398), (-106, -300), 23, 18)),
            put(limb((-106, -300), (-110, -222), 17, 12)),
        ],
        INK,
        halo=4,
    )
    p.fill(
        put(curve(pts("-124,-226 -96,-226 -98,-196 -110,-182 -124,-196"), True, 4)),
        p.tint,
        halo=3,
        rim=INK,
    )
    p.cut([put([(-88, -390), (-116, -300), (-114, -240)])], PAPER, 6)


def alone_head(p, put):
    p.fill(put(limb((0, -440), (0, -462), 20)), p.tint, halo=3, rim=INK)
    hair = pts("-46,-440 -52,-490 -44,-536 0,-560 44,-536 52,-490 46,-440 24,-432 -24,-432")
    p.fill(put(curve(hair, True, 5)), INK, halo=5)
    p.fill(
        put(
            curve(
                pts("-31,-500 -14,-526 30,-512 33,-480 24,-448 0,-436 -24,-448 -33,-480"), True, 5
            )
        ),
        p.tint,
        rough=0.5,
    )
    p.fill(
        put(curve(pts("-31,-484 0,-492 31,-484 26,-450 0,-434 -26,-450"), True, 4)),
        PAPER,
        halo=1.5,
        rim=INK,
        rough=0.5,
    )
    p.cut([put([(-24, y), (0, y + 5), (24, y)]) for y in (-474, -464, -455)], INK, 2.6)
    lids = [curve([(s * 23, -498), (s * 14, -493), (s * 6, -497)], steps=3) for s in (-1, 1)]
    p.cut([put(x) for x in lids], INK, 5)
    p.carve([put(f) for f in rays(0, -490, 44, 66, 15, 190, 350)], p.tint, (20, 20, 3.5))
    scarf = pts("-40,-440 0,-426 40,-440 44,-418 0,-404 -44,-418")
    p.fill(put(curve(scarf, True, 4)), PAPER, halo=2.5, rim=INK)
    p.carve([put([(-36, -428), (0, -414), (36, -428)])], INK, (16, 12, 3))


def alone_arm(p, put):
    sleeve = [
        put(limb((70, -404), (106, -462), 23, 18)),
        put(limb((106, -462), (92, -556), 18, 13)),
    ]
    p.fill(sleeve, INK, halo=4)
    p.cut([put([(92, -402), (122, -460), (106, -548)])], PAPER, 6)
    x, y = put([(88, -592)])[0]
    strap(p, x, 0)
    p.fill(put(limb((80, -592), (96, -592), 14)), p.tint, halo=3, rim=INK)
    p.fill(put(limb((90, -566), (88, -586), 11)), p.tint, rough=0.3)
    p.cut([put([(76 + 7 * k, -602), (76 + 7 * k, -586)]) for k in range(4)], INK, 2.5)


def turned(p, x, y, s, hair):
    """Someone seen from behind, masked face turned away to the right."""

    def put(shape):
        return moved(shape, x, y, s)

    body = pts("-44,62 -108,92 -150,150 -172,320 -180,760 190,760 176,320")
    p.fill(put(curve([*body, (150, 160), (106, 96), (44, 62)], True, 6)), INK, halo=5)
    p.fill(put(limb((-2, 40), (-4, 80), 36, 42)), INK)
    edge = pts("-112,104 -140,165 -158,320 -162,700")
    inner = pts("-30,120 -52,200 -70,330 -80,700")
    p.carve([put(f) for f in between(curve(edge), curve(inner), 5, ease=1.3)], p.tint, (80, 60, 6))
    p.cut([put(curve([(-60, 86), (0, 104), (62, 84)]))], PAPER, 7)
    skull = pts("-56,-4 -52,-48 -18,-78 28,-74 54,-46 60,-10 52,34 20,58 -30,52")
    p.fill(put(curve(skull, True, 6)), INK, halo=4.5)
    mask = pts("34,-14 58,-16 78,8 70,38 44,52 34,28")
    p.fill(put(curve(mask, True, 4)), PAPER, halo=2.5, rim=INK)
    p.cut([put([(40, y), (70, y + 3)]) for y in (2, 14, 26)], p.tint, 4)
    p.cut([put([(38, -6), (4, 0)]), put([(40, 34), (4, 22)])], PAPER, 4.5)
    p.fill(put(curve(pts("-4,-8 8,-4 6,18 -4,26 -10,8"), True, 4)), p.tint, rough=0.4)
    HAIR[hair](p, put)


def cropped(p, put):
    left = curve(pts("-20,44 -46,0 -30,-54 0,-70"))
    right = curve(pts("8,44 10,-10 30,-40 48,-36"))
    p.carve([put(f) for f in between(left, right, 6)], p.tint, (24, 16, 4))


def knot(p, put):
    p.fill(put(ring(-34, -86, 30, 27)), INK, halo=4)
    lines = [
        curve([(-44, 30 - 14 * k), (-10, -50 - 3 * k), (40, -48 - 4 * k)], steps=5)
        for k in range(4)
    ]
    p.carve([put(f) for f in lines], p.tint, (40, 16, 4))
    p.carve([put(ring(-34, -86, r, n=14)) for r in (9, 18)], p.tint, (20, 8, 4))


def cap(p, put):
    p.fill(
        put(curve(pts("-60,-14 -58,-56 -16,-88 36,-80 62,-40 60,-22 0,-26"), True, 5)),
        p.tint,
        halo=4,
        rim=INK,
    )
    p.fill(put(curve(pts("54,-38 100,-26 98,-16 56,-20"), True, 4)), INK, halo=3)
    p.cut(
        [
            put(curve([(-14, -86), (-26, -50), (-24, -20)])),
            put(curve([(20, -84), (22, -50), (20, -24)])),
        ],
        INK,
        5,
    )


def shawl(p, put):
    cloth = pts("-62,96 -72,20 -62,-50 -20,-88 30,-82 52,-56 34,-30 30,20 36,70 10,104")
    p.fill(put(curve(cloth, True, 5)), p.tint, halo=4.5, rim=INK)
    lines = between(
        curve(pts("-60,80 -66,0 -40,-60 30,-76")), curve(pts("10,90 0,20 10,-20 36,-46")), 6
    )
    p.carve([put(f) for f in lines], INK, (60, 20, 5))


HAIR = {"cropped": cropped, "knot": knot, "cap": cap, "shawl": shawl}


def pandemic():
    p = Print("pandemic", WIDE, SLATE, "One person alone in a carriage, the others turned away")
    p.ground(PAPER)
    p.carve(rows(0, 168, 1500, 214, 4), p.tint, (90, 30, 6))
    p.carve(rows(0, 566, 1500, 584, 2), p.tint, (90, 30, 6))
    carriage_wall(p)
    carriage_ceiling(p)
    carriage_seats(p)

    def put(shape):
        return moved(shape, *ALONE, 0.93, 1.05)

    alone_arm(p, put)
    alone_body(p, put)
    alone_head(p, put)
    for x, y, s, hair in (
        (1010, 372, 0.86, "cropped"),
        (1176, 318, 0.92, "cap"),
        (1352, 352, 0.94, "knot"),
        (1098, 520, 1.12, "shawl"),
        (1300, 506, 1.18, "cropped"),
        (1474, 440, 1.2, "shawl"),
    ):
        turned(p, x, y, s, hair)
    p.salt((900, 400, 1470, 970), 70, p.tint)
    return p


# --- the assembly: the world's governments, and the public gallery ------------------------------

CENTRE = (750, 330)


def arc(k, start=6, end=174, n=60):
    """The k-th half-circle of seats; higher numbers are nearer."""
    r = 190 + 92 * k + 3 * k * k
    return ring(*CENTRE, r, r * 0.44, start, end, n)


def assembly_dome(p):
    x, y = CENTRE
    p.ground(INK)
    p.carve(
        rays(x, y - 30, 150, 900, 84, 184, 356),
        p.tint,
        (96, 26, 11),
        lambda q: 0.35 + math.hypot(q[0] - x, q[1] - y) / 900,
    )
    arches = [ring(x, y - 20, 250 + 150 * k, 120 + 66 * k, 180, 360, 50) for k in range(5)]
    p.carve(arches, PAPER, (40, 16, 8))
    wall = [(0, y - 30), (1500, y - 30), (1500, y + 30), (0, y + 30)]
    p.fill(wall, INK)
    for k in range(36):
        fx = 60 + 40 * k
        if abs(fx - x) > 190:
            colour = (PAPER, p.tint)[k % 2]
            p.fill(moved(pts("0,-96 20,-88 23,-24 4,-30"), fx, y), colour, halo=3, rim=INK)
            p.cut([[(fx + 4, y - 80), (fx + 14, y - 30)]], INK, 4)


def assembly_podium(p):
    x, y = CENTRE
    panel = moved(pts("-165,-190 165,-190 175,24 -175,24"), x, y)
    p.fill(panel, PAPER, halo=6, rim=INK)
    p.carve(rows(x - 160, y - 180, x + 160, y - 20, 14), p.tint, (44, 12, 5))
    p.fill(ring(x, y - 100, 54), p.tint, halo=9, rim=PAPER)
    p.carve([ring(x, y - 100, r, n=30) for r in (16, 29, 42)], PAPER, (26, 8, 5))
    for k in range(-2, 3):
        delegate(p, x + 62 * k, y - 2, 15, front=True)
    p.fill(moved(pts("-190,4 190,4 200,46 -200,46"), x, y), p.tint, halo=5, rim=INK)
    p.carve(rows(x - 190, y + 14, x + 190, y + 40, 4), INK, (50, 14, 4))
    p.fill(moved(pts("-26,46 26,46 22,86 -22,86"), x, y), PAPER, halo=5, rim=INK)


def delegate(p, x, y, s, front=False, light=False):
    """Head and shoulders of someone at a desk, from behind (or in front, on the podium)."""
    body = pts("-1.5,1.9 -1.35,0.6 -0.7,0.1 0.7,0.1 1.35,0.6 1.5,1.9")
    colour = INK if not light else p.tint
    shapes = [moved(curve(body, steps=3), x, y, s), ring(x, y - 0.75 * s, 0.62 * s, 0.8 * s, n=12)]
    p.fill(
        shapes, colour, halo=2.2 if not light else 1.6, rim=PAPER if not light else INK, rough=0.4
    )


def assembly_rows(p):
    for k in range(6):
        near, far = arc(k), [(x, y - 15 - 3.4 * k) for x, y in arc(k)]
        front = [(x, y + 13 + 3 * k) for x, y in near]
        for a, b in ((1, 15), (16, 29), (31, 44), (45, 59)):
            p.fill(far[a:b] + near[a:b][::-1], PAPER, rough=0.7)
            p.fill(near[a:b] + front[a:b][::-1], p.tint, rough=0.7)
            p.carve(between(near[a:b], front[a:b], 3)[1:], INK, (30 + 5 * k, 14, 4.5))
        count = 17 + 4 * k
        seats = [((i + 0.5) / count, i) for i in range(count)]
        for t, i in sorted(seats, key=lambda seat: abs(seat[0] - 0.5), reverse=True):
            if min(abs(t - m) for m in (0.258, 0.5, 0.742)) > 0.018:
                x, y = arc(k, n=count * 2)[2 * i + 1]
                light = (i * 7 + k * 3) % 5 == 0
                delegate(p, x, y + 10 + 4 * k, 12 + 3.1 * k, light=light)
        back = [(x, y + 26 + 8.4 * k) for x, y in near]
        low = [(x, y + 30 + 10 * k) for x, y in back]
        p.fill(back + low[::-1], INK)
        p.carve([back], PAPER, (40 + 8 * k, 8, 5))
        p.carve(between(back, low, 3)[1:], p.tint, (34, 22, 5))


def assembly_floor(p):
    x, y = CENTRE
    p.fill(ring(x, y + 30, 200, 74, 0, 360, 40), INK)
    p.carve(
        [ring(x, y + 30, 36 + 26 * k, 20 + 10 * k, 10, 170, 30) for k in range(2, 6)],
        p.tint,
        (34, 18, 5),
    )


def raised(p, put, hold):
    """The lifted arm, and what it holds."""
    dx, dy, thing = hold
    hand = (dx, dy)
    side = 1 if dx > 0 else -1
    elbow = (side * 112 + dx * 0.1, -30 + dy * 0.1)
    if thing == "sheet":
        sheet = moved(pts("-44,-58 44,-54 46,60 -42,58"), *hand, turn=7 * side)
        p.fill(put([(a, b - 46) for a, b in sheet]), PAPER, halo=5, rim=INK)
        lines = rows(hand[0] - 28, hand[1] - 84, hand[0] + 28, hand[1] - 10, 6)
        p.carve([put(f) for f in lines], INK, (26, 8, 4))
    elif thing == "light":
        p.fill(put(ring(hand[0], hand[1] - 54, 72, n=30)), INK, rough=2)
        p.carve([put(f) for f in rays(hand[0], hand[1] - 54, 30, 80, 18)], PAPER, (24, 8, 8))
        p.fill(put(petal(hand[0], hand[1] - 34, -90, 44, 24, 0.4)), PAPER, halo=4, rim=INK)
        p.fill(put(limb((hand[0], hand[1] - 28), hand, 7)), p.tint, halo=2, rim=INK)
    arm = [put(limb((side * 78, 92), elbow, 27, 21)), put(limb(elbow, hand, 20, 14))]
    p.fill(arm, INK, halo=4)
    p.fill(put(ring(*hand, 19, 17, n=14)), p.tint, halo=3, rim=INK)
    p.cut(
        [
            put([(hand[0] - 6 + 7 * k, hand[1] - 13), (hand[0] - 7 + 7 * k, hand[1] + 4)])
            for k in range(3)
        ],
        INK,
        3,
    )


def watcher(p, x, y, s, raise_, hair):
    """Someone in the gallery, from behind, holding up a sheet or a light."""

    def put(shape):
        return moved(shape, x, y, s)

    if raise_[2]:
        raised(p, put, raise_)
    body = curve(pts("-36,48 -92,74 -124,140 -132,330 132,330 124,140 92,74 36,48"), True, 5)
    p.fill(put(body), INK, halo=4.5)
    p.fill(put(limb((0, 20), (0, 70), 30, 36)), INK)
    p.carve(
        [put(f) for f in between([(-92, 110), (-104, 320)], [(92, 110), (104, 320)], 8)],
        p.tint,
        (50, 50, 5),
    )
    p.cut([put(curve([(-56, 78), (0, 96), (56, 78)], steps=3))], PAPER, 7)
    p.fill(put(ring(0, -14, 49, 60, n=22)), INK, halo=4)
    BACKS[hair](p, put)


def back_short(p, put):
    p.carve(
        [
            put(f)
            for f in between(
                curve([(-8, -68), (-40, -30), (-34, 20)]), curve([(8, -68), (40, -30), (34, 20)]), 6
            )
        ],
        PAPER,
        (22, 20, 4),
    )


def back_veil(p, put):
    cloth = curve(pts("0,-80 -50,-50 -58,20 -84,96 0,120 84,96 58,20 50,-50"), True, 5)
    p.fill(put(cloth), p.tint, halo=4, rim=INK)
    p.carve(
        [
            put(f)
            for f in between(
                curve([(-6, -70), (-44, -20), (-62, 90)]), curve([(6, -70), (44, -20), (62, 90)]), 7
            )
        ],
        INK,
        (50, 20, 5),
    )


def back_braid(p, put):
    p.carve(
        [
            put(f)
            for f in between(
                curve([(-6, -68), (-38, -30), (-8, 30)]), curve([(6, -68), (38, -30), (8, 30)]), 7
            )
        ],
        p.tint,
        (34, 12, 4),
    )
    for k in range(6):
        p.fill(put(ring(0, 42 + 22 * k, 17 - k, 14, n=12)), INK, halo=2.5)


def back_hat(p, put):
    p.fill(put(ring(0, -30, 84, 22, n=26)), p.tint, halo=4, rim=INK)
    p.fill(
        put(curve(pts("-46,-34 -40,-78 0,-90 40,-78 46,-34 0,-26"), True, 4)),
        p.tint,
        halo=3,
        rim=INK,
    )
    p.carve([put(f) for f in rows(-40, -72, 40, -40, 4)], INK, (26, 10, 4))


BACKS = {"short": back_short, "veil": back_veil, "braid": back_braid, "hat": back_hat}


def assembly():
    p = Print(
        "assembly", WIDE, OCHRE, "A great chamber in half-circles, seen from the public gallery"
    )
    assembly_dome(p)
    assembly_floor(p)
    assembly_podium(p)
    assembly_rows(p)
    rail = pts("0,846 400,862 750,868 1100,862 1500,846")
    p.fill([*rail, (1500, 1000), (0, 1000)], INK, halo=6)
    low = [(x, y + 60) for x, y in rail]
    p.carve(between(rail, low, 5)[1:], p.tint, (60, 20, 6))
    for x, y, s, raise_, hair in (
        (90, 850, 0.86, (0, 0, ""), "short"),
        (282, 880, 0.94, (-92, -196, "sheet"), "veil"),
        (486, 884, 0.9, (74, -128, "light"), "short"),
        (664, 896, 0.92, (84, -214, "sheet"), "braid"),
        (872, 896, 0.9, (84, -128, "light"), "veil"),
        (1054, 890, 0.92, (0, 0, ""), "hat"),
        (1236, 880, 0.95, (96, -206, "sheet"), "short"),
        (1418, 856, 0.86, (0, 0, ""), "braid"),
    ):
        watcher(p, x, y - 44, s, raise_, hair)
    return p


# --- Elena Milashina: a reporter's desk before the Caucasus -------------------------------------

PANE = (196, 120, 1010, 850)


def caucasus(p):
    x0, y0, x1, y1 = PANE
    view = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    p.fill(view, p.tint, halo=12)
    p.carve(
        rows(x0, y0 + 14, x1, y0 + 380, 24), PAPER, (90, 26, 7), lambda q: 0.3 + (q[1] - y0) / 420
    )
    far = [
        (x0, 470),
        (262, 400),
        (318, 432),
        (408, 300),
        (452, 352),
        (498, 318),
        (590, 226),
        (650, 300),
    ]
    far += [(694, 276), (772, 372), (850, 330), (930, 410), (x1, 372)]
    p.fill([*far, (x1, 640), (x0, 640)], PAPER, halo=4, rim=INK)
    snow(p)


def snow(p):
    x1 = PANE[2]
    peaks = ((262, 400, -20), (408, 300, 20), (590, 226, 40), (694, 276, 10), (850, 330, 30))
    for x, y, lean in peaks:
        face = [
            (x, y + 6),
            (x + 34 + lean, y + 84),
            (x + 12 + lean, y + 130),
            (x + 60 + lean, y + 250),
        ]
        face += [(x + 120 + lean, y + 260), (x + 92, y + 116)]
        p.fill([q if q[0] < x1 else (x1, q[1]) for q in face], INK, rough=2.4)
        p.carve(
            between(
                [(x - 10, y + 40), (x - 70, y + 260)], [(x + 14, y + 70), (x + 40, y + 250)], 5
            ),
            INK,
            (44, 34, 5),
        )
        p.carve(
            between(
                [(x + 30, y + 60), (x + 70 + lean, y + 230)],
                [(x + 60, y + 90), (x + 120, y + 240)],
                4,
            ),
            p.tint,
            (40, 20, 4.5),
        )


def valley(p):
    x0, _, x1, y1 = PANE
    mid = curve([(x0, 560), (320, 520), (460, 580), (620, 600), (760, 540), (900, 500), (x1, 520)])
    p.fill([*mid, (x1, y1), (x0, y1)], p.tint, halo=4, rim=INK)
    p.carve(between(mid, [(x0, 760), (x1, 760)], 12)[1:], INK, (50, 22, 6))


def watchtower(p):
    """A Vainakh tower: tapering stone, small slits, a stepped pyramid for a roof."""
    x, foot, top = 862, 660, 262
    body = [(x - 52, foot), (x - 34, top), (x + 34, top), (x + 54, foot)]
    p.fill(body, INK, halo=6)
    p.fill([(x - 50, foot), (x - 33, top), (x - 8, top), (x - 10, foot)], p.tint)
    for k in range(15):
        y = top + 22 + 25 * k
        w = 34 + 18 * (y - top) / (foot - top)
        stones = [[(x - w, y), (x - 10, y + 2)]]
        p.carve(stones, INK, (22, 5, 5))
        p.carve([[(x - 4, y + 8), (x + w - 3, y + 6)]], PAPER, (18, 16, 4))
    roof = moved(pts("-46,0 -44,-12 -32,-14 -30,-34 -20,-36"), x, top)
    roof += moved(pts("-17,-58 -8,-60 0,-92 8,-60 17,-58"), x, top)
    roof += moved(pts("20,-36 30,-34 32,-14 44,-12 46,0"), x, top)
    p.fill(roof, INK, halo=5)
    p.carve(
        [[(x - 40, top - 7), (x + 30, top - 7)], [(x - 26, top - 28), (x + 14, top - 28)]],
        p.tint,
        (30, 6, 5),
    )
    slits(p, x, top)


def slits(p, x, top):
    for y in (top + 52, top + 150, top + 250):
        p.fill(moved(pts("-26,0 -16,0 -16,30 -26,30"), x, y), INK, rough=0.6)
    for dx in (-30, 4):
        p.fill(
            [
                (x + dx, top + 2),
                (x + dx + 26, top + 2),
                (x + dx + 22, top + 28),
                (x + dx + 4, top + 28),
            ],
            INK,
            halo=3,
        )


def slope(p):
    x0, _, x1, y1 = PANE
    near = curve([(x0, 720), (330, 690), (500, 716), (660, 690), (800, 620), (910, 600), (x1, 614)])
    p.fill([*near, (x1, y1), (x0, y1)], INK, halo=4)
    p.carve(between(near, [(x0, y1), (x1, y1)], 10)[1:], p.tint, (54, 30, 5))


def room(p):
    x0, y0, x1, y1 = PANE
    hole = [(x0, y0), (x0, y1), (x1, y1), (x1, y0)]
    d = trace(pts("-9,-9 1209,-9 1209,1100 -9,1100")) + trace(hole)
    p.parts.append(f'<path fill="{INK}" fill-rule="evenodd" d="{d}"/>')
    p.fill([(x0 - 4, y0 - 6), (x1 + 4, y0 - 6), (x1 + 4, y0 + 8), (x0 - 4, y0 + 8)], PAPER)
    for bar in (
        [(x0 - 22, y0 - 30), (x0 - 22, y1 + 30)],
        [(x1 + 22, y0 - 30), (x1 + 22, y1 + 30)],
        [(x0 - 30, y0 - 24), (x1 + 30, y0 - 24)],
    ):
        p.fill(band(bar, 26), p.tint, halo=4, rim=INK)
        p.carve([[(a + 5, b + 5) for a, b in bar]], INK, (90, 20, 5))
    cross = [
        band([((x0 + x1) / 2 - 20, y0), ((x0 + x1) / 2 - 20, y1)], 20),
        band([(x0, 440), (x1, 440)], 18),
    ]
    p.fill(cross, INK, halo=4)
    wall = rows(40, 40, 150, 1040, 46) + rows(1060, 40, 1180, 1040, 46)
    p.carve(wall, p.tint, (46, 26, 5), lambda q: 0.55 + 0.4 * math.sin(q[1] / 50))
    p.carve(rows(40, 40, 1180, 80, 3), p.tint, (60, 30, 5))


def curtain(p, side):
    """Cloth drawn to one side of the window."""
    x = 24 if side < 0 else 1176
    inner = pts("250,20 262,200 214,470 176,620 206,820 196,1060")
    edge = curve([(x - side * (v - 20), y) for v, y in inner])
    wall = [(x, 20), (x, 1060)]
    p.fill(edge + wall[::-1], INK, halo=6)
    p.carve(between(wall, edge, 9, ease=0.9)[1:-1], PAPER, (130, 40, 9))
    p.carve(between(wall, edge, 14)[1:-1], p.tint, (70, 90, 6))
    p.fill(
        band(curve([(x, 600), (x - side * 90, 634), (x - side * 172, 612)]), [26, 22, 26]),
        p.tint,
        halo=5,
        rim=INK,
    )


def desk(p):
    edge = [(0, 1076), (1200, 1076)]
    p.fill([*edge, (1200, 1500), (0, 1500)], p.tint, halo=7)
    p.carve(between(edge, [(0, 1500), (1200, 1500)], 26)[1:], INK, (170, 50, 6))
    p.carve(between(edge, [(0, 1500), (1200, 1500)], 17)[1:], PAPER, (90, 150, 5))
    p.fill(
        curve(pts("190,1300 300,1256 900,1256 1010,1300 900,1340 300,1340"), True, 5), INK, rough=2
    )


def paper_sheet(p):
    sheet = pts("404,560 730,550 794,610 800,900 398,900")
    p.fill(sheet, PAPER, halo=7, rim=INK)
    p.fill([(730, 550), (736, 616), (794, 610)], p.tint, halo=4, rim=INK)
    lines = rows(446, 640, 752, 850, 10)
    p.carve([lines[0][:2]], INK, (150, 14, 11))
    p.carve(lines[2:-1], INK, (42, 10, 6))
    p.carve([[(446, 850), (590, 850)]], INK, (42, 10, 6))


def typewriter(p):
    p.fill(limb((266, 902), (934, 902), 36), INK, halo=6)
    p.carve(rows(290, 880, 910, 922, 4), PAPER, (120, 30, 6))
    for x in (236, 964):
        p.fill(ring(x, 902, 28, 40, n=20), p.tint, halo=5, rim=INK)
        p.carve(rows(x - 18, 876, x + 18, 930, 7), INK, (36, 2, 4))
    p.fill(band([(916, 872), (1020, 800)], [9, 12]), INK, halo=4)
    body = pts(
        "300,950 330,934 870,934 900,950 934,1080 996,1300 960,1330 240,1330 204,1300 266,1080"
    )
    p.fill(curve(body, True, 4), INK, halo=7)
    basket = [*ring(600, 1066, 176, 118, 180, 360, 30)]
    p.fill(basket, p.tint, halo=4)
    p.carve(rays(600, 1070, 60, 190, 36, 184, 356), INK, (140, 4, 7), clip=basket)
    p.fill(ring(600, 1068, 62, 42, 180, 360, 16), INK, halo=3)
    for side in (-1, 1):
        a = [(600 + side * 290, 960), (600 + side * 322, 1080), (600 + side * 372, 1290)]
        b = [(600 + side * 210, 970), (600 + side * 240, 1070), (600 + side * 330, 1290)]
        p.carve(between(curve(a), curve(b), 4), PAPER, (120, 30, 6))
    p.carve(rows(330, 952, 870, 952, 1), PAPER, (120, 20, 6))


def keys(p):
    for row, (y, count, half, r) in enumerate(
        ((1112, 11, 244, 17), (1158, 11, 270, 18), (1206, 10, 280, 20), (1256, 10, 304, 21))
    ):
        for k in range(count):
            x = 600 + half * (2 * k / (count - 1) - 1) + (row % 2) * 6
            p.fill(ring(x, y, r, r * 0.86, n=18), PAPER, rough=0.6)
            p.fill(
                ring(x, y + 1, r - 4.5, (r - 4.5) * 0.86, n=16),
                INK if (k + row) % 6 else p.tint,
                rough=0.5,
            )
            p.cut([[(x - r * 0.4, y - r * 0.3), (x + r * 0.3, y - r * 0.4)]], PAPER, 3.5)
    p.fill(limb((450, 1302), (750, 1302), 13), PAPER, rough=0.8)
    p.carve([[(450, 1306), (750, 1306)]], INK, (60, 20, 5))


def notebook(p):
    page = pts("742,1376 1036,1334 1112,1452 798,1500")
    p.fill(page, PAPER, halo=7, rim=INK)
    p.carve(between([(790, 1396), (1020, 1362)], [(828, 1482), (1076, 1444)], 5), INK, (44, 10, 5))
    for k in range(9):
        x, y = 752 + 33 * k, 1374 - 4.8 * k
        p.fill(ring(x, y, 6, 15, n=12), INK, halo=2)
    p.fill(band([(884, 1452), (1090, 1318)], [15, 15]), INK, halo=4)
    p.fill([(884, 1452), (870, 1472), (896, 1462)], INK, halo=2)
    p.cut([[(910, 1432), (1080, 1322)]], p.tint, 7)
    glass = pts("96,1176 206,1176 196,1366 106,1366")
    p.fill(glass, PAPER, halo=6, rim=INK)
    p.fill(pts("100,1216 202,1216 194,1340 108,1340"), INK)
    p.carve(rows(112, 1230, 190, 1330, 7), p.tint, (40, 12, 6))
    p.fill([band(curve(pts("204,1220 250,1236 244,1300 198,1316")), 12)], INK, halo=3)
    p.fill(ring(151, 1372, 92, 17, n=30), INK, halo=4)
    steam = [
        curve(
            [(128 + 24 * k, 1160), (112 + 24 * k, 1110), (140 + 24 * k, 1060), (124 + 24 * k, 1000)]
        )
        for k in range(3)
    ]
    p.carve(steam, PAPER, (70, 14, 8))


def milashina():
    p = Print("milashina", TALL, SLATE, "A reporter's desk before a window on the Caucasus")
    p.ground(INK)
    caucasus(p)
    valley(p)
    watchtower(p)
    slope(p)
    room(p)
    curtain(p, -1)
    curtain(p, 1)
    desk(p)
    paper_sheet(p)
    typewriter(p)
    keys(p)
    notebook(p)
    p.salt((30, 30, 1170, 1470), 80)
    return p


# --- Narges Mohammadi: a scarf and birds rise over the wall -------------------------------------

PEAKS = (
    (70, 500, 60),
    (236, 440, 80),
    (380, 452, 70),
    (560, 480, 70),
    (884, 300, 150),
    (1140, 440, 60),
)
BIRDS = (
    (462, 128, 0.98, -40),
    (610, 262, 1.08, -22),
    (648, 118, 0.92, -32),
    (752, 224, 0.94, -18),
    (800, 104, 0.76, -26),
    (908, 196, 0.76, -18),
    (938, 86, 0.6, -24),
    (1040, 160, 0.56, -14),
    (1050, 74, 0.44, -20),
    (1126, 112, 0.4, -16),
)
CLOTH = (  # the two edges of each panel of the scarf, from the window upwards
    (
        pts("798,1160 700,1206 566,1192 462,1120 430,1000 478,880 600,764"),
        pts("812,1196 704,1268 540,1306 376,1226 296,1050 336,870 480,706"),
    ),
    (
        pts("600,764 650,716 684,650 682,586 668,536"),
        pts("480,706 560,672 622,630 650,590 668,536"),
    ),
    (
        pts("668,536 694,470 650,400 560,350 500,290 486,214"),
        pts("668,536 600,524 480,488 356,426 288,340 296,240"),
    ),
)
WOVEN = ((12, 13, 15, 16), (), (31, 33, 34, 36))  # where its stripes lie
FOLD = (574, 700)  # where the first panel turns over


def bird(p, x, y, s, turn, colour):
    body = curve(pts("-46,-2 -20,9 10,9 32,1 48,-5 32,-12 8,-10 -20,-4"), True, 4)
    wing = curve(pts("-10,-4 -24,-38 -56,-74 -14,-66 14,-38 22,-6"), True, 4)
    far = curve(pts("8,-8 18,-46 52,-72 46,-40 28,-8"), True, 4)
    tail = pts("-36,4 -76,-8 -66,4 -76,16 -36,8")
    rim = INK if colour == PAPER else PAPER
    p.fill(
        [moved(g, x, y, s, turn=turn) for g in (body, wing, far, tail)],
        colour,
        halo=3,
        rim=rim,
        rough=0.5,
    )
    cuts = [
        [(-4, -10), (-40, -66)],
        [(4, -12), (-22, -62)],
        [(12, -12), (-4, -52)],
        [(22, -14), (44, -60)],
    ]
    p.cut([moved(c, x, y, s, turn=turn) for c in cuts], rim, 3.4 * s)


def alborz(p):
    p.fill(pts("0,0 1200,0 1200,800 0,800"), p.tint)
    p.carve(rows(0, 40, 1200, 600, 34), PAPER, (110, 30, 7), lambda q: 0.3 + q[1] / 560)
    ridge = pts("-10,560 70,500 130,530 236,440 300,486 380,452 470,520")
    ridge += pts("560,480 640,520 740,436 850,316 886,300 916,312 1010,420")
    ridge += [(1090, 470), (1140, 440), (1210, 500)]
    p.fill([*ridge, (1210, 760), (-10, 760)], PAPER, halo=5, rim=INK)
    shades(p)


def shades(p):
    """The dark sides of the peaks, and the snow on the light ones."""
    for x, y, w in PEAKS:
        face = [
            (x, y + 4),
            (x + w * 0.3, y + w * 0.5),
            (x + w * 0.16, y + w * 0.8),
            (x + w * 0.5, y + w * 1.5),
        ]
        face += [
            (x + w * 0.3, 740),
            (x + w * 1.7, 740),
            (x + w * 1.2, y + w * 1.3),
            (x + w * 0.7, y + w * 0.7),
        ]
        p.fill(face, INK, rough=2.2)
        p.carve(
            between(
                [(x + w * 0.3, y + w * 0.4), (x + w * 0.8, 730)],
                [(x + w * 0.6, y + w * 0.6), (x + w * 1.5, 730)],
                6,
            ),
            p.tint,
            (46, 26, 5),
        )
        p.carve(
            between(
                [(x - w * 0.1, y + w * 0.3), (x - w * 0.5, 720)],
                [(x + w * 0.1, y + w * 0.8), (x + w * 0.2, 720)],
                4,
            ),
            INK,
            (40, 46, 4.5),
        )


def rooftops(p):
    """Tehran: flat roofs in steps, water tanks, a dome, and the tall tower."""
    p.fill(band([(176, 740), (176, 380)], [20, 10]), INK, halo=4)
    p.fill(curve(pts("148,500 158,470 194,470 204,500 190,526 162,526"), True, 4), INK, halo=4)
    p.fill(limb((176, 470), (176, 372), 4, 2), INK, halo=2)
    x, rng = -30, p.rng
    for layer, (floor, low, high) in enumerate(((610, 10, 60), (670, 0, 64), (740, 0, 56))):
        x = -40
        while x < 1220:
            w = rng.uniform(56, 112)
            top = floor - rng.uniform(low, high)
            colour = (p.tint, INK, PAPER)[(layer + int(x) // 7) % 3]
            p.fill(
                [(x, 1000), (x, top), (x + w, top), (x + w, 1000)],
                colour,
                halo=4,
                rim=INK if colour != INK else PAPER,
            )
            ink = INK if colour != INK else p.tint
            p.carve(rows(x + 12, top + 18, x + w - 10, top + 90, 4), ink, (9, 9, 9))
            if layer and rng.random() < 0.45:
                p.fill(moved(pts("16,0 16,-20 40,-20 40,0"), x, top), INK, halo=2)
            x += w + 3


def wall_edge(x):
    return 850 - 150 * x / 1200


def prison_wall(p):
    top = [(x, wall_edge(x)) for x in range(0, 1201, 100)]
    p.fill([*top, (1200, 1500), (0, 1500)], INK, halo=7)
    cap = [(x, y + 34) for x, y in top]
    p.fill(top + cap[::-1], p.tint, halo=0)
    p.carve(between(top, cap, 4)[1:], INK, (60, 18, 6))
    coil = [
        (x + 15 * math.cos(x / 8), wall_edge(x) - 22 + 21 * math.sin(x / 8))
        for x in range(-10, 1212, 5)
    ]
    p.fill([band(coil[k : k + 30], 3.2) for k in range(0, len(coil) - 29, 29)], INK, rough=0.2)
    courses = between([(0, 884), (1200, 734)], [(0, 1500), (1200, 1490)], 19)
    for k, line in enumerate(courses[:-1]):
        below = courses[k + 1]
        p.carve([line], PAPER if k % 4 == 2 else p.tint, (120, 10, 7))
        joints = []
        for i in range(k % 2, len(line) - 1, 3):
            joints.append([line[i], (below[i][0] + 2, below[i][1] - 4)])
        p.cut(joints, p.tint, 6)
    stones = between([(0, 900), (1200, 750)], [(0, 1490), (1200, 1480)], 40)
    p.carve(stones, p.tint, (22, 90, 4), lambda q: 0.5 + glow(800, 1120, 700)(q))


def cell_window(p):
    x0, y0, x1, y1 = 716, 990, 900, 1216
    p.fill([(x0 - 44, y0 - 50), (x1 + 44, y0 - 58), (x1 + 44, y1 + 52), (x0 - 44, y1 + 56)], INK)
    p.carve(
        rays((x0 + x1) / 2, (y0 + y1) / 2, 150, 340, 60),
        PAPER,
        (44, 18, 7),
        glow((x0 + x1) / 2, (y0 + y1) / 2, 380),
    )
    p.fill(
        [(x0 - 26, y0 - 28), (x1 + 26, y0 - 34), (x1 + 28, y1 + 28), (x0 - 28, y1 + 32)],
        p.tint,
        halo=6,
    )
    p.carve(rows(x0 - 22, y1 + 8, x1 + 22, y1 + 24, 3), INK, (50, 12, 5))
    p.fill([(x0, y0), (x1, y0 - 4), (x1, y1), (x0, y1)], PAPER, halo=6, rim=INK)
    p.carve(rows(x0 + 4, y0 + 12, x1 - 4, y0 + 110, 8), p.tint, (40, 14, 6))
    bars = [band([(x0 + 30 + 31 * k, y0 - 8), (x0 + 30 + 31 * k, y1 + 6)], 12) for k in range(5)]
    p.fill([*bars, band([(x0 - 4, 1070), (x1 + 4, 1066)], 11)], INK)


def scarf(p):
    """Three panels of cloth; the middle one shows the other side."""
    for k in (1, 0, 2):
        a, b = (curve(edge) for edge in CLOTH[k])
        shape = a + curve([a[-1], FOLD, b[-1]])[1:-1] * (k == 0) + b[::-1]
        face, line = (p.tint, INK) if k == 1 else (PAPER, INK)
        if k == 2:
            fringe(p, a[-1], b[-1])
        p.fill(shape, face, halo=7, rim=INK)
        folds = between(a, b, 14, 40)
        p.carve(folds[2:-2:2], line, (110, 46, 6), clip=shape)
        p.carve(folds[1:-1:3], PAPER if k == 1 else p.tint, (150, 20, 9), clip=shape)
        across = [list(z) for z in zip(*folds, strict=True)]
        for at_ in WOVEN[k]:
            p.fill(band(curve(across[at_][::3] + across[at_][-1:], steps=3), 8), p.tint, rough=0.8)
            p.carve([across[at_]], INK, (16, 8, 4))


def fringe(p, a, b):
    """Knotted threads at the end of the scarf, blown upwards."""
    for x, y in resample([a, b], 15):
        sway = p.rng.uniform(-6, 26)
        thread = curve(
            [(x, y + 6), (x + sway * 0.3, y - 26), (x + sway, y - p.rng.uniform(44, 66))]
        )
        p.fill(band(thread, [8, 6, 3]), PAPER, halo=3, rim=INK, rough=0.5)


def sprout(p):
    stem = curve(pts("206,1490 214,1420 196,1360 212,1300"))
    p.fill(band(stem, [8, 6, 4]), PAPER, halo=4, rim=INK)
    for x, y, a in ((211, 1440, -150), (210, 1410, -30), (199, 1372, -160), (200, 1350, -24)):
        p.fill(petal(x, y, a, 62, 26, 0.5), p.tint, halo=4, rim=INK)
        p.cut(
            [[(x, y), (x + 48 * math.cos(math.radians(a)), y + 48 * math.sin(math.radians(a)))]],
            INK,
            4,
        )
    for a in range(0, 360, 60):
        p.fill(petal(212, 1290, a + 15, 34, 24, 0.66), PAPER, halo=3, rim=INK, rough=0.5)
    p.fill(ring(212, 1290, 9, n=10), p.tint, halo=3, rim=INK)


def mohammadi():
    p = Print("mohammadi", TALL, VIOLET, "From a prison window a scarf rises and turns into birds")
    p.ground(PAPER)
    alborz(p)
    rooftops(p)
    prison_wall(p)
    cell_window(p)
    scarf(p)
    bars = [band([(746 + 31 * k, 1150), (746 + 31 * k, 1222)], 12) for k in (1, 3)]
    p.fill(bars, INK)
    for k, (x, y, s, turn) in enumerate(BIRDS):
        bird(p, x, y, s * 1.12, turn, INK if k % 3 == 2 else PAPER)
    sprout(p)
    return p


# --- Rafael Maldonado: a law book opens into a valley -------------------------------------------

LEFT_FOOT = pts("600,1352 540,1290 420,1254 250,1262 70,1316")
RIGHT_FOOT = [(1200 - x, y) for x, y in LEFT_FOOT]
LEFT_HEAD = pts("590,872 520,838 400,812 260,818 128,846")
RIGHT_HEAD = [(1200 - x, y) for x, y in LEFT_HEAD]
RIVER = pts("660,738 610,752 556,780 560,826 634,890 588,980 604,1120")


def volcano_sky(p):
    p.fill(pts("0,0 1200,0 1200,760 0,760"), p.tint)
    sun = ring(250, 300, 96, n=50)
    p.carve(
        rays(250, 300, 112, 1100, 66),
        PAPER,
        (110, 26, 11),
        lambda q: 1.1 - math.hypot(q[0] - 250, q[1] - 300) / 1300,
    )
    p.fill(sun, PAPER, halo=5, rim=p.tint)
    puffs = [
        (640, 196, 46),
        (690, 150, 60),
        (764, 118, 72),
        (856, 92, 82),
        (966, 96, 74),
        (1060, 78, 84),
        (1170, 96, 70),
    ]
    p.fill([ring(x, y, r, r * 0.78, n=26) for x, y, r in puffs], PAPER, halo=5, rim=INK, rough=2)
    for x, y, r in puffs:
        swirl = [ring(x, y, r * k, r * k * 0.78, 30, 170, 16) for k in (0.86, 0.64, 0.42)]
        p.carve(swirl, INK, (44, 14, 5), clip=[ring(a, b, c, c * 0.78) for a, b, c in puffs])


def volcano(p):
    slope = pts("196,742 330,640 440,530 520,400 566,276 590,236")
    rim = pts("590,236 612,248 634,238 656,250 670,240")
    other = pts("670,240 700,300 752,420 836,540 950,640 1090,742")
    shape = curve(slope) + rim + curve(other)
    p.fill(shape, INK, halo=6)
    for k, (x, y) in enumerate(resample(rim, 19)):
        t = (k / 18 - 0.5) * 2
        gully = curve(
            [(x, y + 12), (x + 60 * t, y + 160), (x + 190 * t, y + 330), (x + 420 * t, y + 500)]
        )
        p.carve([gully], PAPER if k < 9 else p.tint, (110, 24, 11 if k < 9 else 8), clip=shape)
        p.carve([[(a + 8, b + 14) for a, b in gully]], p.tint, (60, 60, 6), clip=shape)


def forest(p):
    """The left side, as it is: wooded to the top."""
    ridge = curve(pts("-10,590 90,560 210,590 330,660 450,742 560,800"))
    p.fill([*ridge, (600, 900), (-10, 900)], INK, halo=6)
    lines = between(ridge, curve(pts("-10,860 120,862 300,836 430,838 590,884")), 7)
    for k, line in enumerate(lines):
        for x, y in resample(line, 16)[k % 2 :]:
            s = (0.9 + 0.06 * k) * p.rng.uniform(0.85, 1.2)
            colour = (INK, p.tint, INK)[(k + int(x)) % 3]
            p.fill(petal(x, y + 12, -90, 44 * s, 34 * s, 0.4), colour, halo=1.6, rough=0.6)
            p.cut(
                [[(x + 4 * s, y - 20 * s), (x + 8 * s, y + 4)]], INK if colour != INK else PAPER, 4
            )


def mine(p):
    """The right side, cut down in terraces."""

    def level(k, drop):
        x, y = 868 - 33 * k, 572 + 36 * k + drop
        return curve([(x, y), (x + (1210 - x) * 0.5, y - 26), (1210, y - 4)])

    for k in range(9):
        p.fill(level(k, 0) + level(k, 60)[::-1], INK, halo=5)
        p.fill(level(k, 1) + level(k, 15)[::-1], PAPER, rough=0.8)
        p.carve([level(k, 10)], p.tint, (60, 30, 5))
        walls = zip(resample(level(k, 17), 26), resample(level(k, 44), 26), strict=True)
        p.cut([[a, (b[0] + p.rng.uniform(-6, 6), b[1])] for a, b in walls], p.tint, 3)
        if k == 0:
            digger(p, 1030, 552)
        elif k in (3, 6):
            truck(p, 1130 - 38 * k, 548 + 36 * k + 12, 1 + 0.06 * k)


def digger(p, x, y):
    """An excavator on the topmost terrace, its bucket over the edge."""
    arm = [limb((-6, -40), (-62, -92), 8, 6), limb((-62, -92), (-104, -36), 6, 5)]
    bucket = pts("-112,-42 -90,-34 -92,-8 -122,-10")
    body = pts("-16,-62 22,-62 26,-44 58,-44 58,-14 -30,-14 -30,-34")
    shapes = [*arm, bucket, body, limb((-30, -4), (54, -4), 12)]
    p.fill([moved(s, x, y) for s in shapes], INK, halo=5, rough=0.6)
    p.fill(moved(pts("-8,-54 14,-54 16,-38 -8,-38"), x, y), p.tint, rough=0.5)
    p.carve([moved([(-34, -4), (58, -4)], x, y)], PAPER, (10, 6, 5))


def truck(p, x, y, s):
    body = pts("-44,-14 -52,-44 16,-44 24,-40 44,-40 46,-8 -40,-8")
    shapes = [body, ring(-22, -6, 13, n=16), ring(30, -6, 11, n=16)]
    p.fill([moved(g, x, y, s) for g in shapes], INK, halo=4.5, rough=0.5)
    p.fill([moved(ring(a, -6, 5, n=8), x, y, s) for a in (-22, 30)], PAPER, rough=0.3)
    p.cut(
        [moved(c, x, y, s) for c in ([(-44, -36), (12, -36)], [(-40, -26), (14, -26)])], p.tint, 5
    )


def pages(p):
    for foot, head in ((LEFT_FOOT, LEFT_HEAD), (RIGHT_FOOT, RIGHT_HEAD)):
        foot, head = curve(foot), curve(head)
        thick = [[(x + (x - 600) * 0.012 * k, y + 11 * k) for x, y in foot] for k in range(7)]
        side = -1 if foot[-1][0] < 600 else 1
        cover = [
            (600, 1436),
            *[(x + 26 * side, y + 30) for x, y in thick[-1][8:]],
            (head[-1][0] + 10 * side, 880),
        ]
        p.fill([*cover, (600, 900)], INK, halo=6)
        edge = [foot[-1], head[-1], (head[-1][0] + side * 12, head[-1][1] + 14), thick[-1][-1]]
        p.fill(edge, p.tint, halo=3, rim=INK)
        p.fill(foot + thick[-1][::-1], PAPER, halo=4, rim=INK)
        p.carve(thick[1:-1], INK, (200, 8, 4))
        p.fill(foot + head[::-1], PAPER, halo=4, rim=INK)
        text = between(foot, head, 22, 40)
        p.carve([t[4:-3] for t in text[2:10]], INK, (54, 10, 7))
        if side > 0:
            p.carve([t[4:-3] for t in text[10:-1]], INK, (54, 10, 6))
        else:
            p.carve([t[4:-3] for t in text[10:-1]], p.tint, (90, 14, 9))
        fold = between([foot[0], head[0]], [foot[4], head[5]], 6)
        p.carve(fold, p.tint, (90, 24, 6))


def sprouting(p):
    """Lines of law that turn into rows of young maize, on the left page."""
    text = between(curve(LEFT_FOOT), curve(LEFT_HEAD), 22, 40)
    for k in (10, 12, 14, 16, 18, 20):
        for x, y in text[k][8:-2:3]:
            s = 1.35 - (k - 10) * 0.06
            p.fill(
                [petal(x, y, a, 27 * s, 10 * s, 0.4) for a in (-150, -92, -34)],
                INK,
                halo=1.5,
                rough=0.4,
            )


def river(p):
    line = curve(RIVER)
    widths = [2, 14, 26, 40, 58, 76, 96]
    end = pts("604,1120 598,1230 602,1340 598,1420 620,1520")
    line = line[:-1] + curve(end)
    left, right = ribbon(line, [*widths, 108, 112, 112, 118])
    shape = left + right[::-1]
    p.fill(shape, PAPER, halo=6, rim=INK)
    flow = between(left, right, 11, 60)
    p.carve(flow[1:-1:2], INK, (90, 30, 6), clip=shape)
    p.carve(flow[2:-1:2], p.tint, (120, 26, 9), clip=shape)


def maldonado():
    p = Print(
        "maldonado", TALL, CLAY, "An open law book becomes a valley, with a volcano and a mine"
    )
    p.ground(PAPER)
    volcano_sky(p)
    volcano(p)
    p.fill(pts("0,736 1200,736 1200,900 0,900"), p.tint, halo=5)
    p.carve(rows(0, 750, 1200, 890, 12), INK, (70, 30, 6))
    mine(p)
    forest(p)
    p.fill(pts("0,868 1200,868 1200,1500 0,1500"), p.tint)
    p.carve(rows(0, 890, 1200, 1490, 30), INK, (130, 40, 8))
    pages(p)
    sprouting(p)
    river(p)
    return p


# --- Bertha Zúñiga Cáceres: the Gualcarque flows free --------------------------------------------

GUALCARQUE = pts("634,640 598,672 664,716 742,770 706,850 660,940 676,1060")


def pine(p, x, y, s, colour, cut):
    trunk = band([(x, y), (x, y - 60 * s)], 9 * s)
    tiers = []
    for k in range(5):
        w, top = (46 - 8 * k) * s, y - (44 + 34 * k) * s
        tiers.append(
            [
                (x - w, top + 30 * s),
                (x - w * 0.4, top),
                (x, top - 26 * s),
                (x + w * 0.4, top),
                (x + w, top + 26 * s),
            ]
        )
    p.fill([trunk, *tiers], colour, halo=2.4, rim=cut, rough=0.9)
    lines = [
        [(x + 4 * s, y - (50 + 34 * k) * s), (x + (34 - 7 * k) * s, y - (26 + 34 * k) * s)]
        for k in range(4)
    ]
    p.cut(lines, cut, 5 * s)


def oak(p, x, y, s, colour, cut):
    p.fill(band([(x, y), (x, y - 70 * s)], [20 * s, 12 * s]), colour, halo=2.4, rim=cut)
    crown = pts("-60,-62 -66,-100 -36,-132 4,-146 44,-130 66,-96 58,-62 20,-52 -24,-54")
    shape = moved(curve(crown, True, 4), x, y, s)
    p.fill(shape, colour, halo=3, rim=cut, rough=1.8)
    arcs = [ring(x + 6 * s, y - 70 * s, r * s, r * 0.8 * s, 200, 350, 14) for r in (22, 38, 54)]
    p.carve(arcs, cut, (20 * s, 12 * s, 5 * s))


def sunrise(p):
    p.fill(pts("0,0 1200,0 1200,700 0,700"), p.tint)
    x, y = 640, 430
    p.carve(
        rays(x, y, 150, 900, 72, 180, 360),
        PAPER,
        (150, 20, 15),
        lambda q: 0.35 + math.hypot(q[0] - x, q[1] - y) / 700,
    )
    p.fill(ring(x, y, 128, n=50), PAPER, halo=5, rim=p.tint)
    far = curve(
        pts("-10,470 140,390 280,430 420,380 560,470 660,500 780,420 900,360 1040,410 1210,340")
    )
    p.fill([*far, (1210, 800), (-10, 800)], INK, halo=5)
    p.carve(between(far, [(-10, 660), (1210, 660)], 11)[1:], p.tint, (70, 26, 7))


def hills(p):
    left = curve(pts("-10,520 120,500 260,540 400,570 520,606 624,652"))
    right = curve(pts("1210,480 1080,500 940,560 820,590 720,616 644,652"))
    p.fill([*left, *right[::-1], (1210, 1500), (-10, 1500)], p.tint, halo=6, rim=INK)
    for edge, side in ((right, 1210), (left, -10)):
        low = [(edge[0][0], 1380), (edge[-1][0], 1300)]
        lines = between(edge, low, 30)
        p.carve(lines[1:], PAPER, (90, 30, 7))
        p.carve(lines[2::2], INK, (60, 40, 6))
        for k, line in enumerate(lines[1:14:3]):
            spots = resample(line, 8)[k % 2 : 7]
            for i, (x, y) in enumerate(spots):
                if abs(x - 680) > 110 + 26 * k:
                    make = pine if (side < 0) == ((i + k) % 4 != 0) else oak
                    make(p, x + p.rng.uniform(-16, 16), y + 24, 0.58 + 0.11 * k, INK, PAPER)


def gualcarque(p):
    line = curve([*GUALCARQUE, (690, 1220), (700, 1420)])
    left, right = ribbon(line, [3, 26, 54, 92, 136, 196, 290, 410, 560])
    shape = left + right[::-1]
    p.fill(shape, PAPER, halo=8, rim=INK)
    flow = between(left, right, 25, 60)
    p.carve(flow[1:-1:2], p.tint, (120, 34, 11), lambda q: 0.2 + (q[1] - 500) / 900, clip=shape)
    p.carve(flow[2:-1:2], INK, (90, 80, 8), lambda q: 0.2 + (q[1] - 500) / 900, clip=shape)
    for x, y, s in ((712, 920, 0.6), (636, 1010, 0.75), (760, 1090, 0.9), (668, 1196, 1.05)):
        stone = moved(curve(pts("-52,8 -40,-20 0,-34 40,-20 56,8 0,18"), True, 4), x, y, s)
        p.fill(stone, INK, halo=5)
        p.carve([moved(curve([(-30, -14), (0, -24), (30, -12)]), x, y, s)], p.tint, (30, 8, 6))


def leader(p):
    """A woman from behind, her staff raised, on the bank."""

    def put(shape):
        return moved(shape, 352, 1352, 1.12)

    bank = curve(pts("-10,1180 140,1220 330,1250 470,1300 560,1420"))
    p.fill([*bank, (560, 1500), (-10, 1500)], INK, halo=6)
    p.carve(between(bank, [(-10, 1420), (560, 1440)], 9)[1:], p.tint, (60, 24, 7))
    skirt = pts("-62,-318 62,-318 92,-180 124,-26 60,-8 -60,-8 -124,-26 -92,-180")
    cloth = put(curve(skirt, True, 5))
    p.fill(cloth, INK, halo=6)
    folds = between([(-52, -300), (-112, -30)], [(52, -300), (112, -30)], 13)
    p.carve([put(f) for f in folds[1:-1]], PAPER, (100, 40, 7), clip=cloth)
    for y, w in ((-64, 110), (-116, 102), (-168, 92)):
        p.fill(put(band(curve([(-w, y), (0, y + 12), (w, y)]), 20)), p.tint, halo=3, rim=INK)
        p.carve([put(curve([(-w, y), (0, y + 12), (w, y)]))], INK, (16, 12, 8))
    staff(p, put)
    shirt(p, put)


def shirt(p, put):
    blouse = pts(
        "-30,-500 -78,-482 -92,-430 -66,-400 -64,-312 0,-304 64,-312 66,-400 92,-430 "
        "78,-482 30,-500"
    )
    p.fill(put(limb((-80, -456), (-104, -372), 24, 19)), PAPER, halo=4, rim=INK)
    p.fill(put(limb((-104, -366), (-92, -288), 16, 12)), INK, halo=4)
    p.fill(put(curve(blouse, True, 5)), PAPER, halo=5, rim=INK)
    p.carve(
        [put(f) for f in between([(-60, -470), (-56, -316)], [(60, -470), (56, -316)], 9)],
        p.tint,
        (60, 26, 8),
    )
    p.carve(
        [put(f) for f in between([(-50, -440), (-52, -316)], [(50, -440), (52, -316)], 6)],
        INK,
        (34, 60, 4),
    )
    p.fill(put(band([(-66, -312), (66, -312)], 18)), p.tint, halo=3, rim=INK)


def staff(p, put):
    """The upper arm, the hand and the vara alta with its ribbons."""
    p.fill(put(band([(168, -40), (196, -860)], [14, 12])), INK, halo=5)
    p.fill(put(ring(196, -872, 15, n=14)), p.tint, halo=4, rim=INK)
    for k, (dx, dy) in enumerate(((150, 50), (128, 104), (84, 150))):
        tail = [(196, -840), (196 + dx * 0.45, -852 + dy * 0.2), (196 + dx * 0.8, -800 + dy * 0.5)]
        tail = curve([*tail, (196 + dx * 1.25, -812 + dy), (196 + dx * 1.5, -770 + dy * 1.3)])
        p.fill(put(band(tail, [8, 20, 24, 18, 3])), (p.tint, PAPER, p.tint)[k], halo=3.5, rim=INK)
        p.carve([put(tail)], INK, (34, 20, 4))
    p.fill(put(limb((70, -462), (150, -500), 25, 20)), PAPER, halo=4, rim=INK)
    p.fill(put(limb((152, -502), (182, -590), 17, 12)), INK, halo=4)
    p.fill(put(ring(186, -606, 21, 18, n=14)), INK, halo=4)
    p.cut([put([(172, -614 + 9 * k), (196, -616 + 9 * k)]) for k in range(3)], PAPER, 4)


def braid(p):
    def put(shape):
        return moved(shape, 352, 1352, 1.12)

    p.fill(put(limb((0, -520), (0, -490), 20, 24)), INK, halo=4)
    p.fill(put(ring(0, -556, 44, 52, n=24)), INK, halo=5)
    a, b = curve([(-4, -606), (-38, -570), (-10, -506)]), curve([(4, -606), (38, -570), (10, -506)])
    p.carve([put(f) for f in between(a, b, 8)], PAPER, (40, 14, 5))
    for k in range(7):
        p.fill(put(ring(4 * math.sin(k * 2), -490 + 25 * k, 19 - 1.2 * k, 17, n=12)), INK, halo=3)
    p.fill(put(limb((-6, -320), (8, -316), 9)), p.tint, halo=3, rim=INK)


LEAVES = (
    (0.2, 1, 1),
    (0.32, -1, 1.1),
    (0.48, 1, 1.15),
    (0.6, -1, 1),
    (0.74, 1, 0.85),
    (0.84, -1, 0.7),
)


def maize_leaves(p, stem, s):
    for k, (t, side, size) in enumerate(LEAVES):
        bx, by = stem[int(t * (len(stem) - 1))]
        leaf = curve(
            [
                (bx, by),
                (bx + side * 70 * s * size, by - 96 * s * size),
                (bx + side * 150 * s * size, by - 70 * s * size),
                (bx + side * 200 * s * size, by + 24 * s * size),
            ]
        )
        p.fill(
            band(leaf, [16 * s, 44 * s, 38 * s, 3]),
            (INK, PAPER)[k % 2],
            halo=4,
            rim=(PAPER, INK)[k % 2],
        )
        p.carve([leaf], (PAPER, INK)[k % 2], (90, 10, 6 * s))


def maize(p, x, y, s, lean):
    top = (x + lean, y - 560 * s)
    stem = curve([(x, y), (x + lean * 0.3, y - 280 * s), top])
    maize_leaves(p, stem, s)
    p.fill(band(stem, [24 * s, 18 * s, 8 * s]), INK, halo=4)
    for a in (-142, -124, -106, -90, -74, -56, -38):
        p.fill(petal(*top, a, 104 * s, 11 * s, 0.5), PAPER, halo=2.5, rim=INK)
    for t, side in ((0.4, 1), (0.55, -1)):
        bx, by = stem[int(t * (len(stem) - 1))]
        cob = petal(bx, by, -90 + side * 26, 130 * s, 56 * s, 0.5)
        p.fill(cob, PAPER, halo=4, rim=INK)
        p.carve(
            rays(bx, by, 20 * s, 120 * s, 7, -100 + side * 26, -80 + side * 26),
            INK,
            (9, 6, 8 * s),
            clip=cob,
        )
        p.fill(petal(bx, by, -90 + side * 44, 92 * s, 34 * s, 0.4), INK, halo=3)


def woven_band(p):
    """A woven Lenca border: stepped diamonds between zigzags."""
    top, foot = 1322, 1466
    p.fill([(0, top), (1200, top), (1200, 1500), (0, 1500)], INK, halo=7)
    for y in (top + 12, foot - 14):
        teeth = [(x, y + (0 if (x // 24) % 2 else 15)) for x in range(0, 1225, 24)]
        p.fill([*teeth, *[(x, b + 8) for x, b in teeth[::-1]]], PAPER, rough=0.8)
    for k in range(9):
        x, y = 66 + 134 * k, (top + foot) / 2
        for size, colour in ((46, p.tint), (32, INK), (20, PAPER), (8, INK)):
            steps = [
                (-size, -5),
                (-size * 0.62, -5),
                (-size * 0.62, -size * 0.36),
                (-size * 0.3, -size * 0.36),
                (-size * 0.3, -size * 0.72),
                (0, -size * 0.72),
            ]
            half = [(x + a * 1.2, y + b) for a, b in steps] + [
                (x - a * 1.2, y + b) for a, b in steps[::-1]
            ]
            p.fill(half + [(a, 2 * y - b) for a, b in half[::-1]], colour, rough=0.7)
        for dy in (-20, 0, 20):
            p.fill(
                moved(pts("-9,0 0,-8 9,0 0,8"), x + 67, y + dy), PAPER if dy else p.tint, rough=0.6
            )


def zuniga():
    p = Print("zuniga", TALL, SAGE, "A woman with a raised staff before a river that flows free")
    p.ground(PAPER)
    sunrise(p)
    hills(p)
    gualcarque(p)
    leader(p)
    braid(p)
    maize(p, 1096, 1380, 1.0, 20)
    maize(p, 930, 1400, 0.78, -26)
    woven_band(p)
    return p


# --- the declaration: many hands and one sheet --------------------------------------------------

SHEET_TOP = pts("120,250 300,196 520,214 750,268 980,262 1190,196 1380,190")
SHEET_FOOT = pts("120,500 300,446 520,462 750,520 980,516 1190,448 1380,440")


def foot_at(x):
    line = curve(SHEET_FOOT)
    return min(line, key=lambda q: abs(q[0] - x))[1]


def declaration_sky(p):
    p.ground(INK)

    def tone(q):
        return min(1, 0.25 + math.hypot(q[0] - 750, (q[1] - 560) * 1.3) / 760)

    p.carve(rays(750, 560, 200, 1050, 96, 170, 370), p.tint, (110, 30, 9), tone)
    p.carve(rays(750, 560, 300, 800, 60, 8, 172), p.tint, (60, 60, 4))


def declaration_sheet(p):
    top, foot = curve(SHEET_TOP), curve(SHEET_FOOT)
    p.fill(top + foot[::-1], PAPER, halo=5, rim=INK)
    lines = between(top, foot, 11, 40)
    for k, line in enumerate(lines[2:9]):
        inner = line[3:-3] if k else line[10:-10]
        p.carve([inner], INK, (46 if k else 90, 9, 4.5 if k else 9))
    for i in (4, 13, 21, 32):
        fold = between([top[i], foot[i]], [top[i + 2], foot[i + 2]], 7)
        p.carve(
            [f[:6] for f in fold] + [f[-5:] for f in fold],
            p.tint,
            (40, 12, 5),
            clip=top + foot[::-1],
        )
    for x, y, side in ((112, 246, -1), (1388, 186, 1)):
        roll = [(x - 34, y), (x + 34, y), *ring(x, y + 256, 34, 14, 0, 180, 12)]
        p.fill(roll, PAPER, halo=5, rim=INK)
        p.fill([*ring(x, y - 2, 34, 15, n=20)], p.tint, halo=3, rim=INK)
        spiral = [
            (x + side * r * math.cos(r / 3), y - 2 + r * 0.42 * math.sin(r / 3))
            for r in range(3, 28)
        ]
        p.fill(band(spiral, 3), INK, rough=0)
        inner = between(
            [(x + 4, y + 20), (x + 4, y + 270)],
            [(x + 32 * side, y + 26), (x + 32 * side, y + 262)],
            5,
        )
        p.carve(inner, INK, (60, 18, 4), clip=roll)
        p.carve(inner, p.tint, (40, 40, 5), clip=roll)


def sleeve(p, kind, left, right, colours):
    """Cloth on the forearm: plain, striped, checked, dotted or in diamonds."""
    skin, line = colours
    shape = left + right[::-1]
    p.fill(shape, skin, halo=4, rim=INK if skin != INK else PAPER)
    across = between(left, right, 9)
    along = [list(z) for z in zip(*between(left, right, 7), strict=True)]
    if kind == "folds":
        p.carve(across[1:-1], line, (80, 26, 7), clip=shape)
    elif kind == "stripes":
        p.cut(along[2::3], line, 14, clip=shape)
    elif kind == "checks":
        p.carve(across[1:-1:2], line, (500, 4, 6), clip=shape)
        p.cut(along[2::3], line, 7, clip=shape)
    elif kind == "dots":
        spots = [
            ring(x, y, 7, n=8) for k, row in enumerate(along[3::4]) for x, y in row[k % 2 :: 2]
        ]
        p.fill(spots, line, rough=0.8)
    else:
        for k in range(3, 27, 5):
            a, m, b = along[k], along[min(k + 2, 27)], along[min(k + 4, 27)]
            p.fill([a[3], m[5], b[3], m[1]], line, rough=0.8)
            p.fill(
                [along[min(k + 1, 27)][3], m[4], along[min(k + 3, 27)][3], m[2]], skin, rough=0.8
            )


def hand(p, x, y, turn, s, colours, flip=1):
    """A hand with fingers laid on the sheet; the wrist is at (x, y)."""
    skin, line = colours
    rim = INK if skin != INK else PAPER

    def put(shape):
        return moved([(a * flip, b) for a, b in shape], x, y, s, turn=turn)

    palm = curve(pts("-24,6 -33,-34 -37,-72 -12,-80 34,-74 35,-34 24,6"), True, 5)
    p.fill(put(limb((28, -26), (58, -62), 13, 10)), skin, halo=2.4, rim=rim, rough=0.5)
    p.fill(put(palm), skin, halo=2.4, rim=rim, rough=0.6)
    for k, (tall, lean) in enumerate(((34, -8), (52, -3), (56, 2), (42, 8))):
        a = (-27 + k * 18.4, -66)
        b = (a[0] + lean, -76 - tall)
        p.fill(put(limb(a, b, 10.5, 8.6)), skin, halo=1.6, rim=rim, rough=0.4)
        p.cut([put([(a[0] - 6, a[1] - 22), (a[0] + 7, a[1] - 23)])], line, 2.6 * s)
        p.cut([put([(b[0] - 4, b[1] + 5), (b[0] + 4, b[1] + 5)])], line, 2.2 * s)
    p.fill(put(curve(pts("-30,-70 -35,-48 0,-30 33,-48 28,-70 0,-64"), True, 5)), skin, rough=0.5)
    p.fill(put(pts("-21,-16 21,-16 20,30 -20,30")), skin, rough=0)
    marks = [[(-18, -66), (-12, -14)], [(0, -68), (0, -12)], [(18, -66), (11, -14)]]
    p.cut([put(m) for m in marks], line, 3.6 * s)
    p.cut([put([(30, -24), (40, -40)]), put([(-24, -20), (-15, 2)])], line, 3.4 * s)


def declaration_arms(p):
    dark, light, mid = (INK, PAPER), (PAPER, INK), (p.tint, INK)
    arms = [  # x of the hand, drop below the sheet, x of the elbow, size, skin, sleeve, cloth
        (214, 62, 130, 0.92, mid, "stripes", light),
        (376, 60, 330, 0.98, dark, "folds", mid),
        (528, 58, 520, 0.84, light, "dots", dark),
        (668, 64, 640, 1.04, mid, "diamonds", dark),
        (828, 62, 850, 0.94, dark, "checks", light),
        (976, 62, 1000, 1.06, light, "folds", mid),
        (1130, 58, 1190, 0.86, mid, "folds", light),
        (1282, 66, 1390, 1.0, dark, "diamonds", mid),
    ]
    for k, (x, drop, elbow, s, skin, kind, cloth) in enumerate(arms):
        y = foot_at(x) + drop
        turn = math.degrees(math.atan2(x - elbow, 1010 - y))
        arm = band([(x, y - 10), (x + (elbow - x) * 0.4, y + 170)], [44 * s, 62 * s])
        p.fill(arm, skin[0], halo=2.4, rim=INK if skin[0] != INK else PAPER)
        hand(p, x, y, turn, s, skin, 1 if k % 2 else -1)
        cuff = y + 74 + 24 * (k % 3)
        t = (cuff - y) / (1010 - y)
        line = [(x + (elbow - x) * t, cuff), (elbow, 1020)]
        p.carve(between(*ribbon([(x, y), line[0]], 34 * s), 5), skin[1], (30, 30, 3))
        sleeve(p, kind, *ribbon(line, [82 * s, 104 * s, 124 * s]), cloth)


def declaration():
    p = Print("declaration", WIDE, CLAY, "Many hands holding up one long sheet")
    declaration_sky(p)
    declaration_sheet(p)
    declaration_arms(p)
    p.salt((30, 30, 1470, 970), 120, p.tint)
    return p


# --- islands: a boat, and one lit window on a dark coast ----------------------------------------

WINDOW = (1106, 447)


def islands_sky(p):
    """Evening: the light lies low behind the coast, the wind draws the clouds."""
    lines = []
    for k in range(30):
        y = 40 + 17.6 * k
        swing = 30 * (1 - k / 30)
        lines.append([(x, y + swing * math.sin(x / 210 + k / 4.5)) for x in range(-20, 1521, 60)])

    def tone(q):
        return max(0.16, (q[1] / 560) ** 1.7 * 1.5) * (
            0.75 + 0.25 * math.sin(q[0] / 160 + q[1] / 60)
        )

    p.carve(lines, PAPER, (110, 24, 9), tone)
    low = [[(x, y + 9) for x, y in line] for line in lines[14:]]
    p.carve(low, PAPER, (80, 20, 9), lambda q: max(0, (q[1] - 280) / 230))
    stars = [(p.rng.uniform(60, 1440), p.rng.uniform(50, 250)) for _ in range(26)]
    for x, y in stars:
        p.fill(petal(x, y - 5, 90, 10, 6, 0.5), PAPER, rough=0.6)


def islands_coast(p):
    far = curve(pts("-20,540 120,512 300,520 420,548 560,560"))
    p.fill([*far, (560, 580), (-20, 580)], INK)
    cliff = curve(pts("620,566 700,530 760,524 830,470 930,462 1040,470 1180,466"))
    cliff = [*cliff[:-1], *curve(pts("1180,466 1260,420 1370,300 1440,250 1530,214"))]
    p.fill([*cliff, (1530, 600), (620, 600)], INK)
    base = [(700, 590), (1530, 590)]
    p.carve(between(cliff, base, 12)[1:-1], p.tint, (60, 50, 6), glow(*WINDOW, 420, 0.15))
    p.carve(between(cliff, base, 12)[1:-1], PAPER, (30, 200, 3.5))


def islands_house(p):
    x, y = WINDOW
    p.fill(moved(pts("-66,34 -66,-32 -46,-84 68,-90 88,-34 88,34"), x, y), INK)
    p.carve(
        between([(x - 44, y - 78), (x - 62, y - 36)], [(x + 66, y - 84), (x + 82, y - 40)], 12),
        p.tint,
        (18, 10, 3.5),
    )
    p.fill(moved(pts("36,-82 36,-118 56,-118 56,-80"), x, y), INK)
    p.carve(
        rays(x, y, 34, 120, 30),
        p.tint,
        (18, 10, 5.5),
        glow(x, y, 150),
        lambda q: y - 26 < q[1] < 560,
    )
    p.fill(moved(pts("-20,-22 20,-24 21,24 -20,23"), x, y), p.tint, halo=5, rim=INK)
    p.fill(moved(pts("-15,-17 -2,-17 -2,-2 -15,-2"), x, y), PAPER, rough=0.4)
    p.fill(moved(pts("3,3 16,3 16,18 3,18"), x, y), PAPER, rough=0.4)
    p.cut([[(x, y - 26), (x, y + 26)], [(x - 24, y), (x + 24, y)]], INK, 5)


def islands_sea(p):
    p.fill(pts("0,572 1500,572 1500,1000 0,1000"), INK)
    waves = []
    for k in range(17):
        y = 586 + 4.2 * k + 1.25 * k * k
        swell = 1.2 + k * 0.85
        wave = [(x, y + swell * math.sin(x / (50 + 9 * k) + k * 2.1)) for x in range(-20, 1521, 36)]
        waves.append(wave)
    p.carve(waves[1:], PAPER, (90, 20, 15), lambda q: 0.3 + max(0, 0.75 - abs(q[0] - 480) / 760))
    p.carve(
        between(waves[0], waves[8], 12), PAPER, (90, 26, 6), lambda q: 0.9 if q[0] < 700 else 0.4
    )
    x = WINDOW[0]

    def path(q):
        return 1 if abs(q[0] - x + (q[1] - 570) * 0.2) < 26 + (q[1] - 570) * 0.16 else 0

    p.carve(between(waves[0], waves[-1], 30), p.tint, (52, 14, 12), path)


def rower(p, put):
    coat = pts("-64,6 -74,-60 -62,-118 -28,-146 16,-146 46,-118 62,-60 58,6")
    p.fill(put(curve(coat, True, 6)), INK, halo=5)
    p.fill(put(ring(0, -176, 31, 37, n=24)), INK, halo=5)
    hood = pts("-40,-136 -42,-186 -8,-222 30,-206 40,-170 36,-134 0,-124")
    p.fill(put(curve(hood, True, 5)), INK, halo=5)
    lines = between(
        curve([(-52, -110), (-66, -50), (-56, 0)]), curve([(10, -130), (4, -60), (0, 0)]), 6
    )
    p.carve([put(f) for f in lines], PAPER, (60, 40, 5))
    p.carve(
        [
            put(f)
            for f in between(
                curve([(-34, -140), (-34, -186), (-4, -212)]),
                curve([(4, -136), (0, -170), (8, -196)]),
                4,
            )
        ],
        PAPER,
        (40, 20, 4.5),
    )
    p.cut(
        [
            put(curve([(40, -138), (62, -90), (60, -20)])),
            put(curve([(38, -196), (44, -166), (40, -140)])),
        ],
        p.tint,
        9,
    )
    for k in range(3):
        p.cut(
            [put(curve([(52 - 10 * k, -106), (52 - 12 * k, -60), (48 - 10 * k, -10)]))], p.tint, 5
        )


def islands_boat(p):
    def put(shape):
        return moved(shape, 560, 820, 1)

    inside_hull = curve(pts("-250,-42 -120,-8 40,0 180,-16 272,-62"))
    p.fill(
        put([*inside_hull, *curve(pts("272,-62 150,-40 0,-32 -150,-42 -250,-42"))]),
        p.tint,
        halo=5,
        rim=INK,
    )
    p.fill(put(limb((176, -56), (226, -58), 24)), INK, halo=3)
    p.cut([put([(164, -70), (240, -70)]), put([(202, -82), (202, -40)])], p.tint, 5)
    rower(p, put)
    hull = [*curve(pts("-256,-46 -120,-12 40,-4 180,-20 280,-68"))]
    keel = curve(pts("280,-68 240,26 160,64 -120,66 -206,36 -256,-46"))
    p.fill(put(hull + keel), INK, halo=6)
    low = curve(pts("-206,36 -120,62 40,66 160,60 240,26"))
    p.carve([put(f) for f in between(hull, low, 6)[:-1]], PAPER, (130, 30, 6))
    p.carve([put(f) for f in between(hull, low, 9)[1:-2]], p.tint, (60, 90, 5))
    for a, b in (((-66, -30), (-330, 92)), ((70, -24), (330, 74))):
        p.fill(put(limb(a, b, 5, 4)), INK, halo=3.5)
        end = (b[0] + (b[0] - a[0]) * 0.22, b[1] + (b[1] - a[1]) * 0.22)
        p.fill(put(band([b, end], [10, 26, 20])), INK, halo=3.5)
    ripples = [ring(560, 880, 250 + 44 * k, 20 + 15 * k, 8, 172, 40) for k in range(5)]
    p.carve(ripples, PAPER, (90, 40, 8), lambda q: 1.1 - abs(q[0] - 560) / 620)


def islands():
    p = Print("islands", WIDE, OCHRE, "A small boat before a dark coast with one lit window")
    p.ground(INK)
    islands_sky(p)
    islands_coast(p)
    islands_house(p)
    islands_sea(p)
    islands_boat(p)
    p.salt((30, 30, 1470, 970), 140)
    return p


# --- all of them ----------------------------------------------------------------------------

PICTURES = (
    atlanta,
    rohingya,
    pandemic,
    assembly,
    milashina,
    mohammadi,
    maldonado,
    zuniga,
    declaration,
    islands,
)


def main():
    for picture in PICTURES:
        picture().save(Path(__file__).parent)


if __name__ == "__main__":
    main()
