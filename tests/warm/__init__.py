"""Pythons that have read the SDK already, for tests that drive the engine hundreds of times.

Each operation of the engine starts three Pythons: the language host, the program and the pack.
What they import is the same every time and takes a quarter of an operation's processor time. So
each process of the tests has one `nursery`, which imports it once and forks: the engine starts
`launcher.py`, which asks for a language host, and that one asks for programs and packs
(`forked.py`). By its arguments, variables and streams a fork runs as a new Python does.

HEIIKI_COLD_TESTS=1 has new Pythons everywhere, as users have. test_make.py and the tests of the
language host have them at any rate.
"""
