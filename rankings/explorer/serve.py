"""How is the explorer opened by itself? A Jupyter server with nothing but its page.

The server is Jupyter's, with its token, its cookies and its guard against forged requests; it
listens on 127.0.0.1, and of Jupyter's services it has none: no kernel, no terminal, no file.
"""

import asyncio
import base64
import json
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any
from urllib.parse import quote

import click
import jinja2
from tornado import web

from rankings.errors import InputError
from rankings.explorer.answers import WORLD, Answer, Desk, answer
from rankings.explorer.page import HERE
from rankings.pages.export import quick_imports
from rankings.tables import TEMPLATES

with quick_imports():
    from jupyter_server.base.handlers import JupyterHandler
    from jupyter_server.serverapp import ServerApp
    from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
    from jupyter_server.utils import url_path_join

ADDRESS = "127.0.0.1"
PORT = 8866
FILES = {"explorer.js": "text/javascript", "explorer.css": "text/css", "page.js": "text/javascript"}
# The page takes scripts, styles and data from this server alone.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
)
DESK = "rankings_desk"
LARGEST = 20_000  # bytes of a message: a question is short

# Pictures are drawn one after the other; a slider's numbers do not wait for them.
_QUICK, _HEAVY = (ThreadPoolExecutor(1, name) for name in ("quick", "heavy"))


class _Handler(JupyterHandler):
    @property
    def content_security_policy(self) -> str:
        return POLICY

    async def answered(self, message: dict[str, Any]) -> Answer:
        """The answer of the desk that this server was opened with."""
        line = _HEAVY if message.get("kind") in ("view", "file") else _QUICK
        asked = partial(answer, message, self.settings[DESK])
        return await asyncio.get_running_loop().run_in_executor(line, asked)


class _Page(_Handler):
    """The page, opened with the question in its address, or with why that has no answer."""

    async def prepare(self) -> None:  # type: ignore[override]
        """A colon of the question, as in 20:30, would not survive Jupyter's way by its login."""
        self.request.uri = (self.request.uri or "").replace(":", "%3A")
        await super().prepare()

    @web.authenticated
    async def get(self) -> None:
        query = {
            key: values[-1].decode("utf-8", "replace")
            for key, values in self.request.query_arguments.items()
            if key != "token"
        }
        found = await self.answered({"kind": "open", "query": query})
        refused = found.reply.get("text", "")
        if refused:
            wanted = {"language": query["language"]} if query.get("language") else {}
            found = await self.answered({"kind": "open", "query": wanted})
            if "page" not in found.reply:
                found = await self.answered({"kind": "open", "query": {}})
            if "page" not in found.reply:
                # The files of an own index were changed into what cannot be read.
                self.set_header("Content-Type", "text/plain; charset=utf-8")
                self.finish(refused)
                return
        start = {**found.reply["page"], "refused": refused}
        # Sets the cookie that every message has to prove.
        self.xsrf_token  # noqa: B018
        self.finish(_template().render(start=start, language=start["language"]))


class _File(_Handler):
    """The script and the style of the page: these files and no others."""

    @web.authenticated
    def get(self, name: str) -> None:
        self.set_header("Content-Type", f"{FILES[name]}; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.finish((HERE / name).read_bytes())


class _Ask(_Handler):
    """One message of the page and its answer."""

    @web.authenticated
    async def post(self) -> None:
        try:
            if len(self.request.body) > LARGEST:
                raise ValueError
            message = json.loads(self.request.body)
        except (ValueError, RecursionError):
            raise web.HTTPError(400, "a message is a short JSON object") from None
        found = await self.answered(message if isinstance(message, dict) else {})
        data = None if found.data is None else base64.b64encode(found.data).decode()
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps({**found.reply, "data": data}))


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True
    )
    return environment.get_template("explorer.html.j2")


class _NoFiles(AsyncLargeFileManager):
    def get_extra_handlers(self) -> list[Any]:
        """None: Jupyter's would serve the files of the folder."""
        return []


class Server(ServerApp):
    """Jupyter's server with the explorer's page and without Jupyter's services."""

    name = "rankings-explorer"
    desk: Desk[Any] = WORLD
    default_services = ("auth", "security")  # type: ignore[assignment]

    def init_webapp(self) -> None:
        """Jupyter's application with the page's addresses."""
        super().init_webapp()
        self.web_app.settings[DESK] = self.desk
        base = self.web_app.settings["base_url"]
        names = "|".join(name.replace(".", r"\.") for name in FILES)
        self.web_app.add_handlers(  # type: ignore[no-untyped-call]
            ".*$",
            [
                (url_path_join(base, "explore"), _Page),
                (url_path_join(base, rf"explore/({names})"), _File),
                (url_path_join(base, "explore/ask"), _Ask),
            ],
        )

    def find_server_extensions(self) -> None:
        """None: neither JupyterLab nor a terminal."""

    def load_config_file(self, *_: object, **_options: object) -> None:
        """None: what somebody has set for other servers of Jupyter does not open this one."""

    def start_ioloop(self) -> None:
        """Answer, and say where, whoever chose the token."""
        # It listens from the loop's first turn on, and the port may be another than asked for.
        self.io_loop.add_callback(self._say_address)
        super().start_ioloop()

    def _say_address(self) -> None:
        base = self.web_app.settings["base_url"]
        token = quote(str(self.identity_provider.token), safe="")
        click.echo(f"http://{ADDRESS}:{self.port}{base}explore?token={token}")
        click.echo("Ctrl-C ends it.", err=True)


def serve(
    port: int = PORT,
    *,
    browser: bool = True,
    token: str | None = None,
    desk: Desk[Any] = WORLD,
) -> None:
    """Serve the explorer until it is interrupted.

    Args:
        port: on 127.0.0.1; the next free one is taken where it is in use.
        browser: whether to open the page in the reader's browser.
        token: of the address; by default what JUPYTER_TOKEN holds, else a fresh one.
        desk: what the page asks about: the world, or an index of one's own.

    Raises:
        InputError: the token is empty: anybody on this machine could then ask.
    """
    from traitlets.config import Config

    token = token if token is not None else os.environ.get("JUPYTER_TOKEN") or secrets.token_hex(24)
    if not token.strip():
        raise InputError("the token is empty, so that anybody could ask: give one, or leave it out")

    settings: dict[str, Any] = {
        "ip": ADDRESS,
        "port": port,
        "open_browser": browser,
        "default_url": "/explore",
        "root_dir": str(HERE),
        "contents_manager_class": _NoFiles,
        "allow_root": True,
        "log_level": "WARN",
        "jpserver_extensions": {},
        "answer_yes": True,
        "max_body_size": LARGEST,
    }
    config = Config({"Server": settings})
    config.IdentityProvider.token = token
    # The first reader finds the tables read and the draws made.
    _QUICK.submit(answer, {"kind": "open", "query": {}}, desk)
    Server.desk = desk
    Server.launch_instance(argv=[], config=config)
