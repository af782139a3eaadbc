"""One time step of each cell as lines of NumPy: the lines that are shown are the lines that run.

A line is one operation; a column of numbers is a vector. What a step starts from is named with a 0: ``h0`` is the
state before, ``h`` the state after.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stateviz.core.errors import InputError
from stateviz.models.toys.plain import one_hot, softmax

Array = NDArray[np.float64]

READ = {"one-hot": "x = one_hot(symbol, len(V))", "embedding": "x = E[symbol]"}

CELL_LINES: Mapping[str, str] = {
    "rnn": """
        u = U @ x
        w = W @ h0
        s = u + w
        z = s + b
        h = tanh(z)
    """,
    "gru": """
        ru = Ur @ x
        rw = Wr @ h0
        r = sigmoid(ru + rw + br)
        zu = Uz @ x
        zw = Wz @ h0
        z = sigmoid(zu + zw + bz)
        nu = Un @ x
        nw = Wn @ h0
        k = nw + bk
        n = tanh(nu + bn + r * k)
        h = (1 - z) * n + z * h0
    """,
    "lstm": """
        iu = Ui @ x
        iw = Wi @ h0
        i = sigmoid(iu + iw + bi)
        fu = Uf @ x
        fw = Wf @ h0
        f = sigmoid(fu + fw + bf)
        gu = Ug @ x
        gw = Wg @ h0
        g = tanh(gu + gw + bg)
        ou = Uo @ x
        ow = Wo @ h0
        o = sigmoid(ou + ow + bo)
        c = f * c0 + i * g
        t = tanh(c)
        h = o * t
    """,
    "binary": """
        cu = Uc @ x
        cw = Wc @ h0
        carry = sigmoid(cu + cw + bc)
        uu = Uu @ x
        uw = Wu @ h0
        update = sigmoid(uu + uw + bu)
        gu = Ug @ x
        gw = Wg @ h0
        candidate = gu + gw + bg
        pre = carry * h0 + update * candidate
        h = sign(pre)
    """,
}
CELL_LINES = {**CELL_LINES, "highway": CELL_LINES["binary"].replace("sign(pre)", "tanh(pre)")}

READOUT = """
    v = V @ h
    y = v + a
    p = softmax(y)
    loss = -log(p[target])
    total = total + loss
"""

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "one_hot": one_hot,
    "softmax": softmax,
    "tanh": np.tanh,
    "log": np.log,
    "outer": np.outer,
    "abs": np.abs,
    "len": len,
    "zeros": np.zeros,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "sign": lambda x: np.where(x >= 0, 1.0, -1.0),
}


def program(cell: str, embedding: str) -> tuple[str, ...]:
    """The lines of one time step.

    Examples
    --------
    >>> len(program("rnn", "one-hot"))
    11
    """
    if cell not in CELL_LINES:
        raise InputError(f"the cell {cell!r} has no lines to step through; these have: {', '.join(CELL_LINES)}")
    text = "\n".join([READ[embedding], CELL_LINES[cell], READOUT])
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def backward(line: str) -> tuple[str, ...]:
    """The lines by which the loss comes back through one line: ``dz`` is how the loss changes with ``z``.

    They are worked out from the line itself, by the chain rule. Through sign the gradient passes where
    ``abs(x) <= 1``.

    Examples
    --------
    >>> backward("h = tanh(z)")
    ('dz = dz + dh * (1 - h ** 2)',)
    >>> backward("u = U @ x")
    ('dU = dU + outer(du, x)', 'dx = dx + U.T @ du')
    """
    statement = ast.parse(line).body[0]
    assert isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    name = statement.targets[0].id
    if name in ("loss", "total"):
        return ()
    if name == "p":  # softmax and its loss in one: the well-known difference
        return ("dy = dy + (p - one_hot(target, len(p))) / steps",)
    if name == "x":
        return ("dE[symbol] = dE[symbol] + dx",) if "E[" in line else ()
    return tuple(_through(statement.value, f"d{name}", name))


def _through(node: ast.expr, given: str, result: str) -> list[str]:
    """What an expression passes on to each name in it, where ``given`` comes back to its value."""
    if isinstance(node, ast.Constant):
        return []
    if isinstance(node, ast.Name):
        return [f"d{node.id} = d{node.id} + {given}"]
    if isinstance(node, ast.BinOp):
        left, right = ast.unparse(node.left), ast.unparse(node.right)
        if isinstance(node.op, ast.MatMult):
            return [f"d{left} = d{left} + outer({given}, {right})", *_through(node.right, f"{left}.T @ {given}", "")]
        if isinstance(node.op, ast.Mult):
            return _through(node.left, f"{given} * {_bracketed(node.right)}", "") + _through(
                node.right, f"{given} * {_bracketed(node.left)}", ""
            )
        if isinstance(node.op, ast.Sub):
            return _through(node.left, given, "") + _through(node.right, f"-{given}", "")
        return _through(node.left, given, "") + _through(node.right, given, "")
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    inner = ast.unparse(node.args[0])
    slopes = {
        "tanh": f"(1 - {result} ** 2)",
        "sigmoid": f"{result} * (1 - {result})",
        "sign": f"(abs({inner}) <= 1)",
    }
    return _through(node.args[0], f"{given} * {slopes[node.func.id]}", "")


def _bracketed(node: ast.expr) -> str:
    text = ast.unparse(node)
    return f"({text})" if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Mult) else text


def run(line: str, values: dict[str, Any]) -> str:
    """Run one line on ``values``, which it changes; the name of what it set.

    Examples
    --------
    >>> values = {"a": np.array([1.0, 2.0])}
    >>> run("b = a + 1", values), values["b"].tolist()
    ('b', [2.0, 3.0])
    """
    exec(compile(line, "<step>", "exec"), {"__builtins__": {}}, _Both(values))
    target = ast.parse(line).body[0].targets[0]  # type: ignore[attr-defined]
    return str(target.id if isinstance(target, ast.Name) else target.value.id)


class _Both(dict[str, Any]):
    """The functions of a program, and values that its lines read and set."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__(FUNCTIONS)
        self._values = values

    def __getitem__(self, name: str) -> Any:
        return self._values[name] if name in self._values else super().__getitem__(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self._values[name] = value
