"""From a model's name to the routes that serve it."""

import pytest

from llms.errors import BadRequest, UnknownModel
from llms.routing.catalog import Catalog, PublicModel
from llms.types import Candidate, Decision, Timeouts
from tests.fakes.provider import FakeProvider

SLOW = Timeouts(first_token_s=90)


def catalog(qualified_only: tuple[str, ...] = ()) -> Catalog:
    names = ("mine", "openrouter", "local", "demo")
    return Catalog(
        {name: FakeProvider(name) for name in names},
        {
            "mine": {"big": "big-2026", "small": "small", "shared": "shared-a"},
            "openrouter": {"meta/llama-4": "meta/llama-4", "shared": "shared-b"},
            "local": {},
            "demo": {"guide": "guide"},
        },
        {
            "fast": PublicModel(("mine/small", "openrouter/meta/llama-4"), SLOW),
            "broken": PublicModel(("gone/x",)),
            "shared-out": PublicModel(("mine/small", "mine/big"), strategy="weighted", weights=(3, 1), hedge_percent=5),
        },
        qualified_only=qualified_only,
    )


def routes(model: str) -> list[str]:
    return [str(route) for route in catalog().resolve(model)]


@pytest.mark.parametrize(
    ("model", "found"),
    [
        ("fast", ["mine/small", "openrouter/meta/llama-4"]),
        ("mine/small", ["mine/small"]),
        ("mine/big", ["mine/big-2026"]),
        ("big", ["mine/big-2026"]),
        ("openrouter/meta/llama-4", ["openrouter/meta/llama-4"]),
        ("meta/llama-4", ["openrouter/meta/llama-4"]),
        ("shared", ["mine/shared-a", "openrouter/shared-b"]),
        ("guide", ["demo/guide"]),
    ],
)
def test_a_name_leads_to_its_routes(model: str, found: list[str]) -> None:
    assert routes(model) == found


@pytest.mark.parametrize("model", ["mine/new", "local/a/b/c", "local/x:y@z", "openrouter/mine/big"])
def test_a_model_its_provider_does_not_list_is_passed_on(model: str) -> None:
    [route] = catalog().resolve(model)
    assert f"{route.provider.name}/{route.model}" == model


def test_the_timers_of_a_public_name_are_those_of_its_routes() -> None:
    assert {route.timeouts for route in catalog().resolve("fast")} == {SLOW}
    assert catalog().resolve("mine/small")[0].timeouts == Timeouts()


def test_a_public_name_comes_before_everything_else() -> None:
    provider = FakeProvider("mine")
    public = {"mine/big": PublicModel(("mine/small",)), "small": PublicModel(("mine/big",))}
    found = Catalog({"mine": provider}, {"mine": {"small": "small"}}, public)
    assert [str(route) for route in found.resolve("mine/big")] == ["mine/small"]
    assert [str(route) for route in found.resolve("small")] == ["mine/big"]


@pytest.mark.parametrize("model", ["nothing", "nobody/big", "mine", "mine/", "/big", "", "Big", "fast/x"])
def test_a_name_that_leads_nowhere_is_unknown(model: str) -> None:
    with pytest.raises(UnknownModel) as raised:
        catalog().resolve(model)
    assert raised.value.model == model


@pytest.mark.parametrize(
    ("model", "near"),
    [
        ("fats", "fast"),
        ("mine2/big", "mine/big"),
        ("llama-4", "openrouter/meta/llama-4"),
        ("meta/lama-4", "openrouter/meta/llama-4"),
        ("bigg", "mine/big"),
    ],
)
def test_an_unknown_name_comes_with_near_ones(model: str, near: str) -> None:
    with pytest.raises(UnknownModel, match="Did you mean") as raised:
        catalog().resolve(model)
    assert near in raised.value.near
    assert len(raised.value.near) <= 3
    assert len(set(raised.value.near)) == len(raised.value.near)


def test_a_name_like_no_other_comes_without() -> None:
    with pytest.raises(UnknownModel, match="GET /v1/models") as raised:
        catalog().resolve("zzzzzzzz")
    assert raised.value.near == []


def test_a_route_to_a_provider_that_is_not_there_says_so() -> None:
    with pytest.raises(BadRequest, match="'gone/x'"):
        catalog().resolve("broken")


def test_what_a_provider_lists_later_can_be_asked_for_without_its_name() -> None:
    known = catalog()
    known.learn("local", ["qwen", "shared"])
    assert [str(route) for route in known.resolve("qwen")] == ["local/qwen"]
    assert [str(route) for route in known.resolve("shared")][-1] == "local/shared"


def test_what_is_configured_is_not_overwritten_by_what_is_listed() -> None:
    known = catalog()
    known.learn("mine", ["big", "new"])
    assert [str(route) for route in known.resolve("big")] == ["mine/big-2026"]
    assert [str(route) for route in known.resolve("new")] == ["mine/new"]


def test_some_providers_are_meant_only_by_their_name() -> None:
    known = catalog(qualified_only=("demo",))
    assert [str(route) for route in known.resolve("demo/guide")] == ["demo/guide"]
    with pytest.raises(UnknownModel) as raised:
        known.resolve("guide")
    assert raised.value.near[0] == "demo/guide"


def test_the_list_holds_every_name_once_public_ones_first() -> None:
    names = [card.id for card in catalog().cards()]
    assert names[:3] == ["fast", "broken", "shared-out"]
    assert set(names[3:]) == {
        "mine/big",
        "mine/small",
        "mine/shared",
        "openrouter/meta/llama-4",
        "openrouter/shared",
        "demo/guide",
    }
    assert len(names) == len(set(names))
    assert {card.owned_by for card in catalog().cards()} == {"llms", "mine", "openrouter", "demo"}


def test_a_plan_says_how_the_routes_are_ordered() -> None:
    plan = catalog().plan("shared-out")
    assert [str(route) for route in plan.routes] == ["mine/small", "mine/big-2026"]
    assert (plan.strategy, plan.weights, plan.hedge_percent) == ("weighted", (3, 1), 5)
    assert catalog().plan("mine/small").strategy == "ordered"


def test_a_plan_says_why() -> None:
    known = catalog()
    assert known.plan("fast").decision == Decision(
        "ordered",
        "the routes of 'fast'",
        (
            Candidate("mine/small", kept=True, reason="number 1 in the list"),
            Candidate("openrouter/meta/llama-4", kept=True, reason="number 2 in the list"),
        ),
    )
    reasons = {known.plan(name).decision.reason for name in ("mine/x", "shared")}
    assert reasons == {"provider and model were asked for", "who lists the model"}


def test_a_plan_is_made_once_until_something_is_learned() -> None:
    known = catalog()
    plan = known.plan("shared")
    assert known.plan("shared") is plan
    known.learn("local", ["shared"])
    assert len(known.plan("shared").routes) == 3


def test_names_without_end_do_not_fill_the_memory() -> None:
    known = catalog()
    for number in range(3000):
        known.plan(f"mine/model-{number}")
    assert len(known._plans) <= 1024


def test_what_a_provider_has_is_known() -> None:
    assert set(catalog().known("mine")) == {"big", "small", "shared"}
    assert set(catalog().known("nobody")) == set()
    assert catalog().is_public("fast")
    assert not catalog().is_public("big")
