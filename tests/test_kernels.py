"""The plugin that lets nbval start a kernel once more."""

import pytest

from tests import kernels


def test_a_kernel_that_dies_at_its_start_is_started_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[dict[str, object]] = []

    def starts(**given: object) -> str:
        tried.append(given)
        if len(tried) % 2:
            raise RuntimeError("Kernel died before replying to kernel_info")
        return "a kernel"

    monkeypatch.setattr(kernels, "start_new_kernel", starts)
    assert kernels.start_again(kernel_name="python3") == "a kernel"
    assert tried == [{"kernel_name": "python3"}] * 2
    monkeypatch.setattr(kernels, "start_new_kernel", lambda **_: starts() and starts())
    with pytest.raises(RuntimeError):
        kernels.start_again()
