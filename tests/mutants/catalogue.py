"""The mutants: what is taken out of Calloff, what the rule is about, and the tests that must notice."""

from tests.mutants.fence import FENCE
from tests.mutants.verbs import VERBS

MUTANTS = (*FENCE, *VERBS)
