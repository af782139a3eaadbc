"""How Sphinx builds the site: ``make docs``, warnings are errors, nothing is fetched and no notebook is run."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS / "_ext"), str(DOCS.parent)]  # the tree itself is documented, installed or not

project = "stateviz"
author = copyright = "the stateviz authors, MIT licence"
version = release = import_module("stateviz").__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
    "console",
    "outside_links",
    "package_tables",
]
exclude_patterns = ["_build", "_ext", "notebooks/README.md", "**.ipynb_checkpoints"]
templates_path = ["_templates"]
nitpicky = True
needs_sphinx = "8.1"

# Signatures show names and defaults; the types, with units and shapes, are in the sections below them.
autodoc_typehints = "none"
autodoc_preserve_defaults = True
autosummary_generate = True
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 3
nb_execution_mode = "off"
nb_merge_streams = True
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "pydata_sphinx_theme"
html_title = "stateviz"
html_static_path = ["_static"]
html_css_files = ["stateviz.css"]
html_favicon = "../figures/logo.svg"
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "stateviz", "image_light": "../figures/logo.svg", "image_dark": "../figures/logo-dark.svg"},
    "navbar_align": "left",
    "header_links_before_dropdown": 8,
    "navbar_end": ["theme-switcher"],
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "github-light",
    "pygments_dark_style": "github-dark",
}
html_sidebars = {"index": [], "install": [], "tutorial": [], "measured": [], "changelog": [], "contributing": []}
