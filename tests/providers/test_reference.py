from llms.providers.presets import PRESETS
from llms.providers.reference import PAGE, main, render


def test_the_page_says_what_the_presets_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run make docs"
    assert main(["--check"]) == 0


def test_every_preset_with_a_key_is_on_the_page() -> None:
    page = render()
    assert all(
        f"`{variable}`" in page for preset in PRESETS.values() for variable in preset.env if not preset.local_port
    )
