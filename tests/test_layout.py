"""The folders are the flow of the data: who may import whom, and how long a file may be."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "rankings"
# Each may import itself and what stands before it. CONTRIBUTING says what each is.
ORDER = [
    *("errors", "faults", "texts", "store", "memo"),
    *("language", "panel", "sources", "data", "forecasts", "analysis", "composite", "story", "own"),
    *("figures", "tables", "report", "pages", "batch", "explorer", "commands", "cli"),
]
# Below the report only these say anything to a reader.
SPEAKING = {"language", "figures", "tables"}
LONGEST_MODULE = 500
LONGEST_BODY = 59
MOST_FILES = 9
# Tests of what is no folder of the package, and what tests read.
BESIDE = {"benchmarks", "browser", "frozen", "reference", "samples", "tools"}
# Written, never imported: the store tells stale tables by a digest of their builder's code.
ONLY_READ = {("rankings.store", "rankings.data.build")}
NAMED = re.compile(r"rankings(?:\.\w+)+(?::\w+)?")


def module_name(path: Path) -> str:
    """The name a file is imported by."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def folders() -> set[str]:
    """The folders of the package that hold modules."""
    return {path.name for path in PACKAGE.iterdir() if any(path.glob("*.py"))}


def stage(module: str) -> str:
    """The folder or file of the package that a module belongs to; empty for the package."""
    return module.split(".")[1] if "." in module else ""


def nearest(name: str) -> str:
    """The module that holds a dotted name: "rankings.store.root" is in "rankings.store"."""
    while name not in FILES and "." in name:
        name = name.rpartition(".")[0]
    return name


def names_imported(tree: ast.AST, *, written: bool = True) -> Iterator[tuple[str, int]]:
    """Dotted name and line of all imports, those within functions and types too.

    Args:
        tree: a module, or a part of it.
        written: also strings that are the name of a module, as for `import_module`.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((each.name, node.lineno) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: a relative import; write the whole name"
            yield from ((f"{node.module}.{each.name}", node.lineno) for each in node.names)
        elif written and (name := name_written(node)):
            yield name, node.lineno


def name_written(node: ast.AST) -> str:
    """The dotted name a string is, as "rankings.store"; empty for anything else."""
    text = node.value if isinstance(node, ast.Constant) else None
    if not isinstance(text, str) or not NAMED.fullmatch(text):
        return ""
    return text.replace(":", ".")


def modules_imported(tree: ast.AST, *, written: bool = True) -> Iterator[tuple[str, int]]:
    """Module of this package and line of all its imports."""
    for name, line in names_imported(tree, written=written):
        if name.startswith("rankings."):
            yield nearest(name), line


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def wrong_arrows(module: str, tree: ast.AST) -> list[str]:
    """The imports of a module that go up the list, or that bring words where none belong."""
    own, found = stage(module), []
    for other, line in modules_imported(tree):
        to = stage(other)
        if not own or not to or own == "__main__" or (module, other) in ONLY_READ:
            continue
        where = f"{module}, line {line}: imports {other}"
        if ORDER.index(to) > ORDER.index(own):
            found.append(f"{where}, which comes after it")
        below = ORDER.index(own) < ORDER.index("report")
        if to == "language" and below and own not in SPEAKING:
            found.append(f"{where}: words belong into the report")
    return found


def test_every_folder_and_file_has_its_place_in_the_order() -> None:
    there = {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or any(path.glob("*.py"))
    }
    assert there - {"__init__", "__main__"} == set(ORDER)


def test_imports_go_one_way() -> None:
    assert [each for name, path in FILES.items() for each in wrong_arrows(name, parsed(path))] == []


@pytest.mark.parametrize(
    ("module", "text", "said"),
    [
        ("rankings.panel.ranks", "from rankings.story import question", "comes after it"),
        ("rankings.panel.ranks", "from rankings import story", "comes after it"),
        ("rankings.panel.ranks", "def f():\n    import rankings.cli", "comes after it"),
        ("rankings.data.world", 'import_module("rankings.story.question")', "comes after it"),
        ("rankings.data.world", 'engine = "rankings.story.question:Story"', "comes after it"),
        ("rankings.story.target", "from rankings.language.messages import _", "into the report"),
    ],
)
def test_an_import_that_goes_up_is_found(module: str, text: str, said: str) -> None:
    (found,) = wrong_arrows(module, ast.parse(text))
    assert said in found


def names_defined(module: str) -> set[str]:
    """What a module defines or imports, by name."""
    found = set()
    for node in ast.walk(parsed(FILES[module])):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {each.asname or each.name for each in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def unknown_names(text: str) -> list[str]:
    """The names in quotation marks that nothing in the package has."""
    found = []
    for name in re.findall(r"""["'`](rankings(?:\.\w+)+)(?=["'`:(\s])""", text):
        module = nearest(name)
        rest = name.removeprefix(module).split(".")[1:]
        if rest and rest[0] not in names_defined(module):
            found.append(name)
    return found


def test_names_that_are_written_exist() -> None:
    files = [ROOT / "pyproject.toml", ROOT / "Makefile", ROOT / "start.py", *FILES.values()]
    files += [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
    wrong = {
        path.relative_to(ROOT).as_posix(): names
        for path in files
        if (names := unknown_names(path.read_text(encoding="utf-8")))
    }
    assert wrong == {}


def test_a_name_that_is_gone_is_found() -> None:
    text = "`rankings.store.root`, `rankings.gone`, `rankings.report.gap` and 'rankings.cli:main'"
    assert unknown_names(text) == ["rankings.gone", "rankings.report.gap"]


def test_no_module_is_imported_in_a_circle() -> None:
    """Not even by way of others; imports within functions and for types do not count."""
    arrows = {
        name: {
            other
            for node in parsed(path).body
            for other, _line in modules_imported(node, written=False)
            if isinstance(node, ast.Import | ast.ImportFrom) and other not in ("rankings", name)
        }
        for name, path in FILES.items()
    }
    left = dict(arrows)
    while free := [name for name, others in left.items() if not others & set(left)]:
        for name in free:
            del left[name]
    assert left == {}


def test_few_files_lie_beside_the_folders() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= MOST_FILES


def test_modules_are_short() -> None:
    long = {
        path.relative_to(PACKAGE).as_posix()
        for path in FILES.values()
        if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_MODULE
    }
    assert long == set()


def body_length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function below its signature and docstring."""
    body = function.body
    if ast.get_docstring(function) is not None and len(body) > 1:
        body = body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def test_functions_are_short() -> None:
    long = [
        f"{name}.{node.name}: {body_length(node)} lines"
        for name, path in FILES.items()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and body_length(node) > LONGEST_BODY
    ]
    assert long == []


def test_tests_lie_as_the_package_does() -> None:
    tested = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert folders() <= tested
    assert tested - BESIDE <= folders()


def test_the_files_that_contributing_names_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:rankings|data|tests|notebooks|docs|tools)/[\w./-]+)`", text)
    # What is not in the repository: an own store, an index or a language still to be made.
    named = [each for each in named if each != "data/store" and "NAME" not in each]
    assert len(named) > 40
    assert [each for each in named if not (ROOT / each).exists()] == []


def test_first_questions_need_few_files() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    _before, _title, after = text.partition("### Where to look first")
    rows = [line for line in after.partition("\n## ")[0].splitlines() if "`" in line]
    assert len(rows) == 8
    assert max(row.count("`") // 2 for row in rows) <= 10
