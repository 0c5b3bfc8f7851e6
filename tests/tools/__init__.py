"""Judges from outside: programs that read what we write for machines, and say whether it is right.

`python -m tests.tools` provides them all on a fresh machine; a test whose judge is missing fails
and says so, it is never skipped.
"""
