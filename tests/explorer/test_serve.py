"""The explorer's own server says where it is, and asks for its token."""

import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from rankings.errors import InputError
from rankings.explorer import serve

COMMAND = [sys.executable, "-m", "rankings", "explore", "--no-browser", "--port", "18877"]


@pytest.mark.parametrize("token", ["", "  "])
def test_an_empty_token_is_refused(token: str) -> None:
    with pytest.raises(InputError, match="the token is empty"):
        serve.serve(browser=False, token=token)


@pytest.mark.parametrize("words", [[], ["--token", "a b/é"]])
def test_the_address_is_printed_whatever_the_token(words: list[str], tmp_path: Path) -> None:
    # Somebody's settings for other servers, which would let anybody in.
    (tmp_path / "jupyter_config.py").write_text("c.IdentityProvider.token = ''")
    environment = {**serve.os.environ, "JUPYTER_TOKEN": "", "JUPYTER_CONFIG_DIR": str(tmp_path)}
    with subprocess.Popen(
        [*COMMAND, *words], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/explore\?token=\S+", address)
            with urllib.request.urlopen(address) as answer:
                assert b"explore/page.js" in answer.read()
            with urllib.request.urlopen(address.split("?")[0]) as asked_for_its_token:
                assert "/login?" in asked_for_its_token.geturl()
        finally:
            process.terminate()
