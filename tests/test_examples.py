"""Does the example of every name that `rankings` exports run, and say what it says?"""

import doctest
from importlib import import_module

import pytest

import rankings


@pytest.mark.parametrize("name", rankings.__all__)
def test_an_exported_name_has_an_example_that_runs(name: str) -> None:
    shown = getattr(rankings, name)
    module = import_module(shown.__module__)
    finder = doctest.DocTestFinder(recurse=False)
    (found,) = finder.find(shown, name, module=module, globs={})
    assert found.examples, f"{name} has no example"
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    failed = runner.run(found, out=said.append).failed
    assert failed == 0, "".join(said)
