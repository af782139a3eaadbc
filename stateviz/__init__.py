"""See, order, print and explain what a sequence model's hidden state does.

Every public name loads on first use, so that ``import stateviz`` costs nothing and only what needs torch loads it. The
names are listed once, in the stub beside this file (``__init__.pyi``), which type checkers read too.

Examples
--------
>>> import numpy as np
>>> import stateviz as sv
>>> states = np.random.default_rng(0).random((12, 40)) < 0.5
>>> found = sv.order(states)
>>> found.proven
True
>>> sv.rasterize(found.apply(sv.load_states(states))).shape
(12, 40)
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
