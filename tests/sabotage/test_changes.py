"""The faults still fit the code. (That each is noticed: `make sabotage`.)"""

import pytest

from tests.sabotage.changes import SABOTAGES
from tests.sabotage.run import ROOT, broken_copy


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda one: one.name)
def test_its_place_is_in_the_code_once_and_its_tests_are_there(sabotage, tmp_path):
    whole = (ROOT / "pipelines" / "brickyard" / sabotage.file).read_text()
    assert (broken_copy(sabotage, tmp_path) / "brickyard" / sabotage.file).read_text() != whole
    assert (ROOT / sabotage.tests.split(" -k ")[0]).exists()
