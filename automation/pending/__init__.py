"""What a killed run has left open: find out in AWS how it ended, and record it.

The engine notes each step before it asks the provider, and its end afterwards. Killed in between,
it leaves one of two marks. What it makes of them by itself was read in its source, v3.250.0:

- `pending_operations`, a step without an end. The next `up` only warns of it and creates again
  (deploy/deployment_executor.go, printPendingOperationsWarning); a refresh forgets all of them but
  creations, whose id nobody knows (backend/snapshot.go). No provider of AWS takes over what is
  there: AWS refuses to make it twice, or makes a second one that nobody will ever delete.
- `pendingReplacement`, on the record of what was deleted so that it can be made anew. The next
  `up` creates it. Where the provider then no longer asks to delete first, since nothing differs
  any more, the engine marks that record for deletion and ends by deleting it, by its id
  (step_generator.go, generateStepsFromDiff and GenerateDeletes; mended in pulumi/pulumi#24588).
  An add-on's id is its name, and so the new one is deleted. A refresh leaves the mark alone
  (step.go, RefreshStep).

So AWS is asked before anything else is done. finder.py says how, by the table in kinds.py;
record.py writes down what came of it.
"""

from automation.pending.finder import Finder
from automation.pending.record import Found, settle

__all__ = ["Finder", "Found", "settle"]
