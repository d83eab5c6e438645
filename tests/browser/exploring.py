"""A running explorer, opened and read: what the tests of both explorers share."""

import secrets
from dataclasses import dataclass

import browsing
from conftest import Server
from playwright.sync_api import Page, expect


@dataclass(frozen=True)
class Explored:
    """A running explorer."""

    served: browsing.Served
    token: str

    def address(self, query: str = "") -> str:
        """The page with a question, and the token for a first visit."""
        return f"{self.served.url}explore?{query}{'&' if query else ''}token={self.token}"


def started(server: Server, *options: str) -> Explored:
    """`make explore` with these options, without opening a browser of its own."""
    port, token = browsing.free_port(), secrets.token_hex(16)
    words = " ".join([*options, "--no-browser", f"--port={port}", f"--token={token}"])
    served = server(
        ["make", "explore", f"EXPLORE_OPTIONS={words}"],
        f"http://127.0.0.1:{port}/",
        env={"RANKINGS_STORE": ""},
    )
    return Explored(served, token)


def opened(page: Page, address: str) -> None:
    """Open an address and wait for its numbers."""
    page.goto(address)
    expect(page.locator('.tile[data-name="rank"] strong')).not_to_be_empty()


def tile(page: Page, name: str) -> str:
    """What a tile shows."""
    return page.locator(f'.tile[data-name="{name}"] strong').inner_text()
