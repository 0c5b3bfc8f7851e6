"""What moto lacks of AWS, added to moto's own classes so that every client sees it."""

from local.aws.extensions.catalogue import EXTENSIONS, install_all

__all__ = ["EXTENSIONS", "install_all"]
