"""What is wrong with a file that tells of a deployment."""


class SourceError(Exception):
    """A file that cannot be read as what it is given as: says where, what, and what is wanted."""
