"""``stateviz view`` and ``stateviz show``."""

import numpy as np
import pytest

from stateviz.cli import main


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_page_of_the_shipped_recording(tmp_path, capsys):
    assert main(["view", "-o", "a.html"]) == 0
    assert "wrote a.html" in capsys.readouterr().err
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")


def test_a_picture_of_two_units(tmp_path):
    assert main(["view", "--kind", "text", "--units", "3,7", "--steps", "0:60", "-o", "a.png"]) == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_without_output_the_browser_opens_it(monkeypatch, capsys):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    assert main(["view", "--steps", "0:10"]) == 0
    assert opened[0].startswith("file://") and opened[0].endswith(".html")
    monkeypatch.setattr("webbrowser.open", lambda address: False)
    assert main(["view", "--steps", "0:10"]) == 0
    assert "no browser could be opened" in capsys.readouterr().err


def served(monkeypatch):
    """What is asked of a server that stops at once, as by Ctrl-C."""
    from stateviz.views import FolderServer

    seen = []

    def stop(server):
        seen.append((server.folder, (server.folder / "index.html").is_file()))
        raise KeyboardInterrupt

    monkeypatch.setattr(FolderServer, "serve_forever", stop)
    monkeypatch.setattr("webbrowser.open", lambda address: seen.append(address) or True)
    return seen


def test_a_name_without_an_ending_is_a_folder_and_is_served_later(tmp_path, monkeypatch, capsys):
    assert main(["view", "--steps", "0:10", "-o", "page"]) == 0
    assert "stateviz view page --serve" in capsys.readouterr().err
    seen = served(monkeypatch)
    assert main(["view", "page", "--serve"]) == 0
    assert seen[0].startswith("http://127.0.0.1:") and seen[1] == (tmp_path / "page", True)


def test_serve_makes_a_folder_of_a_recording_and_removes_it(monkeypatch):
    seen = served(monkeypatch)
    assert main(["view", "--steps", "0:10", "--serve"]) == 0
    assert seen[1][1] and not seen[1][0].exists()


def test_a_recording_too_large_for_one_file_is_served_without_being_asked(monkeypatch):
    monkeypatch.setattr("stateviz.views.page.MOST", 100)
    seen = served(monkeypatch)
    assert main(["view", "--steps", "0:10"]) == 0
    assert seen[1][1]


def test_a_folder_that_is_served_is_kept_where_it_is_named(tmp_path, monkeypatch):
    seen = served(monkeypatch)
    assert main(["view", "--steps", "0:10", "--serve", "-o", "page", "--port", "0"]) == 0
    assert seen == [(tmp_path / "page", True)] and (tmp_path / "page" / "index.html").is_file()


def test_a_port_in_use_is_told_before_anything_is_written(tmp_path, capsys):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["view", "--steps", "0:10", "--serve", "--port", port, "-o", "page"]) == 1
    assert f"port {port} cannot be used" in capsys.readouterr().err
    assert not (tmp_path / "page").exists()


def test_an_order_and_a_transposed_matrix(tmp_path):
    np.save("m.npy", np.random.default_rng(0).normal(size=(20, 6)))
    assert main(["order", "m.npy", "--transpose", "-o", "o.json"]) == 0
    assert main(["view", "m.npy", "--transpose", "--order", "o.json", "-o", "m.html"]) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--kind", "heatmp"], "did you mean 'heatmap'"),
        (["--units", "300"], "unknown unit '300'"),
        (["--kind", "predictions"], "--predictions 5"),
        (["--limits", "a"], "give LOW:HIGH"),
        (["--threshold", "1"], "trace"),
        (["--port", "1"], "add --serve"),
        (["--serve", "-o", "a.html"], "a name without an ending"),
    ],
)
def test_a_mistake_is_told_in_one_line(words, message, capsys):
    assert main(["view", *words, "-o", "a.html"]) == 1
    assert message in capsys.readouterr().err


def test_show_in_a_pipe_has_no_colour_unless_it_is_asked_for(capsys):
    assert main(["show", "--columns", "60"]) == 0
    assert "\x1b" not in capsys.readouterr().out
    assert main(["show", "--columns", "60", "--color", "always"]) == 0
    assert "\x1b[38;2;" in capsys.readouterr().out
    assert main(["show", "--kind", "text", "--units", "5", "--columns", "60"]) == 0
    assert "unit 5" in capsys.readouterr().out
    assert main(["show", "--units", "5"]) == 1
