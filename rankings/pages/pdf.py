"""How does an exported page become a PDF, for those who print or file it?

WeasyPrint lays out the page's own style for print; nothing is fetched, and the letters are those
of the figures, so that every machine writes Vietnamese alike.
"""

import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rankings.errors import InputError
from rankings.store import write_whole

# The variant asks for tags: alternative texts, headings and tables are told to a screen reader.
VARIANT = "pdf/ua-1"
OPTION_HELP = (
    "Also write each page as a tagged PDF beside it (WeasyPrint; needs the system's Pango library)."
)
# Seconds since 1970: by convention the date of what is to come out the same each time.
EPOCH = "SOURCE_DATE_EPOCH"
FAMILY = "Rankings Sans"
FACES = {
    ("normal", "normal"): "DejaVuSans.ttf",
    ("bold", "normal"): "DejaVuSans-Bold.ttf",
    ("normal", "italic"): "DejaVuSans-Oblique.ttf",
    ("bold", "italic"): "DejaVuSans-BoldOblique.ttf",
}
# The letters are wide, so they are set smaller than on the screen. A table keeps its caption and
# its source; one longer than a page goes on on the next, where its head is repeated.
LAYOUT = f"""
* {{ font-family: "{FAMILY}", sans-serif !important; }}
@page {{ @bottom-right {{ font: 8pt "{FAMILY}", sans-serif !important; }} }}
html {{ font-size: 9pt; }}
body {{ font-size: 9pt; line-height: 1.45; hyphens: none; }}
h1 {{ font-size: 17pt; margin-top: 8pt; }}
h2 {{ font-size: 12.5pt; }}
p.rk-answer {{ font-size: 11.5pt; }}
header::before {{ margin-bottom: 6pt; }}
caption {{ font-size: 9.5pt; font-weight: bold; break-after: avoid; }}
table {{ min-width: 0; width: 100%; }}
table, table:has(th:nth-child(7)) {{ font-size: 7.5pt !important; }}
th, td {{ padding: 2.5pt 3pt !important; overflow-wrap: anywhere; }}
thead th {{ font-size: inherit !important; }}
.num {{ white-space: normal !important; }}
td.num {{ white-space: nowrap !important; overflow-wrap: normal; }}
tr, caption {{ break-inside: avoid; }}
p.rk-source, p.rk-note {{ font-size: 7.5pt; overflow-wrap: anywhere; }}
figure {{ margin: 9pt 0; }}
figure img {{ max-width: 142mm !important; max-height: 190mm !important; }}
"""


def to_pdf(page: Path, target: Path) -> Path:
    """An exported HTML page as a PDF, written whole or not at all.

    Args:
        page: a page of `rankings.pages.export`; it holds its style and pictures itself.
        target: the PDF to write; its folder is made if absent.

    Raises:
        InputError: there is no such page, or WeasyPrint cannot run on this machine.
    """
    if not page.is_file():
        raise InputError(f"{page}: expected an exported page, found none; export it first")
    weasyprint = _weasyprint()
    fonts = weasyprint.text.fonts.FontConfiguration()
    layout = weasyprint.CSS(
        string=_faces() + LAYOUT,
        font_config=fonts,
        url_fetcher=weasyprint.urls.URLFetcher(allowed_protocols={"file"}),
    )
    document = weasyprint.HTML(
        string=page.read_text(encoding="utf-8"),
        url_fetcher=weasyprint.urls.URLFetcher(allowed_protocols={"data"}),
    )
    with _fonts_undated():
        made = document.write_pdf(
            stylesheets=[layout],
            font_config=fonts,
            pdf_variant=VARIANT,
            pdf_tags=True,
            # Without it the file's identity is drawn at random.
            pdf_identifier=page.name.encode(),
        )
    return write_whole(target, lambda temporary: temporary.write_bytes(made))


@contextmanager
def _fonts_undated() -> Iterator[None]:
    """Let fontTools date the letters it cuts out by `EPOCH`, not by the clock.

    It offers nothing else: the stamp is in the font, the font in the PDF.
    """
    before = os.environ.get(EPOCH)
    os.environ[EPOCH] = before or "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ[EPOCH]
        else:
            os.environ[EPOCH] = before


def beside(pages: Iterable[Path], jobs: int) -> list[Path]:
    """Each page as a PDF beside it, so many at a time; one newer than its page is left as it is.

    Raises:
        InputError: as `to_pdf`.
    """
    wanted = [(page, page.with_suffix(".pdf")) for page in pages]
    print_pages([pair for pair in wanted if not _is_newer(*pair)], jobs)
    return [target for _page, target in wanted]


def print_pages(pairs: Sequence[tuple[Path, Path]], jobs: int) -> None:
    """Each page as the PDF beside it in the pair, so many at a time.

    Raises:
        InputError: as `to_pdf`.
    """
    if jobs == 1 or len(pairs) < 2:
        for page, target in pairs:
            to_pdf(page, target)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        list(pool.map(to_pdf, *zip(*pairs, strict=True)))


def check() -> None:
    """Nothing, or `InputError` if WeasyPrint cannot run on this machine."""
    _weasyprint()


def _is_newer(page: Path, target: Path) -> bool:
    return target.is_file() and target.stat().st_mtime >= page.stat().st_mtime


def _weasyprint() -> Any:
    """The library, imported when first needed: it loads Pango, which a machine may lack."""
    try:
        import weasyprint
        import weasyprint.text.fonts
        import weasyprint.urls
    except OSError as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"PDF needs the Pango library of the system, found: {reason}; "
            "install it (Debian: libpango-1.0-0 libpangoft2-1.0-0), or print the page by a browser"
        ) from None
    # What of the screen's style is unknown in print is no news to a reader.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)
    return weasyprint


def _faces() -> str:
    """The letters of the figures, which come with matplotlib, as faces of one family."""
    import matplotlib

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return "\n".join(
        f'@font-face {{ font-family: "{FAMILY}"; font-weight: {weight}; font-style: {style}; '
        f'src: url("{(folder / name).as_uri()}"); }}'
        for (weight, style), name in FACES.items()
    )
