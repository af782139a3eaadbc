import pytest

from stateviz.core.errors import FileError
from stateviz.core.orders import Ordering
from stateviz.storage import read_order, write_order


def ordering():
    return Ordering([1, 0], [1, 1], 3.0, 3.0, True, False, "exact", "hamming", units=("a\n", "ü"))


def test_an_order_comes_back_as_it_was(tmp_path):
    path = write_order(ordering(), tmp_path / "order.json")
    assert read_order(path).to_json() == ordering().to_json()


def test_a_missing_order_is_answered_with_one_of_a_similar_name(tmp_path):
    write_order(ordering(), tmp_path / "order.json")
    with pytest.raises(FileError, match=r"did you mean 'order\.json'"):
        read_order(tmp_path / "oder.json")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[1, 2]", b"PK\x03\x04"])
def test_a_file_of_something_else_is_named_in_one_line(tmp_path, content):
    (tmp_path / "order.json").write_bytes(content)
    with pytest.raises(FileError, match=r"order\.json.* not an order") as caught:
        read_order(tmp_path / "order.json")
    assert "\n" not in str(caught.value)


def test_a_folder_is_no_order(tmp_path):
    with pytest.raises(FileError, match="cannot read"):
        read_order(tmp_path)


@pytest.mark.parametrize("there", [b"[1, 2]", b'{"rows": [0]}', b"\x89PNG", b'{"stateviz_findings": 1}'])
def test_an_order_replaces_orders_and_else_what_it_is_told_to(tmp_path, there):
    path = tmp_path / "order.json"
    write_order(ordering(), path)
    assert write_order(ordering(), path) == path
    path.write_bytes(there)
    with pytest.raises(FileError, match=r"order\.json exists and is no order of stateviz"):
        write_order(ordering(), path)
    assert path.read_bytes() == there
    assert read_order(write_order(ordering(), path, overwrite=True)) == ordering()


def test_an_order_goes_into_an_empty_file(tmp_path):
    (tmp_path / "order.json").touch()
    assert write_order(ordering(), tmp_path / "order.json").stat().st_size
