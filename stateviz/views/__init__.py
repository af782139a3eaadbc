"""What a browser or a terminal shows of states: pages that need no network."""

from stateviz.views.document import MARK, script_of, write_page
from stateviz.views.folders.server import FolderServer
from stateviz.views.folders.writer import is_page
from stateviz.views.kinds import VIEWS, View
from stateviz.views.page import view
from stateviz.views.token_text import glyphs
from stateviz.views.widgets import widget

__all__ = ["FolderServer", "MARK", "VIEWS", "View", "glyphs", "is_page", "script_of", "view", "widget", "write_page"]
