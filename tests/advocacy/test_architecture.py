"""How the house is built: who may know whom, and how large a room may be."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("stories", "petitions", "advocacy")
MAY_NOT_KNOW = {"stories": ("petitions", "advocacy"), "petitions": ("advocacy",)}

# From the top down: a module of `petitions` imports only from lines below its own.
FLOORS = [
    {"apps", "urls"},
    {"views", "admin", "feeds", "management"},
    {"forms", "looking"},
    {"signing", "opening", "retention", "integrity", "moderation", "opendata"},
    {"counting", "guard", "letters", "delivery", "stafflog", "review"},
    {"printing", "posting", "counters", "networks"},
    {"switches", "outbox", "blocks", "bounces", "subscribing", "searchable", "withdrawable"},
    {"addresses", "models"},
    {"sealing", "tokens", "classification", "passes", "measured", "statements", "daily_salt"},
]
NAMELESS = {"utils", "util", "helpers", "helper", "services", "service", "common", "misc", "core"}
MAX_FILE_LINES = 450
MAX_FUNCTION_LINES = 45


def sources(root: Path = ROOT) -> list[Path]:
    """Our own modules, without what Django writes."""
    files = [file for package in PACKAGES for file in sorted((root / package).rglob("*.py"))]
    return [file for file in files if "migrations" not in file.parts]


def imported(file: Path) -> Iterator[str]:
    """The dotted names of all that a module imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, file)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _absolute(node: ast.ImportFrom, file: Path) -> str:
    if not node.level:
        return node.module or ""
    package = next(i for i, part in enumerate(file.parts) if part in PACKAGES)
    parts = file.parts[package : -node.level]
    return ".".join([*parts, *([node.module] if node.module else [])])


def wrong_imports(root: Path = ROOT) -> list[str]:
    """Imports that go where they may not, one sentence each."""
    return [
        f"{file.relative_to(root)} imports {name}"
        for file in sources(root)
        for name in sorted(set(imported(file)))
        if _is_wrong(file.relative_to(root), name)
    ]


def _is_wrong(file: Path, name: str) -> bool:
    package, *rest = name.split(".")
    if package in MAY_NOT_KNOW.get(file.parts[0], ()):
        return True
    if file.parts[0] != "petitions" or package != "petitions" or not rest:
        return False
    if rest[0] == file.parts[1]:  # rooms of one package
        return False
    here, there = _floor(file.parts[1].removesuffix(".py")), _floor(rest[0])
    return there is not None and here is not None and there <= here


def _floor(module: str) -> int | None:
    return next((n for n, modules in enumerate(FLOORS) if module in modules), None)


def test_nobody_knows_the_floors_above():
    assert wrong_imports() == []


def test_every_module_of_petitions_has_its_floor():
    modules = {p.stem for p in (ROOT / "petitions").iterdir() if p.is_dir() or p.suffix == ".py"}
    named = set().union(*FLOORS)
    assert modules - named - {"__init__", "migrations", "__pycache__"} == set()


@pytest.mark.parametrize(
    ("module", "line"),
    [("stories/views.py", "from petitions.models import Petition"),
     ("stories/views.py", "import petitions"),
     ("stories/views.py", "def f():\n    from advocacy import views"),
     ("petitions/letters.py", "import advocacy.context"),
     ("petitions/models.py", "from petitions import counting"),
     ("petitions/models.py", "from . import signing"),
     ("petitions/counting.py", "from .letters import send_waiting"),
     ("petitions/forms.py", "import petitions.views"),
     ("petitions/signing.py", "from petitions.management.commands import work"),
     ("petitions/management/commands/work.py", "from petitions import urls")]
)  # fmt: skip
def test_a_wrong_import_is_noticed(tmp_path, module, line):
    file = tmp_path / module
    file.parent.mkdir(parents=True)
    file.write_text(f"{line}\n")
    assert wrong_imports(tmp_path)


@pytest.mark.parametrize(
    ("module", "line"),
    [("petitions/signing.py", "from petitions import counting, sealing"),
     ("petitions/views.py", "from .forms import SignForm"),
     ("petitions/models.py", "from stories.models import Story"),
     ("advocacy/views.py", "from petitions import views"),
     ("petitions/management/commands/work.py", "from petitions import letters")]
)  # fmt: skip
def test_an_import_downstairs_is_no_matter(tmp_path, module, line):
    file = tmp_path / module
    file.parent.mkdir(parents=True)
    file.write_text(f"{line}\n")
    assert wrong_imports(tmp_path) == []


def test_no_module_is_named_after_nothing():
    nameless = [file for file in sources() if NAMELESS & set(file.with_suffix("").parts)]
    assert nameless == []


def test_no_file_is_too_long_to_be_read_at_once():
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for file in sources()
    }
    assert {name: lines for name, lines in lengths.items() if lines > MAX_FILE_LINES} == {}


def test_no_function_is_too_long_to_be_seen_at_once():
    assert [
        f"{file.relative_to(ROOT)}: {node.name} has {length} lines"
        for file in sources()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := node.end_lineno - node.lineno + 1) > MAX_FUNCTION_LINES
    ] == []


def test_every_module_class_and_function_says_what_it_means():
    missing = []
    for file in sources():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        if tree.body and not ast.get_docstring(tree):
            missing.append(str(file.relative_to(ROOT)))
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and _needs_words(node):
                missing.append(f"{file.relative_to(ROOT)}: {node.name}")
    assert missing == []


def _needs_words(node: ast.ClassDef | ast.FunctionDef) -> bool:
    return not node.name.startswith("_") and node.name != "Meta" and ast.get_docstring(node) is None


# Sides of the paper, where a page that is written from right to left has others.
PHYSICAL = re.compile(
    r"""(?<![\w-])(
        (margin|padding|border)-(left|right)(-\w+)* | (left|right)\s*: |
        border-(top|bottom)-(left|right)-radius | scroll-(margin|padding)-(left|right) |
        (text-align|float|clear)\s*:\s*(left|right)
    )""",
    re.X,
)


def physical(css: str) -> list[str]:
    """Declarations of a style sheet that name the left or the right."""
    without_comments = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    return [match[0] for match in PHYSICAL.finditer(without_comments)]


@pytest.mark.parametrize("file", sorted((ROOT / "static" / "css").glob("*.css")), ids=str)
def test_no_style_names_the_left_or_the_right(file):
    assert physical(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("css", "is_wrong"),
    [("a { margin-left: 1px }", True), ("a{left:0}", True), ("a { text-align: right; }", True),
     ("a { border-right-color: red }", True), ("a { float:left }", True),
     ("a { margin-inline-start: 1px }", False), ("a { inset-inline: 0 }", False),
     ("/* left: 0 */ a { color: red }", False), (".left { color: red }", False),
     ("a { grid-template-areas: 'left right' }", False)]
)  # fmt: skip
def test_what_names_a_side_is_noticed(css, is_wrong):
    assert bool(physical(css)) is is_wrong


@pytest.mark.parametrize("file", sorted((ROOT / "static" / "css").glob("*.css")), ids=str)
def test_styles_need_neither_force_nor_ids(file):
    css = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.S)
    assert "!important" not in css
    selectors = [words for words in re.findall(r"([^{};]+)\{", css) if "@" not in words]
    assert [words for words in selectors if re.search(r"#[a-zA-Z]", words)] == []
