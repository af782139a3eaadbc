"""What a browser or a terminal shows of states: pages that need no network."""

from stateviz.views.kinds import VIEWS, View
from stateviz.views.page import view

__all__ = ["VIEWS", "View", "view"]
