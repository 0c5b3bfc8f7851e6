"""All that judges, in one module: the analyzer loads it when the engine has been answered.

The engine starts the program when the pack has been configured, and asks of the first resource when
the program has read its own modules. What lies between is enough for these, on a second core.
One name for all of them, because two threads that import from two ends of a circle wait for each
other: Python then gives one of them a module that is not whole.
"""

from proof.in_pack import Told, proved, sentence
from rules.boundary import Boundary
from rules.boundary_reader import parse_boundary
from rules.exceptions import boundary_faults
from rules.judge import Verdict, judge
from rules.model import Resource
from rules.table import BY_ID
from rules.whole import judge_whole
from sources.facts import read_facts_file
from sources.faults import SourceError
from sources.preview import read_preview, read_struct

__all__ = [
    "BY_ID",
    "Boundary",
    "Resource",
    "SourceError",
    "Told",
    "Verdict",
    "boundary_faults",
    "judge",
    "judge_whole",
    "parse_boundary",
    "proved",
    "read_facts_file",
    "read_preview",
    "read_struct",
    "sentence",
]
