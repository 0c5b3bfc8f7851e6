"""Route 53 Profiles, a service that moto does not have at all: as much as a reading asks of it."""

import re
from dataclasses import dataclass, field
from typing import Any, cast

from moto import backend_index, backends
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.responses import BaseResponse

from local.aws.extensions.registry import Call, Refused, extends, patch
from local.aws.extensions.route53resolver.kept import Record, new_id, now, page, require_vpc

SERVICE = "route53profiles"
ABSENT = "Route 53 Profiles is absent from moto"
_HOSTS = re.compile(r"https?://route53profiles\.(.+)\.amazonaws\.com")


@dataclass
class Profiles:
    profiles: dict[str, Record] = field(default_factory=dict)
    joined: dict[str, Record] = field(default_factory=dict)  # to VPCs
    held: dict[str, Record] = field(default_factory=dict)


class ProfilesBackend(BaseBackend):
    """Where the registry keeps what is known of one account in one region."""

    @property
    def flask_paths(self) -> dict[str, Any]:
        return {"/<path:anything>": ProfilesResponse.dispatch}


class ProfilesResponse(BaseResponse):
    def __init__(self) -> None:
        super().__init__(service_name=SERVICE)
        self.automated_parameter_parsing = True


profiles_backends = BackendDict(ProfilesBackend, SERVICE)


def install() -> None:
    """Enter the service where moto looks for whose a host is, and for the backend of a service."""
    of_moto = backends.get_backend

    def get_backend(name: Any) -> Any:
        return profiles_backends if name == SERVICE else of_moto(name)

    patch(backends, get_backend=get_backend)
    cast(list[Any], backend_index.backend_url_patterns).append((SERVICE, _HOSTS))


def _kept(call: Call) -> Profiles:
    return call.state(Profiles)


def _profile(call: Call) -> Record:
    found = _kept(call).profiles.get(call.params["ProfileId"])
    if found is None:
        raise Refused("ResourceNotFoundException", "Can't find the profile.")
    return found


def _made(call: Call, prefix: str) -> Record:
    name = {"Name": call.params["Name"]} if call.params.get("Name") else {}
    times = {"CreationTime": now(), "ModificationTime": now()}
    return {"Id": new_id(prefix), "OwnerId": call.account_id, "Status": "COMPLETE", **name, **times}


@extends(SERVICE, "CreateProfile", ABSENT)
def create_profile(call: Call) -> Record:
    made = _made(call, "rp")
    made |= {
        "Arn": call.arn(SERVICE, f"profile/{made['Id']}"),
        "ShareStatus": "NOT_SHARED",
        "ClientToken": call.params["ClientToken"],
    }
    _kept(call).profiles[made["Id"]] = made
    return {"Profile": made}


@extends(SERVICE, "ListProfiles", ABSENT)
def list_profiles(call: Call) -> Record:
    told = ("Id", "Arn", "Name", "ShareStatus")
    found = _kept(call).profiles.values()
    return page(call, "ProfileSummaries", [{k: p[k] for k in told} for p in found])


@extends(SERVICE, "AssociateProfile", ABSENT)
def associate_profile(call: Call) -> Record:
    _profile(call)
    require_vpc(call, call.params["ResourceId"])
    given = {k: call.params[k] for k in ("ProfileId", "ResourceId")}
    made = _made(call, "rpassoc") | given
    _kept(call).joined[made["Id"]] = made
    return {"ProfileAssociation": made}


@extends(SERVICE, "ListProfileAssociations", ABSENT)
def list_profile_associations(call: Call) -> Record:
    asked = {k: v for k, v in call.params.items() if k in ("ProfileId", "ResourceId")}
    found = [j for j in _kept(call).joined.values() if asked.items() <= j.items()]
    return page(call, "ProfileAssociations", found)


@extends(SERVICE, "AssociateResourceToProfile", ABSENT)
def associate_resource_to_profile(call: Call) -> Record:
    _profile(call)
    given = ("ProfileId", "ResourceArn", "ResourceProperties")
    made = _made(call, "rpr") | {k: call.params[k] for k in given if k in call.params}
    _kept(call).held[made["Id"]] = made
    return {"ProfileResourceAssociation": made}


@extends(SERVICE, "ListProfileResourceAssociations", ABSENT)
def list_profile_resource_associations(call: Call) -> Record:
    profile = _profile(call)["Id"]
    found = [h for h in _kept(call).held.values() if h["ProfileId"] == profile]
    return page(call, "ProfileResourceAssociations", found)
