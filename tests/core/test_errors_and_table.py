import pytest

from stateviz.core import errors
from stateviz.core.table import Table


@pytest.mark.parametrize(
    "error",
    [errors.InputError, errors.UnknownNameError, errors.FileError, errors.MismatchError, errors.MissingExtraError],
)
def test_every_error_is_a_stateviz_error_whose_text_is_its_message(error):
    assert issubclass(error, errors.StatevizError)
    assert str(error("what came; what to do")) == "what came; what to do"


def test_errors_are_also_the_builtin_kind_a_caller_expects():
    assert issubclass(errors.InputError, ValueError)
    assert issubclass(errors.UnknownNameError, KeyError)
    assert issubclass(errors.FileError, OSError)
    assert issubclass(errors.MissingExtraError, ImportError)


def test_a_table_keeps_the_order_of_its_rows():
    table = Table("method", {"b": 1, "a": 2})
    assert list(table) == ["b", "a"]
    assert len(table) == 2
    assert "a" in table
    assert "c" not in table


def test_an_unknown_name_lists_the_choices_and_the_nearest():
    table = Table("method", {"exact": 1, "two-opt": 2})
    with pytest.raises(errors.UnknownNameError) as caught:
        table["2opt"]
    assert str(caught.value) == "unknown method '2opt'; choose from exact, two-opt (did you mean 'two-opt'?)"


def test_a_name_like_none_of_them_gets_no_guess():
    with pytest.raises(errors.UnknownNameError) as caught:
        Table("method", {"exact": 1})["zzzz"]
    assert "did you mean" not in str(caught.value)


def test_a_name_that_cannot_be_hashed_is_unknown_rather_than_a_crash():
    with pytest.raises(errors.UnknownNameError, match="unknown method"):
        Table("method", {"exact": 1})[["exact"]]
