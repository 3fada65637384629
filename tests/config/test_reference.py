from pathlib import Path

import pytest

from llms.config import load, reference
from llms.config.outline import leaves


def test_the_page_says_what_the_schema_says() -> None:
    assert reference.PAGE.read_text("utf-8") == reference.page(), "run: make docs"


def test_every_setting_is_on_the_page() -> None:
    assert [path for path, _ in leaves() if f"`{'.'.join(path)}`" not in reference.page()] == []


def test_the_example_on_the_page_loads(tmp_path: Path) -> None:
    file = tmp_path / "llms.yaml"
    page = reference.page()
    file.write_text(page.split("```yaml\n")[1].split("```")[0], "utf-8")
    config = load(file, environ={"OPENAI_API_KEY": "a", "ALICE_KEY": "b"})
    assert set(config.models) == {"fast", "large", "patient", "shared"}
    assert config.providers["mine"].options == {"temperature": 0.2}


def test_drift_is_an_error_until_the_page_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reference, "PAGE", tmp_path / "docs" / "configuration.md")
    assert reference.main(["--check"]) == 1
    assert "make docs" in capsys.readouterr().err
    assert reference.main([]) == 0
    assert reference.main(["--check"]) == 0
    reference.PAGE.write_text("old", "utf-8")
    assert reference.main(["--check"]) == 1
