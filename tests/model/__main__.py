"""Search wider bounds, or without a rule.

python -m tests.model                      the rules as they are, within the default bounds
python -m tests.model faults=3 workers=3   … within others (attempts, containers, workers, faults, late_writes, limits)
python -m tests.model mutations            each rule taken away, with the shortest schedule to what is found
python -m tests.model mutations lease      … those whose name holds this word
"""

import sys
from dataclasses import replace

from tests.model.mutations import MUTATIONS
from tests.model.search import search
from tests.model.state import Bounds, Rules


def main(*words: str) -> int:
    """Search as the words say; 0 when all is as it should be."""
    if words[:1] == ("mutations",):
        return _mutations(*words[1:])
    bounds = replace(Bounds(), **{name: int(value) for name, value in (word.split("=") for word in words)})
    verdict = search(Rules(), bounds)
    print(f"{bounds}: {verdict}")  # noqa: T201
    return bool(verdict.found)


def _mutations(*words: str) -> int:
    wrong = 0
    for mutation in MUTATIONS:
        if all(word in mutation.name for word in words):
            verdict = search(mutation.rules, mutation.bounds)
            as_expected = mutation.found in verdict.found and bool(mutation.found) == bool(verdict.found)
            wrong += not as_expected
            print(f"{'' if as_expected else 'UNEXPECTED '}{mutation.name}: {verdict}", flush=True)  # noqa: T201
    return wrong


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
