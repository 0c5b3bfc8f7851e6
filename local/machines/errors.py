"""What goes wrong with local machines, told to the operator."""


class MachinesError(Exception):
    """It cannot be done; the text says why, and what to do instead."""
