"""Without ../shared a test is skipped and says why; where CI is set it fails."""

from pathlib import Path

import beside
import pytest


def test_a_clone_skips_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "SHARED", tmp_path)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"no proof: \.\./shared/a/b is not here"):
        beside.shared("a", "b", reason="no proof")


def test_with_ci_what_is_absent_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "SHARED", tmp_path)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=r"no proof: \.\./shared/a is not here"):
        beside.shared("a", reason="no proof")


def test_what_is_there_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "SHARED", tmp_path)
    (tmp_path / "a").mkdir()
    assert beside.shared("a", reason="no proof") == tmp_path / "a"
