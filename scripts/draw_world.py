"""Draw stories/world.json, the world map of the site, from Natural Earth's country shapes.

The source is Natural Earth 1:50m (public domain) as packed in the npm package world-atlas 2.0.2.
It is needed only to draw the map anew; the site itself reads nothing but world.json:

    cd /tmp && npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python scripts/draw_world.py /tmp/package/countries-50m.json
"""

import json
import sys
from heapq import heapify, heappop, heappush
from itertools import accumulate, pairwise
from math import radians
from pathlib import Path
from typing import Any

Point = tuple[float, float]
Line = list[Point]

OUTPUT = Path(__file__).resolve().parent.parent / "stories" / "world.json"
WIDTH = 1000
MARGIN = 4  # room at the edges for outlines and for the dots of small states
# Corners of a smaller triangle (square units of the map) are left out. The smaller a country, the
# more of its corners it needs to be recognised: the tolerance grows with the root of its area.
LEAST_TOLERANCE, TOLERANCE_PER_ROOT, MOST_TOLERANCE = 0.3, 0.03, 1.4
SMALLEST_ISLAND = 0.5  # square units; a country's largest piece is kept whatever its size
DOT_BELOW = 10.0  # square units; smaller countries get a dot, since nobody could see or hit them
MOST_BYTES = 64_000
# The map is cut at 168.5° W, not at 180°: no land but one small Aleutian island lies there, so
# that Russia and Fiji stay in one piece and nothing has to be clipped.
CENTRE = 11.5
ANTARCTICA = "AQ"
KOSOVO = "Kosovo"  # has no ISO number, but everybody uses XK for it
# Codes without a shape of their own at this scale; and Kiribati, whose largest island is at the
# other end of the map from its capital.
PLACES: dict[str, Point] = {
    "CC": (96.8, -12.2), "CX": (105.6, -10.5), "GI": (-5.35, 36.14), "KI": (173.0, 1.4),
    "TK": (-171.8, -9.2), "TV": (179.2, -8.5),
}  # fmt: skip
ARCS = 1959  # in this release of the file; the numbers below would mean others in another one
# Pieces that Natural Earth draws with another country than ISO 3166, by their ring's last arc:
# overseas parts with a code of their own, and Crimea (639), which ISO 3166-2 lists under Ukraine
# as the UN does, while Natural Earth goes by who is in control.
PIECES = {639: "UA", 1309: "YT", 1310: "RE", 1311: "MQ", 1316: "GF"}
PIECES |= dict.fromkeys(range(787, 797), "SJ") | dict.fromkeys(range(844, 847), "BQ")
PIECES |= dict.fromkeys(range(1312, 1315), "GP")
ISO = """
004AF 008AL 010AQ 012DZ 016AS 020AD 024AO 028AG 031AZ 032AR 036AU 040AT 044BS 048BH 050BD 051AM
052BB 056BE 060BM 064BT 068BO 070BA 072BW 076BR 084BZ 086IO 090SB 092VG 096BN 100BG 104MM 108BI
112BY 116KH 120CM 124CA 132CV 136KY 140CF 144LK 148TD 152CL 156CN 158TW 170CO 174KM 178CG 180CD
184CK 188CR 191HR 192CU 196CY 203CZ 204BJ 208DK 212DM 214DO 218EC 222SV 226GQ 231ET 232ER 233EE
234FO 238FK 239GS 242FJ 246FI 248AX 250FR 258PF 260TF 262DJ 266GA 268GE 270GM 275PS 276DE 288GH
296KI 300GR 304GL 308GD 316GU 320GT 324GN 328GY 332HT 334HM 336VA 340HN 344HK 348HU 352IS 356IN
360ID 364IR 368IQ 372IE 376IL 380IT 384CI 388JM 392JP 398KZ 400JO 404KE 408KP 410KR 414KW 417KG
418LA 422LB 426LS 428LV 430LR 434LY 438LI 440LT 442LU 446MO 450MG 454MW 458MY 462MV 466ML 470MT
478MR 480MU 484MX 492MC 496MN 498MD 499ME 500MS 504MA 508MZ 512OM 516NA 520NR 524NP 528NL 531CW
533AW 534SX 540NC 548VU 554NZ 558NI 562NE 566NG 570NU 574NF 578NO 580MP 583FM 584MH 585PW 586PK
591PA 598PG 600PY 604PE 608PH 612PN 616PL 620PT 624GW 626TL 630PR 634QA 642RO 643RU 646RW 652BL
654SH 659KN 660AI 662LC 663MF 666PM 670VC 674SM 678ST 682SA 686SN 688RS 690SC 694SL 702SG 703SK
704VN 705SI 706SO 710ZA 716ZW 724ES 728SS 729SD 732EH 740SR 748SZ 752SE 756CH 760SY 762TJ 764TH
768TG 776TO 780TT 784AE 788TN 792TR 795TM 796TC 800UG 804UA 807MK 818EG 826GB 831GG 832JE 833IM
834TZ 840US 850VI 854BF 858UY 860UZ 862VE 876WF 882WS 887YE 894ZM
"""
ALPHA2 = {"": ""} | {entry[:3]: entry[3:] for entry in ISO.split()}


