"""`signal`: end the wait of this machine's Auto Scaling group."""

from __future__ import annotations

from collections.abc import Mapping

from machines.agent.errors import AwsError
from machines.agent.machine import Machine
from machines.agent.steps.step import Step

NO_WAIT = "No active Lifecycle Action"
TRIES = 6  # a fast machine may be ready before its group has noticed that it runs
PAUSE_SECONDS = 10.0


class Signal(Step):
    """The group and its hook are in the head of the configuration: a failed step uses them too."""

    kind = "signal"
    does = "completes the lifecycle hook of the machine's Auto Scaling group with CONTINUE"

    signal: Mapping[str, str] = {}  # set by the configuration

    def done(self, machine: Machine) -> bool:
        return machine.journal.record.told == "CONTINUE"

    def run(self, machine: Machine) -> None:
        begun = machine.journal.noted(self.name, "begun")
        machine.journal.note(self.name, "begun", True)
        # Begun before: then nobody waiting means that the answer was lost, not that it is early.
        told = tell_group(machine, self.signal, "CONTINUE", tries=1 if begun else TRIES)
        machine.journal.finish("running", told)


def tell_group(machine: Machine, signal: Mapping[str, str], result: str, *, tries: int) -> str:
    """The result, or that nobody waited for it."""
    parameters = {
        "AutoScalingGroupName": signal["group"],
        "LifecycleHookName": signal["hook"],
        "InstanceId": machine.aws.metadata.instance_id(),
        "LifecycleActionResult": result,
    }
    for left in reversed(range(tries)):
        try:
            machine.aws.autoscaling("CompleteLifecycleAction", parameters)
            return result
        except AwsError as error:
            if NO_WAIT not in str(error):
                raise
        if left:
            machine.clock.sleep(PAUSE_SECONDS)
    machine.console.say(f"no group waits for this machine to be told {result}")
    return result
