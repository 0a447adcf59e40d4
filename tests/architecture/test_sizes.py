"""No tail grows: ceilings on modules, functions, parameters and imports, and no failure is swallowed in silence."""

from pathlib import Path

import pytest

from contracts.schemas import ROOT
from kit.guards.purity import broad_handlers
from kit.guards.sizes import measures
from kit.guards.tree import Exemption, exemptions, too_large

ALLOWED = exemptions((Path(__file__).parent / "allowed.toml").read_text("utf-8"))
MODULE = "services/intake/src/intake/app.py"


def offences(root: Path, allowed: list[Exemption]) -> list[str]:
    return too_large([*measures(root), *broad_handlers(root)], allowed)


def with_module(root: Path, text: str, path: str = MODULE) -> Path:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, "utf-8")
    return root


def test_nothing_of_ours_is_above_its_ceiling() -> None:
    found = offences(ROOT, ALLOWED)
    assert found == [], "\n".join(found)


def function(lines: int, parameters: str = "") -> str:
    return f"def decide({parameters}):\n" + "    work()\n" * (lines - 1)


def catching(what: str, reaction: str = "pass") -> str:
    return f"def carry_on():\n    try:\n        work()\n    {what}:\n        note()\n        {reaction}\n"


AT_THE_CEILING = {
    "a module": "x = 1\n" * 300,
    "a function": function(40),
    "six parameters beside self": function(2, "self, a, b, c, *d, e, **f"),
    "imports": "import os\n" * 20,
    "a handler that says what it catches": catching("except (OSError, ValueError)"),
    "a handler that tidies up and passes it on": catching("except BaseException", "raise"),
    "a group of exceptions": catching("except ExceptionGroup"),
}


@pytest.mark.parametrize("text", AT_THE_CEILING.values(), ids=AT_THE_CEILING)
def test_what_is_at_its_ceiling_passes(text: str, tmp_path: Path) -> None:
    assert offences(with_module(tmp_path, text), []) == []


ABOVE = {
    "a module": ("x = 1\n" * 301, f"{MODULE} (line 1): module lines: 301 > 300"),
    "a function": (function(41), f"{MODULE}::decide (line 1): function lines: 41 > 40"),
    "a method": (f"class C:\n    async {function(41)}".replace("\n    w", "\n        w"), "function lines: 41 > 40"),
    "parameters": (function(2, "a, b, c, /, d, *, e, f, g"), f"{MODULE}::decide (line 1): parameters: 7 > 6"),
    "imports": ("import os\n" * 21, f"{MODULE} (line 1): imports: 21 > 20"),
    "a broad handler": (catching("except Exception"), f"{MODULE}::carry_on (line 1): broad handler: 1 > 0"),
    "a handler of everything": (catching("except BaseException"), "broad handler: 1 > 0"),
    "a bare handler": (catching("except"), "broad handler: 1 > 0"),
    "a broad handler among others": (catching("except (OSError, Exception)"), "broad handler: 1 > 0"),
    "a broad suppression": ("with contextlib.suppress(Exception):\n    work()\n", "broad handler: 1 > 0"),
}


@pytest.mark.parametrize(("text", "told"), ABOVE.values(), ids=ABOVE)
def test_what_is_above_its_ceiling_fails(text: str, told: str, tmp_path: Path) -> None:
    found = offences(with_module(tmp_path, text), [])
    assert len(found) == 1
    assert told in found[0]


def test_a_chassis_of_too_many_lines_fails(tmp_path: Path) -> None:
    prose = '"""What it is.\n\nAnd more.\n"""\n\n# why\n\n'
    for number in range(6):
        with_module(tmp_path, prose + "x = 1\n" * 250, f"chassis/src/chassis/part{number}.py")
    assert offences(tmp_path, []) == []
    with_module(tmp_path, "x = 1\n", "chassis/src/chassis/straw.py")
    assert offences(tmp_path, []) == ["chassis/src (line 1): chassis lines: 1501 > 1500"]


def test_a_test_may_be_longer_and_take_more_fixtures(tmp_path: Path) -> None:
    path = "tests/intake/test_codes.py"
    assert offences(with_module(tmp_path, function(3, "a, b, c, d, e, f, g") + "x = 1\n" * 400, path), []) == []
    assert offences(with_module(tmp_path, "x = 1\n" * 501, path), []) == [f"{path} (line 1): module lines: 501 > 500"]


def test_an_exemption_holds_up_to_its_limit(tmp_path: Path) -> None:
    leave = [Exemption("module lines", MODULE, "a table of data that reads in one go", 310)]
    assert offences(with_module(tmp_path, "x = 1\n" * 310), leave) == []
    assert offences(with_module(tmp_path, "x = 1\n" * 311), leave) == [f"{MODULE} (line 1): module lines: 311 > 310"]


def test_an_exemption_that_is_not_needed_any_more_fails(tmp_path: Path) -> None:
    leave = [Exemption("module lines", MODULE, "a table of data that reads in one go", 310)]
    assert offences(with_module(tmp_path, "x = 1\n"), leave) == [
        f"{MODULE}: module lines: the exemption is not needed any more"
    ]


def test_an_exemption_needs_a_reason_in_words() -> None:
    with pytest.raises(ValueError, match="needs a reason in words"):
        exemptions('[[allow]]\nrule = "imports"\nwhere = "x.py"\nlimit = 30\nreason = "many"\n')
