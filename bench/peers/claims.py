"""Checks of Checkov's that are about the very door that a mutation opens, mapped to no rule here.

heiiki refuses many types whatever they say (CN-001), so no rule of its own asks whether a database
is public. Checkov asks that, and is right: such a check counts as one of the claim.
"""

from collections.abc import Mapping
from typing import Final

DOORS: Final[Mapping[str, str]] = {
    "CKV_AWS_17": "a database is not public",
    "CKV_AWS_61": "a role is not for whole accounts; it fails for the own account too",
    "CKV_AWS_69": "a broker is not public",
    "CKV_AWS_87": "a warehouse is not public",
    "CKV_AWS_89": "a replication instance is not public",
    "CKV_AWS_117": "a function runs in a VPC",
    "CKV_AWS_122": "a notebook has no direct way to the internet",
    "CKV_AWS_123": "an endpoint service asks before somebody connects",
    "CKV_AWS_137": "a search domain lies in a VPC",
    "CKV_AWS_164": "a file server is not public",
    "CKV_AWS_205": "an image is not given to others",
    "CKV_AWS_229": "an ACL lets nobody in from everywhere",
    "CKV_AWS_230": "an ACL lets nobody in from everywhere",
    "CKV_AWS_231": "an ACL lets nobody in from everywhere",
    "CKV_AWS_232": "an ACL lets nobody in from everywhere",
    "CKV_AWS_306": "a notebook lies in a VPC",
    "CKV_AWS_321": "a warehouse sends through its VPC",
    "CKV_AWS_333": "a service's tasks have no public addresses",
    "CKV_AWS_352": "an ACL does not let every port in",
    "CKV_AWS_385": "a topic is not for other accounts",
}
