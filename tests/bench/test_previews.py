"""What the bare program is told to be as large as a stack."""

from bench.__main__ import counted
from bench.flat import Registered

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


def test_the_bare_program_reads_what_the_stack_reads_and_registers_as_many():
    read = Registered("pulumi:pulumi:StackReference", "n", {"name": "organization/heiiki/network"})
    made = [Registered(LOG_GROUP, str(number), {}) for number in range(3)]
    assert counted([*made, read]) == {"COUNT": "3", "READS": "organization/heiiki/network"}
    assert counted(made) == {"COUNT": "3", "READS": ""}