def project(lon: float, lat: float) -> Point:
    """Return a place in the Natural Earth projection, in radians and with y pointing down."""
    x, y = radians(lon - CENTRE), radians(lat)
    y2 = y * y
    y4 = y2 * y2
    stretch = 0.8707 - 0.131979 * y2 + y4 * (-0.013791 + y4 * (0.003971 * y2 - 0.001529 * y4))
    rise = 1.007226 + y2 * (0.015085 + y4 * (-0.044475 + 0.028874 * y2 - 0.005916 * y4))
    return x * stretch, -y * rise


def wrap(lon: float, near: float = CENTRE) -> float:
    """Return the longitude by the whole turns that bring it closest to the other."""
    return (lon - near + 180) % 360 - 180 + near


def read_arcs(topology: dict[str, Any]) -> list[Line]:
    """Return the projected arcs, each going on past the cut rather than jumping over the map."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for steps in topology["arcs"]:
        raw = accumulate(steps, lambda at, step: (at[0] + step[0], at[1] + step[1]))
        line: Line = []
        lon = CENTRE
        for x, y in raw:
            lon = wrap(x * sx + tx, lon if line else CENTRE)
            line.append(project(lon, y * sy + ty))
        arcs.append(line)
    return arcs


def read_countries(topology: dict[str, Any]) -> dict[str, list[list[int]]]:
    """Return every country's rings as lists of arc numbers, unnumbered shapes under ""."""
    countries: dict[str, list[list[int]]] = {}
    for shape in topology["objects"]["countries"]["geometries"]:
        code = "XK" if shape["properties"]["name"] == KOSOVO else ALPHA2[shape.get("id", "")]
        polygons = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        if code != ANTARCTICA:
            for ring in (ring for rings in polygons for ring in rings):
                countries.setdefault(PIECES.get(ring[-1], code), []).append(ring)
    return countries


def triangle(a: Point, b: Point, c: Point) -> float:
    """Return the area of a triangle."""
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2


def simplify(line: Line, tolerance: float) -> Line:
    """Return the line without its least corners, after Visvalingam, both ends kept."""
    last = len(line) - 1
    before, after = list(range(-1, last)), list(range(1, last + 2))
    areas = {i: triangle(line[i - 1], line[i], line[i + 1]) for i in range(1, last)}
    heap = [(area, i) for i, area in areas.items()]
    heapify(heap)
    while heap and heap[0][0] < tolerance:
        area, i = heappop(heap)
        if areas.get(i) != area:
            continue  # a neighbour has gone since, and this corner is in the heap anew
        del areas[i]
        left, right = before[i], after[i]
        after[left], before[right] = right, left
        for j in (left, right):
            if j in areas:
                areas[j] = triangle(line[before[j]], line[j], line[after[j]])
                heappush(heap, (areas[j], j))
    return [point for i, point in enumerate(line) if i in areas or i in (0, last)]


def join(ring: list[int], arcs: list[Line]) -> Line:
    """Return the corners of a ring, whose negative arc numbers stand for arcs run backwards."""
    points = [p for n in ring for p in (arcs[n] if n >= 0 else arcs[~n][::-1])]
    return [b for a, b in pairwise([points[-1], *points]) if a != b]


def area_of(points: Line) -> float:
    """Return the area inside a closed ring of corners."""
    closed = pairwise([*points, points[0]]) if points else ()
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in closed)) / 2


def numbers(values: list[int]) -> str:
    """Return tenths as SVG numbers, with no more zeros and spaces than the grammar asks for."""
    text = last = ""
    for value in values:
        sign, digits = "-" if value < 0 else "", f"{abs(value) / 10:.1f}"
        number = sign + (digits.removesuffix(".0").removeprefix("0") or "0")
        # "1-1" and ".5.5" are two numbers each, but "1.5" would be one.
        glued = not last or sign or (number[0] == "." and "." in last)
        text += number if glued else " " + number
        last = number
    return text


