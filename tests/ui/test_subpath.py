"""The page below a path of a server that has other things too."""

from playwright.sync_api import expect

from tests.fakes.installation import Installation
from tests.ui import answers
from tests.ui.conftest import Visit
from tests.ui.proxy import behind_prefix
from tests.ui.stage import Stage

PREFIX = "/tools/chat"


def test_everything_works_below_a_prefix(visit: Visit, stage: Stage, gateway: Installation) -> None:
    with behind_prefix(PREFIX, gateway.port) as address:
        chat = visit(address=address)
        stage.next(answers.slow(gap_s=0.002))
        chat.ask_to_the_end("Count")
        expect(chat.answer_text).to_contain_text("w119")
        assert chat.chat_id()
        assert chat.page.url.startswith(f"{address}/c/")
        chat.reload()
        expect(chat.answer_text).to_contain_text("w119")
        for view in ("Search", "Usage", "Providers"):
            chat.page.get_by_role("link", name=view, exact=True).click()
            expect(chat.page.get_by_role("heading", level=1)).to_have_text(view)
            chat.page.reload()
            expect(chat.page.get_by_role("heading", level=1)).to_have_text(view)
        chat.page.get_by_role("link", name="New chat", exact=True).click()
        chat.ask_to_the_end("Hello")
        asked = [address_.split(" ")[1] for address_ in chat.watch.asked]
        assert [url for url in asked if not url.startswith((f"{address}/", "blob:", "data:"))] == []
        chat.page.context.close()


def test_a_cookie_for_the_theme_stays_below_the_prefix(visit: Visit, gateway: Installation) -> None:
    with behind_prefix(PREFIX, gateway.port) as address:
        chat = visit(address=address, stored={"theme": "dark"})
        assert {cookie["path"] for cookie in chat.page.context.cookies()} == {f"{PREFIX}/"}
        chat.page.context.close()
