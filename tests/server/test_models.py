"""The list of models, and single ones under ids with slashes."""

import pytest
from yarl import URL

from tests.fakes.openai_wire import answered
from tests.fakes.upstream import Upstream
from tests.server.conftest import Serve, Site


async def test_the_list_has_openais_shape(site: Site) -> None:
    answer = await site.ask("/v1/models")
    assert answer.status == 200
    assert answer.json["object"] == "list"
    for model in answer.json["data"]:
        assert model["object"] == "model"
        assert isinstance(model["id"], str)
        assert isinstance(model["created"], int)
        assert isinstance(model["owned_by"], str)
    assert {"mine/big", "mine/org/small"} <= {model["id"] for model in answer.json["data"]}


async def test_public_names_are_in_the_list(serve: Serve) -> None:
    site = await serve(models={"fast": ["mine/big"]})
    models = {model["id"]: model for model in (await site.ask("/v1/models")).json["data"]}
    assert models["fast"]["owned_by"] == "llms"


async def test_what_a_provider_says_of_a_model_comes_as_extra_keys(serve: Serve, upstream: Upstream) -> None:
    upstream.script(answered({"data": [{"id": "x", "object": "odd", "created": 7, "owned_by": "them", "context": 8}]}))
    site = await serve(providers={"mine": {"base_url": upstream.url}})
    models = {model["id"]: model for model in (await site.ask("/v1/models")).json["data"]}
    assert models["mine/x"] == {"id": "mine/x", "object": "model", "created": 7, "owned_by": "them", "context": 8}


@pytest.mark.parametrize("path", ["mine/big", "mine%2Fbig", "mine/org/small", "mine%2Forg%2Fsmall", "mine/org%2Fsmall"])
async def test_a_model_is_found_by_its_id_encoded_or_not(site: Site, path: str) -> None:
    answer = await site.session.get(_raw(f"{site.url}/v1/models/{path}"))
    assert answer.status == 200
    assert (await answer.json())["id"] == path.replace("%2F", "/")


@pytest.mark.parametrize(("path", "owner"), [("big", "mine"), ("mine/unlisted", "mine")])
async def test_whatever_can_be_asked_for_can_be_looked_up(site: Site, path: str, owner: str) -> None:
    answer = await site.ask(f"/v1/models/{path}")
    assert (answer.status, answer.json["id"], answer.json["owned_by"]) == (200, path, owner)


@pytest.mark.parametrize("path", ["nobody", "nobody/big", "nobody%2Fbig", "mine%2F"])
async def test_a_model_that_is_not_there_is_not_found(site: Site, path: str) -> None:
    answer = await site.ask(f"/v1/models/{path}")
    assert answer.status == 404
    assert (answer.error["code"], answer.error["param"]) == ("model_not_found", "model")


def _raw(url: str) -> URL:
    return URL(url, encoded=True)
