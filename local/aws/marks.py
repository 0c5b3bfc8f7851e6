"""Tags by which a stack tells the embedded AWS what becomes of the machines of its groups."""

# No machine boots in it, so none could complete a launch hook: the hook is kept, and machines are
# in service at once. With this tag on their group they never are, as if none of them had joined.
NEVER_READY = "embedded-aws:never-ready"
# With this one somebody boots them (local/cluster): they wait until they say that they are ready.
BOOTED = "embedded-aws:booted"
WAITS = frozenset({NEVER_READY, BOOTED})