def draw(rings: list[Line]) -> str:
    """Return the path of rings given in tenths, absolute at its start and relative from there."""
    path, home = "", (0, 0)
    for ring in rings:
        corners = [(round(x), round(y)) for x, y in ring]
        steps = [v for a, b in pairwise([home, *corners]) for v in (b[0] - a[0], b[1] - a[1])]
        # The pairs after an "m" are lines already, but after an "M" they would be absolute.
        path += f"m{numbers(steps)}z" if path else f"M{numbers(steps[:2])}l{numbers(steps[2:])}z"
        home = corners[0]
    return path


def outline(rings: list[list[int]], tenths: list[Line]) -> str:
    """Return the path of a country without its small islands, empty if nothing is left of it."""
    shapes = sorted((join(ring, tenths) for ring in rings), key=area_of, reverse=True)
    seen = [s for i, s in enumerate(shapes) if area_of(s) >= (SMALLEST_ISLAND * 100 if i else 1)]
    if any(abs(a[0] - b[0]) > WIDTH for shape in seen for a, b in pairwise(shape)):
        sys.exit("A line runs over a tenth of the map: a shape has been torn at the cut.")
    return draw(seen)


def centre(ring: Line) -> Point:
    """Return the middle of a ring's extent, near enough to its centre for a small state."""
    xs, ys = zip(*ring, strict=True)
    return round((min(xs) + max(xs)) / 2, 1), round((min(ys) + max(ys)) / 2, 1)


def tolerances(countries: dict[str, list[list[int]]], arcs: list[Line]) -> list[float]:
    """Return the tolerance of every arc, for a border that of the smaller neighbour."""
    found = [MOST_TOLERANCE] * len(arcs)
    for rings in countries.values():
        root = sum(area_of(join(ring, arcs)) for ring in rings) ** 0.5
        for n in (n if n >= 0 else ~n for ring in rings for n in ring):
            found[n] = min(found[n], max(LEAST_TOLERANCE, TOLERANCE_PER_ROOT * root))
    return found


def draw_world(topology: dict[str, Any]) -> dict[str, Any]:
    """Return the map as it is written to world.json."""
    countries, arcs = read_countries(topology), read_arcs(topology)
    xs, ys = zip(*(p for c in countries.values() for r in c for p in join(r, arcs)), strict=True)
    scale = (WIDTH - 2 * MARGIN) / (max(xs) - min(xs))

    def place(at: Point) -> Point:
        return (at[0] - min_x) * scale + MARGIN, (at[1] - min_y) * scale + MARGIN

    min_x, min_y = min(xs), min(ys)
    arcs = [[place(at) for at in line] for line in arcs]
    # Each arc is simplified and rounded once, so that neighbours still share their border.
    lines = map(simplify, arcs, tolerances(countries, arcs))
    tenths: list[Line] = [[(round(x * 10), round(y * 10)) for x, y in line] for line in lines]
    paths = {code: outline(rings, tenths) for code, rings in sorted(countries.items())}
    dots = {code: place(project(wrap(lon), lat)) for code, (lon, lat) in PLACES.items()}
    dots = {code: (round(x, 1), round(y, 1)) for code, (x, y) in dots.items()}
    for code, rings in countries.items():
        full = sorted((join(ring, arcs) for ring in rings), key=area_of)
        if code and sum(map(area_of, full)) < DOT_BELOW:
            dots.setdefault(code, centre(full[-1]))
    return {
        "width": WIDTH,
        "height": round((max(ys) - min_y) * scale + 2 * MARGIN),
        "countries": {code: path for code, path in paths.items() if code and path},
        "dots": dict(sorted(dots.items())),
        "rest": paths[""],
    }


def main() -> None:
    """Draw the map from the TopoJSON file named on the command line."""
    topology = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    if len(topology["arcs"]) != ARCS:
        sys.exit("This is not countries-50m.json of world-atlas 2.0.2.")
    text = json.dumps(draw_world(topology), separators=(",", ":")) + "\n"
    if len(text) > MOST_BYTES:
        sys.exit(f"The map has {len(text)} bytes, more than {MOST_BYTES}: raise the tolerance.")
    OUTPUT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
