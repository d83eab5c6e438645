"""How the documentation is built: `make docs` turns this folder into build/docs."""

import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "_extensions"))

facts = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
project = "ICT Rankings"
author = copyright = "ICT Rankings contributors"
version = release = facts["version"]
language = "en"

extensions = ["myst_nb", "sphinx_copybutton", "mathml", "generated", "exhibited"]
# The folder `notebooks` is a link to the committed ones beside docs. The explorer's shows nothing
# before it is run.
exclude_patterns = ["_*", "**/.ipynb_checkpoints", "notebooks/01-explore.ipynb"]

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
# The committed outputs are shown: nbval compares them with a fresh run in `make test`.
nb_execution_mode = "off"
nb_custom_formats = {".ipynb": "notebook.read"}

html_theme = "furo"
html_title = "ICT Rankings"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False
# A summary would be read from the other pages, which a browser refuses to a page that is a file.
html_show_search_summary = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b4a8f", "color-brand-content": "#0b4a8f"},
    "dark_css_variables": {"color-brand-primary": "#8fc1f5", "color-brand-content": "#8fc1f5"},
}
# Prompts and what a command prints are no part of what is copied.
copybutton_prompt_text = r"\$ |host\d\$ |>>> "
copybutton_prompt_is_regexp = True
