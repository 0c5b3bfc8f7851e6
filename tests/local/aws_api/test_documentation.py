"""docs/local.md holds the table of extensions. UPDATE_GOLDEN=1 rewrites that part."""

import os
from pathlib import Path

from local.aws.extensions import EXTENSIONS
from local.aws.extensions.documentation import BEGIN, END, SERVICES, with_table

PAGE = Path(__file__).parents[3] / "docs" / "local.md"


def test_the_page_holds_the_table_as_it_is():
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    assert page.count(BEGIN) == page.count(END) == 1
    assert with_table(page) == page, "run UPDATE_GOLDEN=1 pytest tests/local/aws_api"


def test_every_extension_stands_on_the_page():
    page = PAGE.read_text(encoding="utf-8")
    assert {row.service for row in EXTENSIONS} == set(SERVICES)
    for row in EXTENSIONS:
        assert row.operation in page
