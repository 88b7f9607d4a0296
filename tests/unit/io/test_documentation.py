from pathlib import Path

import yaml
from jsonschema import Draft202012Validator

from lcms.config import described_settings, read_values, settings_yaml
from lcms.io.documentation import main, schemas, settings_page, tables_page, words_page
from lcms.io.sheets.run_sheets import LEVEL_COLUMNS, SAMPLE_COLUMNS, TARGET_COLUMNS
from lcms.schemas import TABLES
from pipeline import read_sheet

ROOT = Path(__file__).parents[3]
ANEW = "run: make docs"


def test_the_page_of_tables_is_the_generated_one() -> None:
    assert (ROOT / "docs" / "tables.md").read_text(encoding="utf-8") == tables_page(), ANEW


def test_the_page_of_words_is_the_generated_one() -> None:
    assert (ROOT / "docs" / "flags.md").read_text(encoding="utf-8") == words_page(), ANEW


def test_the_page_of_settings_is_the_generated_one() -> None:
    assert (ROOT / "config" / "README.md").read_text(encoding="utf-8") == settings_page(), ANEW


def test_the_schemas_are_the_generated_ones() -> None:
    folder = ROOT / "workflow" / "schemas"

    assert {path.name: path.read_text("utf-8") for path in folder.iterdir()} == schemas(), ANEW


def valid(schema: str, value: object) -> bool:
    content = yaml.safe_load(schemas()[f"{schema}.schema.yaml"])
    return bool(Draft202012Validator(content).is_valid(value))


def test_the_schemas_accept_what_is_shipped_and_refuse_a_slip() -> None:
    config = read_values(ROOT / "config" / "config.yaml")
    sample = {"sample_id": "a", "mzml": "a.mzML", "sample_type": "unknown"}

    assert valid("config", config)
    assert not valid("config", config | {"sampels": "x.tsv"})
    assert not valid("config", config | {"max_failed_fraction": 2})
    assert valid("samples", sample | {"subject": "7"})
    assert not valid("samples", {"sample_id": "a"})
    assert not valid("levels", {"level": "1", "target_id": "*", "concentration": "1", "unit": ""})
    for name in ("samples", "targets"):
        assert all(valid(name, row) for row in read_sheet(ROOT / "config" / f"{name}.tsv"))


def test_pages_and_comments_are_written_where_asked_and_values_are_kept(tmp_path: Path) -> None:
    names = ("tables.md", "flags.md", "README.md", "config/config.yaml", "workflow/schemas")
    tables, words, readme, config, folder = (tmp_path / name for name in names)
    config.parent.mkdir()
    folder.mkdir(parents=True)
    config.write_text("runs_per_chunk: 7\n")

    main(tables, words, readme, config)

    assert tables.read_text(encoding="utf-8") == tables_page()
    assert words.read_text(encoding="utf-8") == words_page()
    assert readme.read_text(encoding="utf-8") == settings_page()
    assert {path.name: path.read_text("utf-8") for path in folder.iterdir()} == schemas()
    assert read_values(config)["runs_per_chunk"] == 7
    assert config.read_text(encoding="utf-8") == settings_yaml({"runs_per_chunk": 7})


def test_every_table_and_column_is_on_its_page() -> None:
    page = tables_page()

    for table in TABLES:
        section = page.split(f"## {table.name}.parquet\n")[1].split("\n## ")[0]
        assert all(f"\n| `{name}`" in section for name in table.names())


def test_every_setting_and_every_column_of_a_sheet_is_on_its_page() -> None:
    page = settings_page()

    names = [name for name, _ in described_settings()]
    for name in [*names, *SAMPLE_COLUMNS, *LEVEL_COLUMNS, *TARGET_COLUMNS]:
        assert f"\n| `{name}`" in page


def test_the_rows_of_a_page_have_as_many_cells_as_its_header() -> None:
    for page in (tables_page(), words_page(), settings_page()):
        for block in page.split("\n\n"):
            rows = [line for line in block.splitlines() if line.startswith("|")]
            assert len({row.replace("\\|", "").count("|") for row in rows}) <= 1


def test_the_shipped_config_holds_every_setting_with_its_comment() -> None:
    path = ROOT / "config" / "config.yaml"

    assert path.read_text(encoding="utf-8") == settings_yaml(read_values(path)), ANEW


def test_the_shipped_config_holds_no_copy_of_a_default() -> None:
    given = read_values(ROOT / "config" / "config.yaml")

    assert {name for name, value in given.items() if value is not None} == {
        *("samples", "targets", "results"),
    }
